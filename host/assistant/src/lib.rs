//! Words in, reply out: which command, which arguments, and the dialogue
//! around them.
//!
//! Knows no sound and no HTTP, and runs nothing itself: whatever words turn
//! out to mean goes to the skill host's one `invoke`. A [`Conversation`] holds
//! what is open between two sentences; who keeps it, keeps the dialogue.

mod announce;
mod answers;
mod assistant;
mod conversation;
mod dialogue;
mod error;
mod follow;
mod orders;
mod place;
mod plain;
mod several;
mod talk;
mod talking;
mod tell;
#[cfg(test)]
mod testing;
mod times;

pub use announce::{AnnounceError, AnnouncementParts, Announcements, Prospect, Quiet, Rules};
pub use assistant::{Assistant, Heard, Said, Understood};
pub use conversation::Conversation;
pub use error::AssistantError;
pub use talk::{History, Talker, Told};
pub use tell::tell_run;

use jarvis_domain::Row;

/// The rows of this room.
#[must_use]
pub fn rows() -> Vec<&'static Row> {
    [error::ROWS, announce::ANNOUNCE_ROWS].concat()
}
