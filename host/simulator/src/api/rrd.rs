//! History of nodes and guests. Answered by the local node, also for one that
//! is off.

use jarvis_domain::Timestamp;
use serde_json::{Value, json};

use super::figures::{guest_cpu, guest_memory, node_cpu, node_disk, node_memory};
use super::{Answer, Context, Kind, Method, Param, Reply, Verb, may, must};
use crate::pvesh::{Args, Die};

const FRAMES: &[&str] = &["hour", "day", "week", "month", "year", "decade"];
const PARAMS: &[Param] =
    &[must("timeframe", Kind::Choice(FRAMES)), may("cf", Kind::Choice(&["AVERAGE", "MAX"]))];

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/rrddata",
        proxied: false,
        params: PARAMS,
        run: node,
    },
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/{kind}/{vmid}/rrddata",
        proxied: false,
        params: PARAMS,
        run: guest,
    },
];

/// The moments of a time frame, 60 of them, oldest first; an hour has one a
/// minute.
fn moments(context: &Context<'_>, args: &Args) -> Vec<Timestamp> {
    let step = match args.get("timeframe") {
        Some("day") => 1440,
        Some("week") => 10_080,
        Some("month") => 43_200,
        Some("year") => 525_600,
        Some("decade") => 5_256_000,
        _ => 60,
    };
    let last = context.now.0 / 1000 / step * step;
    (0..60).rev().map(|back| Timestamp(last.saturating_sub(back * step) * 1000)).collect()
}

fn node(context: &mut Context<'_>, args: &Args) -> Answer {
    let name = context.node(args)?;
    let cluster = &*context.cluster;
    let node = cluster.node(name.as_str()).ok_or_else(|| Die::new("no such cluster node"))?;
    let points = moments(context, args).into_iter().map(|at| {
        // A gap is a moment without figures.
        if node.down.is_some_and(|since| at > since) {
            return json!({ "time": at.0 / 1000 });
        }
        json!({
            "time": at.0 / 1000,
            "cpu": node_cpu(node, at),
            "maxcpu": node.hardware.threads,
            "memused": node_memory(cluster, node, at),
            "memtotal": node.hardware.memory,
            "roottotal": node.hardware.disk,
            "rootused": node_disk(node),
            "netin": 1800.5,
            "netout": 920.25,
        })
    });
    Ok(Reply::Value(points.collect::<Value>()))
}

fn guest(context: &mut Context<'_>, args: &Args) -> Answer {
    let guest = context.guest(args)?;
    let points = moments(context, args).into_iter().map(|at| {
        json!({
            "time": at.0 / 1000,
            "cpu": guest_cpu(guest, at),
            "maxcpu": guest.cores,
            "mem": guest_memory(guest, at),
            "maxmem": guest.memory,
            "maxdisk": guest.disk,
            "disk": 0,
        })
    });
    Ok(Reply::Value(points.collect::<Value>()))
}
