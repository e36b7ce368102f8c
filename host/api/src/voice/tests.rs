//! Voice over a real WebSocket, with a played conversation behind it and a
//! clock that the tests move.

mod bad;
mod life;
mod parrot;
mod rig;
mod talk;
