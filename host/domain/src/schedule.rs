//! What waits for its time, over restarts: timers, and commands for later.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::identity::Shown;
use crate::kv::StoreError;
use crate::{
    Caller, Digest, Fault, Invocation, Language, Principal, Revision, Risk, Role, RunId, TimerId,
    Timestamp, say,
};

/// How far ahead something may be set.
pub const FARTHEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A command that is later than this does not run any more: what a person meant
/// for one moment they did not mean for another.
pub const GRACE: Duration = Duration::from_secs(60);
/// What one person may have waiting.
pub const OF_ONE: usize = 32;
/// What may wait in all.
pub const IN_ALL: usize = 256;
/// The longest name of a timer or a place, characters.
pub const LONGEST: usize = 60;

/// Something that waits for its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Its id.
    pub id: TimerId,
    /// Whose it is.
    pub owner: Owner,
    /// When it was set.
    pub set: Timestamp,
    /// When its time comes.
    pub due: Timestamp,
    /// Where it was set, for who has to be told there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What is to happen.
    pub errand: Errand,
    /// In which whoever set it is told of it.
    #[serde(default, skip_serializing_if = "is_english")]
    pub language: Language,
    /// Since when it is carried out. One that a restart finds so was cut off,
    /// and is never begun a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
}

/// Who has set something, and what stood behind them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Who, through which door, with which role then.
    pub caller: Caller,
    /// The sign-in or key; none at doors without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}

/// What happens when the time has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Errand {
    /// Somebody is told.
    Timer {
        /// What it is called, if it has a name: `pizza`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A command runs.
    Command(Box<Later>),
}

/// A command for later, bound to what it was when somebody set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// The run that set it, which goes on when it runs.
    pub run: RunId,
    /// The command, on its cluster.
    pub invocation: Invocation,
    /// The skill's revision. Another one does not run it.
    pub revision: Revision,
    /// Its risk, as its skill declares it.
    pub risk: Risk,
    /// What it does, for a person: `shut down VM 101 mediaserver on home`.
    pub what: String,
    /// What somebody said yes to; none for what is not asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

/// A plan that was made, told and allowed when a destructive command was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The plan's digest. Another plan is not carried out.
    pub plan: Digest,
    /// What the person was told of it, write by write.
    pub steps: Vec<String>,
    /// Who said yes; none where the settings let it run unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Caller>,
}

/// Where it is kept.
#[async_trait]
pub trait Schedule: Send + Sync + std::fmt::Debug {
    /// All of it, by id, and with that in the order in which it was set.
    async fn all(&self) -> Result<Vec<Scheduled>, StoreError>;
    /// Keeps `scheduled` in place of what had its id; on disk when this returns.
    async fn put(&self, scheduled: &Scheduled) -> Result<(), StoreError>;
    /// Forgets one; whether it was there.
    async fn remove(&self, id: TimerId) -> Result<bool, StoreError>;
}

/// What somebody may now, long after they asked.
#[async_trait]
pub trait Standing: Send + Sync + std::fmt::Debug {
    /// The role that `owner` has at this moment at the door that they came
    /// through, looked up anew; none where they have none any more.
    ///
    /// # Errors
    /// It cannot be known. Nothing is done for them then.
    async fn role_of(&self, owner: &Owner) -> Result<Option<Role>, Box<Fault>>;
}

/// Who is told that people have gone, before those who sent them are answered.
#[async_trait]
pub trait Departures: Send + Sync + std::fmt::Debug {
    /// A sign-in or a key of `principal` was ended, by other than its time.
    /// None: all of theirs.
    async fn ended(&self, principal: &Principal, shown: Option<&Shown>);
    /// Others than before have roles.
    async fn roles_changed(&self);
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_english(language: &Language) -> bool {
    *language == Language::English
}

impl Scheduled {
    /// The command, where it is one.
    #[must_use]
    pub fn command(&self) -> Option<&Later> {
        match &self.errand {
            Errand::Command(later) => Some(later),
            Errand::Timer { .. } => None,
        }
    }

    /// How a person speaks of it: `the pizza timer`, `shut down VM 101 …`.
    #[must_use]
    pub fn called(&self) -> String {
        let language = self.language;
        match &self.errand {
            Errand::Timer { name: Some(name) } => {
                say!(language, en: "the {name} timer", de: "der Timer {name}")
            }
            Errand::Timer { name: None } => say!(language, en: "the timer", de: "der Timer"),
            Errand::Command(later) => later.what.clone(),
        }
    }
}
