//! What clocks show: "at half past nine", "at 21:15", "tomorrow at seven", "on friday
//! at nine".
//!
//! A clock of twelve hours shows each time twice a day. Who names no half of the
//! day means the next one, and of another day the one in the morning. Who names a day of
//! the week means the next one, which may be today's. "Next friday" is the coming one to
//! some and the one after it to others, and so it is not understood.

use jarvis_domain::Timestamp;
use jarvis_sentences::leading_number;
use jarvis_skill_host::When;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, time};

/// Which half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    /// Also the evening.
    Evening,
    /// Before midnight and after it.
    Night,
}

/// What a clock shows, and what was said of the day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// Hour and minute.
    pub(super) clock: Option<(u64, u64)>,
    pub(super) half: Option<Half>,
    /// It was said with 24 hours, or is noon or midnight.
    pub(super) exact: bool,
    /// Days from today.
    pub(super) day: Option<i64>,
    pub(super) weekday: Option<Weekday>,
}

const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The time that `words` begin with: "at nine", "tomorrow at nine".
pub(super) fn leading(words: &[&str], when: &When) -> Option<(Timestamp, usize)> {
    let mut said = Said::default();
    let mut used = day(words, &mut said);
    let at = words.get(used) == Some(&"at");
    // "9 starts" is no time; "at 9" is, and "noon".
    if !at && !matches!(words.get(used), Some(&"noon" | &"midnight")) {
        return None;
    }
    used += usize::from(at);
    used += clock(words.get(used..)?, &mut said)?;
    used += day(words.get(used..)?, &mut said);
    Some((moment(said, when)?, used))
}

/// As [`leading`], where "at" was said otherwise: "an alarm for nine".
pub(super) fn bare(words: &[&str], when: &When) -> Option<(Timestamp, usize)> {
    if let Some(found) = leading(words, when) {
        return Some(found);
    }
    let mut said = Said::default();
    let mut used = clock(words, &mut said)?;
    used += day(words.get(used..)?, &mut said);
    Some((moment(said, when)?, used))
}

/// "tomorrow", "this evening", "tomorrow morning", "on friday": how many words.
fn day(words: &[&str], said: &mut Said) -> usize {
    let lead = usize::from(matches!(words.first(), Some(&("on" | "this"))));
    let named = words.get(lead).and_then(|word| WEEK.iter().find(|(name, _)| name == word));
    if let Some((_, weekday)) = named {
        let half = words.get(lead + 1).and_then(|word| half(word));
        said.weekday = Some(*weekday);
        said.half = said.half.or(half);
        return lead + 1 + usize::from(half.is_some());
    }
    let (days, half, used) = match words {
        ["tomorrow", part, ..] if half(part).is_some() => (1, half(part), 2),
        ["tomorrow", ..] => (1, None, 1),
        ["this", part, ..] if half(part).is_some() => (0, half(part), 2),
        ["tonight", ..] => (0, Some(Half::Night), 1),
        ["today", ..] => (0, None, 1),
        _ => return 0,
    };
    said.day = Some(days);
    said.half = said.half.or(half);
    used
}

fn half(word: &str) -> Option<Half> {
    match word {
        "morning" => Some(Half::Morning),
        "afternoon" | "evening" => Some(Half::Evening),
        "night" => Some(Half::Night),
        _ => None,
    }
}

/// What a clock shows, with the half of the day behind it: how many words.
fn clock(words: &[&str], said: &mut Said) -> Option<usize> {
    let used = match words {
        ["noon", ..] => exact(said, 12),
        ["midnight", ..] => exact(said, 0),
        ["half", "past", rest @ ..] => 2 + past(rest, 30, said)?,
        ["a", "quarter", "past", rest @ ..] => 3 + past(rest, 15, said)?,
        ["quarter", "past", rest @ ..] => 2 + past(rest, 15, said)?,
        ["a", "quarter", "to", rest @ ..] => 3 + to(rest, 15, said)?,
        ["quarter", "to", rest @ ..] => 2 + to(rest, 15, said)?,
        [digits, ..] if digits.contains(':') => {
            let (hour, minute) = digits.split_once(':')?;
            let is_clock = hour.len() <= 2 && minute.len() == 2;
            let shown = (hour.parse().ok()?, minute.parse().ok()?);
            said.clock = is_clock.then_some(shown);
            said.exact = hour.len() == 2 && (shown.0 > 12 || hour.starts_with('0'));
            1
        }
        _ => spoken(words, said)?,
    };
    Some(used + behind(words.get(used..)?, said))
}

