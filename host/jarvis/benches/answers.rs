//! What jarvis adds to an answer, stage by stage, over the way that it really takes:
//! from the end of speech until the words are handed to the assistant, over the control
//! socket of a host with its skills to the answer, and until the first sound of that is
//! handed to a loudspeaker on a real PulseAudio server, behind the sound that says that
//! speech has ended. Only the engines are played, by this program, and answer at once.
//! Fails when a limit is not held, unless `--report` asks only to be told.
//!
//! `script/bench voice --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]
#![allow(dead_code, reason = "what the tests share has more than is needed here")]

#[path = "rooms/engines.rs"]
mod engines;
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "../../../tests/wyoming/served.rs"]
mod served;
#[path = "../../../tests/bench/shares.rs"]
mod shares;
#[path = "../../../tests/support/sound_server.rs"]
mod sound_server;
#[path = "answers/stage.rs"]
mod stage;
#[path = "../../../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;

use options::Options;
use row::Row;
use shares::shares;
use stage::{STAGES, Stage};

/// What this program is called with to measure on the sound server of a folder, which
/// the library takes from its environment.
const MEASURE: &str = "measure";
/// Exchanges that are measured; and of which nothing is, since they wake the parts up.
const TRIES: usize = 200;
const FIRST: usize = 5;
/// The most milliseconds over all stages, at the median and for 99 of 100.
const LIMITS: (f64, f64) = (10.0, 30.0);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, folder] = &args[..]
        && first == MEASURE
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let found = runtime.unwrap().block_on(measured(folder));
        println!("{}", serde_json::to_string(&found).unwrap());
        // A thread that a sound library holds is not waited for.
        std::process::exit(0);
    }
    let options = Options::or_seconds(0.0);
    let found = measure();
    let mut rows = Vec::new();
    for (n, stage) in STAGES.iter().enumerate() {
        let times = found.iter().map(|exchange| exchange[n]).collect();
        let (half, most) = shares(times);
        rows.push(Row::new(format!("{stage}_p50"), half, "ms"));
        rows.push(Row::new(format!("{stage}_p99"), most, "ms"));
    }
    let (half, most) = shares(found.iter().map(|exchange| exchange.iter().sum()).collect());
    rows.push(Row { most: Some(LIMITS.0), ..Row::new("all_stages_p50", half, "ms") });
    rows.push(Row { most: Some(LIMITS.1), ..Row::new("all_stages_p99", most, "ms") });
    let heading = format!("what jarvis adds, over {TRIES} exchanges");
    row::print(&rows, options, &heading, [("bench", "answers".into()), ("tries", TRIES.into())])
}

/// Milliseconds of each stage, an exchange each.
fn measure() -> Vec<[f64; STAGES.len()]> {
    let output = sound_server::beside(MEASURE);
    let told = String::from_utf8(output.stdout).unwrap();
    let lacks = |_| panic!("{told}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(told.trim()).unwrap_or_else(lacks)
}

async fn measured(folder: &str) -> Vec<[f64; STAGES.len()]> {
    let stage = Stage::open(folder.as_ref()).await;
    for _ in 0..FIRST {
        stage.exchange().await;
    }
    let mut found = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        found.push(stage.exchange().await);
    }
    found
}
