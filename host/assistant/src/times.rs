//! Times as people say them: "in ten minutes", "in an hour and a half", "at half
//! past nine", "tomorrow at seven", before or behind what they want. Numbers are
//! read by `sentences`; what a clock shows here is [`When`]'s to know.

mod clock;
mod german;
mod length;
mod tokens;

use std::time::Duration;

use jarvis_domain::{Language, Timestamp};
use jarvis_sentences::reason_at;
use jarvis_skill_host::When;

pub(crate) use tokens::Tokens;

/// A command, and the time that was named beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Later {
    pub(crate) due: Timestamp,
    /// What was said without it.
    pub(crate) rest: String,
}

/// The time that `words` begin or end with, and the rest. None where they name
/// none, or nothing else.
pub(crate) fn split(words: &str, when: &When, language: Language) -> Option<Later> {
    let tokens = Tokens::new(words);
    let all = tokens.plain();
    if let Some((due, used)) = moment(&all, when, language)
        && let Some(rest) = tokens.after(used).filter(|rest| !rest.is_empty())
    {
        return Some(Later { due, rest });
    }
    // When somebody is home, or needs it, is not when it is to be done.
    let reason = tokens.clause(reason_at(&all, language).unwrap_or(all.len()));
    // The longest end that is a time: "tomorrow at seven" before "at seven".
    (1..all.len()).filter(|at| !reason.contains(at)).find_map(|at| {
        let (due, used) = moment(all.get(at..)?, when, language)?;
        let before = tokens.before(at).filter(|before| !before.is_empty())?;
        let behind = at + used;
        let rest = match language {
            _ if behind == all.len() => before,
            Language::English if behind != reason.start => return None,
            // A reason, or a part of the verb: "fahr … in zehn Minuten herunter".
            Language::English | Language::German => format!("{before} {}", tokens.after(behind)?),
        };
        Some(Later { due, rest })
    })
}

/// The moment that `words` begin with, with the little word that leads to it.
pub(crate) fn moment(
    words: &[&str],
    when: &When,
    language: Language,
) -> Option<(Timestamp, usize)> {
    if language == Language::German {
        return german::leading(words, when);
    }
    if words.first() == Some(&"in")
        && let Some((length, used)) = length::leading(words.get(1..)?)
    {
        return Some((when.now().plus(length), used + 1));
    }
    clock::leading(words, when)
}

/// How long something is to last, and how many of `words` say so.
pub(crate) fn length(words: &[&str], language: Language) -> Option<(Duration, usize)> {
    match language {
        Language::English => length::leading(words),
        Language::German => german::length(words),
    }
}

/// The next time that clocks show what `words` begin with: "half past nine".
pub(crate) fn bare_clock(
    words: &[&str],
    when: &When,
    language: Language,
) -> Option<(Timestamp, usize)> {
    match language {
        Language::English => clock::bare(words, when),
        Language::German => german::bare(words, when),
    }
}

#[cfg(test)]
mod tests;
