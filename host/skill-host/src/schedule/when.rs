//! Times as people are told them. What they mean by them is the assistant's.

use std::time::Duration;

use jarvis_domain::Timestamp;
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
    pub fn clock(&self, moment: Timestamp) -> String {
        let (Some(now), Some(then)) = (self.local(self.now), self.local(moment)) else {
            return format!("at {moment}");
        };
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
    pub(crate) fn ahead_capital(&self, moment: Timestamp) -> String {
        capital(&self.ahead(moment))
    }

    /// `in 10 minutes, at 20:14`; further away the clock alone.
    #[must_use]
    pub fn ahead(&self, moment: Timestamp) -> String {
        let left = moment.since(self.now);
        if left >= SOON {
            return self.clock(moment);
        }
        format!("in {}, {}", span(left), self.clock(moment))
    }
}

/// `10 minutes`, `1 hour and 30 minutes`: the two largest parts, the smaller one
/// rounded up, so that nothing is said to be over before it is.
#[must_use]
pub(crate) fn span(length: Duration) -> String {
    let seconds = length.as_millis().div_ceil(1000);
    let seconds = if seconds >= 3600 { seconds.div_ceil(60) * 60 } else { seconds };
    let seconds = if seconds >= 86_400 { seconds.div_ceil(3600) * 3600 } else { seconds };
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .take(2)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if said.is_empty() { "no time".to_owned() } else { said.join(" and ") }
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
            assert_eq!(span(Duration::from_millis(millis)), expected, "{millis}");
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
            assert_eq!(when.ahead(at(moment)), expected);
        }
        assert_eq!(when.clock(at(date(2026, 11, 28).at(9, 0, 0, 0))), "yesterday at 09:00");
        assert_eq!(when.clock(Timestamp(u64::MAX)), "at @18446744073709551");
    }
}
