//! `audio:`: which microphone hears and which loudspeaker speaks.

use jarvis_document::{Cursor, Keys};
use jarvis_domain::text::is_hidden;
use jarvis_voice::DeviceChoice;
use serde::Serialize;
use utoipa::ToSchema;

/// `audio:`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsAudio)]
pub(crate) struct Audio {
    /// The microphone.
    #[schema(value_type = String)]
    pub(crate) input: DeviceChoice,
    /// The loudspeaker.
    #[schema(value_type = String)]
    pub(crate) output: DeviceChoice,
}

impl Audio {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let device = |key| keys.optional(key).and_then(|c| device(&c)).unwrap_or_default();
        let audio = Self { input: device("input"), output: device("output") };
        keys.finish();
        audio
    }
}

fn device(cursor: &Cursor<'_>) -> Option<DeviceChoice> {
    let text = cursor.text()?;
    if text.trim().is_empty() || text.chars().any(is_hidden) {
        cursor.problem("the name of a device belongs here, as jarvis devices shows it, or default");
        return None;
    }
    let Ok(choice) = text.parse();
    Some(choice)
}
