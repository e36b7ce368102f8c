//! What one connection that is kept saves: 50 commands on a node over it,
//! against 50 connections of the `ssh` program. The far side is the same for
//! both: a real sshd on the loopback address, and a simulated node's shell
//! behind it. Fails when the limit is not held, unless `--report` asks only to
//! be told; `--seconds N` ends each of the two after half of it.
//!
//! `script/bench ssh --seconds 10 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "ssh/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jarvis_domain::sensors::Sensors;
use serde_json::json;

use options::Options;
use stage::{NODE, Node};

/// How many commands make the comparison.
const COMMANDS: usize = 50;
/// How many at least, however short the bench is to be.
const FEWEST: usize = 5;
/// A fresh connection is a key exchange and a signature on both sides, 100 ms
/// and more on a small machine; what both share is the start of the far
/// program, some milliseconds.
const RATIO: f64 = 5.0;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if args.first().is_some_and(|first| first == "simulate") {
        return runtime.block_on(stage::play(&args));
    }
    let options = Options::or_seconds(60.0);
    let time = Duration::from_secs_f64(options.seconds / 2.0);
    let node = Node::start();
    let (connect, kept) = runtime.block_on(over_one(&node, time));
    let fresh = over_many(&node, time);
    let ratio = mean(&fresh) / mean(&kept);
    let held = ratio >= RATIO;
    let figures = json!({
        "bench": "ssh",
        "first_with_connection_ms": connect,
        "kept": { "commands": kept.len(), "mean_ms": mean(&kept), "total_ms": kept.iter().sum::<f64>() },
        "fresh": { "commands": fresh.len(), "mean_ms": mean(&fresh), "total_ms": fresh.iter().sum::<f64>() },
        "ratio": { "value": ratio, "limit": RATIO, "held": held },
    });
    if options.json {
        println!("{figures}");
    } else {
        println!("the first command, with its connection {connect:>9.2} ms");
        println!(
            "{:>3} commands over the one connection  {:>9.2} ms each",
            kept.len(),
            mean(&kept)
        );
        println!(
            "{:>3} commands, each with a fresh one   {:>9.2} ms each",
            fresh.len(),
            mean(&fresh)
        );
        let broken = if held { "" } else { "  NOT HELD" };
        println!("the ratio                             {ratio:>9.2}, at least {RATIO}{broken}");
    }
    options.exit(held)
}

/// The first command, which opens the connection, and each of the others.
async fn over_one(node: &Node, time: Duration) -> (f64, Vec<f64>) {
    let cluster = node.client();
    let name = NODE.parse().unwrap();
    let began = Instant::now();
    cluster.temperatures(&name).await.unwrap();
    let connect = millis(began);
    let (mut all, until) = (Vec::new(), Instant::now() + time);
    while is_wanted(&all, until) {
        let began = Instant::now();
        cluster.temperatures(&name).await.unwrap();
        all.push(millis(began));
    }
    (connect, all)
}

fn over_many(node: &Node, time: Duration) -> Vec<f64> {
    let (mut all, until) = (Vec::new(), Instant::now() + time);
    while is_wanted(&all, until) {
        let began = Instant::now();
        let ran = node.ssh().output().unwrap();
        // One chip of this node cannot be read, for which `sensors` ends with 1.
        assert!(ran.stdout.starts_with(b"{"), "{ran:?}");
        all.push(millis(began));
    }
    all
}

fn is_wanted(all: &[f64], until: Instant) -> bool {
    all.len() < FEWEST || (all.len() < COMMANDS && Instant::now() < until)
}

fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

#[allow(clippy::cast_precision_loss, reason = "at most fifty")]
fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}
