//! The journal against the truth: an operation is what was really done, so here
//! each has to have an end, and one that the tasks and the guests bear out.

use std::collections::{BTreeMap, BTreeSet};

use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{Call, OperationEnd, Timestamp, Upid, Verified};

use super::{Case, Finding, Sin};
use crate::truth::{Portrait, Task};

/// What an operation was to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) guest: u32,
    /// `start`, `snapshot` …
    what: String,
    path: String,
    snapshot: Option<String>,
}

/// Who else does things in a storm (`host/simulator/src/somebody.rs`).
const SOMEBODY: &str = "operator@pve";

/// A task's start has whole seconds.
const SECOND: u64 = 1_000;

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        case.operations.iter().filter_map(|record| of_one(case, record)).collect();
    found.extend(claimed_twice(case));
    found.extend(unclaimed(case));
    found.extend(sent_twice(case));
    found
}

fn of_one(case: &Case<'_>, record: &OperationRecord) -> Option<Finding> {
    let OperationState::Ended { at: ended, end } = &record.state else {
        return Some(finding(case, Sin::Lost, record, "it has no end"));
    };
    let deed = Deed::of(record)?;
    if record.upid.as_ref().is_some_and(|upid| upid.user() == SOMEBODY) {
        return Some(finding(case, Sin::WrongDone, record, "its task is somebody else's"));
    }
    // Here no clocks differ, for which jarvis has to allow.
    if record.upid.as_ref().is_some_and(|upid| upid.start().0 + SECOND < record.at.0) {
        return Some(finding(case, Sin::WrongDone, record, "its task began before it"));
    }
    let task = record.upid.as_ref().and_then(|upid| case.truth.task(upid));
    match end {
        OperationEnd::Succeeded { verified: Verified::Yes, .. } => {
            let why = wrong_done(case, record, &deed, task, *ended)?;
            Some(finding(case, Sin::WrongDone, record, &why))
        }
        OperationEnd::Failed { .. } => {
            let task = task?;
            let worked = case.truth.made_by(&task.upid).is_some();
            let why = match task.result.as_deref() {
                Some("OK") => "its task ended with OK",
                Some(result) if result.starts_with("WARNINGS") => "its task ended with warnings",
                _ if worked => "its task changed the guest",
                _ => return None,
            };
            Some(finding(case, Sin::WrongFailure, record, why))
        }
        OperationEnd::Succeeded { .. } | OperationEnd::Unknown { .. } => {
            let why = "nothing was wrong with the cluster";
            let calm = case.is_calm(record.at) && case.is_calm(*ended);
            calm.then(|| finding(case, Sin::UnknownInCalm, record, why))
        }
    }
}

/// Why a "done" is none.
fn wrong_done(
    case: &Case<'_>,
    record: &OperationRecord,
    deed: &Deed,
    task: Option<&Task>,
    ended: Timestamp,
) -> Option<String> {
    if let Some(upid) = &record.upid {
        let Some(task) = task else { return Some(format!("there is no task {upid}")) };
        if !deed.is_of(upid) {
            return Some(format!("the task {upid} is of something else"));
        }
        match task.result.as_deref() {
            Some("OK" | "unexpected status") => {}
            Some(result) if result.starts_with("WARNINGS") => {}
            other => return Some(format!("its task ended with {other:?}")),
        }
    }
    let (from, to) = (record.at, Timestamp(ended.0 + 1));
    if deed.what == "reboot" {
        // It ran before, too: only what a task did tells.
        let rebooted = |one: &Portrait| {
            let of_task = |upid: &Upid| record.upid.as_ref().is_none_or(|own| own == upid);
            one.at >= from && one.by.as_ref().is_some_and(|upid| deed.is_of(upid) && of_task(upid))
        };
        let held = case.truth.held(deed.guest, from, to, rebooted);
        return (!held).then(|| "the guest was not rebooted".to_owned());
    }
    let held = case.truth.held(deed.guest, from, to, |one| deed.is_so(one));
    (!held).then(|| "the guest never was so".to_owned())
}

/// Operations that have the same task.
fn claimed_twice(case: &Case<'_>) -> Vec<Finding> {
    let mut owners: BTreeMap<&str, Vec<&OperationRecord>> = BTreeMap::new();
    for record in case.operations {
        if let Some(upid) = &record.upid {
            owners.entry(upid.as_str()).or_default().push(record);
        }
    }
    let several = owners.into_values().filter(|records| records.len() > 1);
    let told = |records: Vec<&OperationRecord>| {
        let last = records[records.len() - 1];
        finding(case, Sin::WrongDone, last, &format!("its task is that of {}, too", records[0].id))
    };
    several.map(told).collect()
}

