//! One command to carry out, with its arguments.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Clock, Error, say};

/// What a person, or a program, asks of the skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The command's name in the manifest.
    pub command: String,
    /// Its arguments by name, valid against the manifest.
    pub arguments: Map<String, Value>,
    /// BCP 47, for the spoken reply.
    pub locale: String,
    /// The same id is one request retried.
    pub id: String,
    /// How long the call may take in all.
    pub budget: Duration,
    /// Nothing is written; run the same code as otherwise.
    pub dry_run: bool,
}

impl Request {
    /// What [`Self::time_left`] keeps back, so that there is time to answer.
    pub const RESERVE: Duration = Duration::from_millis(1500);

    /// A request without arguments, with a budget of 60 s; for tests.
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            arguments: Map::new(),
            locale: "en".to_owned(),
            id: "test".to_owned(),
            budget: Duration::from_secs(60),
            dry_run: false,
        }
    }

    /// With one argument more; for tests.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// An argument that must be there.
    pub fn argument<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        self.optional(name)?.ok_or_else(|| {
            let command = &self.command;
            Error::Invalid(say!(
                en: "The command {command} needs {name}.",
                de: "Für den Befehl {command} fehlt {name}.",
            ))
        })
    }

    /// An argument that may be left out; `null` counts as left out.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        match self.arguments.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value).map(Some).map_err(|error| {
                Error::Invalid(say!(
                    en: "{name} cannot be used: {error}.",
                    de: "{name} ist nicht zu gebrauchen: {error}.",
                ))
            }),
        }
    }

    /// The error for a command that the skill does not know.
    #[must_use]
    pub fn unknown_command(&self) -> Error {
        let command = &self.command;
        Error::Invalid(say!(
            en: "This skill has no command {command}.",
            de: "Den Befehl {command} hat dieser Skill nicht.",
        ))
    }

    /// How long the skill may still wait: the rest of the budget, less what
    /// the answer itself takes.
    #[must_use]
    pub fn time_left(&self, clock: &impl Clock) -> Duration {
        self.budget.saturating_sub(clock.elapsed()).saturating_sub(Self::RESERVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::MockHost;

    #[test]
    fn arguments_come_typed_or_say_what_is_wrong() {
        let request = Request::new("start").with("guest", 101).with("name", Value::Null);
        assert_eq!(request.argument::<u32>("guest"), Ok(101));
        assert_eq!(request.optional::<String>("name"), Ok(None));
        assert_eq!(request.optional::<String>("absent"), Ok(None));
        for (error, part) in [
            (request.argument::<u32>("node").unwrap_err(), "needs node"),
            (request.argument::<String>("guest").unwrap_err(), "guest cannot be used"),
            (request.argument::<u8>("name").unwrap_err(), "needs name"),
        ] {
            assert!(error.sentence().contains(part), "{error:?}");
        }
    }

    #[test]
    fn the_time_left_shrinks_to_nothing() {
        let request = Request { budget: Duration::from_secs(10), ..Request::new("x") };
        let host = MockHost::new();
        assert_eq!(request.time_left(&host), Duration::from_millis(8500));
        host.pass(Duration::from_secs(9));
        assert_eq!(request.time_left(&host), Duration::ZERO);
    }
}
