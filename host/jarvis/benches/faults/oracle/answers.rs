//! The answers against the journal and the truth: what a person was told must
//! be what the operations came to, and in time.

use std::time::Duration;

use jarvis_domain::invocation::{Outcome, Reply};
use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::{OperationEnd, Timestamp, Verified};

use super::operations::Deed;
use super::{Case, Finding, Sin};
use crate::deeds::{Asked, Heard};
use crate::truth::Portrait;
use crate::world::TIME;

/// What comes on top of a command's own time on a machine that builds beside.
const GRACE: Duration = Duration::from_secs(5);
/// Clocks are read in whole milliseconds.
const STALE: u64 = 2;

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = case.asked.iter().filter_map(|one| of_one(case, one)).collect();
    for run in case.runs.iter().filter(|run| run.end.is_none()) {
        let story = vec![format!("run {} of {:?} has no end", run.id, run.invocation.command)];
        found.push(Finding { sin: Sin::Lost, from: run.at, to: run.at, story });
    }
    found
}

fn of_one(case: &Case<'_>, asked: &Asked) -> Option<Finding> {
    let (sin, why) = match &asked.heard {
        Heard::Stuck => (Sin::Stuck, "no answer came".to_owned()),
        _ if asked.took() > limit(asked) => {
            (Sin::Stuck, format!("the answer took {:?}", asked.took()))
        }
        Heard::CutOff => {
            let meets = |kill: &(_, _)| kill.0 <= asked.answered && asked.at <= kill.1;
            if case.kills.iter().any(meets) {
                return None;
            }
            (Sin::Host, "the host hung up and was not killed".to_owned())
        }
        // What a skill refuses, as to suspend a container, it refuses always.
        Heard::Fault(fault) if asked.calm && fault.code != "skill-error" => {
            (Sin::UnknownInCalm, fault.sentence.clone())
        }
        Heard::Fault(_) => of_fault(case, asked)?,
        Heard::Reply(reply) if asked.is_query() => of_query(case, asked, reply)?,
        Heard::Reply(reply) => of_action(case, asked, reply)?,
    };
    let mut story = vec![
        format!("{why}; {} of {:?}", asked.command, asked.guest),
        format!("from {} to {}: {:?}", asked.at.0, asked.answered.0, asked.heard),
    ];
    for id in &asked.operations {
        story.push(format!("operation: {:?}", case.operation(*id)));
    }
    if let Some(guest) = asked.guest {
        story.extend(case.told(guest, asked.at, asked.answered));
    }
    Some(Finding { sin, from: asked.at, to: asked.answered, story })
}

/// A command that is asked about runs three times: for the plan, for the plan
/// again, and for real.
fn limit(asked: &Asked) -> Duration {
    let reads_on = matches!(asked.command, "start" | "resume" | "snapshot" | "start-tagged");
    if asked.is_query() || reads_on { TIME + GRACE } else { TIME * 3 + GRACE }
}

/// An error says that nothing came of it, unless its own words say otherwise.
fn of_fault(case: &Case<'_>, asked: &Asked) -> Option<(Sin, String)> {
    let worked = asked.operations.iter().filter_map(|id| case.operation(*id)).any(has_worked);
    let Heard::Fault(fault) = &asked.heard else { return None };
    let open = fault.sentence.contains("goes on") || fault.code.contains("time");
    (worked && !open).then(|| (Sin::WrongFailure, format!("it worked, and {} came", fault.code)))
}

/// What is told of each guest is what its operation came to.
fn of_action(case: &Case<'_>, asked: &Asked, reply: &Reply) -> Option<(Sin, String)> {
    let own = || case.operations.iter().filter(|one| one.run == reply.run);
    let untrue = own().any(|record| !has_worked(record)) || own().next().is_none();
    if reply.outcome == Outcome::Done && untrue {
        return Some((Sin::WrongDone, "its operation is not done".to_owned()));
    }
    if reply.outcome == Outcome::Unknown && asked.calm {
        return Some((Sin::UnknownInCalm, "nothing was wrong with the cluster".to_owned()));
    }
    let data = serde_json::to_value(reply.data.as_ref()?).ok()?;
    data["guests"].as_array()?.iter().find_map(|told| {
        let guest = told["vmid"].as_u64().and_then(|id| u32::try_from(id).ok())?;
        let of_guest =
            |record: &&OperationRecord| Deed::of(record).is_some_and(|d| d.guest == guest);
        let worked = own().find(of_guest).map(has_worked);
        let held = |from| {
            case.truth.held(guest, from, asked.answered, |one| is_already(asked.command, one))
        };
        let (sin, why) = match (told["result"].as_str()?, worked) {
            ("done", Some(true)) => return None,
            ("done", _) => (Sin::WrongDone, "its operation is not done"),
            ("failed", Some(true)) => (Sin::WrongFailure, "its operation is done"),
            ("nothing-changed" | "refused" | "not-reached", Some(_)) => {
                (Sin::WrongFailure, "it was begun")
            }
            ("nothing-changed", None) if !held(told_as_of(asked, reply)) => {
                (Sin::WrongDone, "it never was so already")
            }
            _ => return None,
        };
        Some((sin, format!("{guest}: {why}")))
    })
}

/// Whether there was nothing to do for a guest like that.
fn is_already(command: &str, portrait: &Portrait) -> bool {
    match command.trim_end_matches("-tagged") {
        "start" | "resume" => portrait.power == "running",
        "shut-down" | "force-stop" | "reboot" => portrait.power == "stopped",
        "suspend" => portrait.power != "running",
        _ => false,
    }
}

/// A state that is told is one that the guest had, not long before.
fn of_query(case: &Case<'_>, asked: &Asked, reply: &Reply) -> Option<(Sin, String)> {
    let data = serde_json::to_value(reply.data.as_ref()?).ok()?;
    let told = match data["guests"].as_array() {
        Some(guests) => guests.clone(),
        None => vec![data],
    };
    let from = told_as_of(asked, reply);
    // What was known before the calm may be told in it, with its time.
    let calm = asked.calm && case.is_calm(from);
    for guest in told {
        let Some(vmid) = guest["vmid"].as_u64().and_then(|id| u32::try_from(id).ok()) else {
            continue;
        };
        let power = match guest["state"].as_str()? {
            "suspended" => "paused",
            "unknown" if calm => {
                return Some((Sin::UnknownInCalm, format!("the state of {vmid} is unknown")));
            }
            "unknown" => continue,
            state => state,
        };
        if !case.truth.held(vmid, from, asked.answered, |one| one.power == power) {
            return Some((Sin::WrongState, format!("guest {vmid} never was {power}")));
        }
    }
    None
}

/// The earliest moment that the answer may be about.
fn told_as_of(asked: &Asked, reply: &Reply) -> Timestamp {
    let as_of = reply.as_of.map_or(asked.at, |as_of| as_of.min(asked.at));
    Timestamp(as_of.0.saturating_sub(STALE))
}

fn has_worked(record: &OperationRecord) -> bool {
    matches!(
        &record.state,
        OperationState::Ended { end: OperationEnd::Succeeded { verified: Verified::Yes, .. }, .. }
    )
}
