//! `cluster: temperatures:`.

use std::time::Duration;

use jarvis_cluster::Thermals;
use jarvis_document::Cursor;
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::millis;

/// The shortest time between two rounds: each costs every node a program.
const SHORTEST: Duration = Duration::from_secs(10);
/// The longest: a day of history has to be worth its name.
const LONGEST: Duration = Duration::from_secs(3600);

/// When a node is too hot, and how often that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsTemperatures)]
pub(crate) struct Temperatures {
    /// Between two rounds.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) every: Duration,
    /// Whether a day of history is kept.
    pub(crate) history: bool,
    /// From here on a node is warm, degrees Celsius.
    pub(crate) warm: u8,
    /// From here on it is critical.
    pub(crate) critical: u8,
    /// How far below a threshold it is told of as cooler.
    pub(crate) hysteresis: u8,
}

impl Default for Temperatures {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(30),
            history: true,
            warm: 80,
            critical: 95,
            hysteresis: 5,
        }
    }
}

impl Temperatures {
    pub(crate) fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let keys = cursor.mapping()?;
        let default = Self::default();
        let degrees = |key, least, most, default| {
            let given = keys.optional(key).and_then(|c| c.integer_in(least, most));
            given.and_then(|degrees| u8::try_from(degrees).ok()).unwrap_or(default)
        };
        let temperatures = Self {
            every: keys.optional("every").and_then(|c| every(&c)).unwrap_or(default.every),
            history: keys.optional("history").and_then(|c| c.boolean()).unwrap_or(default.history),
            warm: degrees("warm", 30, 120, default.warm),
            critical: degrees("critical", 30, 120, default.critical),
            hysteresis: degrees("hysteresis", 0, 20, default.hysteresis),
        };
        keys.finish();
        if temperatures.critical <= temperatures.warm {
            cursor.problem("critical has to be above warm");
            return None;
        }
        Some(temperatures)
    }

    /// As the cluster takes it.
    pub(crate) fn thermals(&self) -> Thermals {
        Thermals {
            every: self.every,
            history: self.history,
            warm: f64::from(self.warm),
            critical: f64::from(self.critical),
            hysteresis: f64::from(self.hysteresis),
        }
    }
}

fn every(cursor: &Cursor<'_>) -> Option<Duration> {
    let every = cursor.duration()?;
    if (SHORTEST..=LONGEST).contains(&every) {
        return Some(every);
    }
    cursor.problem("a time from 10s to 1h belongs here: each round costs every node a program");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn read(text: &str) -> Result<Temperatures, String> {
        let text = format!("cluster: {{temperatures: {{{text}}}}}");
        let settings = Settings::read(&text, false).map_err(|problems| problems.to_string())?;
        Ok(settings.cluster.temperatures)
    }

    #[test]
    fn the_defaults_are_those_of_the_cluster_and_each_can_be_set() {
        assert_eq!(read("").unwrap().thermals(), Thermals::standard());
        let text = "every: 1m, history: false, warm: 60, critical: 70, hysteresis: 0";
        let expected = Temperatures {
            every: Duration::from_secs(60),
            history: false,
            warm: 60,
            critical: 70,
            hysteresis: 0,
        };
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, expected) in [
            ("every: 9s", "from 10s to 1h"),
            ("every: 2h", "from 10s to 1h"),
            ("every: often", "a time with its unit"),
            ("warm: 95", "critical has to be above warm"),
            ("warm: 300", "from 30 to 120"),
            ("critical: hot", "a whole number"),
            ("hysteresis: -1", "from 0 to 20"),
            ("histroy: true", "did you mean history?"),
        ] {
            let shown = read(text).unwrap_err();
            assert!(shown.contains(expected), "{text}: {shown}");
        }
    }
}
