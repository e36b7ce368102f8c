//! Things that happened, for the skills that asked to be told, and the ports
//! by which they are handed in and handed out.
//!
//! An event is written down for each skill that wants it before anything else
//! is done with it, and goes when the skill has taken it. So it may come twice,
//! with the same id, but is not lost when the host is killed.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::kv::StoreError;
use crate::{EventId, Revision, SkillId, Timestamp};

/// What kind of event. `wit/events.wit` tells what the data of each holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// An operation of this host has ended, whoever had started it.
    #[serde(rename = "operation.ended")]
    OperationEnded,
    /// A guest came, went, or does something else than before.
    #[serde(rename = "guest.state")]
    GuestState,
    /// A node came, went, or takes part otherwise than before.
    #[serde(rename = "node.state")]
    NodeState,
    /// The cluster lost its quorum or has it again.
    #[serde(rename = "quorum.state")]
    QuorumState,
    /// A node became too hot, or is no longer.
    #[serde(rename = "temperature.crossed")]
    TemperatureCrossed,
    /// A node has updates to be installed that it did not have before.
    #[serde(rename = "updates.found")]
    UpdatesFound,
    /// A revision of a skill came into service.
    #[serde(rename = "skill.loaded")]
    SkillLoaded,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same id is the same event.
    pub id: EventId,
    /// What kind.
    pub topic: Topic,
    /// When it happened, as well as the host can tell.
    pub at: Timestamp,
    /// What it happened to, `cluster/kind/id`.
    pub subject: String,
    /// What else there is to say; its keys depend on the topic.
    pub data: Map<String, Value>,
}

/// An event that was handed out to be delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its place in the skill's queue.
    pub place: u64,
    /// How often it was handed out, this time included.
    pub tries: u32,
    /// The event.
    pub event: Event,
}

/// What became of an event that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The skill took it.
    Taken,
    /// It failed too often.
    GivenUp,
}

/// Why a skill gets no events for the time being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// The revision that failed; another one gets events again.
    pub revision: Revision,
    /// Since when.
    pub at: Timestamp,
    /// What went wrong, for a person.
    pub reason: String,
}

/// How a skill stands with its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Events that wait.
    pub waiting: u64,
    /// Events that were dropped because too many waited, since ever.
    pub dropped: u64,
    /// Events that were given up, since ever.
    pub given_up: u64,
    /// How many were given up since the last one that was taken.
    pub given_up_in_a_row: u32,
    /// Why it gets none.
    pub paused: Option<Paused>,
}

/// Where those who see something happen hand it in.
#[async_trait]
pub trait EventSink: Send + Sync + std::fmt::Debug {
    /// Whether any skill wants this topic. Who would have to look for what
    /// happens can spare the trouble otherwise.
    fn wants(&self, topic: Topic) -> bool;
    /// Puts `event` into the queue of each skill that wants its topic; on disk
    /// when this returns. A queue in which an event of this id waits is left as
    /// it is. A queue that is full loses its oldest event.
    async fn publish(&self, event: Event) -> Result<(), StoreError>;
}

/// The skills' queues. One for each skill, so that none waits for another.
#[async_trait]
pub trait EventQueue: EventSink {
    /// Changes whenever there may be something new to deliver.
    fn news(&self) -> watch::Receiver<u64>;
    /// Which skill wants what from now on. A skill that is not in `wanted` is
    /// forgotten with all that waits for it, unless `kept` names it.
    async fn subscribe(
        &self,
        wanted: BTreeMap<SkillId, BTreeSet<Topic>>,
        kept: BTreeSet<SkillId>,
    ) -> Result<(), StoreError>;
    /// Hands out the oldest event that waits for `skill`. That it was handed
    /// out is on disk before it is, so that an event which kills the host is
    /// not tried for ever.
    async fn take(&self, skill: &SkillId) -> Result<Option<Waiting>, StoreError>;
    /// Removes the event at `place`, and tells how the skill stands then.
    async fn settle(
        &self,
        skill: &SkillId,
        place: u64,
        settled: Settled,
    ) -> Result<Standing, StoreError>;
    /// Notes that `skill` gets no events, or, with none, that it does again.
    async fn pause(&self, skill: &SkillId, paused: Option<Paused>) -> Result<(), StoreError>;
    /// How `skill` stands; all zero for one that wants no events.
    async fn standing(&self, skill: &SkillId) -> Result<Standing, StoreError>;
}

/// A text that is no topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a topic is one of operation.ended, guest.state, node.state, quorum.state, temperature.crossed, updates.found, skill.loaded"
)]
pub struct BadTopic;

impl Topic {
    /// Every topic, by its name in manifests and in the contract.
    pub const ALL: [(&'static str, Self); 7] = [
        ("operation.ended", Self::OperationEnded),
        ("guest.state", Self::GuestState),
        ("node.state", Self::NodeState),
        ("quorum.state", Self::QuorumState),
        ("temperature.crossed", Self::TemperatureCrossed),
        ("updates.found", Self::UpdatesFound),
        ("skill.loaded", Self::SkillLoaded),
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OperationEnded => "operation.ended",
            Self::GuestState => "guest.state",
            Self::NodeState => "node.state",
            Self::QuorumState => "quorum.state",
            Self::TemperatureCrossed => "temperature.crossed",
            Self::UpdatesFound => "updates.found",
            Self::SkillLoaded => "skill.loaded",
        }
    }

    /// Whether it tells what is on the cluster, which takes a grant to see.
    #[must_use]
    pub const fn is_of_the_cluster(self) -> bool {
        match self {
            Self::OperationEnded
            | Self::GuestState
            | Self::NodeState
            | Self::QuorumState
            | Self::TemperatureCrossed
            | Self::UpdatesFound => true,
            Self::SkillLoaded => false,
        }
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Topic {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, topic)| *topic).ok_or(BadTopic)
    }
}

/// A sink for where nobody listens: commands that need no host, and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyListens;

#[async_trait]
impl EventSink for NobodyListens {
    fn wants(&self, _: Topic) -> bool {
        false
    }

    async fn publish(&self, _: Event) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_one_name_everywhere() {
        for (name, topic) in Topic::ALL {
            assert_eq!(topic.as_str(), name);
            assert_eq!(name.parse(), Ok(topic));
            assert_eq!(serde_json::to_string(&topic).unwrap(), format!("\"{name}\""));
        }
        for text in ["", "guest", "guest.State", "time.tick"] {
            assert_eq!(text.parse::<Topic>(), Err(BadTopic), "{text}");
        }
    }
}
