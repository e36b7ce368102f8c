//! Times as they are said in German: "in zehn Minuten", "in anderthalb Stunden", "um
//! halb neun", "um Viertel nach acht", "morgen früh um sieben".
//!
//! They stand at the beginning, at the end or in the middle: "fahr den Webserver in zehn
//! Minuten herunter".

use std::time::Duration;

use jarvis_domain::{Language, Timestamp};
use jarvis_sentences::leading_number_in;
use jarvis_skill_host::When;
use jiff::civil::Weekday;

use super::clock::{Half, Said, moment};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What lengths are measured in, seconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["sekunde", "sekunden", "sek", "s"], 1),
    (&["minute", "minuten", "min", "m"], MINUTE),
    (&["stunde", "stunden", "std", "h"], HOUR),
    (&["tag", "tage", "tagen"], DAY),
    (&["woche", "wochen"], 7 * DAY),
];
/// What is half of one.
const HALVES: &[&str] = &["halbe", "halben", "halber"];
const WEEK: &[(&str, Weekday)] = &[
    ("montag", Weekday::Monday),
    ("dienstag", Weekday::Tuesday),
    ("mittwoch", Weekday::Wednesday),
    ("donnerstag", Weekday::Thursday),
    ("freitag", Weekday::Friday),
    ("samstag", Weekday::Saturday),
    ("sonnabend", Weekday::Saturday),
    ("sonntag", Weekday::Sunday),
];
const ONE: &[&str] = &["ein", "eine", "einer", "einem", "einen"];

/// The moment that `words` begin with, with the little word that leads to it.
pub(super) fn leading(words: &[&str], when: &When) -> Option<(Timestamp, usize)> {
    if words.first() == Some(&"in")
        && let Some((length, used)) = length(words.get(1..)?)
    {
        return Some((when.now().plus(length), used + 1));
    }
    let mut said = Said::default();
    let mut used = day(words, &mut said);
    let at = ["um", "gegen"].contains(words.get(used)?);
    // "8 startet" is no time; "um 8" is, and "mittags".
    if !at && !matches!(words.get(used), Some(&"mittags" | &"mitternacht")) {
        return None;
    }
    used += usize::from(at);
    used += clock(words.get(used..)?, &mut said)?;
    used += behind(words.get(used..)?, &mut said);
    Some((moment(said, when)?, used))
}

/// As [`leading`], where "um" was not said: "ein Wecker für neun".
pub(super) fn bare(words: &[&str], when: &When) -> Option<(Timestamp, usize)> {
    if let Some(found) = leading(words, when) {
        return Some(found);
    }
    let mut said = Said::default();
    let mut used = day(words, &mut said);
    used += clock(words.get(used..)?, &mut said)?;
    used += behind(words.get(used..)?, &mut said);
    Some((moment(said, when)?, used))
}

/// The length that `words` begin with, and how many of them it takes.
pub(super) fn length(words: &[&str]) -> Option<(Duration, usize)> {
    let (mut total, mut used, mut last) = part(words)?;
    loop {
        let rest = words.get(used..)?;
        let and = usize::from(rest.first() == Some(&"und"));
        match part(rest.get(and..)?) {
            // Each part is smaller than the one before.
            Some((more, taken, unit)) if unit < last => {
                total = total.checked_add(more)?;
                used += and + taken;
                last = unit;
            }
            _ => return Some((Duration::from_secs(total), used)),
        }
    }
}

