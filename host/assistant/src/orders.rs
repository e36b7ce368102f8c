//! What people say of timers: set one, what is there, how long still, cancel.
//! Sentences of the house, not of a skill; nothing of a cluster is in them.

mod german;

use jarvis_domain::Language;
use jarvis_skill_host::{TimerOrder, When};

use crate::times::{self, Tokens};

/// What was said of timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// This is wanted.
    Order(TimerOrder),
    /// This may be meant, if there is such a timer; it may be a command.
    Perhaps(TimerOrder),
    /// A timer is to be set, and no time was understood.
    NoTime,
}

/// What a timer is called by everybody.
const TIMERS: &[&str] = &["timer", "timers", "alarm", "alarms"];
const SET: &[&str] = &["set", "make", "create", "start", "put", "add"];
const CANCEL: &[&str] = &["cancel", "stop", "delete", "remove", "clear"];
/// Sentences that ask what there is.
const LIST: &[&str] = &[
    "what timers are there",
    "which timers are there",
    "what timers are running",
    "which timers are running",
    "what timers do i have",
    "are there any timers",
    "list timers",
    "list all timers",
    "list the timers",
    "list my timers",
    "show timers",
    "show all timers",
    "show the timers",
    "show my timers",
    "show me the timers",
    "show me my timers",
    "what is scheduled",
    "what's scheduled",
    "what commands are scheduled",
];
/// What stands before the timer that somebody asks about.
const LEFT: &[&[&str]] = &[
    &["how", "long", "is", "left", "on"],
    &["how", "much", "time", "is", "left", "on"],
    &["how", "long", "on"],
    &["how", "much", "longer", "for"],
    &["how", "long", "until"],
    &["how", "long", "has"],
    &["how", "long", "does"],
    &["when", "does"],
    &["when", "is"],
    &["time", "left", "on"],
];
/// What may stand behind it.
const LEFT_END: &[&[&str]] = &[
    &["have", "left"],
    &["left"],
    &["end"],
    &["go", "off"],
    &["goes", "off"],
    &["over"],
    &["is", "over"],
    &["ends"],
];
/// Words before a sentence that mean nothing.
const POLITE: &[&str] = &["please", "jarvis", "hey", "can", "could", "would", "you"];

/// What `words` say of timers; none where they say nothing of them.
pub(crate) fn said(words: &str, when: &When, language: Language) -> Option<Said> {
    if language == Language::German {
        return german::said(words, when);
    }
    let tokens = Tokens::new(words);
    let mut all = tokens.plain();
    while all.first().is_some_and(|word| POLITE.contains(word)) {
        all.remove(0);
    }
    while all.last().is_some_and(|word| *word == "please") {
        all.pop();
    }
    if LIST.contains(&all.join(" ").as_str()) {
        return Some(Said::Order(TimerOrder::List));
    }
    left(&all).or_else(|| cancel(&all)).or_else(|| set(&all, when))
}

fn left(all: &[&str]) -> Option<Said> {
    let rest = LEFT.iter().find_map(|lead| all.strip_prefix(*lead))?;
    let rest = LEFT_END.iter().find_map(|end| rest.strip_suffix(*end)).unwrap_or(rest);
    let which = rest.join(" ");
    let order = TimerOrder::Left { which };
    let named = rest.last().is_some_and(|last| TIMERS.contains(last));
    // "When is the backup" may be anything.
    Some(if named { Said::Order(order) } else { Said::Perhaps(order) })
}

fn cancel(all: &[&str]) -> Option<Said> {
    let (verb, rest) = all.split_first()?;
    if !CANCEL.contains(verb) || rest.is_empty() {
        return None;
    }
    let last = rest.last()?;
    if ["timers", "alarms"].contains(last) {
        let all =
            rest.iter().all(|word| ["all", "the", "my", "of", "timers", "alarms"].contains(word));
        return all.then_some(Said::Order(TimerOrder::CancelAll));
    }
    let order = TimerOrder::Cancel { which: rest.join(" ") };
    match (TIMERS.contains(last), *verb) {
        (true, _) | (false, "cancel") => Some(Said::Perhaps(order)),
        (false, _) => None,
    }
}

/// "Set a pizza timer for ten minutes", "ten minute timer", "timer for an hour".
fn set(all: &[&str], when: &When) -> Option<Said> {
    let verb = all.first().is_some_and(|first| SET.contains(first));
    let rest = all.get(usize::from(verb)..)?;
    let rest = rest.strip_prefix(&["me"]).unwrap_or(rest);
    let at = rest.iter().position(|word| ["timer", "alarm"].contains(word))?;
    let (before, behind) = (rest.get(..at)?, rest.get(at + 1..)?);
    let before = match before.split_first() {
        Some((&("a" | "an" | "the" | "another" | "my"), more)) => more,
        _ => before,
    };
    let (first, name_before) = match times::length(before, Language::English) {
        Some((length, used)) => (Some(when.now().plus(length)), before.get(used..)?),
        None => (None, before),
    };
    let (second, name_behind) = ending(behind, when)?;
    let name = if name_before.is_empty() { name_behind } else { name_before };
    let name = Some(name.join(" ")).filter(|name| !name.is_empty());
    match first.or(second) {
        Some(due) => Some(Said::Order(TimerOrder::Set { name, due })),
        // "Start the timer" may be about a guest of that name.
        None if verb && all.first() != Some(&"start") => Some(Said::NoTime),
        None => None,
    }
}

