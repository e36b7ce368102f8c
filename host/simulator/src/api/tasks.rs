//! Tasks: their lists, status and log, and stopping them.

use jarvis_domain::Upid;
use serde_json::{Value, json};

use super::{Answer, Context, Kind, Method, Reply, Verb, may};
use crate::access::Caller;
use crate::pvesh::{Args, Die};
use crate::task::{Task, insert, owner};

const COUNT: Kind = Kind::Integer(0, i64::MAX);

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/tasks",
        proxied: true,
        params: &[
            may("start", COUNT),
            may("limit", COUNT),
            may("userfilter", Kind::Text(128)),
            may("typefilter", Kind::Text(128)),
            may("vmid", Kind::Vmid),
            may("errors", Kind::Boolean),
            may("source", Kind::Choice(&["archive", "active", "all"])),
            may("since", COUNT),
            may("until", COUNT),
            may("statusfilter", Kind::Text(128)),
        ],
        run: list,
    },
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/tasks/{upid}",
        proxied: false,
        params: &[],
        run: index,
    },
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/tasks/{upid}/status",
        proxied: true,
        params: &[],
        run: status,
    },
    Method {
        verb: Verb::Get,
        path: "/nodes/{node}/tasks/{upid}/log",
        proxied: true,
        params: &[may("start", COUNT), may("limit", COUNT), may("download", Kind::Boolean)],
        run: log,
    },
    Method {
        verb: Verb::Delete,
        path: "/nodes/{node}/tasks/{upid}",
        proxied: true,
        params: &[],
        run: stop,
    },
];

/// The task that the path names.
fn find<'a>(context: &'a Context<'_>, args: &Args) -> Result<&'a Task, Die> {
    let text = args.get("upid").unwrap_or_default();
    let upid: Upid =
        text.parse().map_err(|_| Die::parameter(255, "upid", "unable to parse worker upid"))?;
    let node = context.node(args)?;
    // ENOENT of the log file becomes the exit code.
    let unknown = || Die::parameter(2, "upid", "no such task");
    context.cluster.task(&upid).filter(|task| *task.upid.node() == node).ok_or_else(unknown)
}

fn index(context: &mut Context<'_>, args: &Args) -> Answer {
    find(context, args)?;
    Ok(Reply::Value(json!([{ "name": "log" }, { "name": "status" }])))
}

fn status(context: &mut Context<'_>, args: &Args) -> Answer {
    Ok(Reply::Value(find(context, args)?.status()))
}

fn log(context: &mut Context<'_>, args: &Args) -> Answer {
    let number = |name, otherwise| {
        args.number(name).map_or(otherwise, |n| usize::try_from(n).unwrap_or(usize::MAX))
    };
    let (start, limit) = (number("start", 0), number("limit", 50));
    let task = find(context, args)?;
    Ok(Reply::Page(task.lines(start, limit), task.length()))
}

fn stop(context: &mut Context<'_>, args: &Args) -> Answer {
    let upid = find(context, args)?.upid.clone();
    if let Some(task) = context.cluster.task_mut(&upid) {
        task.stopping = task.ended.is_none();
    }
    Ok(Reply::Null)
}

/// Whether `caller` may see a task in a list: its own, or all of a node that
/// it may audit.
pub(super) fn sees(caller: Caller, upid: &Upid) -> bool {
    caller.owns(owner(upid)) || caller.has_for_node(upid.node(), "Sys.Audit")
}

/// Newest first.
fn list(context: &mut Context<'_>, args: &Args) -> Answer {
    let node = context.node(args)?;
    let source = args.get("source").unwrap_or("archive");
    let number = |name, otherwise| {
        args.number(name).map_or(otherwise, |n| usize::try_from(n).unwrap_or(usize::MAX))
    };
    let wanted = |task: &&Task| {
        let start = task.upid.start().0 / 1000;
        let result = task.result();
        let fine = matches!(result.as_deref(), None | Some("OK"));
        *task.upid.node() == node
            && sees(context.caller, &task.upid)
            && match source {
                "active" => task.ended.is_none(),
                "archive" => task.ended.is_some(),
                _ => true,
            }
            && args.get("vmid").is_none_or(|vmid| task.upid.id() == vmid)
            && args.get("typefilter").is_none_or(|kind| task.upid.kind() == kind)
            && args.get("userfilter").is_none_or(|user| owner(&task.upid).contains(user))
            && args.number("since").is_none_or(|since| start >= since)
            && args.number("until").is_none_or(|until| start <= until)
            && (!args.flag("errors") || !fine)
            && args.get("statusfilter").is_none_or(|list| matches_status(list, result.as_deref()))
    };
    let all: Vec<&Task> = context.cluster.tasks.iter().rev().filter(wanted).collect();
    let list = all.iter().skip(number("start", 0)).take(number("limit", 50)).map(|task| {
        let mut line = task.listed();
        if task.ended.is_none() {
            insert(&mut line, "status", json!("RUNNING"));
        }
        line
    });
    Ok(Reply::Page(list.collect::<Value>(), all.len()))
}

/// `ok`, `warning`, `error`, `unknown`, parted by commas.
fn matches_status(list: &str, result: Option<&str>) -> bool {
    let word = match result {
        Some("OK") => "ok",
        Some(text) if text.starts_with("WARNINGS: ") => "warning",
        Some("unexpected status") | None => "unknown",
        Some(_) => "error",
    };
    list.split([',', ';', ' ']).any(|wanted| wanted == word)
}
