//! How the parts stand once they were tried. Takes seconds where a file is large or
//! nobody answers; nobody who is served waits for it.

use std::sync::Arc;

use jarvis_domain::{Clock, Explain, Fault, SystemClock};
use jarvis_voice::Model;

use super::{Need, Part, Stands, look};
use crate::engines::{answering, recogniser, speaker, wake};
use crate::settings::Settings;

/// All parts: see [`Part::tried`].
pub(crate) async fn tried(settings: &Settings, clock: &Arc<dyn Clock>) -> [Part; 3] {
    let [hears, speaks, wakes] = look(settings).map(|part| part.tried(settings, clock));
    let (hears, speaks, wakes) = tokio::join!(hears, speaks, wakes);
    [hears, speaks, wakes]
}

/// What a person who starts it should know: a line for each fall-back, with what
/// replaces it.
pub(crate) async fn notes(settings: &Settings) -> Vec<String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    tried(settings, &clock).await.into_iter().filter_map(|part| part.stands.note()).collect()
}

impl Part {
    /// The same once what looks ready was asked, where it is elsewhere, or loaded by an
    /// engine of its own.
    pub(crate) async fn tried(self, settings: &Settings, clock: &Arc<dyn Clock>) -> Self {
        let Stands::Ready(_) = &self.stands else { return self };
        let found = match self.does {
            "hears" => hears(settings, clock).await,
            // With a child that loads the library, and shows it the key.
            "wakes" => wake::of_settings(settings, true, clock).await.map(drop),
            _ => match speaker(settings, clock).await {
                Ok(speaking) => return Self { stands: speaking.stands, ..self },
                Err(fault) => Err(fault),
            },
        };
        match found {
            Ok(()) => self,
            Err(fault) => {
                Self { stands: Stands::Wrong(fault.to_string(), fault.hint.clone()), ..self }
            }
        }
    }
}

/// Whether the recogniser answers: the one elsewhere, or a child that loads the model,
/// which may not be able to read what we can.
async fn hears(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<(), Box<Fault>> {
    if settings.stt.address.is_none()
        && let Need::Own(file) = Need::model(settings)
    {
        // It says more about a file that is none.
        Model::check(&file).map_err(|error| error.fault())?;
    }
    answering(recogniser(settings, None, clock)?).await.map(drop)
}
