//! Times as people are told them. What they mean by them is the assistant's.

use std::time::Duration;

use jarvis_domain::{Language, Timestamp, say};
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

/// From this on a moment is told by the clock alone: "in 14 hours" helps nobody.
const SOON: Duration = Duration::from_secs(12 * 60 * 60);

/// A moment, and what people around it call other moments.
#[derive(Debug, Clone)]
pub struct When {
    now: Timestamp,
    zone: TimeZone,
}

/// When something is to happen, and how a person is told.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    /// What was asked for, without the time.
    pub(crate) words: Option<String>,
    /// Where somebody wants to be told of it.
    pub(crate) place: Option<String>,
}

impl When {
    /// At `now`, in `zone`.
    #[must_use]
    pub fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// The moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// As clocks and calendars here show `moment`; none for one beyond them.
    #[must_use]
    pub fn local(&self, moment: Timestamp) -> Option<ZonedDateTime> {
        let millis = i64::try_from(moment.0).ok()?;
        let moment = jiff::Timestamp::from_millisecond(millis).ok()?;
        Some(moment.to_zoned_datetime(self.zone.clone()))
    }

    /// `at 20:14`, `tomorrow at 07:00`, `on Thursday at 07:00`, `on 3 December at 07:00`.
    #[must_use]
    pub fn clock(&self, moment: Timestamp, language: Language) -> String {
        let (Some(now), Some(then)) = (self.local(self.now), self.local(moment)) else {
            return say!(language, en: "at {moment}", de: "um {moment}");
        };
        if language == Language::German {
            return german(&now, &then);
        }
        let days = (then.date() - now.date()).get_days();
        let day = match days {
            0 => String::new(),
            1 => "tomorrow ".to_owned(),
            -1 => "yesterday ".to_owned(),
            2..=6 => format!("on {} ", then.strftime("%A")),
            _ => format!("on {} ", then.strftime("%-d %B")),
        };
        format!("{day}at {}", then.strftime("%H:%M"))
    }

    /// As [`When::ahead`], at the beginning of a sentence.
    #[must_use]
    pub(crate) fn ahead_capital(&self, moment: Timestamp, language: Language) -> String {
        capital(&self.ahead(moment, language))
    }

    /// `in 10 minutes, at 20:14`; further away the clock alone.
    #[must_use]
    pub fn ahead(&self, moment: Timestamp, language: Language) -> String {
        let left = moment.since(self.now);
        if left >= SOON {
            return self.clock(moment, language);
        }
        let (left, clock) = (span(left, language), self.clock(moment, language));
        format!("in {left}, {clock}")
    }
}

