//! `wyoming-satellite` from PyPI, as it is: on the microphone and the loudspeaker
//! of a sound server of the test's own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::sound_server::{MICROPHONE, program};
use crate::support;

/// What `espeak-ng` speaks at, samples a second.
const RATE: u32 = 22_050;

/// One that runs. It ends when dropped.
pub struct Stock {
    child: Child,
}

impl Stock {
    /// At `own`, by the sound server in `folder`. With a wake word of its own it
    /// finds that at `wake`; else it streams all the time.
    ///
    /// # Panics
    /// It is not there: `script/setup` fetches it.
    pub fn start(folder: &Path, own: SocketAddr, wake: Option<SocketAddr>) -> Self {
        let target = support::jarvis().ancestors().nth(2).unwrap();
        let python = target.join("tools/wyoming-satellite/bin/python");
        assert!(python.exists(), "wyoming-satellite is not there: run script/setup");
        let sound = program(folder, "pacat");
        let words = std::iter::once(sound.get_program()).chain(sound.get_args());
        let words: Vec<&str> = words.map(|word| word.to_str().unwrap()).collect();
        let raw =
            format!("{} --raw --format=s16le --channels=1 --latency-msec=20", words.join(" "));
        let mut command = Command::new(python);
        command.env_clear();
        for (name, value) in sound.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let uri = format!("tcp://{own}");
        command.args(["-m", "wyoming_satellite", "--no-zeroconf", "--uri", &uri]);
        if let Some(wake) = wake {
            let wake = format!("tcp://{wake}");
            command.args(["--wake-uri", &wake, "--wake-word-name", "jarvis"]);
        }
        command.arg("--mic-command");
        command.arg(format!("{raw} --record --rate=16000 --device={MICROPHONE}"));
        command.arg("--snd-command").arg(format!("{raw} --playback --rate={RATE}"));
        command.args(["--snd-command-rate", &RATE.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self { child: command.spawn().unwrap() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        // What it has started dies with it; to be interrupted it may take for ever.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
