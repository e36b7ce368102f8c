//! What writes on another node: a unit of that node's systemd. Neither the end
//! of jarvis nor that of a connection aborts it, its name lets it happen once,
//! and the node knows how it ended until it is told to forget it.

mod answer;
mod commands;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp};
use tokio::io::AsyncWriteExt;

use super::{Ssh, SshError};
use crate::ClusterError;
use crate::launch::{Captured, Output, Overflow, Unseen};
use crate::launcher::There;
use crate::pvesh::within;
use answer::{Begun, Look};

/// How long each of our questions may take.
const ANSWER: Duration = Duration::from_secs(30);

/// The pauses between two looks: the first, and those that follow.
const FIRST: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(3);

/// How long a start that was given up may still be on its way: for as long as
/// the node may take to answer, and until its answer would have been lost.
const ARRIVES: Duration = Duration::from_secs(35);

/// The pause while the node is out of reach.
const AWAY: Duration = Duration::from_secs(15);

/// How long a node may be out of reach before it is given up. An upgrade goes
/// on without us, and may well restart the network.
const UNREACHABLE: Duration = Duration::from_secs(3600);

/// The most that is taken of its output between two looks, bytes.
const PRINTED: usize = 8 << 20;

/// A unit that runs one program.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    ssh: Arc<Ssh>,
    node: NodeName,
    name: String,
    /// Since when its start may be on its way; none once the node has it.
    unsure: Option<Timestamp>,
}

/// What a unit printed, as far as it has been fetched.
#[derive(Debug, Default)]
struct Log {
    file: Option<tokio::fs::File>,
    cursor: Option<String>,
    /// There was more at once than is taken; the rest is left where it is.
    full: bool,
}

impl Unit {
    /// The unit called `name` on `node`; none where who signs in there may
    /// make no unit. Whether the node has it, or has yet to hear of it from an
    /// earlier life of this host, is not known.
    pub(crate) fn of(ssh: &Arc<Ssh>, node: &NodeName, name: String) -> Option<Self> {
        let (ssh, node) = (Arc::clone(ssh), node.clone());
        let unsure = Some(ssh.clock.now());
        (ssh.settings.user == "root").then(|| Self { ssh, node, name, unsure })
    }

