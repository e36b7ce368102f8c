//! The run record of one invocation: put when it begins, so that a host that
//! is killed leaves a trace, and again when it ends.

use std::sync::Arc;
use std::time::Instant;

use jarvis_domain::invocation::{Answer, Notice, Watcher};
use jarvis_domain::run::{RunEnd, RunRecord, Runs};
use jarvis_domain::{Caller, Clock, Fault, Invocation, Revision, RunId};

use crate::error::InvokeError;
use crate::record::Record;

/// Keeps the record of one run.
#[derive(Debug)]
pub(crate) struct Keeper {
    record: RunRecord,
    began: Instant,
    /// What it took before a person was asked.
    before_us: u64,
    /// The watcher knows which run it is.
    told: bool,
}

impl Keeper {
    /// A new run.
    pub(crate) fn begin(invocation: Invocation, caller: Caller, clock: &dyn Clock) -> Self {
        let record = RunRecord {
            id: RunId::new(),
            at: clock.now(),
            invocation,
            caller,
            revision: None,
            calls: Vec::new(),
            end: None,
            took_us: 0,
            heard: Vec::new(),
            turn: None,
        };
        Self { record, began: Instant::now(), before_us: 0, told: false }
    }

    /// A run that goes on after its question was answered.
    pub(crate) fn resume(record: RunRecord) -> Self {
        let before_us = record.took_us;
        let record = RunRecord { end: None, ..record };
        Self { record, began: Instant::now(), before_us, told: false }
    }

    pub(crate) fn id(&self) -> RunId {
        self.record.id
    }

    pub(crate) fn invocation(&self) -> &Invocation {
        &self.record.invocation
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.record.caller
    }

    pub(crate) fn revision(&mut self, revision: Revision) {
        self.record.revision = Some(revision);
    }

    /// Adds what one phase did.
    pub(crate) fn absorb(&mut self, phase: &Arc<Record>) {
        self.record.calls.extend(phase.calls());
    }

    /// The record as it stands.
    pub(crate) fn record(&self) -> RunRecord {
        self.record.clone()
    }

    /// Stores it as one that runs.
    pub(crate) async fn put(&self, runs: &dyn Runs) -> Result<(), InvokeError> {
        runs.put(&self.record).await.map_err(InvokeError::Store)
    }

    /// Tells `watcher`, once, which run it is; it has a record by then.
    pub(super) fn tell(&mut self, watcher: &dyn Watcher) {
        if !std::mem::replace(&mut self.told, true) {
            watcher.notice(Notice::Run { run: self.record.id });
        }
    }

    /// Stores how it ended. What was done is done: a store that fails now is
    /// only told in the log, and in the audit log it stands all the same.
    pub(crate) async fn end(&mut self, runs: &dyn Runs, ended: &Result<Answer, Box<Fault>>) {
        self.record.end = Some(match ended {
            Ok(answer) => RunEnd::Answered(answer.clone()),
            Err(fault) => RunEnd::Failed((**fault).clone()),
        });
        let took = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.record.took_us = self.before_us.saturating_add(took);
        if let Err(error) = runs.put(&self.record).await {
            tracing::error!(run = %self.record.id, %error, "the run record cannot be written");
        }
    }
}
