//! `jarvis devices` and `doctor` with a sound server, and with nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "support/sound_server.rs"]
mod sound_server;
mod support;

use std::process::Command;

use sound_server::{SoundServer, environment};
use support::{Demo, Ran};

/// The command in the world of the sound server, which need not run.
fn run(demo: &Demo, args: &[&str]) -> Ran {
    let mut command: Command = demo.command(args);
    Ran::from(command.envs(environment(demo.root())).output().unwrap())
}

#[test]
fn devices_are_shown_to_people_and_to_programs() {
    let demo = Demo::alone();
    let _server = SoundServer::start(demo.root());
    let shown = run(&demo, &["devices"]).ended(0);
    for word in ["microphone", "vmic", "loudspeaker", "vspk", "PulseAudio", "48000 Hz, 2 × i16"] {
        assert!(shown.stdout.contains(word), "{word} is not in {shown:?}");
    }
    let told = run(&demo, &["devices", "--json"]).ended(0).json();
    let microphone = told.as_array().unwrap().iter().find(|d| d["kind"] == "microphone").unwrap();
    assert_eq!(
        *microphone,
        serde_json::json!({
            "kind": "microphone", "name": "vmic", "by": "PulseAudio", "default": true,
            "description": microphone["description"],
            "format": {"rate": 16000, "channels": 1, "sample": "i16"},
        })
    );
    let settings = demo.file("jarvis.yaml", "audio: {input: desk}");
    let ran = run(&demo, &["doctor", "--config", settings.to_str().unwrap()]).ended(1);
    ran.says("there is no microphone \"desk\" here; there are: vmic").says("jarvis devices shows");
    let settings = demo.file("jarvis.yaml", "audio: {input: vmic}");
    let ran = run(&demo, &["doctor", "--config", settings.to_str().unwrap()]);
    ran.says("microphone: vmic by PulseAudio, loudspeaker: vspk by PulseAudio");
}

#[test]
fn without_any_device_nothing_else_is_written() {
    let demo = Demo::alone();
    let none = run(&demo, &["devices"]).ended(0);
    none.says("This machine has no microphone and no loudspeaker.");
    let none = run(&demo, &["devices", "--json"]).ended(0);
    // ALSA's library has much to say about it.
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("[]\n", ""));
    let settings = demo.file("jarvis.yaml", "{}");
    let ran = run(&demo, &["doctor", "--config", settings.to_str().unwrap()]);
    ran.says("no microphone and no loudspeaker");
    // Who listens has one error with what else there is; who types needs none.
    let listen = ["listen", "--demo", "--push-to-talk", "--stt", "tcp://127.0.0.1:9"];
    let none = run(&demo, &listen).ended(2);
    assert_eq!(none.stderr.matches("hint:").count(), 1, "{none:?}");
    none.says("voice-device-none").says("Typed words, sound files and the API need none");
    run(&demo, &["ask", "--demo", "how hot is node three"]).ended(0).says("degrees");
}
