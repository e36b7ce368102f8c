//! `jarvis listen` and `wyoming-satellite` from PyPI side by side, on the same
//! engines, the same sound server and the same host: from the end of a spoken
//! question to the first sound of its answer at the loudspeaker, the silence
//! that ends speech included; what of a core each takes while it listens; and
//! its memory. Of the satellite, what records and plays for it counts as well,
//! since jarvis does that itself; engines count for neither, and what Home
//! Assistant does for a satellite is done by this program (`satellite/hub.rs`).
//!
//! `script/bench satellite --seconds 60 --json`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot run says why by panicking"
)]
#![allow(dead_code, reason = "what the tests share has more than is needed here")]

#[path = "satellite/hub.rs"]
mod hub;
#[path = "../../../tests/bench/options.rs"]
mod options;
#[path = "satellite/process.rs"]
mod process;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "satellite/sides.rs"]
mod sides;
#[path = "../../../tests/support/sound_server.rs"]
mod sound_server;
#[path = "satellite/stage.rs"]
mod stage;
#[path = "../../../tests/support/stock.rs"]
mod stock;
#[path = "../../../tests/support/mod.rs"]
mod support;

use std::process::ExitCode;
use std::time::Duration;

use options::Options;
use process::Usage;
use row::Row;
use stage::Stage;

/// How long a question and its answer take, and how long each side is only
/// listened to for as long.
const EXCHANGE: f64 = 10.0;

/// What was seen of one side.
struct Seen {
    /// Milliseconds to an answer, the median.
    answer: f64,
    /// Percent of a core while nobody speaks.
    quiet: f64,
    /// Seconds of a core for each exchange.
    exchange: f64,
    /// MiB.
    memory: f64,
}

fn main() -> ExitCode {
    let options = Options::or_seconds(120.0);
    let tries = ((options.seconds / 2.0 / EXCHANGE) as usize).clamp(1, 20);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let stage = Stage::start();
    let jarvis = sides::Jarvis::start(&stage);
    let ours = measure(&stage, tries, &|| process::own(jarvis.id()));
    drop(jarvis);
    let satellite = sides::Satellite::start(&stage, &runtime);
    let theirs = measure(&stage, tries, &|| process::whole(satellite.id()));
    drop(satellite);
    let rows = [
        Row::new("answer_jarvis", ours.answer, "ms"),
        Row::new("answer_satellite", theirs.answer, "ms"),
        Row::new("listening_jarvis", ours.quiet, "% of a core"),
        Row::new("listening_satellite", theirs.quiet, "% of a core"),
        Row::new("listening_share", ours.quiet / theirs.quiet, "of satellite"),
        Row::new("exchange_jarvis", ours.exchange, "s of a core"),
        Row::new("exchange_satellite", theirs.exchange, "s of a core"),
        Row::new("memory_jarvis", ours.memory, "MiB"),
        Row::new("memory_satellite", theirs.memory, "MiB"),
    ];
    let heading = format!("{tries} spoken questions each, without the engines");
    row::print(&rows, options, &heading, [("bench", "satellite".into()), ("tries", tries.into())])
}

fn measure(stage: &Stage, tries: usize, used: &dyn Fn() -> Usage) -> Seen {
    let mut answers: Vec<f64> = Vec::new();
    // The first one wakes the parts up.
    stage.ask();
    let before = used();
    for _ in 0..tries {
        answers.push(stage.ask().as_secs_f64() * 1e3);
    }
    let asked = used();
    let quiet = Duration::from_secs_f64((EXCHANGE * tries as f64).min(30.0));
    stage.pass(quiet);
    let after = used();
    answers.sort_by(f64::total_cmp);
    Seen {
        answer: answers[answers.len() / 2],
        quiet: (after.seconds - asked.seconds) / quiet.as_secs_f64() * 100.0,
        exchange: (asked.seconds - before.seconds) / tries as f64,
        memory: after.mebibytes,
    }
}
