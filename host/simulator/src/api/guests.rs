//! Lists of guests, one guest's status and its configuration.

use serde_json::{Value, json};

use super::figures::{guest_here, guest_memory};
use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::guest::{self, Guest, Power};
use crate::living::mix;
use crate::pvesh::{Args, Die};
use crate::task::insert;

pub(crate) static METHODS: &[Method] = &[
    read("/nodes/{node}/{kind}", &[may("full", Kind::Boolean)], list),
    read("/nodes/{node}/{kind}/{vmid}", &[], index),
    read("/nodes/{node}/{kind}/{vmid}/status", &[], status_index),
    read("/nodes/{node}/{kind}/{vmid}/status/current", &[], current),
    read("/nodes/{node}/{kind}/{vmid}/config", &[may("current", Kind::Boolean)], config),
    Method {
        verb: Verb::Set,
        path: "/nodes/{node}/{kind}/{vmid}/config",
        proxied: true,
        params: &[
            may("name", Kind::Text(128)),
            may("hostname", Kind::Text(128)),
            may("tags", Kind::Text(1024)),
        ],
        run: set_config,
    },
];

const fn read(
    path: &'static str,
    params: &'static [super::Param],
    run: fn(&mut Context<'_>, &Args) -> Answer,
) -> Method {
    Method { verb: Verb::Get, path, proxied: true, params, run }
}

/// In no order worth relying on: Perl's hashes have none.
fn list(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = context.node(args)?;
    let kind = args.get("kind").unwrap_or_default();
    let cluster = &*context.cluster;
    let mut guests: Vec<&Guest> =
        cluster.guests_on(&node).filter(|guest| guest.kind.word() == kind).collect();
    guests.sort_by_key(|guest| mix(u64::from(guest.vmid.get()), 9));
    let list = guests.into_iter().map(|guest| guest_here(guest, cluster.version, context.now));
    Ok(Reply::Value(list.collect()))
}

fn index(context: &mut Context<'_>, args: &Args) -> Answer {
    context.guest(args)?;
    let names = ["config", "migrate", "rrddata", "snapshot", "status"];
    Ok(Reply::Value(names.iter().map(|name| json!({ "subdir": name })).collect()))
}

fn status_index(context: &mut Context<'_>, args: &Args) -> Answer {
    context.guest(args)?;
    let names = ["current", "start", "stop", "shutdown", "reboot", "suspend", "resume"];
    Ok(Reply::Value(names.iter().map(|name| json!({ "subdir": name })).collect()))
}

fn current(context: &mut Context<'_>, args: &Args) -> Answer {
    let guest = context.guest(args)?;
    let now = context.now;
    let mut value = guest_here(guest, context.cluster.version, now);
    let ha = match guest.ha {
        Some(state) => json!({ "managed": 1, "state": state.word() }),
        None => json!({ "managed": 0 }),
    };
    insert(&mut value, "ha", ha);
    if guest.kind == guest::Kind::Qemu {
        insert(&mut value, "qmpstatus", json!(guest.power.qmpstatus()));
        if guest.power != Power::Stopped {
            running(guest, guest_memory(guest, now), &mut value);
        }
    }
    Ok(Reply::Value(value))
}

/// What only a running VM shows.
fn running(guest: &Guest, used: u64, value: &mut Value) {
    let nic = format!("tap{}i0", guest.vmid);
    let (netin, netout) = (value.get("netin").cloned(), value.get("netout").cloned());
    insert(value, "agent", json!(1));
    insert(value, "balloon", json!(guest.memory));
    insert(value, "ballooninfo", json!({ "actual": guest.memory, "max_mem": guest.memory }));
    insert(value, "clipboard", Value::Null);
    insert(value, "freemem", json!(guest.memory.saturating_sub(used)));
    insert(value, "nics", json!({ nic: { "netin": netin, "netout": netout } }));
    insert(
        value,
        "proxmox-support",
        json!({ "pbs-dirty-bitmap": true, "query-bitmap-info": true }),
    );
    insert(value, "running-machine", json!("pc-i440fx-10.1+pve0"));
    insert(value, "running-qemu", json!("10.1.2"));
}

fn config(context: &mut Context<'_>, args: &Args) -> Answer {
    let guest = context.guest(args)?;
    let mib = guest.memory >> 20;
    let gib = guest.disk >> 30;
    let mut value = match guest.kind {
        guest::Kind::Qemu => json!({
            "name": guest.name,
            "memory": mib.to_string(),
            "cores": guest.cores,
            "sockets": 1,
            "ostype": "l26",
            "scsihw": "virtio-scsi-single",
            "scsi0": format!("local-lvm:vm-{}-disk-0,iothread=1,size={gib}G", guest.vmid),
            "net0": "virtio=BC:24:11:00:10:01,bridge=vmbr0,firewall=1",
            "boot": "order=scsi0;net0",
        }),
        guest::Kind::Lxc => json!({
            "hostname": guest.name,
            "memory": mib,
            "swap": mib / 2,
            "cores": guest.cores,
            "arch": "amd64",
            "ostype": "debian",
            "unprivileged": 1,
            "rootfs": format!("local-lvm:vm-{}-disk-0,size={gib}G", guest.vmid),
            "net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:10:02,ip=dhcp,type=veth",
        }),
    };
    let digest = mix(u64::from(guest.vmid.get()), guest.started.0);
    insert(&mut value, "digest", json!(format!("{digest:040x}")));
    if !guest.tags.is_empty() {
        insert(&mut value, "tags", json!(guest.tags));
    }
    if guest.template {
        insert(&mut value, "template", json!(1));
    }
    if let Some(lock) = guest.lock {
        insert(&mut value, "lock", json!(lock));
    }
    if let Some(parent) = &guest.parent {
        insert(&mut value, "parent", json!(parent));
    }
    Ok(Reply::Value(value))
}

fn set_config(context: &mut Context<'_>, args: &Args) -> Answer {
    let (node, kind, vmid) = context.subject(args)?;
    context.guest(args)?;
    if !context.cluster.quorate {
        return Err(Die::with(13, super::lifecycle::read_only(&node, kind, vmid)));
    }
    if let Some(guest) = context.cluster.guests.get_mut(&vmid) {
        if let Some(locked) = guest.locked() {
            return Err(Die::new(locked));
        }
        if let Some(name) = args.get("name").or_else(|| args.get("hostname")) {
            name.clone_into(&mut guest.name);
        }
        if let Some(tags) = args.get("tags") {
            tags.replace(',', ";").clone_into(&mut guest.tags);
        }
    }
    Ok(Reply::Null)
}
