//! What the host has to say by itself, and who passes it on.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{Event, Timestamp, Topic};

/// What an announcement is about. The settings ask for each by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// A node is gone, or back.
    Node,
    /// A cluster lost its quorum, or has it again.
    Quorum,
    /// Something that somebody here has started has ended.
    Operation,
    /// A node is too hot, or is no longer.
    Heat,
    /// A timer is over.
    Timer,
    /// A command for later ran, or was cancelled.
    Scheduled,
    /// Somebody wants it to be said.
    Message,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Said when it suits, and not in quiet hours.
    Normal,
    /// Said first, also in quiet hours, and once more unless somebody answers.
    Urgent,
}

/// One thing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// When it came up.
    pub at: Timestamp,
    /// What it is about.
    pub matter: Matter,
    /// How much it matters; the settings may say otherwise.
    pub priority: Priority,
    /// What is said: one or two sentences of the host's own.
    pub text: String,
    /// Where it is said; none: wherever the settings say.
    pub place: Option<String>,
}

/// Who takes announcements. Must not block.
pub trait Herald: Send + Sync + std::fmt::Debug {
    /// Has something said, in time.
    fn announce(&self, announcement: Announcement);
}

/// Who sees what happens on the clusters. Must not block.
pub trait Onlooker: Send + Sync + std::fmt::Debug {
    /// Whether this topic is of interest.
    fn cares(&self, topic: Topic) -> bool;
    /// It happened.
    fn saw(&self, event: &Event);
}

/// Somewhere that something can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What people call it: `kitchen`.
    pub name: String,
    /// Somebody speaks there, or is answered.
    pub busy: bool,
}

/// Who speaks at some places: satellites, microphones with a loudspeaker. What
/// is said is queued before this; one thing at a time comes for each place.
#[async_trait]
pub trait Announcer: Send + Sync + std::fmt::Debug {
    /// The places that are there now.
    fn places(&self) -> Vec<Place>;
    /// Changes whenever those may be others, or be busy no more.
    fn news(&self) -> watch::Receiver<u64>;
    /// Says `text` at `place` between two exchanges; whether it was played to
    /// its end, or somebody cut it off, which is as good. Ends in any case: a
    /// place that goes away has not said it.
    async fn say(&self, place: &str, text: &str) -> bool;
}

/// A herald of nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Herald for Nowhere {
    fn announce(&self, _: Announcement) {}
}

impl Matter {
    /// Every matter, by its name in the settings.
    pub const ALL: [(&'static str, Self); 7] = [
        ("node", Self::Node),
        ("quorum", Self::Quorum),
        ("operation", Self::Operation),
        ("heat", Self::Heat),
        ("timer", Self::Timer),
        ("scheduled", Self::Scheduled),
        ("message", Self::Message),
    ];

    /// How much it matters where the settings say nothing of it.
    #[must_use]
    pub const fn priority(self) -> Priority {
        match self {
            Self::Quorum | Self::Heat => Priority::Urgent,
            Self::Node | Self::Operation | Self::Timer | Self::Scheduled | Self::Message => {
                Priority::Normal
            }
        }
    }
}
