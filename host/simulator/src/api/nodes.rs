//! A node: its status, power, storages and services.

use std::time::Duration;

use jarvis_domain::NodeName;
use serde_json::{Value, json};

use super::figures::{node_disk, node_memory};
use super::{Answer, Context, Kind, Method, Param, Reply, Verb, may, must};
use crate::cluster::{Cluster, Version};
use crate::guest::Power;
use crate::living::{hash, settled, wave};
use crate::node::Node;
use crate::pvesh::{Args, Die};
use crate::task::insert;
use crate::worker::{Effect, Job};

const SERVICES: &[&str] = &[
    "chrony",
    "corosync",
    "cron",
    "pve-cluster",
    "pve-firewall",
    "pve-ha-crm",
    "pve-ha-lrm",
    "pvedaemon",
    "pveproxy",
    "pvescheduler",
    "pvestatd",
    "sshd",
];

pub(crate) static METHODS: &[Method] = &[
    read("/nodes/{node}", false, &[], index),
    read("/nodes/{node}/status", true, &[], status),
    read("/nodes/{node}/version", true, &[], version),
    read("/nodes/{node}/time", true, &[], time),
    read("/nodes/{node}/services", true, &[], services),
    read("/nodes/{node}/services/{service}/state", true, &[], service),
    read(
        "/nodes/{node}/storage",
        true,
        &[
            may("content", Kind::Text(128)),
            may("enabled", Kind::Boolean),
            may("storage", Kind::Text(64)),
            may("format", Kind::Boolean),
        ],
        storage,
    ),
    create(
        "/nodes/{node}/status",
        true,
        &[must("command", Kind::Choice(&["reboot", "shutdown"]))],
        power,
    ),
    create("/nodes/{node}/wakeonlan", false, &[], wake),
    create(
        "/nodes/{node}/startall",
        true,
        &[
            may("force", Kind::Boolean),
            may("vms", Kind::Vmids),
            may("max-workers", Kind::Integer(1, 64)),
        ],
        start_all,
    ),
    create(
        "/nodes/{node}/stopall",
        true,
        &[
            may("force-stop", Kind::Boolean),
            may("timeout", Kind::Integer(0, 7200)),
            may("vms", Kind::Vmids),
            may("max-workers", Kind::Integer(1, 64)),
        ],
        stop_all,
    ),
];

const fn read(
    path: &'static str,
    proxied: bool,
    params: &'static [Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Get, path, proxied, params, run }
}

const fn create(
    path: &'static str,
    proxied: bool,
    params: &'static [Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Create, path, proxied, params, run }
}

fn node<'a>(context: &'a Context<'_>, args: &Args) -> Result<&'a Node, Die> {
    let name = context.node(args)?;
    context
        .cluster
        .node(name.as_str())
        .ok_or_else(|| Die::new(format!("no such cluster node '{name}'")))
}

fn index(_: &mut Context<'_>, _: &Args) -> Answer {
    let names = ["apt", "lxc", "qemu", "rrddata", "services", "status", "storage", "tasks"];
    Ok(Reply::Value(names.iter().map(|name| json!({ "name": name })).collect()))
}

fn status(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = node(context, args)?;
    Ok(Reply::Value(shown(context.cluster, node, context)))
}

fn shown(cluster: &Cluster, node: &Node, context: &Context<'_>) -> Value {
    let now = context.now;
    let hardware = node.hardware;
    let used = node_memory(cluster, node, now);
    let load = wave(hash(node.name.as_str()), settled(now)) * f64::from(hardware.threads) / 4.0;
    let kernel = node.apt.running.as_str();
    let on = match cluster.version {
        Version::V9_2 => "2026-05-20T08:55Z",
        Version::V8_4 => "2025-09-12T11:02Z",
    };
    let package = kernel.trim_end_matches("-pve");
    let built = format!("#1 SMP PREEMPT_DYNAMIC PMX {package} ({on})");
    let (_, version) = cluster.version.texts();
    let disk = node_disk(node);
    // A twentieth is kept for root.
    let reserved = hardware.disk / 20;
    let mut cpuinfo = json!({
        "model": hardware.model,
        "cores": hardware.cores,
        "cpus": hardware.threads,
        "sockets": 1,
        "mhz": "3300.000",
        "hvm": "1",
        "flags": "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat sse sse2 ht lm",
        "user_hz": 100,
    });
    let mut memory =
        json!({ "total": hardware.memory, "used": used, "free": hardware.memory - used });
    if cluster.version == Version::V9_2 {
        insert(&mut memory, "available", json!(hardware.memory - used));
        insert(&mut cpuinfo, "family", json!("6"));
        insert(&mut cpuinfo, "vendor", json!(hardware.vendor));
    }
    json!({
        "boot-info": { "mode": "efi", "secureboot": 0 },
        "cpu": 0,
        "cpuinfo": cpuinfo,
        "current-kernel": {
            "machine": "x86_64", "release": kernel, "sysname": "Linux", "version": built,
        },
        "idle": 0,
        "ksm": { "shared": 0 },
        "kversion": format!("Linux {kernel} {built}"),
        "loadavg": [
            format!("{load:.2}"), format!("{:.2}", load * 0.8), format!("{:.2}", load * 0.7),
        ],
        "memory": memory,
        "pveversion": format!("pve-manager/{version}/{}", cluster.repoid),
        "rootfs": {
            "total": hardware.disk,
            "used": disk,
            "free": hardware.disk - disk,
            "avail": hardware.disk - disk - reserved,
        },
        "swap": { "total": 8_589_930_496_u64, "used": 0, "free": 8_589_930_496_u64 },
        "uptime": node.uptime(now),
        "wait": 0,
    })
}

