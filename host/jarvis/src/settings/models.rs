//! `models:`: where the files of engines are kept, and where they come from.

use std::path::PathBuf;

use jarvis_document::{Cursor, Keys};
use jarvis_voice::Sources;
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::absolute;

/// `models:`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsModels)]
pub(crate) struct Models {
    /// The folder; the state folder's name with "-models" behind it, beside that
    /// folder, if left out.
    #[schema(value_type = Option<String>, required)]
    pub(crate) folder: Option<PathBuf>,
    /// Where they come from.
    #[schema(value_type = described::Sources)]
    pub(crate) sources: Sources,
}

impl Models {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let models = Self {
            folder: keys.optional("folder").and_then(|c| absolute(&c)),
            sources: keys
                .optional("sources")
                .and_then(|c| c.mapping())
                .map(sources)
                .unwrap_or_default(),
        };
        keys.finish();
        models
    }
}

fn sources(keys: Keys<'_>) -> Sources {
    let default = Sources::default();
    let url = |key, default| keys.optional(key).and_then(|c| url(&c)).unwrap_or(default);
    let sources = Sources {
        whisper: url("whisper", default.whisper),
        piper: url("piper", default.piper),
        wheels: url("wheels", default.wheels),
    };
    keys.finish();
    sources
}

fn url(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['@', '?', '#', ' '])) {
        cursor.problem(
            "a URL belongs here, without a name, a query or a fragment: https://models.lan/whisper",
        );
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}
