//! Satellites of a house: what fifty that stream cost jarvis, and how long it
//! takes from the end of what somebody says at one of them to the first byte of
//! the answer's sound there; alone, and while all others stream. Engines are
//! played by this program, and answer at once; the command is a real one, of a
//! skill. The end is the piece of sound with which the silence was long enough.
//!
//! `script/bench rooms --seconds 60 --json`
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
#[path = "../../../tests/support/pretend.rs"]
mod pretend;
#[path = "satellite/process.rs"]
mod process;
#[path = "../../../tests/bench/row.rs"]
mod row;
#[path = "../../../tests/wyoming/served.rs"]
mod served;
#[path = "../../../tests/bench/shares.rs"]
mod shares;
#[path = "../../../tests/support/mod.rs"]
mod support;
#[path = "rooms/talk.rs"]
mod talk;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use options::Options;
use pretend::{Line, Pretend};
use row::Row;
use served::Served;
use shares::shares;
use talk::Talk;

/// How many there are.
const ROOMS: usize = 50;
/// How long a question and its answer take.
const EXCHANGE: f64 = 2.5;
/// The most milliseconds to the first byte, of 99 in 100.
const LIMIT: f64 = 40.0;
/// Everybody has come to rest after it.
const REST: Duration = Duration::from_secs(3);

/// Rooms in which nobody speaks, and whose sound goes to jarvis all the same. It
/// ends when dropped.
struct Streams(Arc<AtomicBool>);

fn main() -> ExitCode {
    let options = Options::or_seconds(180.0);
    let tries = ((options.seconds / 2.0 / EXCHANGE) as usize).clamp(3, 100);
    let rooms: Vec<Pretend> = (0..ROOMS).map(|_| Pretend::listen()).collect();
    let mut settings = "voice: {sounds: false}\nsatellites:\n".to_owned();
    for (n, room) in rooms.iter().enumerate() {
        settings += &format!("  room{n}: {{uri: \"tcp://{}\"}}\n", room.address());
    }
    settings += &engines::settings();
    let served = Served::with(&engines::hears(), "viewer", &settings);
    let mut lines: Vec<Line> = rooms.iter().map(Pretend::accept).collect();
    let talk = Talk::new(&served);
    let mut asked = lines.remove(0);

    // The first one wakes the parts up.
    talk.ask(&mut asked);
    let alone = measure(&talk, &mut asked, tries);
    pass(&mut asked, REST);
    let still = process::own(served.id());
    pass(&mut asked, REST);
    let idle = process::own(served.id()).seconds - still.seconds;
    let streams = Streams::begin(&lines);
    pass(&mut asked, REST);
    let (before, began) = (process::own(served.id()), Instant::now());
    pass(&mut asked, REST * 3);
    let (after, passed) = (process::own(served.id()), began.elapsed().as_secs_f64());
    let together = measure(&talk, &mut asked, tries);
    drop(streams);

    let percent = (after.seconds - before.seconds) / passed * 100.0;
    let count = lines.len() as f64;
    let rows = [
        Row::new("answer_alone_p50", alone.0, "ms"),
        Row::new("answer_alone_p99", alone.1, "ms"),
        Row::new("answer_of_fifty_p50", together.0, "ms"),
        Row { most: Some(LIMIT), ..Row::new("answer_of_fifty_p99", together.1, "ms") },
        Row::new("added_by_fifty", together.0 - alone.0, "ms"),
        Row::new("idle", idle / REST.as_secs_f64() * 100.0, "% of a core"),
        Row::new("streaming", percent, "% of a core"),
        Row::new("streaming_each", percent / count, "% of a core"),
        Row::new("memory_idle", still.mebibytes, "MiB"),
        Row::new("memory_streaming", after.mebibytes, "MiB"),
        Row::new("memory_each", (after.mebibytes - still.mebibytes) / count * 1024.0, "KiB"),
    ];
    let heading = format!("{tries} questions each, alone and beside {count} that stream");
    row::print(&rows, options, &heading, [("bench", "rooms".into()), ("tries", tries.into())])
}

/// Lets some time pass in which nobody asks.
fn pass(line: &mut Line, time: Duration) {
    let begun = Instant::now();
    while let Some(left) = time.checked_sub(begun.elapsed()) {
        line.within(left);
    }
}

/// Milliseconds to the first byte: the median, and what 99 of 100 are below.
fn measure(talk: &Talk, line: &mut Line, tries: usize) -> (f64, f64) {
    shares((0..tries).map(|_| talk.ask(line).as_secs_f64() * 1000.0).collect())
}

impl Streams {
    fn begin(lines: &[Line]) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        for line in lines {
            let (mut ear, mut mouth) = (line.mouth(), line.mouth());
            let goes_on = Arc::clone(&goes_on);
            ear.tell(
                "run-pipeline",
                serde_json::json!({"start_stage": "wake", "end_stage": "tts"}),
            );
            std::thread::spawn(move || {
                let hum = talk::hum();
                while goes_on.load(Ordering::SeqCst) && mouth.say(&hum) {}
            });
            // It answers what it is asked.
            std::thread::spawn(move || while ear.within(pretend::PATIENCE).is_some() {});
        }
        Self(goes_on)
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