    /// Starts `argv`; false where the node has no systemd. Where the
    /// connection breaks meanwhile it may have been started: how it ends
    /// tells.
    pub(crate) async fn begin(&mut self, argv: &[String]) -> Result<bool, ClusterError> {
        let mut sent = self.send(argv).await;
        let lost = matches!(&sent, Err(ClusterError::Ssh(SshError::Lost { .. })));
        if lost {
            // Its name lets it happen once.
            sent = self.send(argv).await;
        }
        let captured = match sent {
            Ok(captured) => captured,
            Err(error) if lost || matches!(error, ClusterError::TimedOut { .. }) => {
                tracing::warn!(unit = self.name, %error, "nobody knows whether a unit has begun");
                self.unsure = Some(self.ssh.clock.now());
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        match answer::begun(&captured) {
            Begun::Yes => self.unsure = None,
            Begun::NoSystemd => return Ok(false),
            Begun::NoProgram => {
                let program = argv.first().cloned().unwrap_or_default();
                return Err(ClusterError::NoProgram { node: self.node.clone(), program });
            }
            // The first try may have begun it all the same.
            Begun::No(message) if lost => {
                tracing::warn!(unit = self.name, message, "nobody knows whether a unit has begun");
                self.unsure = Some(self.ssh.clock.now());
                return Ok(true);
            }
            Begun::No(message) => {
                return Err(SshError::NotBegun { node: self.node.clone(), message }.into());
            }
        }
        // A key that is bound to a command runs that, and says that all is well.
        match self.look().await {
            Ok(Look::Strange(message)) => {
                Err(SshError::NotBegun { node: self.node.clone(), message }.into())
            }
            _ => Ok(true),
        }
    }

    /// Waits for its end and fetches what it prints into `output`; its exit
    /// status.
    pub(crate) async fn end(mut self, output: Output) -> Result<i32, Unseen> {
        let clock = Arc::clone(&self.ssh.clock);
        let mut log = Log::default();
        let mut next = FIRST;
        let mut seen = clock.now();
        loop {
            let pause = match self.look().await {
                Ok(Look::Runs) => {
                    seen = clock.now();
                    self.unsure = None;
                    self.fetch(&mut log, &output).await;
                    std::mem::replace(&mut next, PAUSE)
                }
                Ok(Look::Ended(status)) => {
                    // What it printed last may still be on its way.
                    if let Err(error) = self.run(commands::sync(), PRINTED).await {
                        tracing::debug!(unit = self.name, %error, "cannot sync a node's journal");
                    }
                    self.fetch(&mut log, &output).await;
                    return Ok(status);
                }
                Ok(Look::Nothing) if self.may_arrive() => PAUSE,
                Ok(Look::Nothing) => return Err(Unseen::Forgotten { node: self.node }),
                Ok(Look::Strange(message)) => {
                    self.stalls();
                    self.out_of_reach(seen, &message)?
                }
                Err(error) => {
                    self.stalls();
                    self.out_of_reach(seen, &error.to_string())?
                }
            };
            clock.sleep(pause).await;
        }
    }

    /// Lets the node forget it, once its end is written down. What cannot be
    /// told now the node forgets when it is started anew.
    pub(crate) async fn forget(&self) {
        for command in commands::forget(&self.name) {
            if let Err(error) = self.run(command, PRINTED).await {
                tracing::debug!(unit = self.name, %error, "a node keeps a unit that has ended");
                return;
            }
        }
    }

    /// A node that cannot be looked at may be as slow to start what it was sent.
    fn stalls(&mut self) {
        if let Some(since) = &mut self.unsure {
            *since = self.ssh.clock.now();
        }
    }

    fn may_arrive(&self) -> bool {
        self.unsure.is_some_and(|since| self.ssh.clock.now().since(since) < ARRIVES)
    }

    async fn look(&self) -> Result<Look, ClusterError> {
        Ok(answer::look(&self.run(commands::look(&self.name), PRINTED).await?))
    }

    /// How long to wait for a node that is out of reach; an error once it has
    /// been for too long.
    fn out_of_reach(&self, seen: Timestamp, message: &str) -> Result<Duration, Unseen> {
        tracing::warn!(unit = self.name, node = %self.node, message, "cannot look at a unit");
        let after = self.ssh.clock.now().since(seen);
        if after < UNREACHABLE {
            return Ok(AWAY);
        }
        Err(Unseen::OutOfReach { node: self.node.clone(), after, message: message.to_owned() })
    }

    /// Adds what it has printed since to `output`. A log that cannot be had
    /// does not change how it ends.
    async fn fetch(&self, log: &mut Log, output: &Output) {
        if log.full {
            return;
        }
        let command = commands::log(&self.name, log.cursor.as_deref());
        let added = match self.run(command, PRINTED).await {
            Ok(captured) => log.add(&captured, output).await,
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = added {
            tracing::warn!(unit = self.name, error, "cannot fetch what a unit printed");
        }
    }

    /// Tells the node once to start `argv`.
    async fn send(&self, argv: &[String]) -> Result<Captured, ClusterError> {
        let there = self.there(commands::start(&self.name, argv));
        let run = self.ssh.once(&there, PRINTED, Overflow::Cut);
        let what = || there.argv.first().cloned().unwrap_or_default();
        let late = || ClusterError::TimedOut { what: what(), after: ANSWER };
        within(&*self.ssh.clock, ANSWER, run, late).await?
    }

    fn there(&self, argv: Vec<String>) -> There {
        There { node: self.node.clone(), argv, at_most: Some(ANSWER) }
    }

    async fn run(&self, argv: Vec<String>, limit: usize) -> Result<Captured, ClusterError> {
        let what = argv.first().cloned().unwrap_or_default();
        let there = self.there(argv);
        let run = self.ssh.capture(&there, limit, Overflow::Cut);
        let late = || ClusterError::TimedOut { what: what.clone(), after: ANSWER };
        within(&*self.ssh.clock, ANSWER, run, late).await?
    }
}

impl Log {
    async fn add(&mut self, captured: &Captured, output: &Output) -> Result<(), String> {
        if captured.status != 0 {
            let said = String::from_utf8_lossy(&captured.stderr);
            return Err(crate::pvesh::classify::message(&said));
        }
        self.full = captured.truncated;
        let (printed, cursor) = answer::printed(captured);
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(create(output).await.map_err(|error| error.to_string())?),
        };
        file.write_all(printed).await.map_err(|error| error.to_string())?;
        file.flush().await.map_err(|error| error.to_string())?;
        if let Some(cursor) = cursor {
            self.cursor = Some(cursor);
        }
        Ok(())
    }
}

/// Written from the start: what an earlier life of this host has fetched is
/// fetched again.
async fn create(output: &Output) -> std::io::Result<tokio::fs::File> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(&output.out).await
}

#[cfg(test)]
mod tests;
