//! `/version`, `/nodes` and `/cluster`: answered by whichever node is asked.

use std::collections::BTreeSet;
use std::time::Duration;

use jarvis_domain::Vmid;
use serde_json::{Value, json};

use super::figures::{guest_resource, node_resource};
use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::access::Caller;
use crate::cluster::Version;
use crate::guest::{Guest, Ha, Power};
use crate::pvesh::{Args, Die};
use crate::storage::Storage;
use crate::task::insert;
use crate::worker::{Job, Step};

const WORKERS: Kind = Kind::Integer(1, 64);

pub(crate) static METHODS: &[Method] = &[
    read("/version", &[], version),
    read("/nodes", &[], nodes),
    read("/cluster", &[], index),
    read("/cluster/status", &[], status),
    read(
        "/cluster/resources",
        &[may("type", Kind::Choice(&["vm", "storage", "node", "sdn"]))],
        resources,
    ),
    read("/cluster/tasks", &[], tasks),
    read("/cluster/nextid", &[may("vmid", Kind::Vmid)], next_id),
    read("/cluster/options", &[], options),
    read("/cluster/ha/status/current", &[], ha),
    bulk(
        "/cluster/bulk-action/guest/start",
        &[
            may("vms", Kind::Vmids),
            may("timeout", Kind::Integer(0, i64::MAX)),
            may("max-workers", WORKERS),
            may("maxworkers", WORKERS),
        ],
        bulk_start,
    ),
    bulk(
        "/cluster/bulk-action/guest/shutdown",
        &[
            may("vms", Kind::Vmids),
            may("timeout", Kind::Integer(0, i64::MAX)),
            may("force-stop", Kind::Boolean),
            may("max-workers", WORKERS),
            may("maxworkers", WORKERS),
        ],
        bulk_shutdown,
    ),
];

const fn read(
    path: &'static str,
    params: &'static [super::Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Get, path, proxied: false, params, run }
}

const fn bulk(
    path: &'static str,
    params: &'static [super::Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Create, path, proxied: false, params, run }
}

fn version(context: &mut Context<'_>, _: &Args) -> Answer {
    let (release, version) = context.cluster.version.texts();
    let repoid = context.cluster.repoid;
    Ok(Reply::Value(json!({ "release": release, "repoid": repoid, "version": version })))
}

fn index(_: &mut Context<'_>, _: &Args) -> Answer {
    let names = ["bulk-action", "ha", "nextid", "options", "resources", "status", "tasks"];
    Ok(Reply::Value(names.iter().map(|name| json!({ "name": name })).collect()))
}

fn nodes(context: &mut Context<'_>, _: &Args) -> Answer {
    let cluster = &*context.cluster;
    let list = cluster.nodes.iter().map(|node| {
        let mut value = node_resource(cluster, node, context.here, context.now);
        if !context.caller.has_for_node(&node.name, "Sys.Audit") {
            without_figures(&mut value);
        }
        insert(&mut value, "ssl_fingerprint", json!(node.fingerprint()));
        value
    });
    Ok(Reply::Value(list.collect()))
}

fn status(context: &mut Context<'_>, _: &Args) -> Answer {
    let cluster = &*context.cluster;
    let single = cluster.nodes.len() == 1;
    let mut list: Vec<Value> = Vec::new();
    if !single {
        list.push(json!({
            "type": "cluster",
            "id": "cluster",
            "name": "homelab",
            "nodes": cluster.nodes.len(),
            "quorate": u8::from(cluster.is_quorate()),
            "version": cluster.nodes.len() + 3,
        }));
    }
    list.extend(cluster.nodes.iter().enumerate().map(|(index, node)| {
        json!({
            "type": "node",
            "id": format!("node/{}", node.name),
            "name": node.name.as_str(),
            "nodeid": if single { 0 } else { node.id },
            "ip": node.ip,
            "local": u8::from(index == context.here),
            "online": u8::from(cluster.hears(context.here, node)),
            "level": "",
        })
    }));
    Ok(Reply::Value(Value::Array(list)))
}

fn resources(context: &mut Context<'_>, args: &Args) -> Answer {
    let wanted = args.get("type");
    let takes = |kind: &str| wanted.is_none_or(|wanted| wanted == kind);
    let (cluster, now, caller) = (&*context.cluster, context.now, context.caller);
    let here = context.here;
    let mut list: Vec<Value> = Vec::new();
    if takes("vm") {
        let seen = |guest: &&Guest| caller.has_for_guest(guest.vmid, "VM.Audit");
        let mut guests: Vec<_> = cluster.guests.values().filter(seen).collect();
        // Perl sorts the numbers as texts: 100, 1000, 101.
        guests.sort_by_cached_key(|guest| guest.vmid.to_string());
        list.extend(guests.into_iter().map(|guest| guest_resource(cluster, guest, now)));
    }
    if takes("node") {
        list.extend(cluster.nodes.iter().map(|node| {
            let mut value = node_resource(cluster, node, here, now);
            if cluster.version == Version::V9_2 && cluster.hears(here, node) {
                insert(&mut value, "cgroup-mode", json!(2));
            }
            if !caller.has_for_node(&node.name, "Sys.Audit") {
                without_figures(&mut value);
            }
            value
        }));
    }
    for node in cluster.nodes.iter().filter(|_| takes("storage")) {
        let seen = |storage: &&Storage| sees_storage(caller, storage.name);
        list.extend(cluster.storages.iter().filter(seen).map(|storage| {
            let mut value = json!({
                "id": format!("storage/{}/{}", node.name, storage.name),
                "storage": storage.name,
                "node": node.name.as_str(),
                "type": "storage",
                "plugintype": storage.kind,
                "shared": u8::from(storage.shared),
                "content": storage.content,
                "status": if node.is_remembered(now) { "available" } else { "unknown" },
            });
            if node.is_remembered(now) {
                insert(&mut value, "maxdisk", json!(storage.total));
                insert(&mut value, "disk", json!(storage.used_on(node.id)));
            }
            value
        }));
    }
    let sees_networks = caller.has("/sdn/zones/localnetwork", "SDN.Audit");
    if wanted.is_none() && cluster.version == Version::V9_2 && sees_networks {
        let heard = cluster.nodes.iter().filter(|node| cluster.hears(here, node));
        list.extend(heard.map(|node| {
            json!({
                "id": format!("network/{}/zone/localnetwork", node.name),
                "type": "network",
                "network-type": "zone",
                "network": "localnetwork",
                "node": node.name.as_str(),
                "status": "ok",
            })
        }));
    }
    Ok(Reply::Value(Value::Array(list)))
}

