//! The voice of a host that serves, for the rooms of a house: peers that use its
//! engines and its answers by Wyoming, satellites that it listens to, and who speaks
//! over a WebSocket. One set of engines for all of them, started only where the
//! settings ask for a role, or with the first WebSocket.

mod engines;
mod handling;
mod names;
mod open;
mod places;
mod satellites;
mod talk;
mod told;

use std::sync::Arc;

use jarvis_api::Service;
use jarvis_domain::{Clock, Explain, Fault};
use jarvis_voice::Chimes;
use jarvis_voice::wyoming::{Announced, Desk, DeskParts, Door, WakeWords};
use tokio::task::JoinSet;

use crate::engines::wake::Wakes;
use crate::settings::{Satellites, Settings};
use engines::Started;
use handling::Dialogues;
use places::Places;
use satellites::Hub;

pub(crate) use engines::Engines;
pub(crate) use talk::{ROWS, Talking};

/// See the module. It serves for as long as it is polled.
pub(crate) struct Rooms {
    /// None where nobody is served.
    engines: Option<Arc<Engines>>,
    served: Option<Served>,
    hub: Option<(Hub, Satellites)>,
}

/// Where peers come in, and what they find.
struct Served {
    door: Door,
    /// Those of now, for whoever comes.
    desk: Box<dyn Fn() -> DeskParts + Send + Sync>,
    dialogues: Arc<Dialogues>,
    announced: Option<Announced>,
}

impl Rooms {
    /// Nothing: a demo reads no settings.
    pub(crate) fn none() -> Self {
        Self { engines: None, served: None, hub: None }
    }

    /// What the settings ask for; nothing is started where that is nothing.
    pub(crate) async fn open(
        settings: &Settings,
        service: &Arc<Service>,
        clock: &Arc<dyn Clock>,
        engines: &Arc<Engines>,
    ) -> Result<Self, Box<Fault>> {
        if settings.wyoming.listen.is_none() && settings.satellites.is_empty() {
            return Ok(Self::none());
        }
        let started = engines.of_rooms().await?;
        let served = match settings.wyoming.listen {
            Some(address) => {
                let door = Door::open(address, &settings.wyoming.allow, Arc::clone(clock)).await;
                let door = door.map_err(|error| error.fault())?;
                let dialogues = Dialogues::new(service, settings.wyoming.role, clock);
                let announced = announced(settings.wyoming.announce, "jarvis", &door)?;
                let (started, settings, clock) =
                    (started.clone(), settings.clone(), Arc::clone(clock));
                let desk = Box::new(move || desk(&started.borrow(), &settings, &clock));
                Some(Served { door, desk, dialogues, announced })
            }
            None => None,
        };
        let hub = (!settings.satellites.is_empty()).then(|| {
            let hub = Hub {
                service: Arc::clone(service),
                engines: started,
                end: settings.voice.end(),
                // It has a sound of its own for that.
                chimes: Chimes { wake: false, ..settings.voice.chimes() },
                places: Places::of(settings),
                clock: Arc::clone(clock),
            };
            (hub, settings.satellites.clone())
        });
        Ok(Self { engines: Some(Arc::clone(engines)), served, hub })
    }

    /// Where peers find it.
    pub(crate) fn address(&self) -> Option<String> {
        self.served.as_ref().map(|served| format!("tcp://{}", served.door.address()))
    }

    /// Serves until `stop` completes.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { engines, served, hub } = self;
        let mut tasks = JoinSet::new();
        if let Some(engines) = engines {
            tasks.spawn(async move { engines.look().await });
        }
        if let Some(Served { door, desk, dialogues, announced }) = served {
            tasks.spawn(async move {
                let _announced = announced;
                let desk = |address| Desk::new(Arc::new(desk()), dialogues.agent(address));
                door.serve(desk).await;
            });
        }
        if let Some((hub, satellites)) = hub {
            let hub = Arc::new(hub);
            for (name, satellite) in satellites {
                let hub = Arc::clone(&hub);
                tasks.spawn(async move { hub.listen(&name, &satellite).await });
            }
        }
        // They end with the set.
        stop.await;
    }
}

/// What peers find.
fn desk(engines: &Started, settings: &Settings, clock: &Arc<dyn Clock>) -> DeskParts {
    DeskParts {
        recogniser: engines.recogniser.clone().ok(),
        speaker: engines.speaker.clone(),
        wake: engines.wakes.clone().ok().flatten().map(watches),
        end: settings.voice.end(),
        names: [settings.stt.model.clone(), settings.tts.voice.clone()],
        clock: Arc::clone(clock),
    }
}

/// Says where `door` is, if that is asked for; under this name and the port.
pub(crate) fn announced(
    wanted: bool,
    name: &str,
    door: &Door,
) -> Result<Option<Announced>, Box<Fault>> {
    if !wanted {
        return Ok(None);
    }
    let name = format!("{name}-{}", door.address().port());
    Announced::begin(&name, door.address()).map(Some).map_err(|error| error.fault())
}

/// For peers, who may send sound faster than it was said.
fn watches(wakes: Arc<Wakes>) -> WakeWords {
    let (words, names) = (wakes.words.clone(), wakes.names());
    WakeWords { words, names, watch: Arc::new(move || wakes.watch(false)) }
}
