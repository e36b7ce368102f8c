//! Moving guests to another node, and removing them.

use std::time::Duration;

use jarvis_domain::{NodeName, Vmid};

use super::{Answer, Context, Kind, Method, Reply, Verb, may, must};
use crate::guest::{self, Power};
use crate::pvesh::{Args, Die};
use crate::worker::{Job, Step};

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/{kind}/{vmid}/migrate",
        proxied: true,
        params: &[
            must("target", Kind::Node),
            may("online", Kind::Boolean),
            may("restart", Kind::Boolean),
            may("force", Kind::Boolean),
            may("with-local-disks", Kind::Boolean),
        ],
        run: migrate,
    },
    Method {
        verb: Verb::Delete,
        path: "/nodes/{node}/{kind}/{vmid}",
        proxied: true,
        params: &[
            may("purge", Kind::Boolean),
            may("skiplock", Kind::Boolean),
            may("destroy-unreferenced-disks", Kind::Boolean),
        ],
        run: destroy,
    },
];

/// What writing a guest's configuration fails with while there is no quorum:
/// pmxcfs is then read-only.
pub(crate) fn read_only(node: &NodeName, kind: guest::Kind, vmid: Vmid) -> String {
    let file = format!("/etc/pve/nodes/{node}/{}/{vmid}.conf.tmp.1", kind.folder());
    format!("unable to open file '{file}' - Permission denied")
}

fn migrate(context: &mut Context<'_>, args: &Args) -> Answer {
    let (node, kind, vmid) = context.subject(args)?;
    let target = args.get("target").unwrap_or_default();
    let guest = context.guest(args)?;
    if target == node.as_str() {
        return Err(Die::parameter(255, "target", "target is local node."));
    }
    let found = context.cluster.node(target).filter(|node| node.is_up());
    let target = found
        .map(|node| node.name.clone())
        .ok_or_else(|| Die::parameter(255, "target", "target node is not online"))?;
    let moves = args.flag("online") || args.flag("restart");
    if guest.power != Power::Stopped && !moves {
        return Err(Die::new(format!("can't migrate running {} without --online", kind.title())));
    }
    if let Some(locked) = guest.locked() {
        return Err(Die::new(locked));
    }
    let says = format!("starting migration of {} {vmid} to node '{target}'\n", kind.title());
    let steps = vec![
        Step::Say(says),
        Step::Wait(Duration::from_secs(1)),
        Step::Do(Box::new(move |cluster, _| {
            if let Some(guest) = cluster.guests.get_mut(&vmid) {
                guest.node = target;
            }
            Ok(())
        })),
        Step::Say("migration finished successfully\n".to_owned()),
    ];
    let kind = format!(
        "{}{}",
        kind.prefix(),
        if kind == guest::Kind::Qemu { "igrate" } else { "migrate" }
    );
    Ok(Reply::Worker(Job { node, kind, id: vmid.to_string(), guest: Some(vmid), steps }))
}

fn destroy(context: &mut Context<'_>, args: &Args) -> Answer {
    let (node, kind, vmid) = context.subject(args)?;
    let guest = context.guest(args)?;
    if guest.power != Power::Stopped {
        return Err(Die::new(format!("{} {vmid} is running - destroy failed", kind.title())));
    }
    if let Some(locked) = guest.locked().filter(|_| !args.flag("skiplock")) {
        return Err(Die::new(locked));
    }
    let steps = vec![
        Step::Wait(Duration::from_millis(300)),
        Step::Do(Box::new(move |cluster, _| {
            cluster.guests.remove(&vmid);
            Ok(())
        })),
    ];
    let kind = format!("{}destroy", kind.prefix());
    Ok(Reply::Worker(Job { node, kind, id: vmid.to_string(), guest: Some(vmid), steps }))
}
