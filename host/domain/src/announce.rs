//! What the host has to say by itself, and who passes it on.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

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
