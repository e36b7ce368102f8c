//! Sound for the tests of this room.

use crate::wyoming::{Decoder, Engine, Message, serve};
use crate::{Frame, Framer, RATE};

pub(crate) use crate::spoken::spoken;

/// What `engine` answers to all of `messages`.
pub(crate) async fn ask(engine: impl Engine, messages: &[Message]) -> Vec<Message> {
    let asked: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
    let (mut answered, mut decoder) = (Vec::new(), Decoder::default());
    serve(asked.as_slice(), &mut answered, engine).await.unwrap();
    decoder.push(&answered);
    std::iter::from_fn(|| decoder.message().unwrap()).collect()
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
