//! Who is at the door: sign-ins, tokens, keys, roles, and what slows down who
//! guesses.
//!
//! [`Gate`] implements `domain::identity::Identity` for the doors. It knows no
//! HTTP. Whether a password is right is for whoever keeps it to say:
//! [`PamPasswords`] here, the room of the cluster for Proxmox's own, and
//! [`DemoPasswords`] for a demo.

mod crypto;
mod demo;
mod error;
mod gate;
mod keyring;
mod pam;
mod random;
mod roles;
mod throttle;
mod tickets;
mod token;

pub use demo::DemoPasswords;
pub use error::{AuthError, ROWS};
pub use gate::{Gate, GateParts, Padding};
pub use keyring::Keyring;
pub use pam::{PamPasswords, PamSettings, check_password};
pub use roles::Roles;
