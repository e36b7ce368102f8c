//! How much of one sound is in another.

/// Samples of a piece.
const PIECE: usize = 4_000;
/// Samples that are one where the place is looked for.
const COARSE: usize = 8;
/// From here on it is the same sound.
const SAME: f32 = 0.9;

/// Which share of `part`'s loud pieces is in `whole`, one after the other, and where
/// `part` ends there. A machine that is busy may stutter between them.
pub(crate) fn find(part: &[i16], whole: &[i16]) -> (f32, usize) {
    let rough = coarse(whole);
    let loudest = part.chunks_exact(PIECE).map(power).fold(0.0, f64::max);
    // What hisses softly is another one half a sample later.
    let loud = |(_, piece): &(usize, &[i16])| power(piece) > loudest / 100.0;
    let (mut ends, mut after, mut found, mut all) = (0, 0, 0.0, 0.0);
    for (at, piece) in part.chunks_exact(PIECE).enumerate().filter(loud) {
        all += 1.0;
        let (place, like) = best(piece, whole, &rough);
        if like > SAME && place >= after {
            found += 1.0;
            after = place + PIECE / 2;
            ends = place + part.len() - at * PIECE;
        }
    }
    (found / all, ends)
}

/// The mean of the squares.
pub(crate) fn power(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

/// Where it is most like, and how much.
fn best(piece: &[i16], whole: &[i16], rough: &[i16]) -> (usize, f32) {
    let sound = coarse(piece);
    let (near, _) = most(&sound, rough, 0..rough.len().saturating_sub(sound.len()));
    let near = near * COARSE;
    most(piece, whole, near.saturating_sub(2 * COARSE)..near + 2 * COARSE)
}

fn most(piece: &[i16], whole: &[i16], places: std::ops::Range<usize>) -> (usize, f32) {
    let found = places.map(|place| (place, likeness(piece, whole, place)));
    found.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

fn likeness(piece: &[i16], whole: &[i16], at: usize) -> f32 {
    let Some(other) = whole.get(at..at + piece.len()) else { return 0.0 };
    let (mut product, mut left, mut right) = (0.0, 0.0, 0.0_f32);
    for (a, b) in piece.iter().zip(other) {
        let (a, b) = (f32::from(*a), f32::from(*b));
        product += a * b;
        left += a * a;
        right += b * b;
    }
    let size = (left * right).sqrt();
    if size == 0.0 { 0.0 } else { product / size }
}

fn coarse(samples: &[i16]) -> Vec<i16> {
    let mean = |some: &[i16]| some.iter().map(|s| i32::from(*s)).sum::<i32>() / COARSE as i32;
    samples.chunks_exact(COARSE).map(|some| mean(some) as i16).collect()
}
