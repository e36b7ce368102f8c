//! How much harm a call does, who may cause it, and what to call it.
//!
//! One table for the API (`api` and its rows) and one for programs (`program`). What
//! they do not name is destructive and for admins (house rule 3); so is a
//! named call with a field that its row does not name.

mod api;
mod bulk_rows;
mod fields;
mod guest_rows;
mod node_rows;
mod program;
mod read_rows;

use jarvis_domain::{Call, Risk, Role};

pub(crate) use api::{captures, said};
pub use program::PROGRAMS;

/// What it costs to reboot a node. Where the cluster's contents are at hand,
/// [`crate::describe`] says it in more exact words; so of the next.
pub(crate) const NODE_AWAY: &str = "every guest on it is interrupted";
/// What it costs to shut a node down.
pub(crate) const NODE_OFF: &str = "every guest on it is interrupted, and it stays off";

/// A rated call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    /// What it does.
    pub risk: Risk,
    /// Who may cause it at least.
    pub role: Role,
    /// What it is called.
    pub effect: Effect,
    /// Whether it becomes an operation: a task of Proxmox or a program that
    /// runs on. False where the answer is there at once.
    pub task: bool,
}

/// What a call does, in words with places to fill: `{guest}`, `{node}`, or the
/// name of a path's variable or of a field. [`crate::describe`] fills them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// For a question: `shut down {guest}`.
    pub does: &'static str,
    /// For a notice: `shutting down {guest}`.
    pub doing: &'static str,
    /// What may be lost by it, where that is not plain from the words.
    pub cost: Option<&'static str>,
    /// Whether a table names the call.
    pub known: bool,
    /// Whether the words leave out nothing that a program is passed.
    pub whole: bool,
}

/// Rates `call` by the tables.
#[must_use]
pub fn rate(call: &Call) -> Rated {
    match call {
        Call::Api(call) => api::rate(call),
        Call::Shell(call) => program::rate(call),
    }
}

impl Rated {
    /// What no table names.
    const UNNAMED: Self = Self {
        risk: Risk::Destructive,
        role: Role::Admin,
        effect: Effect {
            does: "do something that jarvis has no words for",
            doing: "doing something that jarvis has no words for",
            cost: None,
            known: false,
            whole: false,
        },
        task: true,
    };
}

/// Every text of the tables that people are told, but for what is going on.
#[cfg(test)]
pub(crate) fn texts() -> Vec<&'static str> {
    let rows = api::rows().flat_map(|row| {
        let raised = row.raises.iter().filter_map(|raise| raise.cost);
        [Some(row.does), row.cost].into_iter().flatten().chain(raised)
    });
    rows.chain(program::texts()).collect()
}

#[cfg(test)]
mod tests;
