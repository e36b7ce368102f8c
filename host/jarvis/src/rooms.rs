//! The voice of a host that serves, for the rooms of a house: peers that use its
//! engines and its answers by Wyoming, and satellites that it listens to. One set
//! of engines for all of them, started only where the settings ask for a role.

mod handling;
mod names;

use std::sync::Arc;

use jarvis_api::Service;
use jarvis_domain::{Clock, Explain, Fault};
use jarvis_voice::Speaker;
use jarvis_voice::wyoming::{Desk, DeskParts, Door, Service as Recogniser, WakeWords};

use crate::engines;
use crate::engines::wake::{self, Wakes};
use crate::settings::Settings;
use handling::Dialogues;

/// See the module. It serves for as long as it is polled.
pub(crate) struct Rooms {
    served: Option<Served>,
}

/// Where peers come in, and what they find.
struct Served {
    door: Door,
    parts: Arc<DeskParts>,
    dialogues: Arc<Dialogues>,
}

/// The engines that all rooms share.
struct Engines {
    recogniser: Option<Arc<dyn Recogniser>>,
    speaker: Speaker,
    wakes: Option<Arc<Wakes>>,
}

impl Rooms {
    /// Nothing: a demo reads no settings.
    pub(crate) fn none() -> Self {
        Self { served: None }
    }

    /// What the settings ask for; nothing is started where that is nothing.
    pub(crate) async fn open(
        settings: &Settings,
        service: &Arc<Service>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Box<Fault>> {
        let Some(address) = settings.wyoming.listen else { return Ok(Self::none()) };
        let allowed = &settings.wyoming.allow;
        let door = Door::open(address, allowed, Arc::clone(clock)).await;
        let door = door.map_err(|error| error.fault())?;
        let engines = Engines::start(settings, clock).await?;
        let parts = Arc::new(DeskParts {
            recogniser: engines.recogniser,
            speaker: engines.speaker,
            wake: engines.wakes.map(watches),
            end: settings.voice.end(),
            names: [settings.stt.model.clone(), settings.tts.voice.clone()],
            clock: Arc::clone(clock),
        });
        let dialogues = Dialogues::new(service, settings.wyoming.role, clock);
        Ok(Self { served: Some(Served { door, parts, dialogues }) })
    }

    /// Where peers find it.
    pub(crate) fn address(&self) -> Option<String> {
        self.served.as_ref().map(|served| format!("tcp://{}", served.door.address()))
    }

    /// Serves until `stop` completes.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        let served = async {
            match &self.served {
                Some(Served { door, parts, dialogues }) => {
                    let desk = |address| Desk::new(Arc::clone(parts), dialogues.agent(address));
                    door.serve(desk).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = served => {}
            () = stop => {}
        }
    }
}

impl Engines {
    /// Speech is always there. Without a recogniser or a wake word the rest is
    /// served, and the log says so.
    async fn start(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Self, Box<Fault>> {
        let recogniser = engines::recogniser(settings, None, clock);
        let recogniser = recogniser.inspect_err(|fault| {
            tracing::warn!(%fault, "rooms are served without speech to text");
        });
        let (speaker, _) = engines::speaker(settings, clock)?;
        let wakes = wake::each(settings, clock).await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "rooms are served without a wake word");
            None
        });
        Ok(Self { recogniser: recogniser.ok(), speaker, wakes: wakes.map(Arc::new) })
    }
}

/// For peers, who may send sound faster than it was said.
fn watches(wakes: Arc<Wakes>) -> WakeWords {
    let words = wakes.words.clone();
    WakeWords { words, watch: Arc::new(move || wakes.watch(false)) }
}