/// Tasks that no operation knows of: each must be that of one which knows none,
/// and, where the task worked, whose end is not "failed".
fn unclaimed(case: &Case<'_>) -> Vec<Finding> {
    let known: BTreeSet<&str> =
        case.operations.iter().filter_map(|one| Some(one.upid.as_ref()?.as_str())).collect();
    let mut free: Vec<&OperationRecord> =
        case.operations.iter().filter(|one| one.upid.is_none()).collect();
    let mut found = Vec::new();
    let all = case.truth.tasks.iter().filter(|task| task.upid.user() != SOMEBODY);
    let all = all.filter(|task| !known.contains(task.upid.as_str()));
    let (worked, idle): (Vec<&Task>, Vec<&Task>) = all.partition(|task| {
        case.truth.made_by(&task.upid).is_some() || task.result.as_deref() == Some("OK")
    });
    let all = worked.into_iter().map(|task| (task, true));
    for (task, worked) in all.chain(idle.into_iter().map(|task| (task, false))) {
        let is_its = |record: &OperationRecord| {
            record.at.0 < task.upid.start().0 + SECOND
                && Deed::of(record).is_some_and(|deed| deed.is_of(&task.upid))
        };
        // The latest that can be it; one that did not fail before one that did.
        let of =
            |failed: bool| free.iter().rposition(|one| is_its(one) && has_failed(one) == failed);
        if let Some(place) = of(false) {
            free.remove(place);
        } else if let Some(place) = of(true) {
            let record = free.remove(place);
            let why = format!("the task {} is its, and worked", task.upid);
            found.extend(worked.then(|| finding(case, Sin::WrongFailure, record, &why)));
        } else {
            let at = task.upid.start();
            let mut story = vec![format!("nobody asked for the task {}", task.upid)];
            story.extend(
                task.upid.id().parse().map(|guest| case.told(guest, at, at)).unwrap_or_default(),
            );
            found.push(Finding { sin: Sin::Twice, from: at, to: at, story });
        }
    }
    found
}

fn has_failed(record: &OperationRecord) -> bool {
    matches!(&record.state, OperationState::Ended { end: OperationEnd::Failed { .. }, .. })
}

/// `pvesh` started more often than there are operations. A request by HTTPS may
/// come again where its ticket had run out; there the tasks tell.
fn sent_twice(case: &Case<'_>) -> Vec<Finding> {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for deed in case.operations.iter().filter_map(Deed::of) {
        *asked.entry(deed.path).or_default() += 1;
    }
    let too_often = |(path, sent): (&String, &usize)| {
        let times = asked.get(path).copied().unwrap_or_default();
        (*sent > times).then(|| Finding {
            sin: Sin::Twice,
            from: Timestamp(0),
            to: Timestamp(0),
            story: vec![format!("{path}: sent {sent} times for {times} operations")],
        })
    };
    case.truth.sent.iter().filter_map(too_often).collect()
}

fn finding(case: &Case<'_>, sin: Sin, record: &OperationRecord, why: &str) -> Finding {
    let to = match &record.state {
        OperationState::Ended { at, .. } => *at,
        _ => Timestamp(record.at.0 + 60_000),
    };
    let mut story = vec![
        format!("operation {} of {}: {why}", record.id, record.at.0),
        format!("{}: {:?}, task {:?}", record.call, record.state, record.upid),
    ];
    if let Some(deed) = Deed::of(record) {
        story.extend(case.told(deed.guest, record.at, to));
    }
    Finding { sin, from: record.at, to, story }
}

impl Deed {
    pub(super) fn of(record: &OperationRecord) -> Option<Self> {
        let Call::Api(call) = &record.call else { return None };
        Some(Self {
            guest: call.path.guest()?.get(),
            what: call.path.segments().last()?.to_owned(),
            path: call.path.to_string(),
            snapshot: call.fields.get("snapname").map(str::to_owned),
        })
    }

    /// Whether the task is one that this starts.
    fn is_of(&self, upid: &Upid) -> bool {
        let kinds: &[&str] = match self.what.as_str() {
            "start" => &["qmstart", "vzstart", "hastart"],
            "stop" => &["qmstop", "vzstop", "hastop"],
            "shutdown" => &["qmshutdown", "vzshutdown", "hastop"],
            "reboot" => &["qmreboot", "vzreboot"],
            "suspend" => &["qmpause"],
            "resume" => &["qmresume"],
            "snapshot" => &["qmsnapshot", "vzsnapshot"],
            _ => &[],
        };
        kinds.contains(&upid.kind()) && upid.id() == self.guest.to_string()
    }

    /// Whether a guest that looks like that is as it was to become.
    fn is_so(&self, portrait: &Portrait) -> bool {
        match self.what.as_str() {
            "start" | "resume" | "reboot" => portrait.power == "running",
            "stop" | "shutdown" => portrait.power == "stopped",
            "suspend" => portrait.power == "paused",
            "snapshot" => {
                self.snapshot.as_ref().is_some_and(|name| portrait.snapshots.contains(name))
            }
            _ => false,
        }
    }
}