/// The time and the name behind "timer": "for ten minutes called pizza".
#[allow(clippy::type_complexity, reason = "a time and what is left")]
fn ending<'a, 'w>(
    behind: &'a [&'w str],
    when: &When,
) -> Option<(Option<jarvis_domain::Timestamp>, &'a [&'w str])> {
    let called = |words: &'a [&'w str]| match words {
        ["called" | "named", name @ ..] => Some(name),
        ["for", "the", name @ ..] => Some(name),
        [] => Some(words),
        _ => None,
    };
    match behind {
        ["called" | "named", rest @ ..] => {
            // The name ends where a time begins.
            let split = (1..=rest.len()).find_map(|at| {
                let (name, time) = rest.split_at_checked(at)?;
                time_behind(time, when)
                    .filter(|(_, more)| more.is_empty())
                    .map(|found| (found.0, name))
            });
            Some(split.map_or((None, rest), |(due, name)| (Some(due), name)))
        }
        [] => Some((None, behind)),
        _ => match time_behind(behind, when) {
            Some((due, more)) => called(more).map(|name| (Some(due), name)),
            None => Some((None, &[])),
        },
    }
}

fn time_behind<'a, 'w>(
    words: &'a [&'w str],
    when: &When,
) -> Option<(jarvis_domain::Timestamp, &'a [&'w str])> {
    if let Some((due, used)) = times::moment(words, when, Language::English) {
        return Some((due, words.get(used..)?));
    }
    let rest = match words {
        ["for" | "of", rest @ ..] => rest,
        _ => return None,
    };
    let (due, used) = match times::length(rest, Language::English) {
        Some((length, used)) => (when.now().plus(length), used),
        None => times::bare_clock(rest, when, Language::English)?,
    };
    Some((due, rest.get(used..)?))
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;

    /// 08:00 in the morning.
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn heard(words: &str) -> Option<Said> {
        said(words, &When::new(NOW, TimeZone::UTC), Language::English)
    }

    fn timer(name: Option<&str>, seconds: u64) -> Option<Said> {
        let due = Timestamp(NOW.0 + seconds * 1000);
        Some(Said::Order(TimerOrder::Set { name: name.map(str::to_owned), due }))
    }

    #[test]
    fn timers_are_set_as_people_say_it() {
        for (words, expected) in [
            ("Set a timer for five minutes.", timer(None, 300)),
            ("set a pizza timer for 10 minutes", timer(Some("pizza"), 600)),
            ("please set a five minute timer", timer(None, 300)),
            ("set a 5 minute pizza timer", timer(Some("pizza"), 300)),
            ("ten minute timer", timer(None, 600)),
            ("timer for an hour and a half", timer(None, 5400)),
            ("set a timer for 10 minutes called soft eggs", timer(Some("soft eggs"), 600)),
            ("set a timer called eggs for ten minutes", timer(Some("eggs"), 600)),
            ("set a timer for ten minutes for the eggs", timer(Some("eggs"), 600)),
            ("set an alarm for half past nine", timer(None, 5400)),
            ("set an alarm at 9:30", timer(None, 5400)),
            ("start a timer for five minutes please", timer(None, 300)),
            ("set a timer for zero minutes", timer(None, 0)),
            ("set a timer", Some(Said::NoTime)),
            ("set a timer for blue", Some(Said::NoTime)),
            ("start the timer", None),
            ("start the web server", None),
            ("", None),
        ] {
            assert_eq!(heard(words), expected, "{words:?}");
        }
    }

    #[test]
    fn timers_are_asked_about_and_cancelled() {
        let left = |which: &str| TimerOrder::Left { which: which.to_owned() };
        let cancel = |which: &str| TimerOrder::Cancel { which: which.to_owned() };
        for (words, expected) in [
            ("What timers are there?", Some(Said::Order(TimerOrder::List))),
            ("list my timers", Some(Said::Order(TimerOrder::List))),
            ("how long is left on the pizza timer?", Some(Said::Order(left("the pizza timer")))),
            ("how long does the timer have left", Some(Said::Order(left("the timer")))),
            ("how long on the timer", Some(Said::Order(left("the timer")))),
            ("when does the timer go off", Some(Said::Order(left("the timer")))),
            ("when is the backup", Some(Said::Perhaps(left("the backup")))),
            ("cancel the timer", Some(Said::Perhaps(cancel("the timer")))),
            ("stop the pizza timer", Some(Said::Perhaps(cancel("the pizza timer")))),
            (
                "cancel the shutdown of the media server",
                Some(Said::Perhaps(cancel("the shutdown of the media server"))),
            ),
            ("cancel all timers", Some(Said::Order(TimerOrder::CancelAll))),
            ("stop the web server", None),
            ("cancel", None),
        ] {
            assert_eq!(heard(words), expected, "{words:?}");
        }
    }
}
