//! Timers and commands for later, as the doors show them.

use jarvis_domain::schedule::Scheduled;
use jarvis_domain::{CommandName, RunId, TimerId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::schema;
use crate::wire::InvokeRequest;

/// Something that waits for its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Timer {
    /// Its id.
    #[schema(value_type = schema::Id)]
    pub id: TimerId,
    /// How a person speaks of it: `the pizza timer`, `shut down VM 101 …`.
    pub called: String,
    /// When its time comes.
    #[schema(value_type = schema::Timestamp)]
    pub due: Timestamp,
    /// When it was set.
    #[schema(value_type = schema::Timestamp)]
    pub set: Timestamp,
    /// Who has set it.
    pub by: String,
    /// Where it was set, and is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<String>,
    /// The command that runs; none for a timer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub command: Option<CommandName>,
    /// The run that set the command, which goes on when it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub run: Option<RunId>,
    /// Its time has come, and it runs.
    pub running: bool,
}

/// A timer, or a command for later, to be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewTimer {
    /// What a timer is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    pub when: TimerTime,
    /// The command; none for a timer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<InvokeRequest>,
    /// Where it is to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// When something is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerTime {
    /// So many seconds from now.
    Seconds(u64),
    /// At this moment.
    At(Timestamp),
}

impl TimerTime {
    /// The moment, seen from `now`.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Seconds(seconds) => now.plus(std::time::Duration::from_secs(seconds)),
            Self::At(moment) => moment,
        }
    }
}

impl From<&Scheduled> for Timer {
    fn from(one: &Scheduled) -> Self {
        let later = one.command();
        Self {
            id: one.id,
            called: one.called(),
            due: one.due,
            set: one.set,
            by: one.owner.caller.principal.to_string(),
            place: one.place.clone(),
            command: later.map(|later| later.invocation.command.clone()),
            run: later.map(|later| later.run),
            running: one.begun.is_some(),
        }
    }
}
