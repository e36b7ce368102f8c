//! What systemd runs on a node: `systemd-run`, and as much of `systemctl` and
//! `journalctl` as tells how that went. A unit is a program of this table's,
//! which goes on without whoever started it.

use std::pin::Pin;

use jarvis_domain::Timestamp;

use super::{Done, failed, printed};
use crate::engine::Simulator;
use crate::node::Node;
use crate::sink::{Chunk, Sink};

/// The status of a program that systemd does not find (systemd.exec(5), EXEC).
const NOT_FOUND: i32 = 203;

/// A unit that was made by `systemd-run` with `RemainAfterExit=yes`.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// Its node's boot: a node that is started anew has none of them.
    boot: Timestamp,
    /// Of its program, once that has ended.
    status: Option<i32>,
    journal: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Start {
        unit: String,
        argv: Vec<String>,
    },
    Show {
        unit: String,
    },
    /// `after`: the cursor, which here is a number of bytes.
    Log {
        unit: String,
        after: usize,
    },
    Forget {
        unit: String,
    },
    Sync,
}

/// Reads the argv of a command about units; none for any other.
pub(super) fn wanted(argv: &[String]) -> Option<Wanted> {
    let (program, words) = argv.split_first()?;
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    let last = || words.last().map(|unit| unit.trim_end_matches(".service").to_owned());
    match (program.as_str(), words.first()?.as_str()) {
        ("systemd-run", _) => {
            let begin = words.iter().position(|word| word == "--")?;
            let argv = words.iter().skip(begin + 1).map(|word| word.replace("$$", "$")).collect();
            Some(Wanted::Start { unit: value("--unit=")?.to_owned(), argv })
        }
        ("systemctl", "show") => Some(Wanted::Show { unit: last()? }),
        ("systemctl", "stop" | "reset-failed") => Some(Wanted::Forget { unit: last()? }),
        ("journalctl", "--sync") => Some(Wanted::Sync),
        ("journalctl", _) => {
            let unit = value("_SYSTEMD_UNIT=")?.trim_end_matches(".service").to_owned();
            let after = value("--after-cursor=").and_then(|cursor| cursor.parse().ok());
            Some(Wanted::Log { unit, after: after.unwrap_or_default() })
        }
        _ => None,
    }
}

/// Does it on the node of this name, which is up.
pub(super) fn run(simulator: &Simulator, node: &str, wanted: Wanted) -> Done {
    let change = simulator.with(|cluster, _| match cluster.node_mut(node) {
        Some(node) => change(node, &wanted),
        None => failed("", 255),
    });
    if let (Wanted::Start { unit, argv }, 0) = (wanted, change.code) {
        tokio::spawn(work(simulator.clone(), node.to_owned(), unit, argv));
    }
    change
}

fn change(node: &mut Node, wanted: &Wanted) -> Done {
    let boot = node.booted;
    node.units.retain(|_, unit| unit.boot == boot);
    match wanted {
        Wanted::Sync => printed(""),
        Wanted::Start { unit, .. } if node.units.contains_key(unit) => failed(
            format!(
                "Failed to start transient service unit: Unit {unit}.service was already loaded or has a fragment file.\n"
            ),
            1,
        ),
        Wanted::Start { unit, .. } => {
            let begun = Unit { boot, status: None, journal: String::new() };
            node.units.insert(unit.clone(), begun);
            printed("")
        }
        Wanted::Show { unit } => {
            let unit = node.units.get(unit);
            let loaded = if unit.is_some() { "loaded" } else { "not-found" };
            let status = unit.and_then(|unit| unit.status);
            printed(format!(
                "LoadState={loaded}\nExecMainCode={}\nExecMainStatus={}\n",
                i32::from(status.is_some()),
                status.unwrap_or_default()
            ))
        }
        Wanted::Log { unit, after } => {
            let journal = node.units.get(unit).map(|unit| unit.journal.as_str());
            let journal = journal.unwrap_or_default();
            match journal.get(*after..).filter(|rest| !rest.is_empty()) {
                Some(rest) => printed(format!("{rest}-- cursor: {}\n", journal.len())),
                None => printed(""),
            }
        }
        Wanted::Forget { unit } => {
            let ended = node.units.get(unit).is_some_and(|unit| unit.status.is_some());
            if ended {
                node.units.remove(unit);
            }
            printed("")
        }
    }
}

/// Runs the program of a unit to its end.
async fn work(simulator: Simulator, node: String, unit: String, argv: Vec<String>) {
    let (sink, mut chunks) = Sink::new();
    let keep = async {
        while let Some(Chunk::Out(text) | Chunk::Err(text)) = chunks.recv().await {
            with(&simulator, &node, &unit, |unit| unit.journal.push_str(&text));
        }
    };
    let (status, ()) = tokio::join!(shell(&simulator, &node, &argv, sink), keep);
    let status = if status == 127 { NOT_FOUND } else { status };
    with(&simulator, &node, &unit, |unit| unit.status = Some(status));
}

/// Boxed, since a unit may start a unit.
fn shell<'a>(
    simulator: &'a Simulator,
    node: &'a str,
    argv: &'a [String],
    sink: Sink,
) -> Pin<Box<dyn Future<Output = i32> + Send + 'a>> {
    Box::pin(async move { simulator.shell(node, argv, &sink).await })
}

/// Changes a unit, if the node still has it.
fn with(simulator: &Simulator, node: &str, unit: &str, change: impl FnOnce(&mut Unit)) {
    simulator.with(|cluster, _| {
        let Some(node) = cluster.node_mut(node) else { return };
        let boot = node.booted;
        if let Some(unit) = node.units.get_mut(unit).filter(|unit| unit.boot == boot) {
            change(unit);
        }
    });
}

#[cfg(test)]
mod tests;
