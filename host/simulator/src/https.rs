//! The HTTPS API: pveproxy of each node, on ports of the loopback address.
//!
//! What the methods do is `api`'s, who may call them `access`'. Left out is
//! what no client of ours meets: the pages, other formats than JSON, uploads.

mod answer;
mod ask;
mod caller;
mod connection;
mod doors;
mod handle;
mod identity;
mod trouble;
mod upgrade;

pub(crate) use doors::Doors;
pub(crate) use identity::{Authority, Identity};

#[cfg(test)]
mod tests;