/// One part, in seconds, how many words it takes, and its unit.
fn part(words: &[&str]) -> Option<(u64, usize, u64)> {
    let (first, rest) = words.split_first()?;
    let article = ONE.contains(first);
    let behind = if article { rest } else { words };
    let led = usize::from(article);
    match behind {
        [half, name, ..] if HALVES.contains(half) => {
            let unit = unit(name)?;
            return Some((unit / 2, led + 2, unit));
        }
        ["viertelstunde", ..] => return Some((HOUR / 4, led + 1, HOUR)),
        ["dreiviertelstunde", ..] => return Some((HOUR / 4 * 3, led + 1, HOUR)),
        ["halbestunde" | "halbstunde", ..] => return Some((HOUR / 2, led + 1, HOUR)),
        [name, ..] if article => {
            let unit = unit(name)?;
            return Some((unit, 2, unit));
        }
        _ => {}
    }
    if let ["anderthalb" | "eineinhalb", name, ..] = words {
        let unit = unit(name)?;
        return Some((unit + unit / 2, 2, unit));
    }
    if let Some((seconds, unit)) = glued(first) {
        return Some((seconds, 1, unit));
    }
    // "Zweieinhalb Stunden".
    if let Some(whole) = first.strip_suffix("einhalb")
        && let Some((number, 1)) = number(&[whole])
    {
        let unit = unit(rest.first()?)?;
        return Some((number.checked_mul(unit)?.checked_add(unit / 2)?, 2, unit));
    }
    let (number, taken) = number(words)?;
    let unit = unit(words.get(taken)?)?;
    Some((number.checked_mul(unit)?, taken + 1, unit))
}

/// "10min", "90s".
fn glued(word: &str) -> Option<(u64, u64)> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).filter(|at| (1..=9).contains(at))?;
    let (number, name) = word.split_at(digits);
    let unit = unit(name)?;
    Some((number.parse::<u64>().ok()?.checked_mul(unit)?, unit))
}

fn unit(name: &str) -> Option<u64> {
    UNITS.iter().find(|(names, _)| names.contains(&name)).map(|(_, unit)| *unit)
}

fn number(words: &[&str]) -> Option<(u64, usize)> {
    leading_number_in(Language::German, words)
}

/// "morgen", "heute Abend", "morgen früh", "übermorgen", "am Freitag", "abends": how many
/// words.
fn day(words: &[&str], said: &mut Said) -> usize {
    let lead = usize::from(words.first() == Some(&"am"));
    let named = words.get(lead).and_then(|word| WEEK.iter().find(|(name, _)| name == word));
    if let Some((_, weekday)) = named {
        said.weekday = Some(*weekday);
        let half = words.get(lead + 1).and_then(|word| match *word {
            "früh" | "morgen" | "vormittag" => Some(Half::Morning),
            "nachmittag" | "abend" => Some(Half::Evening),
            "nacht" => Some(Half::Night),
            _ => None,
        });
        said.half = half.or(said.half);
        return lead + 1 + usize::from(half.is_some());
    }
    let (days, used) = match words {
        ["heute", ..] => (Some(0), 1),
        ["morgen", ..] => (Some(1), 1),
        ["übermorgen", ..] => (Some(2), 1),
        _ => (None, 0),
    };
    let (half, more) = match words.get(used..).unwrap_or_default() {
        ["früh" | "morgens" | "vormittag" | "vormittags" | "morgen", ..] => {
            (Some(Half::Morning), 1)
        }
        ["nachmittag" | "nachmittags" | "abend" | "abends", ..] => (Some(Half::Evening), 1),
        ["nacht" | "nachts", ..] => (Some(Half::Night), 1),
        ["am", "morgen" | "vormittag", ..] => (Some(Half::Morning), 2),
        ["am", "nachmittag" | "abend", ..] => (Some(Half::Evening), 2),
        ["in", "der", "nacht", ..] => (Some(Half::Night), 3),
        _ => (None, 0),
    };
    said.day = days.or(said.day);
    said.half = half.or(said.half);
    used + more
}

/// What stands behind a clock: a day, or "mittags".
fn behind(words: &[&str], said: &mut Said) -> usize {
    if let ["mittags", ..] | ["am", "mittag", ..] = words {
        said.half = Some(Half::Evening);
        return if words.first() == Some(&"am") { 2 } else { 1 };
    }
    day(words, said)
}

