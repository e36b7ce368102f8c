//! What a skill can ask of the host, one file a capability. Each has the same
//! shape: settings parsed, grant checked, host function, and tests without any
//! WebAssembly. Deciding on calls of the cluster is `enforce`'s alone.

pub(crate) mod cluster_read;
pub(crate) mod cluster_write;
pub(crate) mod config;
pub(crate) mod enforce;
pub(crate) mod inventory;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod node_shell;
pub(crate) mod operations;
pub(crate) mod page;
mod refusal;
pub(crate) mod sensors;
mod start;

pub(crate) use refusal::{Refusal, Stop};
