//! The Proxmox cluster: its reads, its operations, its inventory and its
//! sensors, by way of the `pvesh` program or of the HTTPS API.
//!
//! Nothing else starts `pvesh`, `ssh` or a node's programs: everything passes
//! the [`Launcher`]. What writes or opens a shell takes a `Permit`, which only
//! policy makes; this room decides nothing about who may do what. It knows no
//! skill, no sentence, and HTTP only as Proxmox's API.
//!
//! [`Cluster`] is the one thing the binary wires: it implements every port.

mod access;
mod accounts;
mod api;
mod circuit;
mod cluster;
mod console;
mod error;
mod inventory;
mod launch;
mod launcher;
mod lenient;
mod operations;
mod pvesh;
mod reach;
mod sensors;
mod settings;
mod shell;
mod slots;
mod ssh;
#[cfg(test)]
mod testing;
mod updates;

pub use api::{
    ApiError, ApiSettings, BadApiSetting, Credential, Endpoint, Fingerprint, SecretText, TokenId,
    Trust, UserId,
};
pub use cluster::Cluster;
pub use console::ConsoleError;
pub use error::{ClusterError, ROWS};
pub use launcher::Launcher;
pub use settings::{Access, ClusterSettings, Thermals, Timeouts};
pub use ssh::{BadSshSetting, SshAddress, SshError, SshSettings, Verify};
