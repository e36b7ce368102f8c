//! What nodes and guests show of themselves: the objects of the lists and of
//! the status calls. Through `pvesh` a rate needs two samples in one process,
//! so `cpu` is 0 everywhere but in what pvestatd has told the cluster.

use jarvis_domain::Timestamp;
use serde_json::{Value, json};

use crate::cluster::{Cluster, Version};
use crate::guest::{Guest, Kind, Power};
use crate::living::{hash, mix, part, settled, wave};
use crate::node::Node;
use crate::task::insert;

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Counted just now, in this process: rates are 0.
    Here,
    /// What pvestatd told the cluster.
    Pvestatd,
}

/// How much of its processors a guest uses, 0 to 1.
pub(crate) fn guest_cpu(guest: &Guest, now: Timestamp) -> f64 {
    match guest.power {
        Power::Running => round(0.01 + 0.3 * wave(seed(guest), settled(now))),
        Power::Paused | Power::Stopped => 0.0,
    }
}

/// How much memory a guest uses, bytes.
pub(crate) fn guest_memory(guest: &Guest, now: Timestamp) -> u64 {
    match guest.power {
        Power::Stopped => 0,
        _ => part(guest.memory, 0.25 + 0.4 * wave(seed(guest) >> 8, settled(now))),
    }
}

/// How much of its processors a node uses, 0 to 1.
pub(crate) fn node_cpu(node: &Node, now: Timestamp) -> f64 {
    round(0.03 + 0.25 * wave(hash(node.name.as_str()), settled(now)))
}

/// How much memory a node uses, bytes: its guests', and its own.
pub(crate) fn node_memory(cluster: &Cluster, node: &Node, now: Timestamp) -> u64 {
    let guests: u64 = cluster.guests_on(&node.name).map(|guest| guest_memory(guest, now)).sum();
    (guests + (3 << 29)).min(node.hardware.memory / 20 * 19)
}

/// How full a node's root file system is, bytes.
pub(crate) fn node_disk(node: &Node) -> u64 {
    part(node.hardware.disk, 0.12 + 0.03 * f64::from(node.id % 8))
}

/// The figures of a guest that every list shares.
pub(crate) fn guest_counters(guest: &Guest, now: Timestamp, from: From) -> Value {
    let uptime = guest.uptime(now);
    let bytes = |step: u64, rate: u64| match guest.power {
        Power::Stopped => 0,
        _ => uptime * rate + mix(seed(guest), step) % 100_000,
    };
    let disk = match guest.kind {
        // Nobody looks inside a VM's disk.
        Kind::Qemu => 0,
        Kind::Lxc => part(guest.disk, 0.35),
    };
    let cpu = match from {
        From::Here => json!(0),
        From::Pvestatd => json!(guest_cpu(guest, now)),
    };
    json!({
        "vmid": guest.vmid.get(),
        "name": guest.name,
        "cpu": cpu,
        "mem": guest_memory(guest, now),
        "maxmem": guest.memory,
        "disk": disk,
        "maxdisk": guest.disk,
        "uptime": uptime,
        "netin": bytes(1, 900),
        "netout": bytes(2, 400),
        "diskread": bytes(3, 1500),
        "diskwrite": bytes(4, 2600),
    })
}

