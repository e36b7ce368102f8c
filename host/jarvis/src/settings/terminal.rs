//! `terminal:`.

use std::time::Duration;

use jarvis_api::http::schema;
use jarvis_document::{Cursor, Keys};
use jarvis_domain::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::{millis, role};

/// The shortest idle time: a person reads what a terminal shows.
const SHORTEST: Duration = Duration::from_secs(60);
/// The longest: a forgotten terminal is an open door.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Who may open a terminal, on what, and for how long nothing may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsTerminal)]
pub(crate) struct Terminal {
    /// Whether the shell of the node that jarvis runs on is among them.
    pub(crate) local: bool,
    /// The least role.
    #[schema(value_type = schema::Role)]
    pub(crate) least: Role,
    /// How long nothing may be typed or shown.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) idle: Duration,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { local: false, least: Role::Admin, idle: Duration::from_secs(30 * 60) }
    }
}

impl Terminal {
    /// Who may open what.
    pub(crate) fn rule(&self) -> jarvis_policy::ConsoleRule {
        jarvis_policy::ConsoleRule { least: self.least, local: self.local }
    }

    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let terminal = Self {
            local: keys.optional("local").and_then(|c| c.boolean()).unwrap_or(default.local),
            least: keys.optional("least").and_then(|c| role(&c)).unwrap_or(default.least),
            idle: keys.optional("idle").and_then(|c| idle(&c)).unwrap_or(default.idle),
        };
        keys.finish();
        terminal
    }
}

fn idle(cursor: &Cursor<'_>) -> Option<Duration> {
    let idle = cursor.duration()?;
    if (SHORTEST..=LONGEST).contains(&idle) {
        return Some(idle);
    }
    cursor.problem("a time from 1m to 24h belongs here");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn read(text: &str) -> Result<Terminal, String> {
        let text = format!("terminal: {{{text}}}");
        let settings = Settings::read(&text, false).map_err(|problems| problems.to_string())?;
        Ok(settings.terminal)
    }

    #[test]
    fn a_terminal_is_an_administrators_and_never_on_the_own_node_unless_set() {
        let default = Terminal { local: false, least: Role::Admin, idle: SHORTEST * 30 };
        assert_eq!(read("").unwrap(), default);
        let set = Terminal { local: true, least: Role::Operator, idle: SHORTEST * 5 };
        assert_eq!(read("local: true, least: operator, idle: 5m").unwrap(), set);
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, expected) in [
            ("idle: 59s", "from 1m to 24h"),
            ("idle: 25h", "from 1m to 24h"),
            ("idle: 30", "a time with its unit"),
            ("least: root", "\"root\" is not one of viewer, operator, admin"),
            ("local: maybe", "true"),
            ("locl: true", "did you mean local?"),
        ] {
            let shown = read(text).unwrap_err();
            assert!(shown.contains(expected), "{text}: {shown}");
        }
    }
}
