//! Figures that move with time, the same ones for the same moment: no random
//! numbers, so that a failing test fails again.

use jarvis_domain::Timestamp;

/// How often pvestatd tells the cluster about its node, milliseconds.
const EVERY: u64 = 10_000;

/// A number from a text (FNV-1a).
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Another number from two (the finaliser of splitmix64).
pub(crate) fn mix(seed: u64, step: u64) -> u64 {
    let mut z = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The moment that pvestatd's newest figures are of.
pub(crate) fn settled(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0 % EVERY)
}

/// A share from 0 to 1 that swings slowly around, for `seed`.
#[allow(clippy::cast_precision_loss, reason = "a smooth curve needs no exact milliseconds")]
pub(crate) fn wave(seed: u64, now: Timestamp) -> f64 {
    let minutes = (now.0 % 86_400_000) as f64 / 60_000.0;
    let phase = (seed % 628) as f64 / 100.0;
    let period = 7.0 + (seed % 11) as f64;
    let slow = (minutes / period + phase).sin();
    let quick = (minutes * 2.3 + phase * 3.0).sin();
    (0.5 + 0.35 * slow + 0.15 * quick).clamp(0.0, 1.0)
}

/// `share` of `whole`, in whole bytes.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures of a simulation; the share is 0 to 1"
)]
pub(crate) fn part(whole: u64, share: f64) -> u64 {
    (whole as f64 * share.clamp(0.0, 1.0)) as u64
}

/// How much of `whole` is `used`, 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "a fraction to look at")]
pub(crate) fn ratio(used: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { used as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_move_but_not_within_ten_seconds() {
        let seed = hash("qemu/101");
        let at = |ms: u64| wave(seed, settled(Timestamp(1_795_468_820_000 + ms)));
        assert_eq!(at(0).to_bits(), at(9_999).to_bits());
        assert_ne!(at(0).to_bits(), at(10_000).to_bits());
        assert!((0..2000).all(|n| (0.0..=1.0).contains(&at(n * 10_000))));
    }
}
