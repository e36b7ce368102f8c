//! The life of one engine: started, lent, killed or crashed, started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jarvis_domain::{Clock, Explain, Timestamp};
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::child::{Group, Streams};
use super::lease::{Back, LastWords, Lease};
use super::supervisor::{EngineSettings, READY, Told, memory_of};
use crate::error::VoiceError;
use crate::wyoming::{Connection, describe_over};

/// What the keeper tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// The child is not ready yet.
    Starting,
    /// It is.
    Up {
        /// Its process.
        pid: u32,
        /// Since when it is ready.
        since: Timestamp,
    },
    /// It has ended, and is not to be started again yet. Why.
    Down(Why),
}

/// Why a child is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) sentence: String,
    /// The code of its own error, where it told one.
    pub(super) code: Option<String>,
}

/// See the module.
pub(super) struct Keeper {
    settings: EngineSettings,
    clock: Arc<dyn Clock>,
    state: watch::Sender<State>,
    asks: mpsc::Receiver<oneshot::Sender<Connection>>,
    /// Crashes since it was of use.
    crashes: u32,
    /// How often it was started again, for others to see.
    restarts: Arc<AtomicU64>,
}

/// How long a child may take to end once it has closed its streams, and its last words to
/// be read once it has ended.
const CLOSING: Duration = Duration::from_secs(1);

/// How long is waited after a first crash; twice as long after each more.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// And at most.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A child, and what it writes on standard error.
struct Running {
    group: Group,
    words: LastWords,
    listener: JoinHandle<()>,
    clock: Arc<dyn Clock>,
}

/// Why a child is not there any more.
enum End {
    /// An exchange was broken off.
    Killed,
    /// It crashed, or did not start.
    Crashed(Why),
    /// Nobody needs it any more.
    Unneeded,
}

impl Keeper {
    pub(super) fn new(
        settings: EngineSettings,
        clock: Arc<dyn Clock>,
        state: watch::Sender<State>,
        asks: mpsc::Receiver<oneshot::Sender<Connection>>,
        restarts: Arc<AtomicU64>,
    ) -> Self {
        Self { settings, clock, state, asks, crashes: 0, restarts }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.state.send_replace(State::Starting);
            match self.live().await {
                End::Unneeded => return,
                End::Killed => {}
                End::Crashed(why) => {
                    self.crashes = self.crashes.saturating_add(1);
                    tracing::warn!(engine = %self.settings.name, why = %why.sentence, crashes = self.crashes, "an engine has ended");
                    self.state.send_replace(State::Down(why));
                    self.clock.sleep(self.wait()).await;
                }
            }
            self.restarts.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How long until the next try.
    fn wait(&self) -> Duration {
        let doublings = self.crashes.saturating_sub(1).min(20);
        FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
    }

    async fn live(&mut self) -> End {
        let (mut child, mut connection) = match self.started().await {
            Ok(started) => started,
            Err(why) => return End::Crashed(why),
        };
        let pid = child.group.pid();
        let memory = memory_of(pid);
        tracing::debug!(engine = self.settings.name, pid, memory, "an engine is ready");
        self.state.send_replace(State::Up { pid, since: self.clock.now() });
        loop {
            let to = tokio::select! {
                biased;
                how = child.ended() => return End::Crashed(how),
                to = self.asks.recv() => match to {
                    Some(to) => to,
                    None => return End::Unneeded,
                },
            };
            let (lease, returned) = Lease::new(child.words.clone());
            if let Err(unused) = to.send(connection.leased(lease)) {
                // Who asked has gone; the next may not.
                connection = unused.unleased();
                continue;
            }
            let returned = tokio::select! {
                biased;
                how = child.ended() => return End::Crashed(how),
                returned = returned => returned,
            };
            connection = match returned {
                Ok(Back::Done(connection)) => *connection,
                Ok(Back::Closed) => return End::Crashed(child.closing().await),
                Err(_) => return End::Killed,
            };
            self.crashes = 0;
        }
    }

    /// A child that has answered once.
    async fn started(&self) -> Result<(Running, Connection), Why> {
        let settings = &self.settings;
        let spawned = Group::spawn(settings);
        let (group, streams) = spawned.map_err(|error| {
            Why::of(format!("{} does not start: {error}", settings.program.display()))
        })?;
        let Streams { input, output, errors } = streams;
        let words = LastWords::default();
        let listener = tokio::spawn(listen(errors, words.clone()));
        let mut child = Running { group, words, listener, clock: Arc::clone(&self.clock) };
        let mut connection = Connection::new(&settings.name, output, input, self.clock.clone());
        let answered = tokio::select! {
            biased;
            how = child.ended() => return Err(how),
            answered = self.greet(&mut connection) => answered,
        };
        match answered {
            Ok(()) => Ok((child, connection)),
            Err(VoiceError::Gone { .. }) => Err(child.closing().await),
            Err(VoiceError::Failed { said, code, .. }) if !said.is_empty() => {
                Err(Why { sentence: said, code })
            }
            Err(error) => Err(Why::of(error.fault().to_string())),
        }
    }

    /// Tells it its settings, and waits until it has taken them.
    async fn greet(&self, connection: &mut Connection) -> Result<(), VoiceError> {
        if let Some(Told(message)) = &self.settings.told {
            connection.send(message).await?;
        }
        let info = describe_over(connection, READY).await?;
        for program in info.asr.iter().chain(&info.tts).chain(&info.wake) {
            // Whisper's is where it computes.
            let how = program.description.as_deref().unwrap_or_default();
            let models = program.models.iter().chain(&program.voices);
            let models: Vec<&str> = models.map(|model| model.name.as_str()).collect();
            tracing::info!(engine = %self.settings.name, ?models, how, "an engine is ready");
        }
        Ok(())
    }
}

impl Why {
    fn of(sentence: String) -> Self {
        Self { sentence, code: None }
    }
}

impl Running {
    /// The same of one that has closed its streams, and is killed where it
    /// does not end.
    async fn closing(&mut self) -> Why {
        let late = self.clock.sleep(CLOSING);
        tokio::select! {
            biased;
            how = self.ended() => return how,
            () = late => self.group.kill(),
        }
        self.ended().await
    }

    /// How it has ended, with the last thing that it said.
    async fn ended(&mut self) -> Why {
        let how = self.group.ended().await;
        // What it has started may hold the stream open, also where it is in no group of ours
        // any more.
        self.group.kill();
        if !self.listener.is_finished() {
            tokio::select! {
                biased;
                _ = &mut self.listener => {}
                () = self.clock.sleep(CLOSING) => self.listener.abort(),
            }
        }
        Why::of(match self.words.line() {
            Some(line) => format!("it ended ({how}): {line}"),
            None => format!("it ended ({how})"),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn listen(mut errors: ChildStderr, words: LastWords) {
    let mut some = [0; 1024];
    while let Ok(got @ 1..) = errors.read(&mut some).await {
        words.push(some.get(..got).unwrap_or_default());
    }
}
