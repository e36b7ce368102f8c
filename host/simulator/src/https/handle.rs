//! One request from its head to its outcome, in the order of PVE::HTTPServer:
//! who asks, which method, whether they may, on which node, and only then
//! whether the parameters are right.

use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use serde_json::Value;

use super::answer::{Outcome, Refusal};
use super::upgrade::{self, Opened};
use super::{ask, caller};
use crate::access::{Caller, Needs, check_inside, check_method};
use crate::api;
use crate::engine::{Began, Simulator};
use crate::fault::DoorTrouble;
use crate::pvesh::Args;
use crate::sink::{Interrupts, Sink};
use crate::terminal::Session;
use crate::worker::work;

/// How long a request waits for another node.
const PROXY: Duration = Duration::from_secs(30);

/// What a request came to.
pub(super) enum Handled {
    Answered(Outcome),
    /// A terminal, for which the connection becomes a WebSocket.
    Terminal(Box<Opened>),
    /// The connection is closed without an answer.
    Closed,
}

/// Answers `request`, which came in at the node at `here`.
pub(super) async fn handle(
    simulator: &Simulator,
    here: usize,
    request: Request<Incoming>,
) -> Handled {
    let refused = |refusal| Handled::Answered(Outcome::Refused(refusal));
    run(simulator, here, request).await.unwrap_or_else(refused)
}

async fn run(
    simulator: &Simulator,
    here: usize,
    mut request: Request<Incoming>,
) -> Result<Handled, Refusal> {
    let stream = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    let verb = ask::verb(&head.method)?;
    let path = ask::path(head.uri.path())?;
    let found = api::find(verb, &path);
    let is_open = |method: &api::Method| Needs::of(verb, method.path) == Needs::Nobody;
    let caller = match found {
        Some((method, _)) if is_open(method) => Caller::nobody(),
        _ => caller::caller(simulator, &head.headers, verb)?,
    };
    let (method, of_path) = found.ok_or_else(|| {
        Refusal::new(501, format!("Method '{} {path}' not implemented", head.method))
    })?;
    let of_path = Args(of_path.into_iter().collect());
    let given = ask::given(simulator, &head, body).await?;
    let wanted = upgrade::wanted(&head, &path)?;
    check_method(method, &of_path, &caller)?;
    let at = match of_path.get("node").filter(|_| method.proxied) {
        Some(name) => reach(simulator, here, name).await?,
        None => here,
    };
    let args = ask::check(method, of_path, given)?;
    check_inside(method, &args, &caller)?;
    let outcome = match simulator.invoke(method, &args, caller, at)? {
        Began::Null => Outcome::Data(Value::Null),
        Began::Value(value) => match (wanted, args.number("port")) {
            (Some(wanted), Some(port)) => {
                let port = u16::try_from(port).unwrap_or_default();
                return Ok(match Session::take(simulator, here, port) {
                    Some(session) => {
                        Handled::Terminal(Box::new(Opened { wanted, stream, session }))
                    }
                    // Nobody listens at the port: never, no more, or not again.
                    None => Handled::Closed,
                });
            }
            _ => Outcome::Data(value),
        },
        Began::Page(value, total) => Outcome::Page(value, total),
        Began::Worker(upid, job) => {
            let told = Value::from(upid.as_str());
            // The daemon's, not the client's: it goes on whoever hangs up.
            let simulator = simulator.clone();
            tokio::spawn(async move {
                work(&simulator, &upid, job, &Sink::nowhere(), Interrupts::never()).await
            });
            Outcome::Data(told)
        }
    };
    Ok(Handled::Answered(outcome))
}

/// The place of the node `name`, once it answers the node at `here`.
async fn reach(simulator: &Simulator, here: usize, name: &str) -> Result<usize, Refusal> {
    let there = simulator.look(|cluster, _| {
        if name == "localhost" {
            return Some(here);
        }
        cluster.nodes.iter().position(|node| node.name.as_str() == name)
    });
    let there = there.ok_or_else(|| {
        let why = format!("failed to get address info for: {name}: Name or service not known");
        Refusal::new(500, format!("hostname lookup '{name}' failed - {why}"))
    })?;
    if there == here {
        return Ok(here);
    }
    let is_up = || simulator.look(|cluster, _| cluster.nodes.get(there).is_some_and(|n| n.is_up()));
    if !is_up() {
        simulator.clock().sleep(simulator.timing().dead_node).await;
        return Err(Refusal::bare(595, "No route to host"));
    }
    let hangs = |simulator: &Simulator| {
        let trouble = |node: &crate::node::Node| node.trouble == Some(DoorTrouble::Hang);
        simulator.look(|cluster, _| cluster.nodes.get(there).is_some_and(trouble))
    };
    let mut changes = simulator.changes();
    let mut patience = simulator.clock().sleep(PROXY);
    loop {
        changes.mark_unchanged();
        if !hangs(simulator) {
            return Ok(there);
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = &mut patience => return Err(Refusal::bare(596, "Connection timed out")),
        }
        if !is_up() {
            return Err(Refusal::bare(596, "Connection reset by peer"));
        }
    }
}
