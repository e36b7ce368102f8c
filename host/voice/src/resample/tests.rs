use super::*;

fn tone(hertz: f32, rate: u32, seconds: f32) -> Vec<f32> {
    let length = (seconds * rate as f32) as usize;
    (0..length)
        .map(|n| (n as f32 / rate as f32 * hertz * std::f32::consts::TAU).sin() * 0.5)
        .collect()
}

fn change(samples: &[f32], from: u32, to: u32, piece: usize) -> Vec<f32> {
    let (mut rate, mut out) = (Rate::new(from, to).unwrap(), Vec::new());
    for some in samples.chunks(piece) {
        rate.push(some, &mut out).unwrap();
    }
    rate.finish(&mut out).unwrap();
    out
}

/// Signal against what differs, in decibels.
fn likeness(found: &[f32], expected: &[f32]) -> f32 {
    let power = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>().max(1e-12);
    let wrong: Vec<f32> = found.iter().zip(expected).map(|(f, e)| f - e).collect();
    10.0 * (power(expected) / power(&wrong)).log10()
}

#[test]
fn a_tone_stays_the_tone_at_its_moment() {
    for from in [4_000, 8_000, 11_025, 16_000, 22_050, 44_100, 44_101, 48_000, 96_000, 768_000] {
        let found = change(&tone(250.0, from, 0.5), from, 16_000, 333);
        let expected = tone(250.0, 16_000, 0.5);
        assert!(found.len().abs_diff(expected.len()) <= 1, "{from}: {}", found.len());
        // The filter has nothing to work on before the start and after the end.
        // Half a sample too early or too late is 26 dB here, a whole one 20.
        let inner = 400..7_600;
        let likeness = likeness(&found[inner.clone()], &expected[inner]);
        assert!(likeness > 25.0, "{from}: {likeness} dB");
    }
}

#[test]
fn what_the_slower_rate_cannot_hold_is_gone() {
    for (hertz, from) in [(11_000.0, 48_000), (20_000.0, 44_100), (90_000.0, 192_000)] {
        let found = change(&tone(hertz, from, 0.5), from, 16_000, 4_800);
        let loudest = found[400..7_600].iter().fold(0.0_f32, |most, s| most.max(s.abs()));
        assert!(loudest < 0.005, "{hertz} Hz at {from}: {loudest}");
    }
}

#[test]
fn pieces_make_no_difference_and_short_sounds_keep_their_length() {
    let samples = tone(300.0, 44_100, 0.2);
    let whole = change(&samples, 44_100, 16_000, samples.len());
    assert_eq!(whole, change(&samples, 44_100, 16_000, 1));
    for length in [0, 1, 2, 3, 100, 511, 512, 513] {
        let found = change(&samples[..length], 44_100, 16_000, 64);
        assert_eq!(found.len(), (length as f64 * 16.0 / 44.1).round() as usize, "of {length}");
    }
}

#[test]
fn rates_that_nothing_has_are_refused() {
    for rate in [0, 1, 3_999, 768_001, u32::MAX] {
        assert!(matches!(Rate::new(rate, 16_000), Err(RateError::Rate(r)) if r == rate));
        assert!(matches!(Rate::new(16_000, rate), Err(RateError::Rate(r)) if r == rate));
    }
}
