//! Moments as the clocks of this machine show them, for people. For programs they stay
//! as they are, in UTC.

use jarvis_domain::Timestamp;
use jarvis_skill_host::When;
use jiff::tz::TimeZone;

/// The time zone of this machine, or of whoever sets `TZ`.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    zone: TimeZone,
}

impl Local {
    pub(crate) fn here() -> Self {
        Self { zone: TimeZone::system() }
    }

    /// `2026-11-30 13:32:13`: beside [`Local::head`] or [`Local::note`], which say where.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        match When::new(at, self.zone.clone()).local(at) {
            Some(local) => local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            None => at.to_string(),
        }
    }

    /// `2026-11-30 13:32:13 Europe/Berlin`.
    pub(crate) fn whole(&self, at: Timestamp) -> String {
        format!("{} {}", self.time(at), self.zone_at(at))
    }

    /// The head of a column of times: `when (Europe/Berlin)`.
    pub(crate) fn head(&self, word: &str, first: Option<Timestamp>) -> String {
        format!("{word} ({})", self.zone_at(first.unwrap_or_default()))
    }

    /// What stands before lines with times.
    pub(crate) fn note(&self, first: Timestamp) -> String {
        format!("The times are those of {}.", self.zone_at(first))
    }

    /// The zone's name; where it has none, how far it was from UTC at that moment.
    fn zone_at(&self, at: Timestamp) -> String {
        let offset = || {
            let local = When::new(at, self.zone.clone()).local(at);
            local.map_or_else(|| "UTC".to_owned(), |local| local.strftime("%:z").to_string())
        };
        self.zone.iana_name().map_or_else(offset, str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_clocks_here() {
        let at = Timestamp(1_795_468_823_999);
        for (zone, time, named) in [
            (TimeZone::get("Europe/Berlin").unwrap(), "2026-11-23 22:20:23", "Europe/Berlin"),
            (TimeZone::posix("IST-5:30").unwrap(), "2026-11-24 02:50:23", "+05:30"),
            (TimeZone::UTC, "2026-11-23 21:20:23", "UTC"),
        ] {
            let local = Local { zone };
            assert_eq!(local.time(at), time);
            assert_eq!(local.whole(at), format!("{time} {named}"));
            assert_eq!(local.head("when", Some(at)), format!("when ({named})"));
        }
        let beyond = Timestamp(u64::MAX);
        assert_eq!(Local { zone: TimeZone::UTC }.time(beyond), beyond.to_string());
    }
}
