//! Terminals: a node's shell, a container, a VM's serial port, over a
//! WebSocket. This room owns the pseudo-terminal and starts in it the one
//! command line that `cluster` handed out against a permit; a console that
//! runs elsewhere comes the same way.
//!
//! What is shown goes as binary frames, and so do keys; all else is JSON in
//! text frames (`wire`). [`serve`] is one socket, a [`Terminals`] all there is.
//! A terminal outlives its socket for a while, so that its owner finds it
//! again after a drop.

mod error;
mod far;
mod keys;
mod output;
mod pace;
mod places;
mod processes;
mod program;
mod request;
mod session;
mod socket;
mod supervise;
mod terminals;
mod wire;

pub(crate) use error::ROWS;
pub use request::{TerminalQuery, TerminalRequest, TerminalWanted};
pub use socket::{MAX_FRAME, MAX_MESSAGE, serve};
pub use terminals::{TerminalParts, TerminalSite, Terminals};

#[cfg(test)]
mod tests;
