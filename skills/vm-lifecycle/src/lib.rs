//! The vm-lifecycle skill: starts, stops and looks at virtual machines and
//! containers.
//!
//! It asks before it writes, waits for what it started, and says what Proxmox
//! said. It judges no rights and asks no questions back: the host does.

use jarvis_skill::{Clock, ClusterRead, ClusterWrite, Error, Inventory, Reply, Request, speak};

mod action;
mod guest;
mod list;
mod report;
mod snapshot;
mod status;
#[cfg(test)]
mod tests;
mod work;

use action::Action;

/// Answers one command.
pub fn invoke(
    host: &(impl Inventory + ClusterRead + ClusterWrite + Clock),
    request: &Request,
) -> Result<Reply, Error> {
    speak(&request.locale);
    match request.command.as_str() {
        "list" => list::answer(host, request),
        "status" => status::answer(host, request),
        command => match command.strip_suffix("-tagged") {
            Some(command) => {
                let action = action(command, host, request)?;
                work::on_tagged(host, request, &action)
            }
            None => {
                let action = action(command, host, request)?;
                work::on_one(host, request, &action)
            }
        },
    }
}

fn action(command: &str, clock: &impl Clock, request: &Request) -> Result<Action, Error> {
    Ok(match command {
        "start" => Action::Start,
        "shut-down" => Action::ShutDown,
        "force-stop" => Action::ForceStop,
        "reboot" => Action::Reboot,
        "suspend" => Action::Suspend,
        "resume" => Action::Resume,
        "snapshot" => Action::Snapshot(snapshot::name(clock, request)?),
        _ => return Err(request.unknown_command()),
    })
}

jarvis_skill::export!(invoke);
