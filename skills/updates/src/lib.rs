//! The updates skill: which package updates wait on the nodes, installing
//! them, and whether a reboot is due.
//!
//! It never removes what Proxmox is made of, starts no second installation
//! beside a first, and says that something is installed only after it has read
//! so.

use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, Error, Inventory, Item, NodeShell, Reply, Request, say, speak,
};

mod install;
mod node;
mod pending;
mod reboot;
mod refresh;
mod report;
mod simulation;
#[cfg(test)]
mod tests;

/// Answers one command.
pub fn invoke(
    host: &(impl Inventory + ClusterRead + ClusterWrite + NodeShell + Clock),
    request: &Request,
) -> Result<Reply, Error> {
    speak(&request.locale);
    match request.command.as_str() {
        "pending" => pending::answer(host, request, &chosen(host, request)?),
        "reboot-needed" => reboot::answer(host, request, &chosen(host, request)?),
        "refresh" => refresh::answer(host, request, &chosen(host, request)?),
        "install" => {
            let node: String = request.argument("node")?;
            install::answer(host, request, &[host.find_one("node", &node)?])
        }
        "install-all" => install::answer(host, request, &all(host)?),
        _ => Err(request.unknown_command()),
    }
}

/// The node that the request names, or all.
fn chosen(host: &impl Inventory, request: &Request) -> Result<Vec<Item>, Error> {
    match request.optional::<String>("node")? {
        Some(node) => Ok(vec![host.find_one("node", &node)?]),
        None => all(host),
    }
}

fn all(host: &impl Inventory) -> Result<Vec<Item>, Error> {
    let nodes = host.find_all("node", None)?.items;
    if nodes.is_empty() {
        return Err(Error::NotFound(say!(
            en: "There is no node that I may see.",
            de: "Es ist kein Knoten zu sehen.",
        )));
    }
    Ok(nodes)
}

jarvis_skill::export!(invoke);
