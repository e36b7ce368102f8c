//! SSH: a real sshd for each node, on ports of the loopback address, whose
//! only command is the node's shell.
//!
//! Each connection has an sshd of its own (`sshd -i`), and passes through this
//! process. So nothing listens once this process is gone, a connection can be
//! cut or left silent, and every sshd ends with what it reads from.

mod command;
mod connection;
mod doors;
mod keys;
mod program;
mod words;

pub(crate) use command::run;
pub(crate) use doors::{Opening, SshDoors};
pub(crate) use words::{list, only};

#[cfg(test)]
mod tests;
