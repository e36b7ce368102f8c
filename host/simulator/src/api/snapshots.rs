//! Snapshots of guests.

use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Vmid};
use serde_json::{Value, json};

use super::{Answer, Context, Kind, Method, Reply, Verb, may, must};
use crate::cluster::Cluster;
use crate::guest::{self, Guest, Power, Snapshot};
use crate::living::mix;
use crate::pvesh::Args;
use crate::task::insert;
use crate::worker::{Effect, Job, Step};

/// How long the work itself takes.
const WORK: Duration = Duration::from_millis(400);

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/{kind}/{vmid}/snapshot",
        proxied: true,
        params: &[],
        run: list,
    },
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/{kind}/{vmid}/snapshot",
        proxied: true,
        params: &[
            must("snapname", Kind::ConfigId),
            may("description", Kind::Text(8192)),
            may("vmstate", Kind::Boolean),
        ],
        run: create,
    },
    Method {
        verb: Verb::Delete,
        path: "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}",
        proxied: true,
        params: &[may("force", Kind::Boolean)],
        run: delete,
    },
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/{kind}/{vmid}/snapshot/{snapname}/rollback",
        proxied: true,
        params: &[may("start", Kind::Boolean)],
        run: rollback,
    },
];

fn list(context: &mut Context<'_>, args: &Args) -> Answer {
    let guest = context.guest(args)?;
    let mut list: Vec<Value> = guest
        .snapshots
        .iter()
        .map(|snapshot| {
            let mut value = json!({
                "name": snapshot.name,
                "description": snapshot.description,
                "snaptime": snapshot.at.0 / 1000,
            });
            if guest.kind == guest::Kind::Qemu {
                insert(&mut value, "vmstate", json!(u8::from(snapshot.with_memory)));
            }
            if let Some(parent) = &snapshot.parent {
                insert(&mut value, "parent", json!(parent));
            }
            if let Some(state) = snapshot.state {
                insert(&mut value, "snapstate", json!(state));
            }
            value
        })
        .collect();
    let mut now = json!({
        "name": "current",
        "description": "You are here!",
        "digest": format!("{:040x}", mix(u64::from(guest.vmid.get()), guest.started.0)),
        "running": u8::from(guest.power != Power::Stopped),
    });
    if let Some(parent) = &guest.parent {
        insert(&mut now, "parent", json!(parent));
    }
    list.push(now);
    Ok(Reply::Value(Value::Array(list)))
}

fn create(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = args.get("snapname").unwrap_or_default().to_owned();
    let description = args.get("description").unwrap_or_default().to_owned();
    let with_memory = args.flag("vmstate");
    let made = name.clone();
    let prepare = move |guest: &mut Guest, now| {
        if name == "current" || guest.snapshots.iter().any(|snapshot| snapshot.name == name) {
            return Err(format!("snapshot name '{name}' already used"));
        }
        guest.snapshots.push(Snapshot {
            name: name.clone(),
            description,
            at: now,
            parent: guest.parent.clone(),
            with_memory: with_memory && guest.power != Power::Stopped,
            power: guest.power,
            state: Some("prepare"),
        });
        guest.lock = Some("snapshot");
        Ok(())
    };
    let undone = made.clone();
    let undo = move |guest: &mut Guest, _| {
        take(guest, &undone)?;
        guest.lock = None;
        Ok(())
    };
    let commit = move |guest: &mut Guest, _| {
        let own = guest.snapshots.iter_mut().find(|snapshot| snapshot.name == made);
        own.ok_or_else(|| format!("snapshot '{made}' does not exist"))?.state = None;
        guest.parent = Some(made);
        guest.lock = None;
        Ok(())
    };
    let (_, _, vmid) = context.subject(args)?;
    // As `snapshot_create` of PVE::AbstractConfig does: written down first, and
    // taken back only by a worker that lives on to do so.
    let between = vec![
        Step::Do(on_guest(vmid, prepare)),
        Step::Undo(on_guest(vmid, undo)),
        Step::Wait(WORK),
        Step::Do(on_guest(vmid, commit)),
    ];
    job(context, args, "snapshot", between)
}

fn delete(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = args.get("snapname").unwrap_or_default().to_owned();
    let change = move |guest: &mut Guest, _| {
        let gone = take(guest, &name)?;
        if guest.parent.as_ref() == Some(&gone.name) {
            guest.parent.clone_from(&gone.parent);
        }
        for snapshot in &mut guest.snapshots {
            if snapshot.parent.as_ref() == Some(&gone.name) {
                snapshot.parent.clone_from(&gone.parent);
            }
        }
        Ok(())
    };
    simple(context, args, "delsnapshot", change)
}

fn rollback(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = args.get("snapname").unwrap_or_default().to_owned();
    let start = args.flag("start");
    let change = move |guest: &mut Guest, now| {
        let found = guest.snapshots.iter().find(|snapshot| snapshot.name == name);
        let snapshot = found.ok_or_else(|| format!("snapshot '{name}' does not exist"))?;
        // Without its memory a guest comes back as after a power cut.
        let runs = start || (snapshot.with_memory && snapshot.power == Power::Running);
        guest.power = if runs { Power::Running } else { Power::Stopped };
        guest.started = now;
        guest.parent = Some(name);
        Ok(())
    };
    simple(context, args, "rollback", change)
}

fn take(guest: &mut Guest, name: &str) -> Result<Snapshot, String> {
    let found = guest.snapshots.iter().position(|snapshot| snapshot.name == name);
    let index = found.ok_or_else(|| format!("snapshot '{name}' does not exist"))?;
    Ok(guest.snapshots.remove(index))
}

/// A worker that does `change`, after some work, to the guest that the path
/// names.
fn simple(
    context: &Context<'_>,
    args: &Args,
    what: &str,
    change: impl FnOnce(&mut Guest, Timestamp) -> Result<(), String> + Send + 'static,
) -> Answer {
    let (_, _, vmid) = context.subject(args)?;
    job(context, args, what, vec![Step::Wait(WORK), Step::Do(on_guest(vmid, change))])
}

fn on_guest(
    vmid: Vmid,
    change: impl FnOnce(&mut Guest, Timestamp) -> Result<(), String> + Send + 'static,
) -> Effect {
    Box::new(move |cluster, now| match cluster.guests.get_mut(&vmid) {
        Some(guest) => change(guest, now),
        None => Ok(()),
    })
}

/// A worker that does `work` to the guest that the path names.
fn job(context: &Context<'_>, args: &Args, what: &str, work: Vec<Step>) -> Answer {
    let (node, kind, vmid) = context.subject(args)?;
    let first = (node.clone(), kind, vmid);
    let mut steps =
        vec![Step::Do(Box::new(move |cluster, _| writable(cluster, &first.0, first.1, first.2)))];
    steps.extend(work);
    let kind = format!("{}{what}", kind.prefix());
    Ok(Reply::Worker(Job { node, kind, id: vmid.to_string(), guest: Some(vmid), steps }))
}

/// Whether the guest's configuration can be written.
fn writable(
    cluster: &Cluster,
    node: &NodeName,
    kind: guest::Kind,
    vmid: Vmid,
) -> Result<(), String> {
    let guest = cluster.guest(node, kind, vmid).ok_or_else(|| guest::missing(node, kind, vmid))?;
    if !cluster.is_quorate() {
        return Err(super::lifecycle::read_only(node, kind, vmid));
    }
    guest.locked().map_or(Ok(()), Err)
}
