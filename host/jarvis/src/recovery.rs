//! What an earlier host left behind, taken up at the start: runs without an
//! end, operations that still go on, and calls that were let through and whose
//! outcome is not in the audit log. Afterwards each has one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jarvis_cluster::Cluster;
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLine, AuditLog};
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{OperationRecord, OperationState, Operations};
use jarvis_domain::{Explain, Fault, OperationId, Risk, Timestamp};
use jarvis_state::State;

/// How long one wait for a followed operation lasts.
const FOLLOW: Duration = Duration::from_secs(60);
/// An operation is journaled after its call was let through; the clock may have
/// been set back meanwhile, milliseconds.
const CLOCK: u64 = 60_000;

/// Takes up everything. To be called once, before anything runs.
pub(crate) async fn take_up(state: &State, clusters: &[Arc<Cluster>]) -> Result<(), Box<Fault>> {
    let store = |error: StoreError| error.fault();
    let cut_off = state.end_runs().await.map_err(store)?;
    if cut_off > 0 {
        tracing::warn!(runs = cut_off, "an earlier host ended before its runs did");
    }
    let unanswered = state.unanswered().await.map_err(store)?;
    let mut settled = unanswered.through;
    let mut lines = unanswered.lines;
    let journaled = match lines.first() {
        Some(first) => {
            let since = Timestamp(first.at.0.saturating_sub(CLOCK));
            state.operations(since).await.map_err(store)?
        }
        None => Vec::new(),
    };
    // In the order in which they were begun: the same call may have been made
    // twice in a run.
    let mut lines_of: BTreeMap<OperationId, AuditLine> = BTreeMap::new();
    for operation in &journaled {
        if !unanswered.answered.contains(&operation.id)
            && let Some(line) = line_of(operation, &mut lines)
        {
            lines_of.insert(operation.id, line);
        }
    }
    let audit = state.audit();
    for cluster in clusters {
        for operation in cluster.recover().await.map_err(|error| Box::new(error.fault))? {
            let line = lines_of.remove(&operation.id).or_else(|| line_of(&operation, &mut lines));
            if let Some(line) = &line {
                settled = settled.min(line.seq.saturating_sub(1));
            }
            follow(operation, line, Arc::clone(cluster), Arc::clone(&audit)).await?;
        }
    }
    for operation in journaled {
        let Some(line) = lines_of.remove(&operation.id) else { continue };
        match operation.state {
            OperationState::Ended { end, .. } => {
                let answer = outcome(line, Some(operation.id), end.to_string());
                audit.record(answer).await.map_err(store)?;
            }
            // Of a cluster that the settings no longer name, or that another
            // host looks after: that one follows it.
            _ => settled = settled.min(line.seq.saturating_sub(1)),
        }
    }
    for line in lines {
        let said = never_handed_over(&line);
        audit.record(outcome(line, None, said.to_owned())).await.map_err(store)?;
    }
    state.settled(settled).await.map_err(store)
}

/// Takes out of `lines` the one that let `operation` through.
fn line_of(operation: &OperationRecord, lines: &mut Vec<AuditLine>) -> Option<AuditLine> {
    let place = lines.iter().position(|line| {
        let call = match &line.entry.event {
            AuditEvent::Allowed { call, .. } => Some(call),
            _ => None,
        };
        line.entry.run == Some(operation.run) && call == Some(&operation.call)
    })?;
    Some(lines.remove(place))
}

/// What is said of a call that is in no journal. A write is journaled before
/// it is handed over; a read is not journaled at all.
fn never_handed_over(line: &AuditLine) -> &'static str {
    match &line.entry.event {
        AuditEvent::Allowed { risk: Risk::Read, .. } => {
            "unknown: the host ended before it wrote down an answer"
        }
        _ => {
            "unknown: the host ended before this was handed over; nothing is known to have been sent"
        }
    }
}

/// How the call that `line` let through ended.
fn outcome(line: AuditLine, operation: Option<OperationId>, result: String) -> AuditEntry {
    AuditEntry { event: AuditEvent::Outcome { of: line.seq, operation, result }, ..line.entry }
}

/// Writes down that an earlier host's operation was found again, and later how
/// it ended.
async fn follow(
    found: OperationRecord,
    line: Option<AuditLine>,
    cluster: Arc<Cluster>,
    audit: Arc<dyn AuditLog>,
) -> Result<(), Box<Fault>> {
    let name = format!("operation {} of an earlier host", found.id);
    let note = |what: String| AuditEntry {
        run: Some(found.run),
        cluster: found.cluster.clone(),
        caller: None,
        skill: None,
        event: AuditEvent::Host { what },
    };
    let again = note(format!("found {name} again: {}", found.call));
    audit.record(again).await.map_err(|error| error.fault())?;
    // What let it through may be in a file that was moved away.
    let ended = match line {
        Some(line) => outcome(line, Some(found.id), String::new()),
        None => note(String::new()),
    };
    tokio::spawn(async move {
        let end = loop {
            match cluster.wait(found.id, FOLLOW).await {
                Ok(None) => {}
                Ok(Some(end)) => break end.to_string(),
                Err(error) => break format!("unknown: {error}"),
            }
        };
        if let Err(error) = audit.record(told(ended, &name, end)).await {
            tracing::error!(%error, "the end of an operation was not written down");
        }
    });
    Ok(())
}

/// `entry` with the end in it.
fn told(mut entry: AuditEntry, name: &str, end: String) -> AuditEntry {
    match &mut entry.event {
        AuditEvent::Outcome { result, .. } => *result = end,
        event => *event = AuditEvent::Host { what: format!("{name} ended: {end}") },
    }
    entry
}
