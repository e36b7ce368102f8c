//! A node's packages: what could be updated. Installing is no API call.

use std::time::Duration;

use serde_json::json;

use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::pvesh::Args;
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
    let node = context.node(args)?;
    let list = context.cluster.node(node.as_str()).map(|node| node.updates.clone());
    let list = list.unwrap_or_default().into_iter().map(|(package, old, new)| {
        json!({
            "Package": package,
            "Title": package,
            "Description": format!("the package {package}"),
            "OldVersion": old,
            "Version": new,
            "Origin": if package.contains("pve") || package.contains("proxmox") { "Proxmox" } else { "Debian" },
            "Arch": "amd64",
            "Priority": "optional",
            "Section": "admin",
        })
    });
    Ok(Reply::Value(list.collect()))
}

fn versions(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = context.node(args)?;
    let list = context.cluster.node(node.as_str()).map(|node| node.updates.clone());
    let list = list.unwrap_or_default().into_iter().map(|(package, old, new)| {
        json!({
            "Package": package,
            "OldVersion": old,
            "Version": new,
            "CurrentState": "Installed",
            "Arch": "amd64",
        })
    });
    Ok(Reply::Value(list.collect()))
}

fn refresh(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = context.node(args)?;
    let steps = vec![
        Step::Say("starting apt-get update\n".to_owned()),
        Step::Wait(Duration::from_millis(500)),
        Step::Say("Reading package lists...\n".to_owned()),
    ];
    let kind = "aptupdate".to_owned();
    Ok(Reply::Worker(Job { node, kind, id: String::new(), guest: None, steps }))
}
