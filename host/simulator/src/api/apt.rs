//! A node's packages: what could be updated. Installing is no API call.

use std::time::Duration;

use serde_json::json;

use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::apt::{Apt, AptTrouble, Archive, Package};
use crate::pvesh::{Args, Die};
use crate::shell::FETCHED;
use crate::task::insert;
use crate::worker::{Job, Step};

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/apt/update",
        proxied: true,
        params: &[],
        run: updates,
    },
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/apt/update",
        proxied: true,
        params: &[may("notify", Kind::Boolean), may("quiet", Kind::Boolean)],
        run: refresh,
    },
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/apt/versions",
        proxied: true,
        params: &[],
        run: versions,
    },
];

fn updates(context: &mut Context<'_>, args: &Args) -> Answer {
    let list = apt(context, args)?.pending.iter().map(|package| {
        let Package { name, title, old, new, from } = package;
        let mut shown = json!({
            "Package": name,
            "Title": title,
            "Description": title,
            "Version": new,
            "Origin": from.origin(),
            "Arch": "amd64",
            "Priority": "optional",
            "Section": "admin",
        });
        // Absent for what is new.
        if let Some(old) = old {
            insert(&mut shown, "OldVersion", json!(old));
        }
        shown
    });
    Ok(Reply::Value(list.collect()))
}

/// What Proxmox is made of: its own packages and every installed kernel.
fn versions(context: &mut Context<'_>, args: &Args) -> Answer {
    let (_, manager) = context.cluster.version.texts();
    let repoid = context.cluster.repoid;
    let apt = apt(context, args)?;
    let of_debian = ["curl", "openssl", "tzdata"];
    let shown = apt.installed.iter().filter(|(name, _)| !of_debian.contains(&name.as_str()));
    let list = shown.map(|(name, version)| {
        let waiting = apt.pending.iter().find(|package| package.name == *name);
        let mut shown = json!({
            "Package": name,
            "Title": name,
            "Description": name,
            "OldVersion": version,
            "Version": waiting.map_or(version, |package| &package.new),
            "CurrentState": "Installed",
            "Origin": Archive::Proxmox.origin(),
            "Arch": "amd64",
            "Priority": "optional",
            "Section": "admin",
        });
        match name.as_str() {
            "proxmox-ve" => insert(&mut shown, "RunningKernel", json!(apt.running)),
            "pve-manager" => {
                insert(&mut shown, "ManagerVersion", json!(format!("{manager}/{repoid}")));
            }
            _ => {}
        }
        shown
    });
    Ok(Reply::Value(list.collect()))
}

fn refresh(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = context.node(args)?;
    let mut steps = vec![
        Step::Say("starting apt-get update\n".to_owned()),
        Step::Wait(Duration::from_millis(500)),
    ];
    if apt(context, args)?.trouble == Some(AptTrouble::Locked) {
        let lock = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (unattended-upgr)\n";
        steps.push(Step::Say(lock.to_owned()));
        steps.push(Step::Fail("command 'apt-get update' failed: exit code 100".to_owned()));
    } else {
        let name = node.clone();
        steps.push(Step::Say(FETCHED.to_owned()));
        steps.push(Step::Say("Reading package lists...\n".to_owned()));
        steps.push(Step::Do(Box::new(move |cluster, _| {
            if let Some(node) = cluster.node_mut(name.as_str()) {
                node.apt.refresh();
            }
            Ok(())
        })));
    }
    let kind = "aptupdate".to_owned();
    Ok(Reply::Worker(Job { node, kind, id: String::new(), guest: None, steps }))
}

fn apt<'a>(context: &'a Context<'_>, args: &Args) -> Result<&'a Apt, Die> {
    let name = context.node(args)?;
    let node = context.cluster.node(name.as_str());
    node.map(|node| &node.apt).ok_or_else(|| Die::new(format!("no such cluster node '{name}'")))
}
