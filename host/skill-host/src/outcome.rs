//! What the host vouches for. A skill says how its command ended; here that is
//! compared with the writes it made and how they ended. Pure: it asks nobody.

#[cfg(test)]
mod tests;

use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Call, OperationEnd, Outcome, Verified};

use crate::record::{Effect, Write};

/// What the host saw of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen<'a> {
    /// The command may only read.
    pub(crate) reads_only: bool,
    /// The writes, in order.
    pub(crate) writes: &'a [Write],
    /// The skill wrote to its own store.
    pub(crate) stored: bool,
    /// What the plan holds and was not asked for, in the host's words.
    pub(crate) left: &'a [String],
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What the host vouches for.
    pub(crate) outcome: Outcome,
    /// What is said in place of the skill's words, where those would say more
    /// than the host saw.
    pub(crate) instead: Option<String>,
}

/// The one word for all writes together, the worst that is true of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sum {
    None,
    Done,
    Running,
    Unknown,
    Failed,
}

/// Compares what the skill claims with what was seen.
pub(crate) fn check(claim: &str, seen: &Seen<'_>) -> Checked {
    let claimed = claimed(claim);
    let writes = lasting(seen.writes);
    let sum = writes.iter().map(|write| sum(&write.effect)).max().unwrap_or(Sum::None);
    let as_claimed = |outcome| Checked { outcome, instead: None };
    let corrected = |outcome, text: String| Checked { outcome, instead: Some(text) };
    match (sum, claimed) {
        // A skill that admits less than was seen knows more, or says less.
        (_, Some(Outcome::Failed)) => as_claimed(Outcome::Failed),
        (Sum::Failed, _) => corrected(Outcome::Failed, told(&writes)),
        (_, Some(Outcome::Unknown)) => as_claimed(Outcome::Unknown),
        (Sum::Unknown, _) => corrected(Outcome::Unknown, told(&writes)),
        (Sum::Running | Sum::Done, _) if !seen.left.is_empty() => {
            let rest = listed(seen.left.iter().cloned());
            let outcome = if sum == Sum::Running { Outcome::Started } else { Outcome::Unknown };
            corrected(outcome, format!("{} Planned and not done: {rest}", told(&writes)))
        }
        (Sum::None, Some(Outcome::Done | Outcome::Started)) if !seen.left.is_empty() => {
            let rest = listed(seen.left.iter().cloned());
            corrected(Outcome::NothingChanged, format!("Planned and not done: {rest}"))
        }
        (Sum::Running, Some(Outcome::Started)) => as_claimed(Outcome::Started),
        (Sum::Running, _) => corrected(Outcome::Started, told(&writes)),
        (Sum::Done, Some(Outcome::Done | Outcome::Started)) => as_claimed(Outcome::Done),
        (Sum::Done, _) => corrected(Outcome::Done, told(&writes)),
        (Sum::None, Some(Outcome::NothingChanged)) => as_claimed(Outcome::NothingChanged),
        (Sum::None, Some(Outcome::Done)) if seen.reads_only || seen.stored => {
            as_claimed(Outcome::Done)
        }
        (Sum::None, Some(Outcome::Done | Outcome::Started)) => {
            let text = "Nothing was changed: the skill says otherwise, but it asked for nothing.";
            corrected(Outcome::NothingChanged, text.to_owned())
        }
        // A skill claims none of the words of the host itself.
        (Sum::None, None | Some(Outcome::Scheduled)) => {
            let text = "I cannot tell how it ended: the skill's answer makes no sense.";
            corrected(Outcome::Unknown, text.to_owned())
        }
    }
}

/// How a run ended whose skill was stopped, crashed or answered nonsense after
/// it had begun to write. `why` is a whole sentence.
pub(crate) fn broken_off(why: &str, writes: &[Write]) -> Checked {
    let writes = lasting(writes);
    let outcome = match writes.iter().map(|write| sum(&write.effect)).max() {
        Some(Sum::Failed) => Outcome::Failed,
        Some(Sum::Running) => Outcome::Started,
        // All that it began is done; whether that is all nobody knows.
        _ => Outcome::Unknown,
    };
    Checked { outcome, instead: Some(format!("{why} By then: {}", told(&writes))) }
}

