//! Sound for the tests of this room.

use std::process::Command;

use crate::resample::Rate;
use crate::wav::WavReader;
use crate::{Frame, Framer, RATE};

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

/// So many seconds without any sound.
pub(crate) fn silence(seconds: f32) -> Vec<i16> {
    vec![0; (seconds * RATE as f32) as usize]
}

/// Pink noise, always the same, of this amplitude.
pub(crate) fn noise(seconds: f32, amplitude: f32) -> Vec<i16> {
    let (mut state, mut rows) = (0x2545_f491_u32, [0.0_f32; 8]);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    // Voss and McCartney: rows that change half as often each.
    let count = (seconds * RATE as f32) as usize;
    (1..=count)
        .map(|n| {
            let row = (n.trailing_zeros() as usize).min(rows.len() - 1);
            rows[row] = next();
            (rows.iter().sum::<f32>() / rows.len() as f32 * 2.0 * amplitude * 32_767.0) as i16
        })
        .collect()
}

/// A steady tone.
pub(crate) fn tone(hertz: f32, seconds: f32) -> Vec<i16> {
    let count = (seconds * RATE as f32) as usize;
    let turn = std::f32::consts::TAU * hertz / RATE as f32;
    (0..count).map(|n| ((n as f32 * turn).sin() * 10_000.0) as i16).collect()
}

/// As frames.
pub(crate) fn frames(samples: &[i16]) -> Vec<Frame> {
    let mut framer = Framer::default();
    let mut frames = framer.push(samples);
    frames.extend(framer.finish());
    frames
}