/// What a clock shows: how many words.
fn clock(words: &[&str], said: &mut Said) -> Option<usize> {
    match words {
        ["mittags", ..] => return Some(exact(said, 12)),
        ["mitternacht", ..] => return Some(exact(said, 0)),
        ["halb", rest @ ..] => return Some(1 + towards(rest, 30, said)?),
        ["viertel", "nach", rest @ ..] => return Some(2 + past(rest, 15, said)?),
        ["viertel", "vor", rest @ ..] => return Some(2 + before(rest, 15, said)?),
        ["dreiviertel", rest @ ..] => return Some(1 + towards(rest, 45, said)?),
        ["viertel", rest @ ..] => return Some(1 + towards(rest, 15, said)?),
        [digits, rest @ ..] if digits.contains(':') => {
            let (hour, minute) = digits.split_once(':')?;
            let is_clock = hour.len() <= 2 && minute.len() == 2;
            let shown = (hour.parse().ok()?, minute.parse().ok()?);
            said.clock = is_clock.then_some(shown);
            said.exact = hour.len() == 2 && (shown.0 > 12 || hour.starts_with('0'));
            return Some(1 + usize::from(rest.first() == Some(&"uhr")));
        }
        _ => {}
    }
    let (number, used) = hour(words)?;
    let rest = words.get(used..)?;
    let minutes = usize::from(matches!(rest, ["minuten" | "minute", ..]));
    match rest.get(minutes..)? {
        ["nach", "halb", hour @ ..] => {
            return Some(used + minutes + 2 + towards(hour, 30_u64.checked_add(number)?, said)?);
        }
        ["vor", "halb", hour @ ..] => {
            return Some(used + minutes + 2 + towards(hour, 30_u64.checked_sub(number)?, said)?);
        }
        ["nach", hour @ ..] => return Some(used + minutes + 1 + past(hour, number, said)?),
        ["vor", hour @ ..] => return Some(used + minutes + 1 + before(hour, number, said)?),
        _ if minutes > 0 => return None,
        _ => {}
    }
    said.exact = number > 12;
    let (minute, more) = match rest {
        ["uhr", behind @ ..] => match self::number(behind) {
            Some((minute @ 1..60, taken)) => (minute, 1 + taken),
            _ => (0, 1),
        },
        _ => (0, 0),
    };
    said.clock = Some((number, minute));
    Some(used + more)
}

/// An hour: "ein Uhr", "acht".
fn hour(words: &[&str]) -> Option<(u64, usize)> {
    match words {
        ["ein", "uhr", ..] => Some((1, 1)),
        _ => number(words),
    }
}

fn exact(said: &mut Said, hour: u64) -> usize {
    said.clock = Some((hour, 0));
    said.exact = true;
    1
}

/// "Zehn nach acht".
fn past(words: &[&str], minutes: u64, said: &mut Said) -> Option<usize> {
    let (hour, used) = hour(words)?;
    said.clock = (minutes < 60).then_some((hour, minutes));
    said.exact = hour > 12;
    Some(used + usize::from(words.get(used) == Some(&"uhr")))
}

/// "Zehn vor acht".
fn before(words: &[&str], minutes: u64, said: &mut Said) -> Option<usize> {
    towards(words, 60_u64.checked_sub(minutes).filter(|minute| *minute < 60)?, said)
}

