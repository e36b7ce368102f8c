//! What is said of timers in German.

use jarvis_domain::{Language, Timestamp};
use jarvis_skill_host::{TimerOrder, When};

use super::Said;
use crate::times::{self, Tokens};

const TIMERS: &[&str] = &["timer", "timers", "wecker", "alarm", "alarme", "eieruhr"];
const SET: &[&str] = &[
    "stell", "stelle", "setz", "setze", "mach", "mache", "start", "starte", "erstell", "erstelle",
];
const CANCEL: &[&str] = &[
    "lösch", "lösche", "stopp", "stoppe", "stop", "beende", "entfern", "entferne", "brich",
    "streich", "streiche",
];
/// With one of these in it, nothing is set.
const FORBIDS: &[&str] = &["nicht", "kein", "keine", "keinen", "nie", "niemals"];
/// Verbs at the end: "den Timer löschen".
const CANCEL_END: &[&str] =
    &["löschen", "abbrechen", "stoppen", "beenden", "entfernen", "streichen", "ausschalten"];
const LIST: &[&str] = &[
    "welche timer gibt es",
    "welche timer laufen",
    "welche timer hab ich",
    "welche timer habe ich",
    "welche wecker gibt es",
    "gibt es timer",
    "laufen timer",
    "läuft ein timer",
    "zeig die timer",
    "zeig mir die timer",
    "zeig mir meine timer",
    "zeig mir alle timer",
    "zeige alle timer",
    "liste die timer auf",
    "was ist geplant",
    "was steht an",
];
/// What stands before the timer that somebody asks about, and behind it.
const LEFT: &[(&[&str], &[&[&str]])] = &[
    (&["wie", "lange", "läuft"], &[&["noch"], &[]]),
    (&["wie", "lange", "noch", "auf"], &[&[]]),
    (&["wie", "lange", "dauert"], &[&["noch"], &[]]),
    (&["wie", "lange", "geht"], &[&["noch"], &[]]),
    (&["wie", "viel", "zeit", "bleibt", "für"], &[&["noch"], &[]]),
    (&["wie", "viel", "zeit", "ist", "noch", "auf"], &[&[]]),
    (&["wann", "klingelt"], &[&[]]),
    (&["wann", "endet"], &[&[]]),
    (&["wann", "ist"], &[&["fertig"], &["um"], &["vorbei"], &["zu", "ende"]]),
];
const POLITE: &[&str] = &["bitte", "jarvis", "hey", "hallo", "kannst", "könntest", "du", "mal"];
const ARTICLES: &[&str] = &[
    "der", "die", "das", "den", "dem", "ein", "eine", "einen", "einem", "mein", "meinen", "meine",
];
/// Between a timer and its time.
const FOR: &[&str] = &["auf", "für", "von", "über", "mit"];

/// What `words` say of timers; none where they say nothing of them.
pub(super) fn said(words: &str, when: &When) -> Option<Said> {
    // "Pizza-Timer" and "Pizzatimer" are a timer of that name.
    let parted = words.replace(['-', '\u{2011}'], " ");
    let tokens = Tokens::new(&parted);
    let mut all = tokens.plain();
    all.retain(|word| *word != "bitte");
    while all.first().is_some_and(|word| POLITE.contains(word)) {
        all.remove(0);
    }
    while all.last().is_some_and(|word| POLITE.contains(word)) {
        all.pop();
    }
    if LIST.contains(&all.join(" ").as_str()) {
        return Some(Said::Order(TimerOrder::List));
    }
    left(&all).or_else(|| cancel(&all)).or_else(|| set(&all, when))
}

fn left(all: &[&str]) -> Option<Said> {
    let which = LEFT.iter().find_map(|(lead, ends)| {
        let rest = all.strip_prefix(*lead)?;
        ends.iter().find_map(|end| rest.strip_suffix(*end))
    })?;
    let which = without_article(which);
    let order = TimerOrder::Left { which: which.join(" ") };
    let named = which.last().is_some_and(|last| is_timer(last));
    (!which.is_empty()).then_some(if named { Said::Order(order) } else { Said::Perhaps(order) })
}