/// Whether anything may have happened on the cluster.
pub(crate) fn has_effect(writes: &[Write]) -> bool {
    writes.iter().any(|write| match &write.effect {
        Effect::Refused(_) => false,
        Effect::NotStarted(error) => is_open(error.kind),
        Effect::Leaving | Effect::Running(_) | Effect::Ended(..) => true,
    })
}

fn claimed(word: &str) -> Option<Outcome> {
    Some(match word {
        "done" => Outcome::Done,
        "started" => Outcome::Started,
        "nothing-changed" => Outcome::NothingChanged,
        "failed" => Outcome::Failed,
        "unknown" => Outcome::Unknown,
        _ => return None,
    })
}

/// The writes that count: one that could not be started does not if the same
/// call was started later.
fn lasting(writes: &[Write]) -> Vec<&Write> {
    let starts_later = |index: usize, call: &Call| {
        writes.iter().skip(index + 1).any(|later| {
            &later.call == call
                && !matches!(later.effect, Effect::Refused(_) | Effect::NotStarted(_))
        })
    };
    let lasts = |(index, write): &(usize, &Write)| match &write.effect {
        Effect::Refused(_) => !starts_later(*index, &write.call),
        Effect::NotStarted(error) => is_open(error.kind) || !starts_later(*index, &write.call),
        Effect::Leaving | Effect::Running(_) | Effect::Ended(..) => true,
    };
    writes.iter().enumerate().filter(lasts).map(|(_, write)| write).collect()
}

fn sum(effect: &Effect) -> Sum {
    match effect {
        Effect::Refused(_) => Sum::Failed,
        Effect::NotStarted(error) if is_open(error.kind) => Sum::Unknown,
        Effect::NotStarted(_) => Sum::Failed,
        Effect::Leaving => Sum::Unknown,
        Effect::Running(_) => Sum::Running,
        Effect::Ended(_, OperationEnd::Succeeded { verified: Verified::Yes, .. }) => Sum::Done,
        Effect::Ended(_, OperationEnd::Succeeded { .. } | OperationEnd::Unknown { .. }) => {
            Sum::Unknown
        }
        Effect::Ended(_, OperationEnd::Failed { .. }) => Sum::Failed,
    }
}

/// Whether a call that was not answered may have had its effect.
fn is_open(kind: CallErrorKind) -> bool {
    matches!(kind, CallErrorKind::TimedOut | CallErrorKind::Garbled)
}

/// Every write in the host's words: `starting VM 102 web: done; …`.
fn told(writes: &[&Write]) -> String {
    let mut told =
        listed(writes.iter().map(|write| format!("{}: {}", write.what, how(&write.effect))));
    if let Some(first) = told.chars().next() {
        told.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    told
}

/// `a; b; and 3 more.`
fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    /// More are not spoken; the run record has them all.
    const MOST: usize = 5;
    let more = items.len().saturating_sub(MOST);
    let mut listed: Vec<String> = items.take(MOST).collect();
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    let mut listed = listed.join("; ");
    if !listed.ends_with('.') {
        listed.push('.');
    }
    listed
}

fn how(effect: &Effect) -> String {
    match effect {
        Effect::Leaving => "sent, and no answer came".to_owned(),
        Effect::Refused(why) => format!("not allowed, {why}"),
        Effect::NotStarted(error) if is_open(error.kind) => {
            format!("nobody can tell whether it began, {}", error.fault.sentence)
        }
        Effect::NotStarted(error) => format!("failed, {}", error.fault.sentence),
        Effect::Running(_) => "still running".to_owned(),
        Effect::Ended(_, OperationEnd::Succeeded { warnings, verified: Verified::Yes }) => {
            match warnings {
                0 => "done".to_owned(),
                1 => "done, with a warning".to_owned(),
                n => format!("done, with {n} warnings"),
            }
        }
        Effect::Ended(_, OperationEnd::Succeeded { verified: Verified::No { why }, .. }) => {
            format!("Proxmox says it is done, but {why}")
        }
        Effect::Ended(_, OperationEnd::Unknown { why }) => {
            format!("nobody can tell how it ended, {why}")
        }
        Effect::Ended(_, OperationEnd::Failed { message }) => {
            format!("failed, Proxmox says: {message}")
        }
    }
}
