//! Words in, reply out: which command, which arguments, and the dialogue
//! around them.
//!
//! Knows no sound and no HTTP, and runs nothing itself: whatever words turn
//! out to mean goes to the skill host's one `invoke`. A [`Conversation`] holds
//! what is open between two sentences; who keeps it, keeps the dialogue.

mod answers;
mod assistant;
mod conversation;
mod dialogue;
mod error;
mod follow;
mod place;
mod several;
mod talk;
mod talking;
mod tell;
#[cfg(test)]
mod testing;

pub use assistant::{Assistant, Heard, Said, Understood};
pub use conversation::Conversation;
pub use error::{AssistantError, ROWS};
pub use talk::{History, Talker, Told};
pub use tell::tell_run;
