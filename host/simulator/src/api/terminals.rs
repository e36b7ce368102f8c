//! `termproxy` and `vncwebsocket` of nodes and guests. The node that is called
//! opens the terminal itself, also to another node, which it reaches by ssh;
//! only there can the client come.

use jarvis_domain::NodeName;
use serde_json::json;

use super::{Answer, Context, Kind, Method, Param, Reply, Verb, may, must};
use crate::pvesh::{Args, Die};
use crate::terminal::{Behind, Start, Terminal, free_port};
use crate::worker::Job;

const PORT: Param = must("port", Kind::Integer(5900, 5999));
const TICKET: Param = must("vncticket", Kind::Text(512));

pub(crate) static METHODS: &[Method] = &[
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/termproxy",
        proxied: false,
        params: &[
            may("cmd", Kind::Choice(&["ceph_install", "login", "upgrade"])),
            may("cmd-opts", Kind::Text(512)),
        ],
        run: of_node,
    },
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/qemu/{vmid}/termproxy",
        proxied: false,
        params: &[may("serial", Kind::Choice(&["serial0", "serial1", "serial2", "serial3"]))],
        run: of_vm,
    },
    Method {
        verb: Verb::Create,
        path: "/nodes/{node}/lxc/{vmid}/termproxy",
        proxied: false,
        params: &[],
        run: of_container,
    },
    websocket("/nodes/{node}/vncwebsocket"),
    websocket("/nodes/{node}/{kind}/{vmid}/vncwebsocket"),
];

const fn websocket(path: &'static str) -> Method {
    Method { verb: Verb::Get, path, proxied: false, params: &[PORT, TICKET], run: connect }
}

fn of_node(context: &mut Context<'_>, args: &Args) -> Answer {
    if args.get("cmd-opts").is_some() && args.get("cmd").is_none() {
        let text = "missing property - 'cmd-opts' requires this property";
        return Err(Die::parameter(255, "cmd", text));
    }
    let node = context.node(args)?;
    // Everybody else has to sign in at the node, whatever they asked for.
    let start = match args.get("cmd") {
        _ if !context.caller.is_root() => Start::Login,
        Some("upgrade") => Start::Upgrade,
        Some("ceph_install") => Start::Ceph,
        _ => Start::Root,
    };
    open(context, args, "vncshell", Behind::Node(node, start))
}

fn of_vm(context: &mut Context<'_>, args: &Args) -> Answer {
    let vmid = context.guest(args)?.vmid;
    let serial = args.get("serial").unwrap_or_default().to_owned();
    open(context, args, "vncproxy", Behind::Guest(vmid, Some(serial)))
}

fn of_container(context: &mut Context<'_>, args: &Args) -> Answer {
    let vmid = context.guest(args)?.vmid;
    open(context, args, "vncproxy", Behind::Guest(vmid, None))
}

/// Opens a terminal on the node that was called.
fn open(context: &mut Context<'_>, args: &Args, kind: &str, behind: Behind) -> Answer {
    let (caller, now, here) = (context.caller, context.now, context.here);
    let local = local(context)?;
    let port = free_port(context.cluster, here)
        .ok_or_else(|| Die::new("unable to find free port (5900-5999)"))?;
    let path = access_path(args);
    let privilege = if args.get("vmid").is_some() { "VM.Console" } else { "Sys.Console" };
    let ticket = context.cluster.seal.terminal(caller.id(), &path, port, now);
    let id = args.get("vmid").unwrap_or_default().to_owned();
    let job = Job { node: local, kind: kind.to_owned(), id, guest: None, steps: Vec::new() };
    let upid = context
        .cluster
        .begin(&job, caller, now)
        .ok_or_else(|| Die::new("unable to create a task id"))?;
    let told = json!({
        "user": caller.id(),
        "ticket": ticket,
        "port": port,
        "upid": upid.as_str(),
    });
    let terminal =
        Terminal { here, port, ticket, caller, path, privilege, upid: upid.clone(), behind };
    context.cluster.terminals.push(terminal);
    Ok(Reply::Terminal(told, upid))
}

fn local(context: &Context<'_>) -> Result<NodeName, Die> {
    context.local().map(|node| node.name.clone()).ok_or_else(|| Die::new("no such cluster node"))
}

/// Where the right to a terminal is looked for, and what its ticket is bound
/// to: the path as it was called.
fn access_path(args: &Args) -> String {
    match args.get("vmid") {
        Some(vmid) => format!("/vms/{vmid}"),
        None => format!("/nodes/{}", args.get("node").unwrap_or_default()),
    }
}

/// Checks the ticket; the connection itself is the door's.
fn connect(context: &mut Context<'_>, args: &Args) -> Answer {
    let port = args.get("port").unwrap_or_default();
    let ticket = args.get("vncticket").unwrap_or_default();
    let bound = (context.caller.id(), access_path(args));
    let number = port.parse().unwrap_or_default();
    let seal = context.cluster.seal;
    if !seal.is_terminal(password_off(ticket), (bound.0, &bound.1, number), context.now) {
        return Err(Die::new("401 permission denied - invalid PVEVNC ticket"));
    }
    if args.get("vmid").is_some() {
        context.guest(args)?;
    }
    Ok(Reply::Value(json!({ "port": port })))
}

/// The ticket without the eight characters of a VNC password and a colon that
/// may stand before it.
fn password_off(ticket: &str) -> &str {
    let rest = ticket.char_indices().nth(8).and_then(|(at, _)| ticket.get(at..));
    rest.and_then(|rest| rest.strip_prefix(':'))
        .filter(|rest| rest.starts_with("PVEVNC:"))
        .unwrap_or(ticket)
}
