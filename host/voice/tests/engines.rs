//! Engines in real children, which are this very program again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "engines/alone.rs"]
mod alone;
#[path = "engines/conversation.rs"]
mod conversation;
#[path = "engines/espeak.rs"]
mod espeak;
#[cfg(feature = "whisper")]
#[path = "models/ggml.rs"]
mod ggml;
#[path = "engines/piper.rs"]
mod piper;
#[path = "../src/piper/tones.rs"]
mod piper_tones;
#[path = "engines/porcupine.rs"]
mod porcupine;
#[path = "engines/pretend.rs"]
mod pretend;
#[path = "engines/supervised.rs"]
mod supervised;
#[cfg(feature = "whisper")]
#[path = "models/tones.rs"]
mod tones;
#[cfg(feature = "whisper")]
#[path = "engines/whisper.rs"]
mod whisper;

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

/// What this program is called with to be a child.
const CHILD: &str = "engine";

type Test = fn() -> Pin<Box<dyn Future<Output = ()>>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name] = &args[..]
        && first == CHILD
    {
        return child(name);
    }
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    for (name, test) in tests() {
        if args.iter().any(|arg| arg == "--list") {
            println!("{name}: test");
        } else if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(test());
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

fn tests() -> Vec<(&'static str, Test)> {
    let mut tests = vec![
        supervised::TESTS,
        espeak::TESTS,
        porcupine::TESTS,
        conversation::TESTS,
        piper::TESTS,
        alone::TESTS,
    ];
    #[cfg(feature = "whisper")]
    tests.push(whisper::TESTS);
    tests.concat()
}

fn child(name: &str) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(async {
        match name {
            "pretend" => jarvis_voice::run(|| Ok(pretend::Pretend::default())).await,
            real => jarvis_voice::run_named(real).await,
        }
    });
    if let Err(error) = &done {
        eprintln!("{error}");
    }
    // A thread that reads standard input would be waited for.
    std::process::exit(i32::from(done.is_err()))
}
