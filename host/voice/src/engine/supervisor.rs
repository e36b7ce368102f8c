//! What the rest of the room sees of a child.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::keeper::{Keeper, State, Why};
use super::roster::Entry;
use crate::error::VoiceError;
use crate::wyoming::{Connection, Message, Service};

/// How long it may take to be ready: a large model is read from disk.
pub(super) const READY: Duration = Duration::from_secs(60);

/// How an engine is started.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// How errors call it: `whisper`.
    pub name: String,
    /// Our own program, by absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What it is told first, over its standard input: settings that may hold
    /// a secret, which neither arguments nor an environment may.
    pub told: Option<Told>,
    /// The child's whole environment.
    pub environment: Vec<(String, String)>,
    /// The user and group that it runs as; none: ours.
    pub user: Option<(u32, u32)>,
}

/// A message that no log shows.
#[derive(Clone)]
pub struct Told(pub(super) Message);

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Told(…)")
    }
}

/// Keeps one child warm. Dropping it kills the child.
#[derive(Debug)]
pub struct Supervisor {
    name: String,
    clock: Arc<dyn Clock>,
    state: watch::Receiver<State>,
    asked: mpsc::Sender<oneshot::Sender<Connection>>,
    keeper: JoinHandle<()>,
    /// It is seen for as long as this is here.
    _entry: Arc<Entry>,
}

impl EngineSettings {
    /// `program engine NAME`.
    #[must_use]
    pub fn standard(name: &str, program: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            program,
            arguments: vec!["engine".to_owned(), name.to_owned()],
            told: None,
            // Else ggml starts a debugger where it crashes.
            environment: vec![("GGML_NO_BACKTRACE".to_owned(), "1".to_owned())],
            user: None,
        }
    }

    /// The same, told the settings of its engine.
    #[must_use]
    pub fn telling(self, settings: &impl Serialize) -> Self {
        Self { told: Some(Told(Message::new("settings", settings))), ..self }
    }
}

impl Supervisor {
    /// Starts the child at once, within a runtime.
    #[must_use]
    pub fn start(settings: EngineSettings, clock: Arc<dyn Clock>) -> Self {
        let name = settings.name.clone();
        let (told, state) = watch::channel(State::Starting);
        let (asked, asks) = mpsc::channel(1);
        let restarts = Arc::default();
        let entry =
            Entry { name: name.clone(), state: state.clone(), restarts: Arc::clone(&restarts) };
        let keeper = Keeper::new(settings, clock.clone(), told, asks, restarts);
        let keeper = tokio::spawn(keeper.run());
        Self { name, clock, state, asked, keeper, _entry: entry.enter() }
    }

    /// The child's process, where there is one.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        match &*self.state.borrow() {
            State::Up { pid, .. } => Some(*pid),
            State::Starting | State::Down(_) => None,
        }
    }

    /// Whether it has crashed, or did not start, and is not to be started again yet.
    pub(super) fn is_down(&self) -> bool {
        matches!(&*self.state.borrow(), State::Down(_))
    }

    /// The bytes of memory that the child holds, by `/proc`.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        memory_of(self.pid()?)
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// It does not start. It is tried again and again all the same.
    pub async fn warm(&self) -> Result<(), VoiceError> {
        let mut state = self.state.clone();
        let up = state.wait_for(|state| !matches!(state, State::Starting)).await;
        match up.as_deref() {
            Ok(State::Up { .. }) => Ok(()),
            Ok(State::Down(why)) => Err(self.down(why.clone())),
            _ => Err(self.ended()),
        }
    }

    /// Completes once it has crashed; not where its supervisor has ended, which others see.
    async fn crashed(&self) -> Why {
        let mut state = self.state.clone();
        if let Ok(down) = state.wait_for(|state| matches!(state, State::Down(_))).await
            && let State::Down(why) = &*down
        {
            return why.clone();
        }
        std::future::pending().await
    }

    fn ended(&self) -> VoiceError {
        self.down(Why { sentence: "its supervisor has ended".to_owned(), code: None })
    }

    fn down(&self, why: Why) -> VoiceError {
        VoiceError::Down { engine: self.name.clone(), why: why.sentence, code: why.code }
    }
}

/// See [`Supervisor::memory`].
pub(super) fn memory_of(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1024)
}

#[async_trait]
impl Service for Supervisor {
    fn name(&self) -> &str {
        &self.name
    }

    /// The child's next free moment. Where it has crashed and is not to be
    /// started again yet, an error at once; also for whoever waits by then.
    async fn open(&self) -> Result<Connection, VoiceError> {
        let opening = async {
            self.warm().await?;
            let (to, connection) = oneshot::channel();
            let asking = async {
                self.asked.send(to).await.map_err(|_| self.ended())?;
                connection.await.map_err(|_| self.ended())
            };
            tokio::select! {
                biased;
                opened = asking => opened,
                why = self.crashed() => Err(self.down(why)),
            }
        };
        tokio::select! {
            biased;
            opened = opening => opened,
            () = self.clock.sleep(READY) => {
                Err(VoiceError::Silent { engine: self.name.clone(), waited: READY })
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}