fn cancel(all: &[&str]) -> Option<Said> {
    let (first, last) = (all.first()?, all.last()?);
    let rest = if CANCEL.contains(first) {
        all.get(1..)?
    } else if CANCEL_END.contains(last) {
        all.get(..all.len() - 1)?
    } else {
        return None;
    };
    // "Brich den Timer ab".
    let rest = rest.strip_suffix(&["ab"]).unwrap_or(rest);
    const EVERY: &[&str] = &["alle", "sämtliche"];
    let every = rest.iter().any(|word| EVERY.contains(word));
    let timer = rest.last().is_some_and(|last| is_timer(last));
    // "Alle Timer außer dem für die Pizza" are others.
    let plain = |word: &&str| [EVERY, ARTICLES, TIMERS].iter().any(|all| all.contains(word));
    if every && timer && rest.iter().all(plain) {
        return Some(Said::Order(TimerOrder::CancelAll));
    }
    let which = without_article(rest);
    timer.then(|| Said::Perhaps(TimerOrder::Cancel { which: which.join(" ") }))
}

/// "Stell einen Timer auf zehn Minuten", "Pizza-Timer auf zehn Minuten", "weck mich um
/// sieben", "erinnere mich in zehn Minuten an die Pizza".
fn set(all: &[&str], when: &When) -> Option<Said> {
    if let ["weck" | "wecke", "mich", rest @ ..] = all {
        let (due, used) = times::moment(rest, when, Language::German)?;
        return (used == rest.len()).then_some(Said::Order(TimerOrder::Set { name: None, due }));
    }
    if let ["erinner" | "erinnere", "mich", rest @ ..] = all {
        return reminder(rest, when);
    }
    let forbids = |word: &&str| FORBIDS.contains(word) || CANCEL.contains(word);
    if all.iter().any(forbids) {
        return None;
    }
    let verb = all.first().is_some_and(|first| SET.contains(first));
    let rest = all.get(usize::from(verb)..)?;
    let rest = rest.strip_prefix(&["mir"]).unwrap_or(rest);
    let rest = without_article(rest);
    let at = rest.iter().position(|word| is_timer(word))?;
    let (before, behind) = (rest.get(..at)?, rest.get(at + 1..)?);
    let glued =
        rest.get(at).and_then(|word| word.strip_suffix("timer")).filter(|name| !name.is_empty());
    let (first, name_before) = match times::length(before, Language::German) {
        Some((length, used)) => (Some(when.now().plus(length)), before.get(used..)?),
        None => (None, before),
    };
    let behind = behind.strip_suffix(&["ein"]).unwrap_or(behind);
    let (second, name_behind) = ending(behind, when);
    let name = if name_before.is_empty() { name_behind } else { name_before };
    let name =
        glued.map(str::to_owned).or_else(|| Some(name.join(" ")).filter(|name| !name.is_empty()));
    match first.or(second) {
        Some(due) => Some(Said::Order(TimerOrder::Set { name, due })),
        // "Starte den Timer" may be about a guest of that name.
        None if verb && !all.first().is_some_and(|first| first.starts_with("start")) => {
            Some(Said::NoTime)
        }
        None => None,
    }
}

fn reminder(rest: &[&str], when: &When) -> Option<Said> {
    let german = Language::German;
    let about = |words: &[&str]| -> Option<String> {
        let named = words.strip_prefix(&["an"]).map(without_article)?;
        (!named.is_empty()).then(|| named.join(" "))
    };
    if let Some((due, used)) = times::moment(rest, when, german) {
        let name = about(rest.get(used..)?);
        return (name.is_some() || used == rest.len())
            .then_some(Said::Order(TimerOrder::Set { name, due }));
    }
    (1..rest.len()).find_map(|at| {
        let (due, used) = times::moment(rest.get(at..)?, when, german)?;
        let name = about(rest.get(..at)?).filter(|_| at + used == rest.len())?;
        Some(Said::Order(TimerOrder::Set { name: Some(name), due }))
    })
}