/// "nine", "nine o'clock", "nine thirty", "nine oh five", "ten past nine", "9pm".
fn spoken(words: &[&str], said: &mut Said) -> Option<usize> {
    let first = words.first()?;
    for (mark, half) in [("am", Half::Morning), ("pm", Half::Evening)] {
        let number = first.strip_suffix(mark).and_then(|number| number.parse().ok());
        if let Some(hour) = number {
            said.clock = Some((hour, 0));
            said.half = Some(half);
            return Some(1);
        }
    }
    let (number, used) = leading_number(words)?;
    let rest = words.get(used..)?;
    let rest = match rest {
        ["minute" | "minutes", more @ ..] => more,
        _ => rest,
    };
    let minutes = words.len() - rest.len();
    match rest {
        ["past", hour @ ..] => return Some(minutes + 1 + past(hour, number, said)?),
        ["to", hour @ ..] => return Some(minutes + 1 + to(hour, number, said)?),
        _ if minutes > used => return None,
        _ => {}
    }
    said.exact = number > 12;
    let (minute, more) = match rest {
        ["o'clock" | "oclock" | "o’clock", ..] => (0, 1),
        ["oh" | "o", unit, ..] => match leading_number(&[unit]) {
            Some((unit @ 0..10, _)) => (unit, 2),
            _ => (0, 0),
        },
        _ => match leading_number(rest) {
            Some((minute @ 10..60, more)) => (minute, more),
            _ => (0, 0),
        },
    };
    said.clock = Some((number, minute));
    Some(used + more)
}

fn exact(said: &mut Said, hour: u64) -> usize {
    said.clock = Some((hour, 0));
    said.exact = true;
    1
}

fn past(hour: &[&str], minutes: u64, said: &mut Said) -> Option<usize> {
    let (hour, used) = leading_number(hour)?;
    said.clock = (minutes < 60).then_some((hour, minutes));
    said.exact = hour > 12;
    Some(used)
}

fn to(hour: &[&str], minutes: u64, said: &mut Said) -> Option<usize> {
    let (hour, used) = leading_number(hour)?;
    let minute = 60_u64.checked_sub(minutes).filter(|minute| *minute < 60)?;
    said.exact = hour > 12;
    said.clock = Some((hour.checked_sub(1).unwrap_or(23), minute));
    // "quarter to one" is 12:45.
    if hour == 1 && !said.exact {
        said.clock = Some((12, minute));
    }
    Some(used)
}

/// "pm", "in the evening", "at night": how many words.
fn behind(words: &[&str], said: &mut Said) -> usize {
    let (half, used) = match words {
        ["am", ..] => (Half::Morning, 1),
        ["pm", ..] => (Half::Evening, 1),
        ["in", "the", "morning", ..] => (Half::Morning, 3),
        ["in", "the", "afternoon" | "evening", ..] => (Half::Evening, 3),
        ["at", "night", ..] => (Half::Night, 2),
        _ => return 0,
    };
    said.half = Some(half);
    used
}

impl Said {
    /// It is today or, where no day was named, the next time.
    fn is_near(&self) -> bool {
        self.weekday.is_none() && self.day.is_none_or(|day| day == 0)
    }
}

/// The moment that is meant; none for a clock that shows no such time.
pub(super) fn moment(said: Said, when: &When) -> Option<Timestamp> {
    let (hour, minute) = said.clock.filter(|(hour, minute)| *hour < 24 && *minute < 60)?;
    let now = when.local(when.now())?;
    let today = now.date();
    let on = |day: Date, hour: u64| {
        let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
        let shown = day.to_datetime(time(hour, minute, 0, 0));
        let moment = shown.to_zoned_datetime(now.time_zone().clone()).ok()?;
        u64::try_from(moment.timestamp().as_millisecond()).ok().map(Timestamp)
    };
    let hours: &[u64] = match (said.half, hour) {
        (Some(Half::Morning), 12) => &[0],
        (Some(Half::Night), 12) => &[0],
        (Some(Half::Night), 0..=5) => &[hour],
        (Some(Half::Evening | Half::Night), 1..=11) => &[hour + 12],
        (None, 1..=11) if !said.exact && said.is_near() => &[hour, hour + 12],
        (None, 12) if !said.exact && said.day.is_none() && said.weekday.is_none() => &[12, 0],
        _ => &[hour],
    };
    // The small hours of a night are those of the day after.
    let small = said.half == Some(Half::Night) && matches!(hour, 0..=5 | 12);
    let after = i64::from(small);
    let ahead = match (said.day, said.weekday) {
        // In the middle of it, the night is this one.
        (Some(0), _) if small => vec![0, 1],
        (Some(day), _) => vec![day + after],
        (None, Some(weekday)) => {
            let ahead = i64::from(today.weekday().until(weekday));
            vec![ahead + after, ahead + after + 7]
        }
        (None, None) => vec![0, 1],
    };
    let days: Option<Vec<Date>> =
        ahead.into_iter().map(|days| today.checked_add(days.days()).ok()).collect();
    let days = days?;
    let all = days.iter().flat_map(|day| hours.iter().filter_map(|hour| on(*day, *hour)));
    let mut all: Vec<Timestamp> = all.collect();
    all.sort_unstable();
    // Of a day that was named, a time that is over is told to be over.
    all.iter().find(|moment| **moment > when.now()).or(all.last()).copied()
}
