//! What the room itself costs, engines that are played aside: how long it takes
//! from the end of an utterance to the first sound that is handed to a device,
//! over real children; how much of a core and of memory it takes to listen, with
//! Porcupine 1.9.5, an hour at test speed and some seconds on a sound server; whether an
//! hour of talk grows; and how long whisper's words are missing after the end of speech.
//! The way through a host, stage by stage, is measured in the room that has one. Fails
//! when a limit is not held, unless `--report` asks only to be told.
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

#[path = "voice/answers.rs"]
mod answers;
#[path = "../tests/engines/espeak.rs"]
mod espeak;
#[cfg(feature = "whisper")]
#[path = "../tests/models/ggml.rs"]
mod ggml;
#[path = "voice/listening.rs"]
mod listening;
#[path = "voice/piper.rs"]
mod piper;
#[path = "../src/piper/tones.rs"]
mod piper_tones;
#[path = "../tests/engines/porcupine.rs"]
mod porcupine;
#[path = "../tests/engines/pretend.rs"]
mod pretend;
#[cfg(feature = "whisper")]
#[path = "../tests/models/random.rs"]
mod random;
#[path = "../../../tests/bench/shares.rs"]
mod shares;
#[path = "../../../tests/support/sound_server.rs"]
mod sound_server;
#[path = "voice/talking.rs"]
mod talking;
#[cfg(feature = "whisper")]
#[path = "voice/whisper.rs"]
mod whisper;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

use listening::Hour;
use serde_json::{Value, json};
use shares::shares;
use talking::Talked;
use tokio::runtime::Runtime;

const CHILD: &str = "engine";
type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// What this program is called with to listen on the sound server of a folder, which
/// the library takes from its environment.
const LIVE: &str = "live";
/// What of the plain time whisper may take after the end of speech.
#[cfg(feature = "whisper")]
const EARLY: f64 = 0.33;
/// Milliseconds at the median and for 99 of 100, percent of a core, and bytes that
/// an hour may add.
const LIMITS: (f64, f64, f64, u64) = (10.0, 30.0, 3.0, 2 << 20);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match &args[..] {
        [first, name] if first == CHILD => {
            let done = runtime.block_on(child(name));
            std::process::exit(i32::from(done.is_err()));
        }
        [first, folder] if first == LIVE => {
            println!("{}", runtime.block_on(listening::live(folder.into())));
            // A thread that a sound library holds is not waited for.
            std::process::exit(0);
        }
        _ => {}
    }
    let (times, hour) =
        runtime.block_on(async { (answers::answers().await, listening::hour().await) });
    let live = live();
    let Talked { exchanges, growth: grown } = runtime.block_on(talking::hour());
    let (half, most) = shares(times);
    let Hour { percent, memory, growth } = hour;
    let held = half < LIMITS.0
        && most < LIMITS.1
        && percent.max(live) < LIMITS.2
        && growth.max(grown) < LIMITS.3;
    let mut found = json!({
        "answer_ms": {"p50": half, "p99": most},
        "listening_percent": percent,
        "listening_live_percent": live,
        "memory": {"own": memory[0], "porcupine": memory[1], "espeak": memory[2]},
        "growth": growth,
        "talking": {"exchanges": exchanges, "growth": grown},
    });
    let [own, porcupine, espeak] = memory.map(|bytes| bytes as f64 / f64::from(1 << 20));
    let mut told = vec![
        format!("end of speech to first sound: p50 {half:.2} ms, p99 {most:.2} ms"),
        format!("listening, an hour at test speed: {percent:.2} % of a core"),
        format!("listening on a sound server, without the server: {live:.2} % of a core"),
        format!("memory: {own:.1} MiB, Porcupine {porcupine:.1} MiB, espeak-ng {espeak:.1} MiB"),
        format!("more memory after the hour than after its first tenth: {} KiB", growth >> 10),
        format!(
            "the same of an hour of talk, {exchanges} exchanges with all their parts: {} KiB",
            grown >> 10
        ),
    ];
    let piper = runtime.block_on(piper::memory());
    remember("piper", piper, "Piper with a voice of a few tones", &mut found, &mut told);
    let held = held & recognising(&runtime, &mut found, &mut told);
    if args.iter().any(|arg| arg == "--json") {
        println!("{found}");
    } else {
        println!("{}", told.join("\n"));
    }
    ExitCode::from(u8::from(!held && !args.iter().any(|arg| arg == "--report")))
}

/// Adds what a child holds in memory, `bytes`, beside the others.
fn remember(name: &str, bytes: u64, what: &str, found: &mut Value, told: &mut Vec<String>) {
    found["memory"][name] = json!(bytes);
    told.push(format!("memory: {what} {:.1} MiB", bytes as f64 / f64::from(1 << 20)));
}

/// Adds what whisper takes; whether its limit is held.
#[cfg(feature = "whisper")]
fn recognising(runtime: &Runtime, found: &mut Value, told: &mut Vec<String>) -> bool {
    let whisper::Found { plain, fitted, early, memory } = runtime.block_on(whisper::measure());
    let share = early / plain;
    let [plain, fitted, early] = [plain, fitted, early].map(|seconds| seconds * 1e3);
    remember("whisper", memory, "whisper with a model of base.en's size", found, told);
    found["words_ms"] = json!({"plain": plain, "fitted": fitted, "early": early, "share": share});
    told.push(format!(
        "end of speech to words: {early:.0} ms, {share:.3} of the plain call's {plain:.0} ms (at \
         most {EARLY}); by fitted sound alone {fitted:.0} ms"
    ));
    share <= EARLY
}

/// There is nothing to measure.
#[cfg(not(feature = "whisper"))]
fn recognising(_: &Runtime, _: &mut Value, _: &mut Vec<String>) -> bool {
    true
}

async fn child(name: &str) -> Result<(), jarvis_voice::VoiceError> {
    match name {
        "pretend" => jarvis_voice::run(|| Ok(pretend::Pretend::default())).await,
        real => jarvis_voice::run_named(real).await,
    }
}

/// Percent of a core.
fn live() -> f64 {
    let output = sound_server::beside(LIVE);
    let told = String::from_utf8(output.stdout).unwrap();
    told.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
