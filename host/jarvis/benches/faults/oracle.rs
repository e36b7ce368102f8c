//! Compares what the host said with the truth: each operation of its journal,
//! each answer, each run, each task and each request that reached the cluster.

#[path = "oracle/answers.rs"]
mod answers;
#[path = "oracle/forged.rs"]
pub(crate) mod forged;
#[path = "oracle/operations.rs"]
mod operations;

use std::collections::BTreeMap;

use jarvis_domain::operation::OperationRecord;
use jarvis_domain::run::RunRecord;
use jarvis_domain::{OperationId, Timestamp};

use crate::deeds::Asked;
use crate::truth::Truth;

/// What may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sin {
    /// It was called done, or nothing was called to be left to do, and in truth
    /// it is not so.
    WrongDone,
    /// It was called failed, and in truth it took place.
    WrongFailure,
    /// It never came to an end.
    Lost,
    /// It did not answer in its time.
    Stuck,
    /// It was sent more often than it was asked for.
    Twice,
    /// A state was told that the guest never had.
    WrongState,
    /// It was unknown, or an error, though nothing was wrong with the cluster.
    UnknownInCalm,
    /// The host ended by itself or did not start, or its audit log is broken.
    Host,
    /// The oracle did not see a lie that was made to try it.
    Blind,
}

/// One find, with its whole story.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) sin: Sin,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) story: Vec<String>,
}

/// All that is compared.
pub(crate) struct Case<'a> {
    pub(crate) truth: &'a Truth,
    pub(crate) asked: &'a [Asked],
    pub(crate) operations: &'a [OperationRecord],
    pub(crate) runs: &'a [RunRecord],
    /// From when to when the host was being killed.
    pub(crate) kills: &'a [(Timestamp, Timestamp)],
    /// From when to when nothing was wrong.
    pub(crate) calm: &'a [(Timestamp, Timestamp)],
}

impl Sin {
    pub(crate) const ALL: [Self; 9] = [
        Self::WrongDone,
        Self::WrongFailure,
        Self::Lost,
        Self::Stuck,
        Self::Twice,
        Self::WrongState,
        Self::UnknownInCalm,
        Self::Host,
        Self::Blind,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WrongDone => "wrong \"done\"",
            Self::WrongFailure => "wrong \"failed\"",
            Self::Lost => "lost operations",
            Self::Stuck => "stuck queries and commands",
            Self::Twice => "sent twice",
            Self::WrongState => "wrong states told",
            Self::UnknownInCalm => "unknown in a calm",
            Self::Host => "host or audit log broken",
            Self::Blind => "forged ends not seen",
        }
    }
}

impl Case<'_> {
    /// All that is not as it should be.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut found = operations::judge(self);
        found.extend(answers::judge(self));
        found
    }

    fn operation(&self, id: OperationId) -> Option<&OperationRecord> {
        self.operations.iter().find(|one| one.id == id)
    }

    fn is_calm(&self, at: Timestamp) -> bool {
        self.calm.iter().any(|(from, to)| (*from..=*to).contains(&at))
    }

    /// What became of `guest` in truth, for a story.
    fn told(&self, guest: u32, from: Timestamp, to: Timestamp) -> Vec<String> {
        let early = Timestamp(from.0.saturating_sub(2_000));
        let late = Timestamp(to.0.saturating_add(2_000));
        let changes = self.truth.during(guest, early, late).map(|one| {
            let by = one.by.as_ref().map_or("no task", |upid| upid.as_str());
            let (at, power, snapshots) = (one.at.0, &one.power, one.snapshots.len());
            format!("truth: {at} {power}, {snapshots} snapshots, by {by}")
        });
        let near = |start: u64| (early.0..=late.0).contains(&start);
        let tasks = self
            .truth
            .tasks
            .iter()
            .filter(|task| task.upid.id() == guest.to_string() && near(task.upid.start().0));
        let tasks = tasks.map(|task| format!("truth: task {} {:?}", task.upid, task.result));
        let asked = self.asked.iter().filter(|one| {
            one.guest == Some(guest) && one.answered >= from && one.at <= to && !one.is_query()
        });
        let asked = asked.map(|one| {
            format!("asked: {} {} to {}: {:?}", one.at.0, one.command, one.answered.0, one.heard)
        });
        changes.chain(tasks).chain(asked).collect()
    }
}

/// Counts each sin.
pub(crate) fn count(findings: &[Finding]) -> BTreeMap<Sin, usize> {
    let mut counts: BTreeMap<Sin, usize> = Sin::ALL.into_iter().map(|sin| (sin, 0)).collect();
    for finding in findings {
        *counts.entry(finding.sin).or_default() += 1;
    }
    counts
}
