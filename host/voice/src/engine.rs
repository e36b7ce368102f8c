//! Engines in children of our own program: a crash is one error and a restart,
//! a cancel is a kill.
//!
//! [`Supervisor`] keeps one child of an engine warm, [`SharedEngine`] some for many streams;
//! [`run`] is what the child does.

mod child;
mod keeper;
mod lease;
mod many;
mod named;
mod roster;
mod shared;
mod supervisor;

pub use child::run;
pub(crate) use lease::Lease;
pub use named::run_named;
pub use roster::engines;
pub use shared::SharedEngine;
pub use supervisor::{EngineSettings, Supervisor};
