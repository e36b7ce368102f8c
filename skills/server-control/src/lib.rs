//! The server-control skill: the cluster, its nodes, storages and tasks; nodes
//! rebooted, shut down and woken.
//!
//! What it means that a node goes away, for guests, quorum and jarvis itself,
//! the host says in its question; the skill decides the order and waits. Of
//! guests it only knows how many run where.

use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, Error, Inventory, Reply, Request, Sensors, speak,
};

mod cluster;
mod lenient;
mod node;
mod nodes;
mod power;
mod reach;
mod storage;
mod tasks;
#[cfg(test)]
mod tests;

use power::Action;

/// Answers one command.
pub fn invoke(
    host: &(impl Inventory + ClusterRead + ClusterWrite + Sensors + Clock),
    request: &Request,
) -> Result<Reply, Error> {
    speak(&request.locale);
    match request.command.as_str() {
        "cluster" => cluster::status(host),
        "quorum" => cluster::quorum(host),
        "nodes" => nodes::answer(host),
        "node" => node::answer(host, request),
        "storage" => storage::answer(host, request),
        "tasks" => tasks::answer(host, request),
        "reachable" => reach::answer(host, request),
        command => {
            let (command, all) = match command.strip_suffix("-all") {
                Some(command) => (command, true),
                None => (command, false),
            };
            let action = match command {
                "reboot" => Action::Reboot,
                "shut-down" => Action::ShutDown,
                "wake" => Action::Wake,
                _ => return Err(request.unknown_command()),
            };
            if all {
                power::on_all(host, request, action)
            } else {
                power::on_one(host, request, action)
            }
        }
    }
}

jarvis_skill::export!(invoke);
