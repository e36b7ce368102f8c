//! What happens, told to whoever listens at `/ws/events`: how things stand,
//! then each change of it and each event, in one order with one number each.
//!
//! Nothing is kept for a single listener. Messages stand in one ring; each
//! listener has a place in it, and whoever falls out of it is told how many
//! messages they missed, and gets everything anew. So a slow one slows nobody,
//! and one that comes back goes on where it was, while that is still there.

mod change;
mod error;
mod hub;
mod message;
mod ring;
mod socket;
mod tap;

pub(crate) use error::ROWS;
pub use hub::{FeedSite, Hub};
pub(crate) use message::Since;
pub(crate) use socket::{config, serve};
pub use tap::Tap;
