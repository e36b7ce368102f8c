//! Terminals as their clients meet them: a real WebSocket client, a real
//! server on the loopback address, and a real pseudo-terminal.

mod bad;
mod end;
mod flow;
mod life;
mod opening;
mod rig;
mod talk;
