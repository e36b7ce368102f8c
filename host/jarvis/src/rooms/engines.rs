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
    /// Held while something is looked for again; when that was done last, by
    /// [`Clock::running`].
    looking: Mutex<Option<Duration>>,
}

/// How often it is looked for what is missing.
const LOOK: Duration = Duration::from_secs(60);
/// What was found, or not, so short a time ago is as it was then: of many who want the
/// same at a time one waits for an engine that is off.
const JUST_NOW: Duration = Duration::from_secs(10);

/// Those that have been.
#[derive(Clone)]
pub(super) struct Started {
    pub(super) recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    pub(super) speaker: Speaker,
    /// It speaks as the settings want it.
    speaks: bool,
    /// None where there is no wake word, or nobody has looked for one yet.
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
        let start = || self.start(engines::recogniser(&self.settings, None, &self.clock));
        let started = self.started.get_or_try_init(start).await?;
        self.again(started).await;
        let now = Arc::clone(&started.borrow());
        if let Err(fault) = &now.recogniser {
            tracing::warn!(%fault, "rooms are served without speech to text");
        }
        if let Err(fault) = &now.wakes {
            tracing::warn!(%fault, "rooms are served without a wake word");
        }
        Ok(started.subscribe())
    }

    /// For who speaks, and is of no use where nothing hears. A wake word that is missing
    /// is waited for where they want one; what else is missing is looked for meanwhile.
    pub(super) async fn of_speakers(
        self: &Arc<Self>,
        wake: bool,
    ) -> Result<Arc<Started>, Box<Fault>> {
        let start = async || {
            let recogniser = engines::recogniser(&self.settings, None, &self.clock)?;
            self.start(Ok(recogniser)).await
        };
        let started = self.started.get_or_try_init(start).await?;
        self.hears(started);
        let is_woken = matches!(started.borrow().wakes, Ok(Some(_)));
        if wake && !is_woken {
            self.again(started).await;
        } else if !is_woken || self.is_mute(&started.borrow()) {
            let engines = Arc::clone(self);
            tokio::spawn(async move {
                if let Some(started) = engines.started.get() {
                    engines.again(started).await;
                }
            });
        }
        Ok(Arc::clone(&started.borrow()))
    }

    /// Looks for what is missing, again and again, for as long as it is polled.
    pub(super) async fn look(&self) {
        loop {
            self.clock.sleep(LOOK).await;
            if let Some(started) = self.started.get() {
                self.hears(started);
                self.again(started).await;
            }
        }
    }

    /// What hears and speaks. No wake word is looked for.
    async fn start(
        &self,
        recogniser: Result<Arc<dyn Recogniser>, Box<Fault>>,
    ) -> Result<watch::Sender<Arc<Started>>, Box<Fault>> {
        let (speaker, speaks) = self.speaker().await?;
        let wakes = Ok(None);
        Ok(watch::Sender::new(Arc::new(Started { recogniser, speaker, speaks, wakes })))
    }

    /// Looks for what hears, which takes no time.
    fn hears(&self, started: &watch::Sender<Arc<Started>>) {
        started.send_if_modified(|started| {
            if started.recogniser.is_ok() {
                return false;
            }
            let recogniser = engines::recogniser(&self.settings, None, &self.clock);
            let hears = recogniser.is_ok();
            *started = Arc::new(Started { recogniser, ..Started::clone(started) });
            hears
        });
    }

    /// Whether a voice is missing that may come yet. One of our own is loaded once.
    fn is_mute(&self, started: &Started) -> bool {
        !started.speaks && self.settings.tts.address.is_some()
    }

    /// Looks for what speaks and for the wake word, where they are missing and that
    /// was not done just now: one that is off is waited for.
    async fn again(&self, started: &watch::Sender<Arc<Started>>) {
        let mut looked = self.looking.lock().await;
        let now = self.clock.running();
        if looked.is_some_and(|looked| now.saturating_sub(looked) < JUST_NOW) {
            return;
        }
        let before = Arc::clone(&started.borrow());
        let speaking = async {
            let missing = self.is_mute(&before);
            let (speaker, speaks) = if missing { self.speaker().await.ok()? } else { return None };
            speaks.then_some(speaker)
        };
        let waking = async {
            let missing = !matches!(before.wakes, Ok(Some(_)));
            if missing { Some(self.wakes().await) } else { None }
        };
        let (speaker, wakes) = tokio::join!(speaking, waking);
        *looked = Some(self.clock.running());
        let found = speaker.is_some() || matches!(wakes, Some(Ok(Some(_))));
        started.send_if_modified(|started| {
            let mut now = Started::clone(started);
            if let Some(speaker) = speaker {
                (now.speaker, now.speaks) = (speaker, true);
            }
            if let Some(wakes) = wakes {
                now.wakes = wakes;
            }
            *started = Arc::new(now);
            found
        });
        if found {
            tracing::info!("an engine is there that was missing");
        }
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
    use tokio::net::{TcpListener, TcpSocket};

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
        // Taken, so that nobody else comes to listen there.
        let engine = TcpSocket::new_v4().unwrap();
        engine.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = engine.local_addr().unwrap();
        let mut settings = Settings::default();
        settings.wake.address = Some(format!("tcp://{address}"));
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let time: Arc<dyn Clock> = clock.clone();
        let engines = Engines::new(&settings, &time);
        let mut started = engines.of_rooms().await.unwrap();
        assert!(started.borrow_and_update().wakes.is_err());
        tokio::spawn(tells(engine.listen(16).unwrap()));
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
        let wakes = engines.of_speakers(true).await.unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(wakes.wakes.as_ref().unwrap().as_ref().unwrap().words, ["jarvis"]);
    }

    /// Somebody who is connected to, and never says a word.
    async fn silent() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        (listener, address)
    }

    /// `work`, and how long it waited by `clock`, whole seconds.
    async fn waits<T>(clock: &ManualClock, work: impl Future<Output = T>) -> (T, u64) {
        let (since, waiting) = (clock.running(), async {
            loop {
                // Long enough for what needs no waiting, a connection too.
                for _ in 0..1000 {
                    tokio::task::yield_now().await;
                }
                clock.advance(Duration::from_secs(1));
            }
        });
        let done = tokio::select! {
            biased;
            done = work => done,
            () = waiting => unreachable!("time goes on"),
        };
        (done, (clock.running() - since).as_secs())
    }

    #[tokio::test]
    async fn nobody_waits_for_an_engine_that_is_off_and_not_needed_nor_behind_others() {
        let ((_voice, voice), (_wake, wake)) = (silent().await, silent().await);
        let mut settings = Settings::default();
        settings.stt.address = Some("tcp://127.0.0.1:1".to_owned());
        settings.tts.address = Some(voice);
        settings.wake.address = Some(wake);
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let time: Arc<dyn Clock> = clock.clone();
        let engines = Engines::new(&settings, &time);
        // The voice is asked once whether it is there.
        let (first, once) = waits(&clock, engines.of_speakers(false)).await;
        assert!(first.is_ok_and(|started| !started.speaks));
        for _ in 0..3 {
            let (more, waited) = waits(&clock, engines.of_speakers(false)).await;
            assert!(more.is_ok());
            assert_eq!(waited, 0);
        }
        let all = (0..10).map(|_| engines.of_speakers(true));
        let (woken, waited) = waits(&clock, futures_util::future::join_all(all)).await;
        assert!(woken.into_iter().all(|started| started.is_ok_and(|one| one.wakes.is_err())));
        assert!((1..=2 * once).contains(&waited), "{waited} of {once}");
    }
}
