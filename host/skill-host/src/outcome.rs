//! What the host vouches for. A skill says how its command ended; here that is
//! compared with the writes it made and how they ended. Pure: it asks nobody.

#[cfg(test)]
mod tests;

use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Call, Language, OperationEnd, Outcome, Verified, say};

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
pub(crate) fn check(claim: &str, seen: &Seen<'_>, language: Language) -> Checked {
    let claimed = claimed(claim);
    let writes = lasting(seen.writes);
    let sum = writes.iter().map(|write| sum(&write.effect)).max().unwrap_or(Sum::None);
    let as_claimed = |outcome| Checked { outcome, instead: None };
    let corrected = |outcome, text: String| Checked { outcome, instead: Some(text) };
    match (sum, claimed) {
        // A skill that admits less than was seen knows more, or says less.
        (_, Some(Outcome::Failed)) => as_claimed(Outcome::Failed),
        (Sum::Failed, _) => corrected(Outcome::Failed, told(&writes, language)),
        (_, Some(Outcome::Unknown)) => as_claimed(Outcome::Unknown),
        (Sum::Unknown, _) => corrected(Outcome::Unknown, told(&writes, language)),
        (Sum::Running | Sum::Done, _) if !seen.left.is_empty() => {
            let rest = listed(seen.left.iter().cloned(), language);
            let outcome = if sum == Sum::Running { Outcome::Started } else { Outcome::Unknown };
            let told = told(&writes, language);
            let text = say!(
                language,
                en: "{told} Planned and not done: {rest}",
                de: "{told} Geplant und nicht getan: {rest}",
            );
            corrected(outcome, text)
        }
        (Sum::None, Some(Outcome::Done | Outcome::Started)) if !seen.left.is_empty() => {
            let rest = listed(seen.left.iter().cloned(), language);
            let text = say!(
                language,
                en: "Planned and not done: {rest}",
                de: "Geplant und nicht getan: {rest}",
            );
            corrected(Outcome::NothingChanged, text)
        }
        (Sum::Running, Some(Outcome::Started)) => as_claimed(Outcome::Started),
        (Sum::Running, _) => corrected(Outcome::Started, told(&writes, language)),
        (Sum::Done, Some(Outcome::Done | Outcome::Started)) => as_claimed(Outcome::Done),
        (Sum::Done, _) => corrected(Outcome::Done, told(&writes, language)),
        (Sum::None, Some(Outcome::NothingChanged)) => as_claimed(Outcome::NothingChanged),
        (Sum::None, Some(Outcome::Done)) if seen.reads_only || seen.stored => {
            as_claimed(Outcome::Done)
        }
        (Sum::None, Some(Outcome::Done | Outcome::Started)) => {
            let text = say!(
                language,
                en: "Nothing was changed: the skill says otherwise, but it asked for nothing.",
                de: "Geändert wurde nichts: Der Skill sagt etwas anderes, hat aber nichts verlangt.",
            );
            corrected(Outcome::NothingChanged, text)
        }
        // A skill claims none of the words of the host itself.
        (Sum::None, None | Some(Outcome::Scheduled)) => {
            let text = say!(
                language,
                en: "I cannot tell how it ended: the skill's answer makes no sense.",
                de: "Wie es ausging, ist unklar: Die Antwort des Skills ergibt keinen Sinn.",
            );
            corrected(Outcome::Unknown, text)
        }
    }
}

/// How a run ended whose skill was stopped, crashed or answered nonsense after
/// it had begun to write. `why` is a whole sentence.
pub(crate) fn broken_off(why: &str, writes: &[Write], language: Language) -> Checked {
    let writes = lasting(writes);
    let outcome = match writes.iter().map(|write| sum(&write.effect)).max() {
        Some(Sum::Failed) => Outcome::Failed,
        Some(Sum::Running) => Outcome::Started,
        // All that it began is done; whether that is all nobody knows.
        _ => Outcome::Unknown,
    };
    let told = told(&writes, language);
    let text = say!(language, en: "{why} By then: {told}", de: "{why} Bis dahin: {told}");
    Checked { outcome, instead: Some(text) }
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
fn told(writes: &[&Write], language: Language) -> String {
    let mut told = {
        let one = |write: &&Write| format!("{}: {}", write.what, how(&write.effect, language));
        listed(writes.iter().map(one), language)
    };
    if let Some(first) = told.chars().next() {
        told.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    told
}

/// `a; b; and 3 more.`
fn listed(items: impl ExactSizeIterator<Item = String>, language: Language) -> String {
    /// More are not spoken; the run record has them all.
    const MOST: usize = 5;
    let more = items.len().saturating_sub(MOST);
    let mut listed: Vec<String> = items.take(MOST).collect();
    if more > 0 {
        listed.push(say!(language, en: "and {more} more", de: "und {more} weitere"));
    }
    let mut listed = listed.join("; ");
    if !listed.ends_with('.') {
        listed.push('.');
    }
    listed
}

fn how(effect: &Effect, language: Language) -> String {
    match effect {
        Effect::Leaving => say!(
            language,
            en: "sent, and no answer came",
            de: "abgeschickt, und keine Antwort kam",
        ),
        Effect::Refused(why) => {
            say!(language, en: "not allowed, {why}", de: "nicht erlaubt, {why}")
        }
        Effect::NotStarted(error) => {
            let why = &error.fault.sentence;
            match is_open(error.kind) {
                true => say!(
                    language,
                    en: "nobody can tell whether it began, {why}",
                    de: "ob es begann, ist unklar, {why}",
                ),
                false => say!(language, en: "failed, {why}", de: "fehlgeschlagen, {why}"),
            }
        }
        Effect::Running(_) => say!(language, en: "still running", de: "läuft noch"),
        Effect::Ended(_, OperationEnd::Succeeded { warnings, verified: Verified::Yes }) => {
            match warnings {
                0 => say!(language, en: "done", de: "erledigt"),
                1 => say!(language, en: "done, with a warning", de: "erledigt, mit einer Warnung"),
                n => {
                    say!(language, en: "done, with {n} warnings", de: "erledigt, mit {n} Warnungen")
                }
            }
        }
        Effect::Ended(_, OperationEnd::Succeeded { verified: Verified::No { why }, .. }) => {
            say!(
                language,
                en: "Proxmox says it is done, but {why}",
                de: "Proxmox meldet es als erledigt, aber {why}",
            )
        }
        Effect::Ended(_, OperationEnd::Unknown { why }) => {
            say!(
                language,
                en: "nobody can tell how it ended, {why}",
                de: "wie es ausging, ist unklar, {why}",
            )
        }
        Effect::Ended(_, OperationEnd::Failed { message }) => {
            say!(
                language,
                en: "failed, Proxmox says: {message}",
                de: "fehlgeschlagen, Proxmox sagt: {message}",
            )
        }
    }
}
