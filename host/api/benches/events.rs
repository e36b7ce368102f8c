//! What it takes to tell many: 1,000 listeners at `/ws/events`, over real
//! WebSockets on the loopback and in a process of their own, are told 50
//! changes a second. How long each frame takes to be read; the same with one
//! more listener that never reads; against a bare axum server that sends the
//! same bytes out of a tokio broadcast; and memory a listener.
//! Fails when a limit is not held, unless `--report` asks only to be told.
//!
//! `script/bench events --seconds 30 --json`
#![allow(clippy::unwrap_used, reason = "a bench that cannot run says why by panicking")]

#[path = "events/files.rs"]
mod files;
#[path = "events/listeners.rs"]
mod listeners;
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "events/report.rs"]
mod report;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "events/servers.rs"]
mod servers;
#[path = "api/stage.rs"]
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use options::Options;
use report::Told;
use servers::{Bare, Jarvis, Teller};

/// How many listen.
const LISTENERS: usize = 1000;
/// How many changes there are in a second.
const RATE: u32 = 50;
/// Each server is measured so often, in turns, so that what else the machine
/// does strikes all of them.
const ROUNDS: u32 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Err(why) = files::allow(LISTENERS) {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let [first, address, count] = args.as_slice()
        && first == "listen"
    {
        let listen = listeners::listen(address.parse().unwrap(), count.parse().unwrap());
        return runtime.block_on(listen);
    }
    let options = Options::or_seconds(30.0);
    let report = runtime.block_on(measure(options.seconds));
    report.print(options)
}

async fn measure(seconds: f64) -> report::Report {
    let time = Duration::from_secs_f64(seconds / f64::from(3 * ROUNDS));
    let mut report = report::Report::default();
    for round in 0..ROUNDS {
        let jarvis = Jarvis::start().await;
        let before = report::memory();
        let told = tell(&jarvis, time).await;
        if round == 0 {
            // Later rounds use what earlier ones gave back.
            report.grown_kib = told.memory_kib - before;
        }
        report.jarvis.add(told);
        report.bare.add(tell(&Bare::start().await, time).await);
        let jarvis = Jarvis::start().await;
        let silent = jarvis.with_silent().await;
        report.beside_silent.add(tell(&jarvis, time).await);
        drop(silent);
    }
    report
}

/// Tells all listeners of changes for so long.
async fn tell(teller: &impl Teller, time: Duration) -> Told {
    let listeners = listeners::Process::start(teller.address()).await;
    let count = (time.as_secs_f64() * f64::from(RATE)).ceil().max(1.0);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    let mut number = 0;
    while f64::from(number) < count {
        let due = ticks.tick().await;
        number += 1;
        // Counted from when it was due: a late teller is no excuse.
        let published = listeners::monotonic() - due.elapsed();
        teller.tell(&servers::event(number, published, f64::from(number) >= count));
    }
    let memory_kib = report::memory();
    let heard = listeners.end().await;
    Told { published: number, memory_kib, heard }
}
