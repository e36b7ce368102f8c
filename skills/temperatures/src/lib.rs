//! The temperatures skill: how hot a node is and was, all of them, and the
//! hottest.
//!
//! It only reads, and only what the host gathers; nothing here knows how a
//! node is asked.

use jarvis_skill::{Clock, Error, Inventory, Reply, Request, Sensors, speak};

mod package;
mod past;
mod speech;
mod survey;
#[cfg(test)]
mod tests;

/// Answers one command.
pub fn invoke(
    host: &(impl Inventory + Sensors + Clock),
    request: &Request,
) -> Result<Reply, Error> {
    speak(&request.locale);
    match request.command.as_str() {
        "node" => {
            let name: String = request.argument("node")?;
            speech::one(&survey::one(host, &name)?)
        }
        "all" => speech::all(&survey::all(host, request)?),
        "past" => {
            let name: String = request.argument("node")?;
            past::answer(host, &name)
        }
        "hottest" => speech::hottest(&survey::all(host, request)?),
        _ => Err(request.unknown_command()),
    }
}

jarvis_skill::export!(invoke);
