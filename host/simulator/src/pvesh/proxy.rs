//! Calls for other nodes, which `pvesh` passes on over ssh: the far side's
//! lines come back joined without newlines, and what is then no JSON is
//! printed as one JSON string. Also [LAB]: parameters are checked here first.

use jarvis_domain::NodeName;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

use super::check::Wrong;
use super::format::{Format, print};
use super::run::{Call, Die, execute};
use crate::engine::Simulator;
use crate::sink::{Chunk, Interrupts, Sink};
use crate::wire::Signal;

/// The node to pass `call` on to; none when it is run here.
pub(crate) fn target(
    simulator: &Simulator,
    call: &Call,
    noproxy: bool,
) -> Result<Option<NodeName>, Die> {
    let Some(name) = call.args.get("node").filter(|_| call.method.proxied) else {
        return Ok(None);
    };
    simulator.look(|cluster, _| {
        if name == "localhost" || cluster.local().is_some_and(|node| node.name.as_str() == name) {
            return Ok(None);
        }
        if noproxy {
            return Err(Die::new("proxy loop detected - aborting"));
        }
        let node = cluster.node(name).ok_or_else(|| {
            Die::new(format!(
                "hostname lookup '{name}' failed - failed to get address info for: {name}: Name \
                 or service not known"
            ))
        })?;
        Ok(Some(node.name.clone()))
    })
}

/// Runs `call` on `node`.
pub(crate) async fn run(
    simulator: &Simulator,
    node: &NodeName,
    call: &Call,
    sink: &Sink,
    mut interrupts: Interrupts,
) -> Result<Option<Value>, Die> {
    let timing = simulator.timing();
    let found = simulator
        .look(|cluster, _| cluster.node(node.as_str()).map(|node| (node.is_up(), node.ip.clone())));
    let (is_up, ip) = found.unwrap_or_default();
    let pause = if is_up { timing.hop } else { timing.dead_node };
    if !pause.is_zero() {
        tokio::select! {
            signal = interrupts.wait() => return Err(killed(signal)),
            () = simulator.clock().sleep(pause) => {}
        }
    }
    if !is_up {
        let ssh = format!("ssh: connect to host {ip} port 22: No route to host");
        return Err(Die::new(format!("proxy handler failed: {ssh}")));
    }
    let (inner, output) = Sink::new();
    let far = execute(simulator, call, &inner, interrupts).await;
    drop(inner);
    let (mut stdout, stderr) = drain(output);
    match far {
        Ok(result) => {
            // Only what went wrong is kept back until the end.
            let _ = sink.err(stderr);
            if let Some(value) = result {
                stdout.push_str(&print(&value, Format::Json));
            }
            Ok(rejoined(&stdout))
        }
        Err(die) => Err(Die::new(prefixed(&format!("{stderr}{}", die.text)))),
    }
}

/// What the near side makes of the far side's output.
fn rejoined(stdout: &str) -> Option<Value> {
    let joined: String = stdout.lines().collect();
    if joined.is_empty() {
        return None;
    }
    Some(serde_json::from_str(&joined).unwrap_or(Value::String(joined)))
}

/// The last line gets the prefix; those before it pass unchanged.
fn prefixed(stderr: &str) -> String {
    let stderr = stderr.trim_end_matches('\n');
    match stderr.rsplit_once('\n') {
        Some((before, last)) => format!("{before}\nproxy handler failed: {last}"),
        None => format!("proxy handler failed: {stderr}"),
    }
}

fn killed(signal: Signal) -> Die {
    Die { code: signal.exit(), text: String::new(), wrong: Wrong::new() }
}

/// All that was written, once nobody writes any more.
pub(crate) fn drain(mut output: UnboundedReceiver<Chunk>) -> (String, String) {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    while let Ok(chunk) = output.try_recv() {
        match chunk {
            Chunk::Out(text) => stdout.push_str(&text),
            Chunk::Err(text) => stderr.push_str(&text),
        }
    }
    (stdout, stderr)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_joined_and_what_is_no_json_becomes_a_string() {
        assert_eq!(rejoined(""), None);
        assert_eq!(rejoined("{\"a\":1}\n"), Some(json!({ "a": 1 })));
        assert_eq!(rejoined("one\ntwo\n\"UPID:\"\n"), Some(json!("onetwo\"UPID:\"")));
        assert_eq!(prefixed("a\nb\n"), "a\nproxy handler failed: b");
        assert_eq!(prefixed("b\n"), "proxy handler failed: b");
    }
}
