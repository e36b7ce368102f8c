//! The engines that all rooms share: one set, started when somebody needs it. What
//! is missing then, since its machine is still starting or its model is not fetched
//! yet, is looked for again.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Fault};
use jarvis_voice::Speaker;
use jarvis_voice::wyoming::Service as Recogniser;
use tokio::sync::{Mutex, OnceCell, watch};

use crate::engines;
use crate::engines::parts::Stands;
use crate::engines::wake::{self, Wakes};
use crate::settings::Settings;

/// See the module.
pub(crate) struct Engines {
    settings: Settings,
    clock: Arc<dyn Clock>,
    started: OnceCell<watch::Sender<Arc<Started>>>,
    /// Held while something is looked for again.
    looking: Mutex<()>,
}

/// How often it is looked for what is missing.
const LOOK: Duration = Duration::from_secs(60);

/// Those that have been.
#[derive(Clone)]
pub(super) struct Started {
    pub(super) recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    pub(super) speaker: Speaker,
    /// It speaks as the settings want it.
    speaks: bool,
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
        Arc::new(Self { settings, clock, started: OnceCell::new(), looking: Mutex::default() })
    }

    /// For rooms, where speech is always there. Without a recogniser or a wake
    /// word the rest is served, and the log says so. They change once more is there.
    pub(super) async fn of_rooms(&self) -> Result<watch::Receiver<Arc<Started>>, Box<Fault>> {
        let started = self.started.get_or_try_init(|| async {
            let recogniser = engines::recogniser(&self.settings, None, &self.clock);
            let started = self.start(recogniser).await?;
            let now = Arc::clone(&started.borrow());
            if let Err(fault) = &now.recogniser {
                tracing::warn!(%fault, "rooms are served without speech to text");
            }
            if let Err(fault) = &now.wakes {
                tracing::warn!(%fault, "rooms are served without a wake word");
            }
            Ok(started)
        });
        started.await.map(watch::Sender::subscribe)
    }

    /// For who speaks, and is of no use where nothing hears: what is missing is looked
    /// for again each time.
    pub(super) async fn of_speakers(&self) -> Result<Arc<Started>, Box<Fault>> {
        if let Some(started) = self.started.get() {
            return Ok(self.again(started).await);
        }
        let started = self.started.get_or_try_init(|| async {
            let recogniser = engines::recogniser(&self.settings, None, &self.clock)?;
            self.start(Ok(recogniser)).await
        });
        started.await.map(|started| Arc::clone(&started.borrow()))
    }

    /// Looks for what is missing, again and again, for as long as it is polled.
    pub(super) async fn look(&self) {
        loop {
            self.clock.sleep(LOOK).await;
            if let Some(started) = self.started.get() {
                self.again(started).await;
            }
        }
    }

    async fn start(
        &self,
        recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    ) -> Result<watch::Sender<Arc<Started>>, Box<Fault>> {
        let (speaker, speaks) = self.speaker().await?;
        let wakes = self.wakes().await;
        Ok(watch::Sender::new(Arc::new(Started { recogniser, speaker, speaks, wakes })))
    }

    /// Those that are there now, after what was missing was looked for.
    async fn again(&self, started: &watch::Sender<Arc<Started>>) -> Arc<Started> {
        let _looking = self.looking.lock().await;
        let before = Arc::clone(&started.borrow());
        let (mut now, mut more) = (Started::clone(&before), false);
        if before.recogniser.is_err() {
            now.recogniser = engines::recogniser(&self.settings, None, &self.clock);
            more |= now.recogniser.is_ok();
        }
        // A voice of our own is loaded once.
        if !before.speaks
            && self.settings.tts.address.is_some()
            && let Ok((speaker, true)) = self.speaker().await
        {
            (now.speaker, now.speaks, more) = (speaker, true, true);
        }
        if !matches!(before.wakes, Ok(Some(_))) {
            now.wakes = self.wakes().await;
            more |= matches!(now.wakes, Ok(Some(_)));
        }
        if !more {
            return before;
        }
        tracing::info!("an engine is there that was missing");
        let now = Arc::new(now);
        started.send_replace(Arc::clone(&now));
        now
    }

    /// What speaks, and whether it does as the settings want it.
    async fn speaker(&self) -> Result<(Speaker, bool), Box<Fault>> {
        let speaking = engines::speaker(&self.settings, &self.clock).await?;
        Ok((speaking.speaker, matches!(speaking.stands, Stands::Ready(_))))
    }

    async fn wakes(&self) -> Result<Option<Arc<Wakes>>, Box<Fault>> {
        let wakes = wake::each(&self.settings, &self.clock).await;
        wakes.map(|wakes| wakes.map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, Timestamp};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// Tells everybody of one wake word.
    async fn tells(listener: TcpListener) {
        let info = serde_json::json!({"wake": [{"name": "openwakeword", "installed": true,
            "attribution": {"name": "", "url": ""}, "description": null, "version": null,
            "models": [{"name": "jarvis_v0.1", "installed": true, "phrase": "jarvis",
                "attribution": {"name": "", "url": ""}, "languages": ["en"],
                "description": null, "version": null}]}]});
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut asked = String::new();
            stream.read_line(&mut asked).await.unwrap();
            let told = serde_json::json!({"type": "info", "data": info}).to_string();
            stream.write_all(format!("{told}\n").as_bytes()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_engine_that_comes_up_later_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut settings = Settings::default();
        settings.wake.address = Some(format!("tcp://{address}"));
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let time: Arc<dyn Clock> = clock.clone();
        let engines = Engines::new(&settings, &time);
        let mut started = engines.of_rooms().await.unwrap();
        assert!(started.borrow_and_update().wakes.is_err());
        tokio::spawn(tells(TcpListener::bind(address).await.unwrap()));
        let found = async {
            for _ in 0..20 {
                clock.advance(LOOK);
                for _ in 0..10_000 {
                    if matches!(&started.borrow_and_update().wakes, Ok(Some(_))) {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }
            panic!("it is never found");
        };
        tokio::select! {
            () = engines.look() => unreachable!("it looks for ever"),
            () = found => {}
        }
        let wakes = engines.of_speakers().await.unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(wakes.wakes.as_ref().unwrap().as_ref().unwrap().words, ["jarvis"]);
    }
}
