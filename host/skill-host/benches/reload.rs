//! What it costs to keep the skills like their folder: from the last write of
//! an update until it serves, a start with twenty skills, their memory, and
//! whether memory stays where it is over many reloads and calls. Memory is
//! always that of a fresh process, which this program starts as its own child.
//! Fails when a limit is not held; `--report` only says so. `--seconds N` ends
//! each part after so long, and says how far it came.
//!
//! `script/bench reload --seconds 5 --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]

#[path = "reload/active.rs"]
mod active;
#[path = "reload/memory.rs"]
mod memory;
#[path = "reload/python.rs"]
mod python;
#[path = "reload/rows.rs"]
mod rows;
#[path = "reload/shop.rs"]
mod shop;
#[path = "reload/soak.rs"]
mod soak;
#[path = "reload/twenty.rs"]
mod twenty;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use serde_json::Value;

/// What the command line says; what cargo adds is not ours.
struct Options {
    /// How long each part may last; none: all of its counts.
    time: Option<Duration>,
    json: bool,
    report: bool,
    /// The part that this process is to do, as a child.
    child: Option<String>,
}

fn main() -> ExitCode {
    let options = options();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Some(child) = &options.child {
        println!("{}", runtime.block_on(part(child, options.time)));
        return ExitCode::SUCCESS;
    }
    let mut all = runtime.block_on(active::measure(options.time));
    all.extend(twenty::measure());
    all.extend(python::measure());
    all.extend(soak::measure(options.time));
    if options.json {
        rows::print_json(&all)
    } else {
        rows::print(&all)
    }
    let held = all.iter().all(rows::Row::held);
    if held || options.report { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a child does, by its name and a folder.
async fn part(child: &str, time: Option<Duration>) -> Value {
    let (name, folder) = child.split_once(':').unwrap();
    let folder = Path::new(folder);
    match name {
        "start" => twenty::start(folder).await,
        "python" => python::start(folder).await,
        "refused" => python::refused(folder).await,
        name => soak::part(name, folder, time).await,
    }
}

/// Starts this program again for one part, and reads what it found.
fn child(name: &str, folder: &Path, time: Option<Duration>) -> Value {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--child").arg(format!("{name}:{}", folder.display()));
    if let Some(time) = time {
        command.arg("--seconds").arg(time.as_secs_f64().to_string());
    }
    let output = command.stderr(std::process::Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{name} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn options() -> Options {
    let mut options = Options { time: None, json: false, report: false, child: None };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let seconds = args.next().and_then(|n| n.parse().ok());
                options.time = seconds.map(Duration::from_secs_f64);
            }
            "--json" => options.json = true,
            "--report" => options.report = true,
            "--child" => options.child = args.next(),
            _ => {}
        }
    }
    options
}
