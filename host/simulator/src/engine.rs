//! The engine: the cluster behind its lock, the clock, and the programs that
//! run on it. Tests call it directly; the server calls it for each connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::{Clock, Timestamp, Upid};
use serde_json::Value;
use tokio::sync::watch;

use crate::access::Caller;
use crate::api::{Context, Method, Reply};
use crate::cluster::{Cluster, Seen, Timing};
use crate::error::SimulatorError;
use crate::fault::Fault;
use crate::pvesh::{Args, Die};
use crate::sink::{Interrupts, Sink};
use crate::worker::{Effect, Job};
use crate::{pvesh, shell, terminal};

/// A simulated cluster; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Simulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    cluster: Mutex<Cluster>,
    /// Counts the changes, so that waits can look again.
    changed: watch::Sender<u64>,
    clock: Arc<dyn Clock>,
    timing: Timing,
}

/// What a call came to, as far as it goes at once.
pub(crate) enum Began {
    Null,
    Value(Value),
    /// See [`Reply::Page`].
    Page(Value, usize),
    /// A task, and the work that is still to be done under it.
    Worker(Upid, Job),
}

impl Simulator {
    /// `cluster` as time passes on `clock`.
    #[must_use]
    pub(crate) fn new(cluster: Cluster, clock: Arc<dyn Clock>, timing: Timing) -> Self {
        let cluster = Mutex::new(cluster);
        Self { inner: Arc::new(Inner { cluster, changed: watch::Sender::new(0), clock, timing }) }
    }

    /// Runs `pvesh` with `argv`, its own name left out; the exit code.
    pub(crate) async fn pvesh(&self, argv: &[String], sink: &Sink, interrupts: Interrupts) -> i32 {
        self.with(|cluster, _| cluster.saw(Seen::Pvesh { argv: argv.to_vec() }));
        pvesh::main(self, argv, sink, interrupts).await
    }

    /// Runs `argv` on `node`; the exit code, 255 when the node cannot be
    /// reached, as ssh's is.
    pub(crate) async fn shell(&self, node: &str, argv: &[String], sink: &Sink) -> i32 {
        let seen = Seen::Shell { node: node.to_owned(), argv: argv.to_vec() };
        self.with(|cluster, _| cluster.saw(seen));
        shell::main(self, node, argv, sink).await
    }

    /// Runs `method` with checked `args` on the node at `here`, as far as that
    /// goes at once. What is left of a worker is the caller's to run.
    pub(crate) fn invoke(
        &self,
        method: &Method,
        args: &Args,
        caller: Caller,
        here: usize,
    ) -> Result<Began, Die> {
        let (reply, later) = self.with(|cluster, now| {
            let mut context = Context { cluster, now, caller, here, later: Vec::new() };
            let reply = (method.run)(&mut context, args);
            (reply, context.later)
        });
        for (after, effect) in later {
            self.later(after, effect);
        }
        let job = match reply? {
            Reply::Null => return Ok(Began::Null),
            Reply::Value(value) => return Ok(Began::Value(value)),
            Reply::Page(value, total) => return Ok(Began::Page(value, total)),
            Reply::Terminal(value, upid) => {
                tokio::spawn(terminal::await_client(self.clone(), upid));
                return Ok(Began::Value(value));
            }
            Reply::Worker(job) => job,
        };
        let upid = self
            .with(|cluster, now| cluster.begin(&job, caller, now))
            .ok_or_else(|| Die::new("unable to create a task id"))?;
        Ok(Began::Worker(upid, job))
    }

    /// Makes something go wrong, or well again; what a person is told.
    pub(crate) fn fault(&self, fault: &Fault) -> Result<String, SimulatorError> {
        if let Fault::Somebody { guest, does } = fault {
            return self.somebody(*guest, *does);
        }
        Ok(self.with(|cluster, now| cluster.make(fault, now))?)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    pub(crate) fn timing(&self) -> Timing {
        self.inner.timing
    }

    /// Changes the cluster and wakes whoever waits for a change.
    pub(crate) fn with<R>(&self, change: impl FnOnce(&mut Cluster, Timestamp) -> R) -> R {
        let now = self.inner.clock.now();
        let result = {
            let mut cluster = self.inner.cluster.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut cluster, now)
        };
        self.inner.changed.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Reads the cluster; wakes nobody.
    pub(crate) fn look<R>(&self, read: impl FnOnce(&Cluster, Timestamp) -> R) -> R {
        let now = self.inner.clock.now();
        let cluster = self.inner.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        read(&cluster, now)
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Does `effect` once `after` has passed; at once when that is nothing.
    pub(crate) fn later(&self, after: Duration, effect: Effect) {
        let after = self.timing().work(after);
        let simulator = self.clone();
        if after.is_zero() {
            finish(&simulator, effect);
        } else {
            tokio::spawn(async move {
                simulator.clock().sleep(after).await;
                finish(&simulator, effect);
            });
        }
    }
}

fn finish(simulator: &Simulator, effect: Effect) {
    if let Err(error) = simulator.with(effect) {
        tracing::debug!(error, "what was to happen later did not");
    }
}

#[cfg(test)]
mod ran;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use ran::Ran;
