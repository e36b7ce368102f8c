//! The API over real connections, on a skill host with the shipped skills and
//! a cluster in memory.

mod actions;
mod announcements;
mod client;
mod contract;
mod described;
mod gone;
mod hostile;
mod identity;
mod microphones;
mod schema;
mod sockets;
mod stage;
mod timers;
mod turnstile;
mod who;
mod wire;

use client::{Answer, Call};
use stage::Stage;
