//! The embedded store: audit, runs, journal of operations, key-value, queues
//! of events. One writer holds the lock.
//!
//! This room implements the ports of [`jarvis_domain`] that remember something:
//! [`AuditLog`](jarvis_domain::audit::AuditLog), [`Runs`](jarvis_domain::run::Runs),
//! [`Records`](jarvis_domain::records::Records),
//! [`Journal`](jarvis_domain::operation::Journal),
//! [`KeyValue`](jarvis_domain::kv::KeyValue),
//! [`Registry`](jarvis_domain::registry::Registry),
//! [`Schedule`](jarvis_domain::schedule::Schedule) and
//! [`EventQueue`](jarvis_domain::event::EventQueue). It knows no cluster, no skill and
//! no policy: it writes down what it is given.
//!
//! ```
//! use std::sync::Arc;
//!
//! use jarvis_domain::SystemClock;
//! use jarvis_state::State;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let root = tempfile::tempdir()?;
//! # let folder = root.path();
//! let state = State::open(folder, Arc::new(SystemClock))?;
//! let audit = state.audit();
//! drop((audit, state));
//! let found = jarvis_state::verify(folder)?;
//! assert!(jarvis_state::check(&found).is_ok());
//! # Ok(())
//! # }
//! ```
#![doc = include_str!("docs/format.md")]

pub mod audit;
mod decisions;
mod error;
pub mod events;
mod exchanges;
mod folder;
mod head;
mod journal;
mod key_value;
mod registry;
mod runs;
mod schedule;
mod skill_logs;
mod state;
mod store;
mod tables;

pub use audit::{Filter, Page, Unanswered, check, read, verify};
pub use error::{ROWS, StateError};
pub use head::Head;
pub use state::State;

/// The name of the database below the state folder.
pub const DATABASE_FILE: &str = "state.redb";