/// `10 minutes`, `1 hour and 30 minutes`: the two largest parts, the smaller one
/// rounded up, so that nothing is said to be over before it is.
#[must_use]
pub(crate) fn span(length: Duration, language: Language) -> String {
    let seconds = length.as_millis().div_ceil(1000);
    let seconds = if seconds >= 3600 { seconds.div_ceil(60) * 60 } else { seconds };
    let seconds = if seconds >= 86_400 { seconds.div_ceil(3600) * 3600 } else { seconds };
    // In German as it stands behind "in" and "von".
    let parts = [
        (seconds / 86_400, "day", ("einem Tag", "Tagen")),
        (seconds / 3600 % 24, "hour", ("einer Stunde", "Stunden")),
        (seconds / 60 % 60, "minute", ("einer Minute", "Minuten")),
        (seconds % 60, "second", ("einer Sekunde", "Sekunden")),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .take(2)
        .map(|(count, unit, (one, several))| match (language, count) {
            (Language::English, 1) => format!("1 {unit}"),
            (Language::English, _) => format!("{count} {unit}s"),
            (Language::German, 1) => (*one).to_owned(),
            (Language::German, _) => format!("{count} {several}"),
        })
        .collect();
    match said.join(&say!(language, en: " and ", de: " und ")) {
        none if none.is_empty() => say!(language, en: "no time", de: "null Sekunden"),
        said => said,
    }
}

/// `um 20:14`, `morgen um 07:00`, `am Donnerstag um 07:00`, `am 3. Dezember um 07:00`.
fn german(now: &ZonedDateTime, then: &ZonedDateTime) -> String {
    const DAYS: [&str; 7] =
        ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
    let named = |of: &[&'static str], from_one: i8| {
        let index = usize::try_from(from_one).unwrap_or_default().saturating_sub(1);
        of.get(index).copied().unwrap_or_default()
    };
    let day = match (then.date() - now.date()).get_days() {
        0 => String::new(),
        1 => "morgen ".to_owned(),
        2 => "übermorgen ".to_owned(),
        -1 => "gestern ".to_owned(),
        3..=6 => format!("am {} ", named(&DAYS, then.weekday().to_monday_one_offset())),
        _ => format!("am {}. {} ", then.day(), named(&Language::German.months(), then.month())),
    };
    format!("{day}um {}", then.strftime("%H:%M"))
}

/// `text` with a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(moment: jiff::civil::DateTime) -> Timestamp {
        let zoned = moment.in_tz("Europe/Berlin").unwrap();
        Timestamp(u64::try_from(zoned.timestamp().as_millisecond()).unwrap())
    }

    #[test]
    fn a_length_is_told_by_its_two_largest_parts() {
        for (millis, expected) in [
            (0, "no time"),
            (1, "1 second"),
            (59_001, "1 minute"),
            (90_000, "1 minute and 30 seconds"),
            (600_000, "10 minutes"),
            (3_600_000, "1 hour"),
            (5_400_000, "1 hour and 30 minutes"),
            (5_399_001, "1 hour and 30 minutes"),
            (90_000_000, "1 day and 1 hour"),
            (2_592_000_000, "30 days"),
        ] {
            let said = span(Duration::from_millis(millis), Language::English);
            assert_eq!(said, expected, "{millis}");
        }
    }

    #[test]
    fn a_moment_is_told_by_day_and_clock() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = at(date(2026, 11, 29).at(20, 4, 0, 0));
        let when = When::new(now, zone);
        for (moment, expected) in [
            (date(2026, 11, 29).at(20, 14, 0, 0), "in 10 minutes, at 20:14"),
            (date(2026, 11, 30).at(7, 0, 0, 0), "in 10 hours and 56 minutes, tomorrow at 07:00"),
            (date(2026, 11, 30).at(21, 0, 0, 0), "tomorrow at 21:00"),
            (date(2026, 12, 3).at(7, 5, 0, 0), "on Thursday at 07:05"),
            (date(2026, 12, 20).at(7, 5, 0, 0), "on 20 December at 07:05"),
        ] {
            assert_eq!(when.ahead(at(moment), Language::English), expected);
        }
        let english = Language::English;
        let yesterday = at(date(2026, 11, 28).at(9, 0, 0, 0));
        assert_eq!(when.clock(yesterday, english), "yesterday at 09:00");
        assert_eq!(when.clock(Timestamp(u64::MAX), english), "at @18446744073709551");
        for (moment, expected) in [
            (date(2026, 11, 29).at(20, 14, 0, 0), "in 10 Minuten, um 20:14"),
            (date(2026, 11, 29).at(21, 5, 0, 0), "in einer Stunde und einer Minute, um 21:05"),
            (date(2026, 11, 30).at(21, 0, 0, 0), "morgen um 21:00"),
            (date(2026, 12, 1).at(21, 0, 0, 0), "übermorgen um 21:00"),
            (date(2026, 12, 3).at(7, 5, 0, 0), "am Donnerstag um 07:05"),
            (date(2026, 12, 20).at(7, 5, 0, 0), "am 20. Dezember um 07:05"),
        ] {
            assert_eq!(when.ahead(at(moment), Language::German), expected);
        }
    }
}
