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
    /// In a zone without a name with how far that was from UTC then, which may change.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let form = if self.name().is_some() { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S%:z" };
        let local = When::new(at, self.zone.clone()).local(at);
        local.map_or_else(|| at.to_string(), |local| local.strftime(form).to_string())
    }

    /// `2026-11-30 13:32:13 Europe/Berlin`.
    pub(crate) fn whole(&self, at: Timestamp) -> String {
        let time = self.time(at);
        self.name().map_or_else(|| time.clone(), |name| format!("{time} {name}"))
    }

    /// The head of a column of times: `when (Europe/Berlin)`.
    pub(crate) fn head(&self, word: &str) -> String {
        format!("{word} ({})", self.name().unwrap_or("here"))
    }

    /// What stands before lines with times.
    pub(crate) fn note(&self) -> String {
        format!("The times are those of {}.", self.name().unwrap_or("this machine"))
    }

    fn name(&self) -> Option<&str> {
        self.zone.iana_name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_clocks_here() {
        let at = Timestamp(1_795_468_823_999);
        for (zone, time, whole, head) in [
            (
                TimeZone::get("Europe/Berlin").unwrap(),
                "2026-11-23 22:20:23",
                "2026-11-23 22:20:23 Europe/Berlin",
                "when (Europe/Berlin)",
            ),
            (
                TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
                "2026-11-23 22:20:23+01:00",
                "2026-11-23 22:20:23+01:00",
                "when (here)",
            ),
            (TimeZone::UTC, "2026-11-23 21:20:23", "2026-11-23 21:20:23 UTC", "when (UTC)"),
        ] {
            let local = Local { zone };
            assert_eq!(local.time(at), time);
            assert_eq!(local.whole(at), whole);
            assert_eq!(local.head("when"), head);
        }
        // Summer and winter of a zone without a name are told apart in each time.
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let summer = Timestamp(at.0 - 120 * 86_400_000);
        assert_eq!(Local { zone }.time(summer), "2026-07-26 23:20:23+02:00");
        let beyond = Timestamp(u64::MAX);
        assert_eq!(Local { zone: TimeZone::UTC }.time(beyond), beyond.to_string());
    }
}
