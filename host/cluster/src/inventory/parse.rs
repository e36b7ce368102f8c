//! From `/cluster/resources` and `/cluster/status` to a snapshot.
//!
//! Proxmox keeps what it last heard of a guest for up to five minutes after
//! its node has died, so a guest is judged together with its node. Entries
//! that cannot be read are left out and noted, never fatal.

use std::collections::BTreeMap;

use jarvis_domain::inventory::{Guest, GuestKind, GuestState, Node, NodeState, Snapshot, Storage};
use jarvis_domain::{ClusterId, NodeName, Timestamp, Vmid};
use serde_json::Value;

use crate::ClusterError;
use crate::lenient::{count, field, flag, number, text};

/// The snapshot that both answers make up.
pub(super) fn snapshot(
    cluster: &ClusterId,
    as_of: Timestamp,
    resources: &Value,
    status: &Value,
) -> Result<Snapshot, ClusterError> {
    let resources = list("get /cluster/resources", resources)?;
    let status = list("get /cluster/status", status)?;
    let quorate = of_type(status, "cluster").find_map(|entry| flag(field(entry, "quorate")));
    let nodes = nodes(resources, status);
    let guests = guests(resources, &nodes);
    let storages = storages(resources);
    let nodes = nodes.into_values().collect();
    Ok(Snapshot { cluster: cluster.clone(), as_of, quorate, nodes, guests, storages })
}

fn list<'a>(what: &str, value: &'a Value) -> Result<&'a [Value], ClusterError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| ClusterError::Garbled {
        what: what.to_owned(),
        why: "it is not a list".to_owned(),
    })
}

fn of_type<'a>(entries: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    entries.iter().filter(move |entry| text(entry, "type") == Some(kind))
}

fn nodes(resources: &[Value], status: &[Value]) -> BTreeMap<NodeName, Node> {
    let mut nodes = BTreeMap::new();
    for entry in of_type(resources, "node") {
        let Some(name) = node_name(entry, "node") else { continue };
        let state = match text(entry, "status") {
            Some("online") => NodeState::Online,
            Some("offline") => NodeState::Offline,
            _ => NodeState::Unknown,
        };
        nodes.insert(name.clone(), node(name, state, entry));
    }
    for entry in of_type(status, "node") {
        let Some(name) = node_name(entry, "name") else { continue };
        let fresh = node(name.clone(), NodeState::Unknown, &Value::Null);
        let known = nodes.entry(name).or_insert(fresh);
        // 0 stands for a machine without a cluster.
        known.id = count(field(entry, "nodeid"))
            .and_then(|id| u32::try_from(id).ok())
            .filter(|id| *id > 0);
        known.address = text(entry, "ip").map(str::to_owned);
        known.local = flag(field(entry, "local")).unwrap_or_default();
        // corosync knows within seconds; the other source may lag.
        match flag(field(entry, "online")) {
            Some(true) => known.state = NodeState::Online,
            Some(false) => known.state = NodeState::Offline,
            None => {}
        }
    }
    nodes
}

fn node(name: NodeName, state: NodeState, entry: &Value) -> Node {
    Node {
        cpu: share(entry),
        cpus: count(field(entry, "maxcpu")).and_then(|cpus| u32::try_from(cpus).ok()),
        memory: count(field(entry, "mem")),
        memory_total: count(field(entry, "maxmem")),
        uptime: count(field(entry, "uptime")),
        ..Node::new(name, state)
    }
}

fn guests(resources: &[Value], nodes: &BTreeMap<NodeName, Node>) -> Vec<Guest> {
    let mut guests = BTreeMap::new();
    for entry in resources {
        let kind = match text(entry, "type") {
            Some("qemu") => GuestKind::Vm,
            Some("lxc") => GuestKind::Container,
            _ => continue,
        };
        let vmid = count(field(entry, "vmid"))
            .and_then(|number| u32::try_from(number).ok())
            .and_then(|number| Vmid::try_from(number).ok());
        let (Some(vmid), Some(node)) = (vmid, node_name(entry, "node")) else {
            tracing::debug!(%entry, "left out a guest that cannot be read");
            continue;
        };
        let online = nodes.get(&node).is_some_and(|node| node.state == NodeState::Online);
        let state = match text(entry, "status") {
            _ if !online => GuestState::Unknown,
            Some("running") => GuestState::Running,
            Some("stopped") => GuestState::Stopped,
            Some("paused" | "suspended") => GuestState::Paused,
            _ => GuestState::Unknown,
        };
        guests.insert(vmid, guest(vmid, kind, node, state, entry));
    }
    guests.into_values().collect()
}

fn guest(vmid: Vmid, kind: GuestKind, node: NodeName, state: GuestState, entry: &Value) -> Guest {
    let owned = |name| text(entry, name).map(str::to_owned);
    Guest {
        name: owned("name").unwrap_or_default(),
        template: flag(field(entry, "template")).unwrap_or_default(),
        tags: tags(text(entry, "tags").unwrap_or_default()),
        lock: owned("lock"),
        ha: owned("hastate"),
        cpu: share(entry),
        memory: count(field(entry, "mem")),
        memory_total: count(field(entry, "maxmem")),
        uptime: count(field(entry, "uptime")),
        ..Guest::new(vmid, kind, node, state)
    }
}

fn storages(resources: &[Value]) -> Vec<Storage> {
    let mut storages: BTreeMap<(String, Option<NodeName>), Storage> = BTreeMap::new();
    for entry in of_type(resources, "storage") {
        let (Some(name), Some(node)) = (text(entry, "storage"), node_name(entry, "node")) else {
            continue;
        };
        let shared = flag(field(entry, "shared")).unwrap_or_default();
        let storage = Storage {
            name: name.to_owned(),
            node: (!shared).then_some(node),
            kind: text(entry, "plugintype").unwrap_or_default().to_owned(),
            available: text(entry, "status") == Some("available"),
            used: count(field(entry, "disk")),
            total: count(field(entry, "maxdisk")),
        };
        // A shared one comes once for each node; a node that sees it says more
        // than one that does not.
        let known = storages.entry((storage.name.clone(), storage.node.clone()));
        let known = known.or_insert_with(|| storage.clone());
        if storage.available && !known.available {
            *known = storage;
        }
    }
    storages.into_values().collect()
}

fn node_name(entry: &Value, name: &str) -> Option<NodeName> {
    text(entry, name)?.parse().ok()
}

/// The used share of processors: containers come slightly below 0, and a
/// guest can be counted a little above all that it has.
fn share(entry: &Value) -> Option<f64> {
    number(field(entry, "cpu")).map(|share| share.clamp(0.0, 1.0))
}

/// Proxmox 8 and later writes `;`; older ones and people write `,` and spaces.
fn tags(text: &str) -> Vec<String> {
    text.split([';', ',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
