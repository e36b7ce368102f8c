//! How much of one sound is in another.

/// Samples of a piece.
const PIECE: usize = 4_000;
/// Samples that are one where the place is looked for.
const COARSE: usize = 8;
/// Places that are looked at closely.
const TRIES: usize = 12;
/// From here on it is the same sound.
const SAME: f32 = 0.9;

/// Which share of `part`'s loud pieces is in `whole`, and where `part` ends there. A
/// machine that is busy may stutter between them.
pub(crate) fn find(part: &[i16], whole: &[i16]) -> (f32, usize) {
    let rough = coarse(whole);
    let loudest = part.chunks_exact(PIECE).map(power).fold(0.0, f64::max);
    // What hisses softly is another one half a sample later.
    let loud = |(_, piece): &(usize, &[i16])| power(piece) > loudest / 100.0;
    let (mut ends, mut found, mut all) = (0, 0.0, 0.0);
    for (at, piece) in part.chunks_exact(PIECE).enumerate().filter(loud) {
        all += 1.0;
        let (place, like) = best(piece, whole, &rough);
        if like > SAME {
            found += 1.0;
            ends = ends.max(place + part.len() - at * PIECE);
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
    let places = 0..rough.len().saturating_sub(sound.len());
    let mut places: Vec<usize> = places.collect();
    places.sort_by_cached_key(|place| (likeness(&sound, rough, *place) * -1e6) as i64);
    // A voice repeats itself: roughly, several places are nearly as like.
    let near = places.into_iter().take(TRIES).map(|place| place * COARSE);
    let around = near.flat_map(|near| near.saturating_sub(COARSE)..near + COARSE);
    let found = around.map(|place| (place, likeness(piece, whole, place)));
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