fn version(context: &mut Context<'_>, _: &Args) -> Answer {
    let (release, version) = context.cluster.version.texts();
    let repoid = context.cluster.repoid;
    Ok(Reply::Value(json!({ "release": release, "repoid": repoid, "version": version })))
}

fn time(context: &mut Context<'_>, _: &Args) -> Answer {
    let seconds = context.now.0 / 1000;
    Ok(Reply::Value(json!({ "time": seconds, "localtime": seconds, "timezone": "UTC" })))
}

fn service_object(name: &str) -> Value {
    json!({
        "service": name,
        "name": name,
        "desc": format!("{name} daemon"),
        "state": "running",
        "active-state": "active",
        "unit-state": "enabled",
    })
}

fn services(_: &mut Context<'_>, _: &Args) -> Answer {
    Ok(Reply::Value(SERVICES.iter().map(|name| service_object(name)).collect()))
}

fn service(_: &mut Context<'_>, args: &Args) -> Answer {
    let name = args.get("service").unwrap_or_default();
    if SERVICES.contains(&name) {
        return Ok(Reply::Value(service_object(name)));
    }
    let text = format!(
        "value '{name}' does not have a value in the enumeration '{}'",
        SERVICES.join(", ")
    );
    Err(Die::parameter(255, "service", &text))
}

fn storage(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = node(context, args)?;
    let wanted = context.cluster.storages.iter().filter(|storage| {
        super::cluster::sees_storage(context.caller, storage.name)
            && args.get("storage").is_none_or(|name| storage.name == name)
            && args
                .get("content")
                .is_none_or(|content| storage.content.split(',').any(|c| c == content))
    });
    let list = wanted.map(|storage| {
        let used = storage.used_on(node.id);
        json!({
            "storage": storage.name,
            "type": storage.kind,
            "content": storage.content,
            "enabled": 1,
            "active": 1,
            "shared": u8::from(storage.shared),
            "total": storage.total,
            "used": used,
            "avail": storage.total - used,
            "used_fraction": crate::living::ratio(used, storage.total),
        })
    });
    Ok(Reply::Value(list.collect()))
}

/// How long after a request a simulated node is back; a real one takes minutes.
const BACK: Duration = Duration::from_secs(5);
/// How long after the packet a simulated node is there.
const AWAKE: Duration = Duration::from_secs(3);

fn set_power(name: &NodeName, down: bool) -> Effect {
    let name = name.clone();
    Box::new(move |cluster, now| {
        if cluster.node(name.as_str()).is_some_and(|node| !node.deaf) {
            cluster.set_power(name.as_str(), down, now);
        }
        Ok(())
    })
}

/// Returns at once and acts two seconds later, as `(sleep 2; reboot)&` does.
fn power(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = context.node(args)?;
    context.later.push((Duration::from_secs(2), set_power(&name, true)));
    if args.get("command") == Some("reboot") {
        context.later.push((BACK, set_power(&name, false)));
    }
    Ok(Reply::Null)
}

/// Answered by the local node, so that a node without power can be woken.
fn wake(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = args.get("node").unwrap_or_default();
    let local = context.local().map(|node| node.name.to_string());
    if name == "localhost" || local.as_deref() == Some(name) {
        return Err(Die::new(format!("'{name}' is local node, cannot wake my self!")));
    }
    let node = context
        .cluster
        .node(name)
        .ok_or_else(|| Die::new(format!("no such cluster node '{name}'")))?;
    let mac = node
        .mac
        .clone()
        .ok_or_else(|| Die::new(format!("No wake on LAN MAC address defined for '{name}'!")))?;
    let name = node.name.clone();
    context.later.push((AWAKE, set_power(&name, false)));
    Ok(Reply::Value(json!(mac)))
}

fn start_all(context: &mut Context<'_>, args: &Args) -> Answer {
    if !context.cluster.is_quorate() {
        return Err(Die::new("cluster not ready - no quorum?"));
    }
    all(context, args, "startall", Power::Running)
}

fn stop_all(context: &mut Context<'_>, args: &Args) -> Answer {
    all(context, args, "stopall", Power::Stopped)
}

fn all(context: &mut Context<'_>, args: &Args, kind: &str, power: Power) -> Answer {
    let node = context.node(args)?;
    let listed = args.vmids("vms");
    let steps = super::power::all_to(context.cluster, listed.as_deref(), Some(&node), power);
    Ok(Reply::Worker(Job { node, kind: kind.to_owned(), id: String::new(), guest: None, steps }))
}
