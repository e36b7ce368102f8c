//! Loads skills and runs them: engine, catalog, and the one invoke with its
//! confirmation. Knows no Proxmox.
//!
//! A [`Catalog`] is loaded with a [`SkillEngine`] and handed to a
//! [`SkillHost`], which is the only way to run a command. What a skill asks of
//! the cluster passes `host::enforce`, and nothing else.

pub mod arguments;
mod bindings;
mod call;
pub mod catalog;
mod check;
pub mod confirm;
pub mod engine;
pub mod error;
pub mod events;
pub mod folder;
mod guest;
mod host;
pub mod invoke;
mod knowledge;
pub mod manifest;
mod meter;
mod metrics;
mod outcome;
pub mod parameter;
mod ports;
mod record;
pub mod reload;
pub mod schedule;
mod session;
mod skill_log;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use catalog::{Allowances, Catalog};
pub use check::{Checked, check_folder};
pub use confirm::{Asker, ConfirmAnswer, ConfirmError};
pub use engine::SkillEngine;
pub use error::{EngineError, Excess, InvokeError};
pub use events::Deliveries;
pub use folder::skill_folders;
pub use invoke::{ForLater, HostParts, Site, SkillHost, Tried};
pub use knowledge::Understanding;
pub use ports::Ports;
pub use reload::{Reloader, ReloaderParts};
pub use schedule::{TimerError, TimerOrder, TimerParts, Timers, When, Why};

use jarvis_domain::Row;

/// The rows of this room's errors.
#[must_use]
pub fn rows() -> Vec<&'static Row> {
    let tables = [
        error::INVOKE_ROWS,
        error::EXCESS_ROWS,
        confirm::CONFIRM_ROWS,
        catalog::LOAD_ROWS,
        arguments::ARGUMENT_ROWS,
        folder::FOLDER_ROWS,
        reload::RELOAD_ROWS,
        schedule::TIMER_ROWS,
    ];
    tables.concat()
}
