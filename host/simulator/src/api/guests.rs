//! Lists of guests and one guest's status.

use serde_json::{Value, json};

use super::figures::{guest_here, guest_memory};
use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::guest::{self, Guest, Power};
use crate::living::mix;
use crate::pvesh::Args;
use crate::task::insert;

pub(crate) static METHODS: &[Method] = &[
    read("/nodes/{node}/{kind}", &[may("full", Kind::Boolean)], list),
    read("/nodes/{node}/{kind}/{vmid}", &[], index),
    read("/nodes/{node}/{kind}/{vmid}/status", &[], status_index),
    read("/nodes/{node}/{kind}/{vmid}/status/current", &[], current),
];

/// A method that changes nothing and that the guest's own node answers.
pub(super) const fn read(
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
    guests.retain(|guest| context.caller.has_for_guest(guest.vmid, "VM.Audit"));
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
