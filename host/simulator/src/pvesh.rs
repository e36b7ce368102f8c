//! The `pvesh` program: what it prints and how it exits, after pve-manager's
//! PVE/CLI/pvesh.pm. What the methods do is `api`'s.

mod argv;
mod check;
mod format;
mod getopt;
mod listing;
mod proxy;
mod run;

use crate::cluster::Cluster;
use crate::engine::Simulator;
use crate::fault::Misbehaviour;
use crate::sink::{Gone, Interrupts, Sink};
use crate::wire::Signal;

pub(crate) use check::{Args, Wrong, boolean, check};
pub(crate) use getopt::Takes;
pub(crate) use run::Die;

/// A value as JSON, for the replay of recordings.
#[cfg(test)]
pub(crate) fn reprint(value: &serde_json::Value, pretty: bool) -> String {
    format::print(value, if pretty { format::Format::JsonPretty } else { format::Format::Json })
}

/// What a plugin and perl say on many a healthy node.
const NOISE: &str = "\
perl: warning: Setting locale failed.
perl: warning: Please check that your locale settings:
\tLANGUAGE = (unset),
\tLC_ALL = (unset),
\tLC_TIME = \"de_DE.UTF-8\",
\tLANG = \"en_US.UTF-8\"
    are supported and installed on your system.
perl: warning: Falling back to a fallback locale (\"en_US.UTF-8\").
Plugin \"PVE::Storage::Custom::Example\" is implementing an older storage API, an upgrade is recommended
";

/// When the node it runs on has no power, nobody is there to say anything; what
/// comes nearest is what it says without pmxcfs.
const NO_PMXCFS: &str = "\
ipcc_send_rec[1] failed: Connection refused
ipcc_send_rec[2] failed: Connection refused
ipcc_send_rec[3] failed: Connection refused
Unable to load access control list: Connection refused
";

/// What no client can make sense of.
const GARBAGE: &str = "<html><body>\u{1b}[31m]}{ 502 \"Bad\u{0} Gateway\n";

/// Runs `pvesh`; the exit code.
pub(crate) async fn main(
    simulator: &Simulator,
    argv: &[String],
    sink: &Sink,
    mut interrupts: Interrupts,
) -> i32 {
    let request = argv::split(argv);
    let command = request.command.clone().unwrap_or_default();
    let misbehaves = tokio::select! {
        biased;
        signal = interrupts.wait() => return Signal::exit(signal),
        how = begin(simulator, &command) => how,
    };
    if simulator.look(|cluster, _| cluster.local().is_some_and(|node| !node.is_up())) {
        // Whoever is gone does not read it either.
        let _ = sink.err(NO_PMXCFS);
        return 255;
    }
    let ran = match misbehaves {
        Some(Misbehaviour::Garbage) => return i32::from(sink.out(GARBAGE).is_err()),
        Some(Misbehaviour::Die) => return run::die_half_way(simulator, &request, sink).await,
        Some(Misbehaviour::LoseUpid) => run::run(simulator, &request, sink, interrupts, true).await,
        Some(Misbehaviour::Noise) if sink.err(NOISE).is_err() => return 1,
        Some(Misbehaviour::Noise | Misbehaviour::Hang) | None => {
            run::run(simulator, &request, sink, interrupts, false).await
        }
    };
    match ran {
        Ok(()) => 0,
        Err(Die { code, text, .. }) => match sink.err(text) {
            Ok(()) | Err(Gone) => code,
        },
    }
}

/// Loads its modules, so to say: the latency, and a hang for as long as it
/// lasts. How this call misbehaves.
async fn begin(simulator: &Simulator, command: &str) -> Option<Misbehaviour> {
    let latency = simulator.timing().latency;
    if !latency.is_zero() {
        simulator.clock().sleep(latency).await;
    }
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let how = simulator.look(|cluster: &Cluster, _| cluster.misbehaves(command));
        if how != Some(Misbehaviour::Hang) {
            return how;
        }
        if changes.changed().await.is_err() {
            return None;
        }
    }
}
