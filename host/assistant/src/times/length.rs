//! How long: "ten minutes", "an hour and a half", "1 hour 30".

use std::time::Duration;

use jarvis_sentences::leading_number;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// What lengths are measured in, seconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["second", "seconds", "sec", "secs", "s"], 1),
    (&["minute", "minutes", "min", "mins", "m"], MINUTE),
    (&["hour", "hours", "hr", "hrs", "h"], HOUR),
    (&["day", "days"], DAY),
    (&["week", "weeks"], 7 * DAY),
];

/// The length that `words` begin with, and how many of them it takes.
pub(super) fn leading(words: &[&str]) -> Option<(Duration, usize)> {
    let (mut total, mut used, mut last) = part(words)?;
    loop {
        let rest = words.get(used..)?;
        let and = usize::from(rest.first() == Some(&"and"));
        let rest = rest.get(and..)?;
        if and == 1 && rest.starts_with(&["a", "half"]) {
            // Half of what was counted last: "two hours and a half".
            return Some((Duration::from_millis(millis(total)? + last * 500), used + 3));
        }
        match part(rest) {
            // Each part is smaller than the one before.
            Some((more, taken, unit)) if unit < last => {
                total = total.checked_add(more)?;
                used += and + taken;
                last = unit;
            }
            _ => return Some((Duration::from_millis(millis(total)?), used)),
        }
    }
}

/// One part, in seconds, how many words it takes, and its unit.
fn part(words: &[&str]) -> Option<(u64, usize, u64)> {
    let (first, rest) = words.split_first()?;
    match (*first, rest) {
        ("half", ["a" | "an", name, ..]) => {
            let unit = unit(name)?;
            return Some((unit / 2, 3, unit));
        }
        ("a", ["quarter", "of", "an", "hour", ..]) => return Some((HOUR / 4, 5, HOUR)),
        ("quarter", ["of", "an", "hour", ..]) => return Some((HOUR / 4, 4, HOUR)),
        ("a", ["couple", "of", name, ..]) => {
            let unit = unit(name)?;
            return Some((2 * unit, 4, unit));
        }
        ("a" | "an", [name, ..]) => {
            if let Some(unit) = unit(name) {
                return Some((unit, 2, unit));
            }
        }
        _ => {}
    }
    if let Some(glued) = glued(first) {
        return Some((glued.0, 1, glued.1));
    }
    let (number, taken) = leading_number(words)?;
    let rest = words.get(taken..)?;
    if let ["and", "a", "half", name, ..] = rest {
        let unit = unit(name)?;
        return Some((number.checked_mul(unit)?.checked_add(unit / 2)?, taken + 4, unit));
    }
    let unit = unit(rest.first()?)?;
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

fn millis(seconds: u64) -> Option<u64> {
    // Half of a unit comes on top.
    seconds.checked_mul(1000).filter(|millis| *millis < u64::MAX / 2)
}