/// "Halb neun" is 8:30, "dreiviertel neun" 8:45: so many minutes of the hour before.
fn towards(words: &[&str], minutes: u64, said: &mut Said) -> Option<usize> {
    let (hour, used) = hour(words)?;
    let before = match hour {
        // "Halb eins" is 12:30.
        1 => 12,
        0 => 23,
        _ => hour - 1,
    };
    said.exact = hour > 12;
    said.clock = (minutes < 60).then_some((before, minutes));
    Some(used + usize::from(words.get(used) == Some(&"uhr")))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::times::{Tokens, split};

    /// 08:00 in the morning.
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn when() -> When {
        When::new(NOW, TimeZone::UTC)
    }

    #[test]
    fn lengths_are_understood_as_they_are_said() {
        for (said, expected) in [
            ("zehn Minuten", Some(600)),
            ("10 Minuten", Some(600)),
            ("10min", Some(600)),
            ("einer Minute", Some(60)),
            ("einer Stunde", Some(3600)),
            ("einer halben Stunde", Some(1800)),
            ("einer Viertelstunde", Some(900)),
            ("einer Dreiviertelstunde", Some(2700)),
            ("anderthalb Stunden", Some(5400)),
            ("zweieinhalb Stunden", Some(9000)),
            ("zwei Stunden und dreißig Minuten", Some(9000)),
            ("fünfundzwanzig Minuten", Some(1500)),
            ("drei Tagen", Some(259_200)),
            ("zehn", None),
            ("einer Katze", None),
        ] {
            let tokens = Tokens::new(said);
            let found = length(&tokens.plain()).map(|(length, _)| length.as_secs());
            assert_eq!(found, expected, "{said}");
        }
    }

    #[test]
    fn clocks_are_understood_as_they_are_said() {
        for (said, expected) in [
            ("um neun", Some(60)),
            ("um 9 Uhr", Some(60)),
            ("um 9:30", Some(90)),
            ("um 9 Uhr 30", Some(90)),
            ("um halb zehn", Some(90)),
            ("um Viertel nach neun", Some(75)),
            ("um Viertel vor zehn", Some(105)),
            ("um dreiviertel zehn", Some(105)),
            ("um viertel zehn", Some(75)),
            ("um zehn nach neun", Some(70)),
            ("um fünf vor halb zehn", Some(85)),
            ("um fünf nach halb zehn", Some(95)),
            ("um halb eins", Some(270)),
            ("um 20 Uhr", Some(720)),
            ("um acht Uhr abends", Some(720)),
            ("um ein Uhr", Some(300)),
            ("heute Abend um acht", Some(720)),
            ("morgen um sieben", Some(23 * 60)),
            ("morgen früh um sieben", Some(23 * 60)),
            ("übermorgen um 8 Uhr", Some(48 * 60)),
            ("um Mitternacht", Some(16 * 60)),
            ("um drei Uhr nachts", Some(19 * 60)),
            ("heute Nacht um zwei", Some(18 * 60)),
            ("heute Nacht um elf", Some(15 * 60)),
            ("morgen Nacht um eins", Some(41 * 60)),
            ("um zwölf Uhr nachts", Some(16 * 60)),
            ("um zwölf Uhr mittags", Some(4 * 60)),
            // It is a Friday.
            ("am Samstag um neun", Some(25 * 60)),
            ("Montag um neun", Some(73 * 60)),
            ("am Freitag um sieben", Some(167 * 60)),
            ("um fünfundzwanzig Uhr", None),
            ("acht startet", None),
        ] {
            let tokens = Tokens::new(said);
            let found = leading(&tokens.plain(), &when());
            let minutes = found.map(|(due, _)| due.since(NOW).as_secs() / 60);
            assert_eq!(minutes, expected, "{said}");
        }
    }

    #[test]
    fn a_time_stands_anywhere_beside_a_command() {
        for (said, expected) in [
            (
                "in zehn Minuten fahr den Webserver herunter",
                Some((10, "fahr den Webserver herunter")),
            ),
            (
                "fahr den Webserver in zehn Minuten herunter",
                Some((10, "fahr den Webserver herunter")),
            ),
            ("Starte den Webserver um halb neun.", Some((30, "Starte den Webserver"))),
            (
                "starte um Viertel nach acht den Webserver neu",
                Some((15, "starte den Webserver neu")),
            ),
            ("starte den Webserver morgen um sieben neu", Some((1380, "starte den Webserver neu"))),
            ("wie warm war Knoten drei in den letzten 24 Stunden", None),
            ("starte das NAS, weil ich in zehn Minuten da bin", None),
            (
                "starte das NAS in zehn Minuten, weil ich da bin",
                Some((10, "starte das NAS weil ich da bin")),
            ),
            (
                "fahr web um neun, weil er spinnt, herunter",
                Some((60, "fahr web weil er spinnt, herunter")),
            ),
            (
                "starte web, weil er spinnt, um neun neu",
                Some((60, "starte web, weil er spinnt neu")),
            ),
            ("starte den Webserver", None),
            ("in zehn Minuten", None),
        ] {
            let found = split(said, &when(), Language::German);
            let found = found
                .as_ref()
                .map(|later| (later.due.since(NOW).as_secs() / 60, later.rest.as_str()));
            assert_eq!(found, expected, "{said}");
        }
    }
}
