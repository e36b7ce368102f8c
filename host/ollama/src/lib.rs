//! A language model by [Ollama](https://github.com/ollama/ollama/blob/main/docs/api.md):
//! chats that are read line by line as they are said, which models there are,
//! what they are able to do, and their being fetched.
//!
//! The client is our own. Of ollama-rs 0.3.6 the chat stream loses tool calls
//! and characters that are split between two packets, takes an error in the
//! middle for an end, and panics; its lists and pulls are kept whole in memory
//! however long they are, and nothing of it has a time-out.
//!
//! Nothing is read without a limit or waited for without an end
//! ([`lines`], [`Patience`]). Dropping a chat closes its connection, by which
//! Ollama stops.

mod address;
mod chat;
mod client;
mod connection;
mod error;
mod lines;
mod models;
mod wire;

pub use address::{Address, BadAddress};
pub use client::{KeepAlive, Ollama, OllamaSettings, Patience};
pub use error::{OllamaError, ROWS};
