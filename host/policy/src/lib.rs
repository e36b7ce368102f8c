//! Grants, roles, the rating of calls, plans and permits. Decides; no I/O.
//!
//! A skill's call goes one way: [`decide`] checks it against what may never
//! be granted, the two halves of the skill's grant, the command's declared
//! risk, the caller's role and, in a real run of a destructive command, the
//! plan that a person said yes to. Only then is there a [`Permit`].
//! Terminals go by [`decide_console`]; no skill has any part in them.
//! [`confirm`] says whose yes counts; [`describe`] says what a call does, in
//! the words of a question.

pub mod capability;
pub mod confirm;
pub mod console;
pub mod decide;
pub mod denial;
pub mod describe;
mod forbidden;
pub mod grant;
pub mod pattern;
pub mod permit;
pub mod plan;
pub mod port;
pub mod rating;
pub mod repeat;
#[cfg(test)]
mod sample;
mod shape;

#[cfg(test)]
mod properties;

pub use capability::Capability;
pub use confirm::{Answerer, Asked, Lowering};
pub use console::{ConsolePermit, ConsoleRule, decide_console};
pub use decide::{Decision, Phase, Right, admit, decide};
pub use denial::{Denial, ROWS};
pub use describe::{describe, describe_all, describe_all_in, describe_doing, describe_doing_in};
pub use grant::{Form, Grant, GrantSet};
pub use pattern::{ArgvPattern, PathPattern};
pub use permit::Permit;
pub use plan::PlanRest;
pub use rating::{Rated, rate};
pub use repeat::to_repeat;
