use std::time::Duration;

use super::*;
use crate::FRAME;
use crate::testing::{frames, noise, silence, spoken, tone};

/// What an ear that listens from the start heard, each with its time.
fn hear(samples: &[i16]) -> Vec<(Duration, Heard)> {
    let mut ear = Ear::new(Patience::Normal.settings());
    ear.listen();
    let heard = frames(samples).into_iter().enumerate().map(|(n, frame)| {
        let heard = ear.push(frame);
        (FRAME * u32::try_from(n + 1).unwrap(), heard)
    });
    heard.filter(|(_, heard)| !matches!(heard, Heard::Quiet | Heard::Going)).collect()
}

#[test]
fn a_sentence_is_heard_whole_and_ends_soon_after_it() {
    for (voice, text) in [
        ("en-us", "Start the web server."),
        ("en-us+f3", "How hot is node three?"),
        ("en-us+m3", "Shut down guest one hundred and one."),
        ("en-gb", "Yes, node two."),
    ] {
        let speech = spoken(text, &["-v", voice]);
        let length = FRAME.mul_f32(speech.len() as f32 / 256.0);
        let heard = hear(&[silence(1.0), speech, silence(2.0)].concat());
        let [(began, Heard::Began(before)), (ended, Heard::Ended(Why::Silence))] = &heard[..]
        else {
            panic!("{text}: {heard:?}");
        };
        assert!(*began < Duration::from_millis(1_600), "{text}: began at {began:?}");
        let handed = FRAME * u32::try_from(before.len()).unwrap();
        assert!(*began - handed < Duration::from_secs(1), "{text}: its first sound is handed on");
        // The speech of espeak-ng ends with some silence of its own.
        let end = Duration::from_secs(1) + length;
        let silence = Duration::from_millis(760);
        assert!(*ended <= end + silence, "{text}: of {length:?}, ended at {ended:?}");
        assert!(*ended > end, "{text}: of {length:?}, ended at {ended:?}");
    }
}

#[test]
fn speech_is_found_in_noise() {
    let speech = [silence(1.0), spoken("Start the web server.", &[]), silence(2.0)].concat();
    let noise = noise(6.0, 0.03);
    let mixed: Vec<i16> = speech.iter().zip(noise).map(|(s, n)| s.saturating_add(n)).collect();
    let heard = hear(&mixed);
    let told: Vec<&Heard> = heard.iter().map(|(_, heard)| heard).collect();
    assert!(matches!(told[..], [Heard::Began(_), Heard::Ended(Why::Silence)]), "{told:?}");
}

#[test]
fn speech_ends_soon_in_loud_noise_and_with_a_hum_behind_it() {
    let said = spoken("Start the web server.", &[]);
    let spoken_until = Duration::from_secs(2) + FRAME.mul_f32(said.len() as f32 / 256.0);
    let speech = [silence(2.0), said, silence(4.0)].concat();
    let length = speech.len() as f32 / 16_000.0;
    let hum = |hertz: f32, loud: i16| -> Vec<i16> {
        tone(hertz, length).into_iter().map(|sample| sample / loud).collect()
    };
    for (what, behind) in [
        ("noise of 0.05", noise(length, 0.05)),
        ("noise of 0.1", noise(length, 0.1)),
        ("a hum of 100 Hz", hum(100.0, 10)),
        ("a hum of 50 Hz", hum(50.0, 4)),
        ("a loud hum of 100 Hz", hum(100.0, 3)),
        ("a tone of 440 Hz", hum(440.0, 10)),
        ("a loud tone of 440 Hz", hum(440.0, 3)),
        ("a fan", noise(length, 0.03).iter().zip(hum(120.0, 8)).map(|(n, h)| n + h).collect()),
    ] {
        let mixed: Vec<i16> = speech.iter().zip(behind).map(|(s, n)| s.saturating_add(n)).collect();
        let heard = hear(&mixed);
        let [(_, Heard::Began(_)), (ended, Heard::Ended(Why::Silence))] = &heard[..] else {
            panic!("{what}: {heard:?}");
        };
        let late = ended.saturating_sub(spoken_until);
        assert!(late < Duration::from_millis(1_500), "{what}: ended {late:?} after the speech");
    }
}

#[test]
fn silence_and_noise_never_become_an_utterance() {
    let clicks: Vec<i16> = (0..80_000)
        .map(|n| if n % 5_333 < 40 { if n % 2 == 0 { 20_000 } else { -20_000 } } else { 0 })
        .collect();
    for (what, sound) in [
        ("silence", silence(5.5)),
        ("noise as loud as can be", noise(5.5, 0.3)),
        ("noise that sets in", [silence(1.0), noise(4.5, 0.3)].concat()),
        ("soft noise", noise(5.5, 0.02)),
        ("a tone", tone(440.0, 5.5)),
        ("clicks", clicks),
    ] {
        let heard = hear(&sound);
        let told: Vec<&Heard> = heard.iter().map(|(_, heard)| heard).collect();
        assert!(told.is_empty() || told == [&Heard::Nothing], "{what}: {told:?}");
    }
}

#[test]
fn one_breath_after_the_wake_word_loses_nothing() {
    let mut ear = Ear::new(Patience::Normal.settings());
    let speech = [silence(0.5), spoken("Start the web server.", &[]), silence(1.0)].concat();
    let (mut handed, mut ended) = (0, false);
    for (n, frame) in frames(&speech).into_iter().enumerate() {
        if n == 45 {
            // As late as a detector may be within the first word.
            ear.listen();
        }
        match ear.push(frame) {
            Heard::Began(before) => handed = n + 1 - before.len(),
            Heard::Ended(_) => ended = true,
            _ => {}
        }
    }
    assert!(ended);
    assert_eq!(handed, 45 - 20, "with 0.32 s of before");
}
