//! The control socket: how the command line reaches a running host.
//!
//! A Unix socket of mode 0660. Who calls is read off the socket
//! (`SO_PEERCRED`), never off what they send.

mod client;
mod crowd;
mod line;
mod server;

pub use client::Client;
pub use line::MAX_LINE;
pub use server::{Admission, Listener, RoleOf, serve};
