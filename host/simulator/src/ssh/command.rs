//! What a node's shell is asked over SSH, and what goes wrong with it on
//! demand.

use crate::engine::Simulator;
use crate::fault::SshTrouble;
use crate::sink::Sink;
use crate::ssh::words;

/// What is no answer of any program's.
const GARBAGE: &str = "\u{1b}]0;owned\u{7}<html>}{ nan \u{0}\n";

/// How much a flood prints, bytes.
const FLOOD: usize = 3 << 20;

/// Runs `line`, as sshd was given it, on `node`; the exit code.
pub(crate) async fn run(simulator: &Simulator, node: &str, line: &str, sink: &Sink) -> i32 {
    let here = simulator
        .look(|cluster, _| cluster.nodes.iter().position(|known| known.name.as_str() == node));
    let Some(here) = here else { return 255 };
    let told = match wait_while(simulator, here, SshTrouble::Hang).await {
        Some(SshTrouble::Garbage) => sink.out(GARBAGE),
        Some(SshTrouble::Flood) => sink.out("x".repeat(FLOOD)),
        Some(SshTrouble::Drop) => {
            cut(simulator, here).await;
            return 255;
        }
        _ => return commands(simulator, node, line, sink).await,
    };
    if told.is_ok() { 0 } else { 255 }
}

async fn commands(simulator: &Simulator, node: &str, line: &str, sink: &Sink) -> i32 {
    let commands = match words::list(line) {
        Ok(commands) => commands,
        Err(error) => {
            // Whoever closed its end hears nothing.
            let _ = sink.err(format!("bash: -c: line 1: {error}\n"));
            return 2;
        }
    };
    let mut code = 0;
    for argv in commands {
        code = simulator.shell(node, &argv, sink).await;
    }
    code
}

/// Cuts every connection of a node, and waits until none is left, so that the
/// exit status of what was under way is told to nobody.
async fn cut(simulator: &Simulator, here: usize) {
    simulator.with(|cluster, _| {
        if let Some(node) = cluster.nodes.get_mut(here) {
            node.cut += 1;
        }
    });
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let open = simulator.look(|cluster, _| cluster.nodes.get(here).map(|n| n.connections));
        if open.unwrap_or_default() == 0 || changes.changed().await.is_err() {
            return;
        }
    }
}

/// Waits as long as the node misbehaves in `this` way; how it does then.
pub(super) async fn wait_while(
    simulator: &Simulator,
    here: usize,
    this: SshTrouble,
) -> Option<SshTrouble> {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let trouble =
            simulator.look(|cluster, _| cluster.nodes.get(here).and_then(|node| node.ssh_trouble));
        if trouble != Some(this) || changes.changed().await.is_err() {
            return trouble;
        }
    }
}
