//! A Proxmox cluster in memory behind the same front doors as a real one: a
//! `pvesh` program, the HTTPS API, and nodes' shells, over SSH too.
//!
//! It knows nothing of the code that talks to real clusters: whatever the two
//! agree on, they agree on because both follow Proxmox.
//!
//! The binary's doors:
//! - [`serve`]`(`[`ServeOptions`]`)` is the process that holds the cluster;
//! - [`pvesh`]`(socket, argv)` is the `pvesh` program, an exit code;
//! - [`shell`]`(socket, node, argv)` is a node's shell, an exit code, to talk
//!   with where standard input is a terminal, and
//!   [`shell_over_ssh`] the same for an sshd;
//! - [`fault`]`(socket, `[`Fault::parse`]`(words)?)` makes things go wrong.
//!
//! [`Simulator`] is the same without a socket, for tests.

mod access;
mod api;
mod apt;
mod base64;
mod client;
mod cluster;
mod engine;
mod error;
mod fault;
mod guest;
mod https;
mod lab;
mod living;
mod node;
mod pvesh;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod schema;
mod sensors;
mod server;
mod shell;
mod sink;
mod somebody;
mod ssh;
mod storage;
mod talk;
mod task;
mod terminal;
mod truth;
mod wire;
mod worker;

pub use access::{ACT_TOKEN, BARE_TOKEN, PASSWORD, READ_TOKEN, ROOT_TOKEN};
pub use apt::AptTrouble;
pub use client::{fault, pvesh, shell, shell_over_ssh};
pub use cluster::Timing;
pub use error::{ROWS, SimulatorError};
pub use fault::{BadFault, DoorTrouble, FAULTS, Fault, SshTrouble};
pub use server::{ServeOptions, SshOptions, serve};
pub use somebody::Deed;

/// The variable that names the socket where no option does.
pub const SOCKET_VARIABLE: &str = "JARVIS_SIMULATOR";
