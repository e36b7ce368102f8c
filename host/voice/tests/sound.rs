//! Microphones and loudspeakers on a real PulseAudio server, which the tests
//! start in a folder of their own. What a library takes from its environment
//! cannot be set within a program, so that this one starts itself once more.
//!
//! What is said and played takes as long as it lasts. So there are two tests that
//! hear and play, one for each way to the server, and each goes through many scenes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "sound/devices.rs"]
mod devices;
#[path = "sound/likeness.rs"]
mod likeness;
#[path = "../../../tests/support/sound_server.rs"]
mod sound_server;
#[path = "sound/spoken.rs"]
mod spoken;
#[path = "sound/survival.rs"]
mod survival;
#[path = "sound/ways.rs"]
mod ways;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Command, ExitCode};

/// Names the folder of the server, in the environment.
const FOLDER: &str = "JARVIS_TEST_SOUND";

type Test = fn(PathBuf) -> Pin<Box<dyn Future<Output = ()>>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    for (name, test) in [devices::TESTS, ways::TESTS].concat() {
        if args.iter().any(|arg| arg == "--list") {
            println!("{name}: test");
        } else if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            match &folder {
                Some(folder) => run(test, folder),
                None => start_for(name),
            }
        }
    }
    ExitCode::SUCCESS
}

fn run(test: Test, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(folder.to_owned()));
    // Threads that a sound library holds are not waited for.
    std::process::exit(0);
}

fn start_for(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .arg(name)
        .env_remove("XDG_RUNTIME_DIR")
        .env(FOLDER, folder.path())
        .envs(sound_server::environment(folder.path()))
        .status();
    assert!(status.unwrap().success(), "{name} failed");
    println!("test {name} ... ok");
}
