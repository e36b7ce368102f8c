//! Grants, roles, the rating of calls, plans and permits. Decides; no I/O.

pub mod permit;
pub mod port;

pub use permit::Permit;
