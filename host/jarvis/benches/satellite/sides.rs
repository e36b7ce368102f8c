//! The two that listen.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::hub::Hub;
use crate::sound_server::{MICROPHONE, environment, program};
use crate::stage::Stage;
use crate::support;

/// What `espeak-ng` speaks at, samples a second.
const RATE: u32 = 22_050;

/// `jarvis listen`.
pub(crate) struct Jarvis {
    child: Child,
    /// It ends with the keys.
    _keys: ChildStdin,
}

/// `wyoming-satellite`, and who does for it what Home Assistant would.
pub(crate) struct Satellite {
    child: Child,
    _hub: Hub,
}

impl Jarvis {
    pub(crate) fn start(stage: &Stage) -> Self {
        let models = stage.models.path().to_str().unwrap();
        let args = ["listen", "--demo", "--json", "--stt", &stage.stt, "--models", models];
        let mut command = stage.demo.command(&args);
        command.envs(environment(stage.sound.path()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let is_asleep =
            |line: &String| serde_json::from_str::<Value>(line).unwrap()["event"] == "asleep";
        lines.find(is_asleep).expect("jarvis listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _keys: keys }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Jarvis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Satellite {
    pub(crate) fn start(stage: &Stage, runtime: &Runtime) -> Self {
        let target = support::jarvis().ancestors().nth(2).unwrap();
        let python = target.join("tools/wyoming-satellite/bin/python");
        assert!(python.exists(), "it is not there: script/bench satellite fetches it");
        let (own, wake) = (free(), free());
        let folder = stage.sound.path();
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
        command.args([
            "-m",
            "wyoming_satellite",
            "--no-zeroconf",
            "--uri",
            &format!("tcp://{own}"),
        ]);
        command.args(["--wake-uri", &format!("tcp://{wake}"), "--wake-word-name", "jarvis"]);
        command.arg("--mic-command");
        command.arg(format!("{raw} --record --rate=16000 --device={MICROPHONE}"));
        command.arg("--snd-command").arg(format!("{raw} --playback --rate={RATE}"));
        command.args(["--snd-command-rate", &RATE.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().unwrap();
        let hub = runtime.block_on(Hub::start(stage, own, wake));
        Self { child, _hub: hub }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Satellite {
    fn drop(&mut self) {
        // What it has started dies with it; to be interrupted it may take for ever.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that nobody has.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