/// The time and the name behind "Timer": "auf zehn Minuten namens Pizza".
fn ending<'a, 'w>(behind: &'a [&'w str], when: &When) -> (Option<Timestamp>, &'a [&'w str]) {
    let german = Language::German;
    let rest = match behind {
        [lead, rest @ ..] if FOR.contains(lead) => rest,
        rest => rest,
    };
    let timed = times::moment(rest, when, german).or_else(|| {
        let length = times::length(rest, german);
        let length = length.map(|(length, used)| (when.now().plus(length), used));
        length.or_else(|| {
            (rest.len() < behind.len()).then(|| times::bare_clock(rest, when, german))?
        })
    });
    match timed {
        Some((due, used)) => {
            let name = rest.get(used..).unwrap_or_default();
            let name = match name {
                ["namens" | "für", name @ ..] => without_article(name),
                name => name,
            };
            (Some(due), name)
        }
        // "Für die Pizza auf zehn Minuten", "namens Pizza auf zehn Minuten".
        None => (1..rest.len())
            .find_map(|at| {
                let (name, time) = rest.split_at_checked(at)?;
                let (due, more) = match time {
                    [lead, ..] if FOR.contains(lead) || ["in", "um"].contains(lead) => {
                        ending(time, when)
                    }
                    _ => return None,
                };
                let name = name.strip_prefix(&["namens"]).unwrap_or(name);
                (due.is_some() && more.is_empty()).then(|| (due, without_article(name)))
            })
            .unwrap_or((None, &[])),
    }
}

/// A timer by itself, or at the end of its name: "Pizzatimer".
fn is_timer(word: &str) -> bool {
    TIMERS.contains(&word) || (word.len() > 5 && word.ends_with("timer"))
}

fn without_article<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    match words.split_first() {
        Some((first, rest)) if ARTICLES.contains(first) => rest,
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// 08:00 in the morning.
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn heard(words: &str) -> Option<Said> {
        said(words, &When::new(NOW, TimeZone::UTC))
    }

    fn timer(name: Option<&str>, seconds: u64) -> Option<Said> {
        let due = Timestamp(NOW.0 + seconds * 1000);
        Some(Said::Order(TimerOrder::Set { name: name.map(str::to_owned), due }))
    }

    #[test]
    fn timers_are_set_as_people_say_it() {
        for (words, expected) in [
            ("Stell einen Timer auf zehn Minuten.", timer(None, 600)),
            ("stelle bitte einen Timer für 5 Minuten", timer(None, 300)),
            ("bitte stelle einen Timer für 5 Minuten", timer(None, 300)),
            ("stell mir einen Timer auf eine halbe Stunde", timer(None, 1800)),
            ("Timer auf fünf Minuten", timer(None, 300)),
            ("zehn Minuten Timer", timer(None, 600)),
            ("stell einen Pizza-Timer auf zehn Minuten", timer(Some("pizza"), 600)),
            ("stell einen Pizzatimer auf zehn Minuten", timer(Some("pizza"), 600)),
            ("stell einen Timer für die Eier auf zehn Minuten", timer(Some("eier"), 600)),
            ("stell einen Timer auf zehn Minuten für die Eier", timer(Some("eier"), 600)),
            ("stell einen Wecker auf halb zehn", timer(None, 5400)),
            ("stell einen Wecker um 9:30", timer(None, 5400)),
            ("weck mich um halb zehn", timer(None, 5400)),
            ("erinnere mich in zehn Minuten an die Pizza", timer(Some("pizza"), 600)),
            ("stell einen Timer", Some(Said::NoTime)),
            ("starte den Timer", None),
            ("stell keinen Timer auf zehn Minuten", None),
            ("stell den Timer nicht auf zehn Minuten", None),
            ("lösche den Timer auf zehn Minuten", None),
            ("starte den Webserver", None),
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
            ("Welche Timer gibt es?", Some(Said::Order(TimerOrder::List))),
            ("wie lange läuft der Pizza-Timer noch", Some(Said::Order(left("pizza timer")))),
            ("wie lange noch auf dem Timer", Some(Said::Order(left("timer")))),
            ("wann klingelt der Wecker", Some(Said::Order(left("wecker")))),
            ("wann ist das Backup fertig", Some(Said::Perhaps(left("backup")))),
            ("lösche den Timer", Some(Said::Perhaps(cancel("timer")))),
            ("brich den Pizza-Timer ab", Some(Said::Perhaps(cancel("pizza timer")))),
            ("den Timer abbrechen", Some(Said::Perhaps(cancel("timer")))),
            ("lösche alle Timer", Some(Said::Order(TimerOrder::CancelAll))),
            ("lösche alle meine Timer", Some(Said::Order(TimerOrder::CancelAll))),
            (
                "lösche alle Timer außer dem Pizza-Timer",
                Some(Said::Perhaps(cancel("alle timer außer dem pizza timer"))),
            ),
            ("stoppe den Webserver", None),
            ("abbrechen", None),
        ] {
            assert_eq!(heard(words), expected, "{words:?}");
        }
    }
}