/// A node for who may not audit it: that it is there, and whether it runs.
fn without_figures(node: &mut Value) {
    const FIGURES: [&str; 7] = ["cpu", "disk", "maxcpu", "maxdisk", "maxmem", "mem", "uptime"];
    if let Some(map) = node.as_object_mut() {
        map.retain(|key, _| !FIGURES.contains(&key.as_str()));
    }
}

/// Whether `caller` may see a storage: to look at it, or to use it.
pub(super) fn sees_storage(caller: Caller, name: &str) -> bool {
    let path = format!("/storage/{name}");
    ["Datastore.Audit", "Datastore.AllocateSpace"].iter().any(|needed| caller.has(&path, needed))
}

/// About the last 25 of each node, newest first.
fn tasks(context: &mut Context<'_>, _: &Args) -> Answer {
    let cluster = &*context.cluster;
    let mut list: Vec<&crate::task::Task> = Vec::new();
    for node in &cluster.nodes {
        let own = cluster.tasks.iter().rev().filter(|task| {
            *task.upid.node() == node.name && super::tasks::sees(context.caller, &task.upid)
        });
        list.extend(own.take(25));
    }
    list.sort_by_key(|task| std::cmp::Reverse(task.upid.start()));
    Ok(Reply::Value(list.into_iter().map(crate::task::Task::listed_cluster_wide).collect()))
}

fn next_id(context: &mut Context<'_>, args: &Args) -> Answer {
    let taken = |vmid: &Vmid| context.cluster.guests.contains_key(vmid);
    if let Some(vmid) = args.vmid("vmid") {
        return if taken(&vmid) {
            Err(Die::parameter(255, "vmid", &format!("VM {vmid} already exists")))
        } else {
            Ok(Reply::Value(json!(vmid.to_string())))
        };
    }
    let free = (100..1_000_000).filter_map(|n| Vmid::try_from(n).ok()).find(|vmid| !taken(vmid));
    let free = free.ok_or_else(|| Die::new("unable to get any free VMID"))?;
    Ok(Reply::Value(json!(free.to_string())))
}

fn options(context: &mut Context<'_>, _: &Args) -> Answer {
    let guests = context.cluster.guests.values();
    let tags: BTreeSet<&str> = guests.flat_map(|guest| guest.tags.split(';')).collect();
    let tags: Vec<&str> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
    let shown = json!({ "allowed-tags": tags, "keyboard": "en-us", "mac_prefix": "BC:24:11" });
    Ok(Reply::Value(shown))
}

fn ha(context: &mut Context<'_>, _: &Args) -> Answer {
    let cluster = &*context.cluster;
    let mut list = vec![json!({
        "id": "quorum",
        "type": "quorum",
        "node": context.local().map(|node| node.name.as_str()),
        "quorate": u8::from(cluster.is_quorate()),
        "status": if cluster.is_quorate() { "OK" } else { "No quorum on node" },
    })];
    list.extend(cluster.guests.values().filter_map(|guest| {
        let state = guest.ha?;
        let prefix = if guest.kind == crate::guest::Kind::Qemu { "vm" } else { "ct" };
        let wanted = match state {
            Ha::Started | Ha::Starting => "started",
            Ha::Stopped | Ha::Stopping => "stopped",
        };
        Some(json!({
            "id": format!("service:{prefix}:{}", guest.vmid),
            "sid": format!("{prefix}:{}", guest.vmid),
            "type": "service",
            "node": guest.node.as_str(),
            "state": state.word(),
            "request_state": wanted,
            "crm_state": state.word(),
            "status": format!("{prefix}:{} ({}, {})", guest.vmid, guest.node, state.word()),
        }))
    }));
    Ok(Reply::Value(Value::Array(list)))
}

fn bulk_start(context: &mut Context<'_>, args: &Args) -> Answer {
    if !context.cluster.is_quorate() {
        return Err(Die::new("cluster not ready - no quorum?"));
    }
    bulk_job(context, args, "bulk-start", Power::Running)
}

fn bulk_shutdown(context: &mut Context<'_>, args: &Args) -> Answer {
    bulk_job(context, args, "bulk-shutdown", Power::Stopped)
}

fn bulk_job(context: &mut Context<'_>, args: &Args, kind: &str, power: Power) -> Answer {
    let node = context.node(&Args::default())?;
    let listed = args.vmids("vms");
    Ok(Reply::Worker(Job {
        node,
        kind: kind.to_owned(),
        id: String::new(),
        guest: None,
        steps: super::power::all_to(context.cluster, listed.as_deref(), None, power),
    }))
}

/// The time a batch takes between two guests.
pub(crate) fn between() -> Step {
    Step::Wait(Duration::from_millis(50))
}
