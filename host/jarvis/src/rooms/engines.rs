//! The engines that all rooms share: one set, started when somebody needs it.

use std::sync::Arc;

use jarvis_domain::{Clock, Fault};
use jarvis_voice::Speaker;
use jarvis_voice::wyoming::Service as Recogniser;
use tokio::sync::OnceCell;

use crate::engines;
use crate::engines::wake::{self, Wakes};
use crate::settings::Settings;

/// See the module.
pub(crate) struct Engines {
    settings: Settings,
    clock: Arc<dyn Clock>,
    started: OnceCell<Arc<Started>>,
}

/// Those that have been.
pub(super) struct Started {
    pub(super) recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    pub(super) speaker: Speaker,
    /// None where there is no wake word.
    pub(super) wakes: Result<Option<Arc<Wakes>>, Box<Fault>>,
}

impl std::fmt::Debug for Engines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engines").finish_non_exhaustive()
    }
}

impl Engines {
    /// As the settings describe them; none is started yet.
    pub(crate) fn new(settings: &Settings, clock: &Arc<dyn Clock>) -> Arc<Self> {
        let (settings, clock) = (settings.clone(), Arc::clone(clock));
        Arc::new(Self { settings, clock, started: OnceCell::new() })
    }

    /// For rooms, where speech is always there. Without a recogniser or a wake
    /// word the rest is served, and the log says so.
    pub(super) async fn of_rooms(&self) -> Result<Arc<Started>, Box<Fault>> {
        let started = self.started.get_or_try_init(|| async {
            let recogniser = engines::recogniser(&self.settings, None, &self.clock);
            let started = self.start(recogniser).await?;
            if let Err(fault) = &started.recogniser {
                tracing::warn!(%fault, "rooms are served without speech to text");
            }
            if let Err(fault) = &started.wakes {
                tracing::warn!(%fault, "rooms are served without a wake word");
            }
            Ok(started)
        });
        started.await.cloned()
    }

    /// For who speaks, and is of no use where nothing hears: a recogniser that is
    /// missing is looked for again each time.
    pub(super) async fn of_speakers(&self) -> Result<Arc<Started>, Box<Fault>> {
        let started = self.started.get_or_try_init(|| async {
            let recogniser = engines::recogniser(&self.settings, None, &self.clock)?;
            self.start(Ok(recogniser)).await
        });
        started.await.cloned()
    }

    async fn start(
        &self,
        recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    ) -> Result<Arc<Started>, Box<Fault>> {
        let speaker = engines::speaker(&self.settings, &self.clock).await?.speaker;
        let wakes = wake::each(&self.settings, &self.clock).await;
        let wakes = wakes.map(|wakes| wakes.map(Arc::new));
        Ok(Arc::new(Started { recogniser, speaker, wakes }))
    }
}
