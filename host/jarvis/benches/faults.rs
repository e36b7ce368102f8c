//! Random faults, and whether the host tells the truth all the same: a real
//! host by either way to a simulated cluster, which misbehaves in every way it
//! can, while many ask at once and the host is killed now and then. Each
//! outcome is compared with what the simulator knows to have happened.
//!
//! Fails when one answer was wrong, one operation lost or one query stuck,
//! also with `--report`: none of these is a speed. `--seed N` throws the same
//! faults and requests again, though not at the same moments; `--way pvesh|api`
//! tries one way alone.
//!
//! `script/bench faults --seconds 120 --seed 7`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]

#[path = "faults/deeds.rs"]
mod deeds;
#[path = "faults/dice.rs"]
mod dice;
#[path = "faults/life.rs"]
mod life;
#[path = "faults/oracle.rs"]
mod oracle;
#[path = "faults/report.rs"]
mod report;
#[path = "faults/trouble.rs"]
mod trouble;
#[path = "faults/truth.rs"]
mod truth;
#[path = "faults/world.rs"]
mod world;

use std::process::ExitCode;
use std::time::Duration;

use jarvis_domain::{Clock, SystemClock};
use tokio::signal::unix::{SignalKind, signal};

use crate::world::Way;

/// How long it lasts where nothing else is said.
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// What the command line says; what cargo adds is not ours.
struct Options {
    time: Duration,
    json: bool,
    seed: u64,
    ways: Vec<Way>,
}

fn main() -> ExitCode {
    let options = options();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let lived = runtime.block_on(async {
        let mut all = tokio::task::JoinSet::new();
        for way in options.ways.clone() {
            all.spawn(life::live(way, options.time, options.seed));
        }
        // Told to stop, it takes its hosts and clusters along.
        let mut terminated = signal(SignalKind::terminate()).unwrap();
        tokio::select! {
            lived = all.join_all() => Some(lived),
            _ = terminated.recv() => None,
        }
    });
    let Some(lived) = lived else { return ExitCode::FAILURE };
    if options.json {
        report::print_json(&lived, options.seed);
    } else {
        report::print(&lived, options.seed);
    }
    report::print_stories(&lived);
    let clean = lived.iter().all(|one| one.findings.is_empty());
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn options() -> Options {
    let mut options = Options {
        time: TEN_MINUTES,
        json: false,
        seed: SystemClock.now().0,
        ways: vec![Way::Pvesh, Way::Api],
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let seconds = args.next().and_then(|n| n.parse().ok());
                options.time = seconds.map_or(TEN_MINUTES, Duration::from_secs_f64);
            }
            "--seed" => {
                let seed = args.next().and_then(|n| n.parse().ok());
                options.seed = seed.expect("--seed takes a number");
            }
            "--way" => match args.next().as_deref() {
                Some("pvesh") => options.ways = vec![Way::Pvesh],
                Some("api") => options.ways = vec![Way::Api],
                other => panic!("--way takes pvesh or api, not {other:?}"),
            },
            "--json" => options.json = true,
            _ => {}
        }
    }
    options
}
