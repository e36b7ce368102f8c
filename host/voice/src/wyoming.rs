//! The Wyoming protocol, version 1.10: how engines are spoken to, our own in
//! children over their standard input and output, others by `tcp://` and
//! `unix://`.
//!
//! It has no passwords and no encryption, so that a remote engine belongs on
//! loopback or in a network of one's own. Nothing that a peer sends is kept
//! without a limit, and nothing is waited for without one.

mod address;
mod announce;
mod client;
mod connection;
mod decoder;
mod desk;
mod door;
mod error;
mod hub;
mod incoming;
mod info;
mod judge;
mod message;
mod reading;
mod room;
mod server;
mod steady;

pub use address::{Address, BadAddress};
pub use announce::Announced;
pub(crate) use client::describe_over;
pub use client::{Detection, Hearing, Speaking, Waking, describe};
pub use connection::{Connection, Remote, Service};
pub use decoder::{Decoder, Limits, WireError};
pub use desk::{Desk, DeskParts, Handled, Handler, WakeWords};
pub use door::{BadNetwork, Door, Network, may_enter};
pub(crate) use error::PEER_ROWS;
pub use error::PeerError;
pub use hub::{FarSink, Satellite};
pub use info::{Artifact, Attribution, Info, Program};
pub use judge::Judge;
pub(crate) use message::STREAM;
pub use message::{Message, Sound};
pub use room::{Room, RoomParts};
pub use server::{Engine, Held, Replies, serve};
pub(crate) use steady::Steady;

#[cfg(test)]
mod tests;
