//! Speech for tests, of the room itself too.

use std::process::Command;

use jarvis_voice::{RATE, Rate, WavReader};

/// `text` as `espeak-ng` says it, at 16 kHz.
pub(crate) fn spoken(text: &str, arguments: &[&str]) -> Vec<i16> {
    let mut espeak = Command::new("espeak-ng");
    let out = espeak.args(["--stdout"]).args(arguments).arg(text).output();
    let out = out.expect("espeak-ng is missing: run script/setup");
    let mut reader = WavReader::new(out.stdout.as_slice()).unwrap();
    let (mut read, mut changed) = (Vec::new(), Vec::new());
    while reader.read(&mut read).unwrap() {}
    let mut rate = Rate::new(reader.rate(), RATE).unwrap();
    rate.push(&read, &mut changed).unwrap();
    rate.finish(&mut changed).unwrap();
    changed.into_iter().map(|sample| (sample * 32_767.0) as i16).collect()
}