/// `/nodes/{node}/qemu` and `/lxc`, and the base of `status/current`.
pub(crate) fn guest_here(guest: &Guest, version: Version, now: Timestamp) -> Value {
    let mut value = guest_counters(guest, now, From::Here);
    insert(&mut value, "status", json!(guest.power.status()));
    insert(&mut value, "cpus", json!(guest.cores));
    let running = guest.power != Power::Stopped;
    if running {
        insert(&mut value, "pid", json!(1000 + u64::from(guest.vmid.get()) * 7));
    }
    match guest.kind {
        Kind::Lxc => {
            insert(&mut value, "type", json!("lxc"));
            insert(&mut value, "swap", json!(0));
            insert(&mut value, "maxswap", json!(guest.memory / 2));
        }
        Kind::Qemu if version == Version::V9_2 => {
            insert(&mut value, "memhost", json!(guest_memory(guest, now) / 10 * 11));
        }
        Kind::Qemu => {}
    }
    if running && version == Version::V9_2 {
        // Numbers for a VM, texts for a container.
        let none = if guest.kind == Kind::Lxc { json!("0.00") } else { json!(0) };
        for key in ["cpu", "io", "memory"] {
            insert(&mut value, &format!("pressure{key}some"), none.clone());
            insert(&mut value, &format!("pressure{key}full"), none.clone());
        }
    }
    traits(guest, &mut value);
    value
}

/// What is there only when it is so.
fn traits(guest: &Guest, value: &mut Value) {
    if guest.serial {
        insert(value, "serial", json!(1));
    }
    if guest.template {
        insert(value, "template", json!(1));
    }
    if let Some(lock) = guest.lock {
        insert(value, "lock", json!(lock));
    }
    if !guest.tags.is_empty() {
        insert(value, "tags", json!(guest.tags));
    }
}

/// A guest's entry in `/cluster/resources`.
pub(crate) fn guest_resource(cluster: &Cluster, guest: &Guest, now: Timestamp) -> Value {
    let word = guest.kind.word();
    let node = cluster.node(guest.node.as_str());
    let mut value = if node.is_none_or(|node| node.is_remembered(now)) {
        let seen = node.map_or(now, |node| node.as_of(now));
        let mut value = guest_counters(guest, seen, From::Pvestatd);
        insert(&mut value, "status", json!(guest.power.qmpstatus()));
        insert(&mut value, "maxcpu", json!(guest.cores));
        if cluster.version == Version::V9_2 {
            let memhost =
                if guest.kind == Kind::Qemu { guest_memory(guest, seen) / 10 * 11 } else { 0 };
            insert(&mut value, "memhost", json!(memhost));
        }
        traits(guest, &mut value);
        insert(&mut value, "template", json!(u8::from(guest.template)));
        value
    } else {
        let mut value = json!({ "vmid": guest.vmid.get(), "status": "unknown" });
        traits(guest, &mut value);
        if let Some(map) = value.as_object_mut() {
            map.remove("template");
        }
        value
    };
    insert(&mut value, "id", json!(format!("{word}/{}", guest.vmid)));
    insert(&mut value, "type", json!(word));
    insert(&mut value, "node", json!(guest.node.as_str()));
    if let Some(ha) = guest.ha {
        insert(&mut value, "hastate", json!(ha.word()));
    }
    value
}

/// A node's entry in `/cluster/resources`, and most of the one in `/nodes`, as
/// the node at place `here` tells it.
pub(crate) fn node_resource(cluster: &Cluster, node: &Node, here: usize, now: Timestamp) -> Value {
    let name = node.name.as_str();
    let is_heard = cluster.hears(here, node);
    let mut value = json!({
        "id": format!("node/{name}"),
        "node": name,
        "type": "node",
        "status": if is_heard { "online" } else { "offline" },
    });
    if node.is_remembered(now) {
        insert(&mut value, "maxcpu", json!(node.hardware.threads));
        insert(&mut value, "maxmem", json!(node.hardware.memory));
        insert(&mut value, "maxdisk", json!(node.hardware.disk));
        insert(&mut value, "level", json!(""));
    }
    if is_heard {
        insert(&mut value, "uptime", json!(node.uptime(now)));
        insert(&mut value, "cpu", json!(node_cpu(node, now)));
        insert(&mut value, "mem", json!(node_memory(cluster, node, now)));
        insert(&mut value, "disk", json!(node_disk(node)));
    }
    value
}

fn seed(guest: &Guest) -> u64 {
    mix(u64::from(guest.vmid.get()), 1)
}

fn round(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}
