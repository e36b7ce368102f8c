//! How the parts stand once they were tried. Takes seconds where a file is large or
//! nobody answers; nobody who is served waits for it.

use std::sync::Arc;

use jarvis_domain::{Clock, Fault, SystemClock};
use jarvis_voice::PORCUPINE;

use super::{Need, Part, Stands, look};
use crate::engines::{answering, remote, speaker};
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
    /// The same once what looks ready was asked, where it is elsewhere, or read; a
    /// voice is loaded.
    pub(crate) async fn tried(self, settings: &Settings, clock: &Arc<dyn Clock>) -> Self {
        let Stands::Ready(_) = &self.stands else { return self };
        let found = match self.does {
            "hears" => {
                let need = Need::model(settings);
                right(settings.stt.address.as_deref(), &need, settings, clock).await
            }
            "wakes" => {
                let need = match &settings.wake.library {
                    Some(own) => Need::Own(own.clone()),
                    None => Need::Named(PORCUPINE.to_owned()),
                };
                right(settings.wake.address.as_deref(), &need, settings, clock).await
            }
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

/// Whether the engine at `address` answers; without one, whether the file is the
/// right one.
async fn right(
    address: Option<&str>,
    file: &Need,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<(), Box<Fault>> {
    match address {
        Some(address) => answering(remote(address, clock)?).await.map(drop),
        None => file.file(settings).map(drop),
    }
}
