//! How like one sound is to a part of another.

/// Samples of a step when the place is looked for, and of a piece.
const STEP: usize = 4;
const PIECE: usize = 4_000;

/// Where in `whole` `part` begins, and the least likeness of its pieces there,
/// each of which may be a little early or late; 1 is the same sound.
pub(crate) fn find(part: &[i16], whole: &[i16]) -> (usize, f32) {
    let pieces: Vec<&[i16]> = part.chunks_exact(PIECE).collect();
    // The loudest says best where it is.
    let (best, loudest) =
        pieces.iter().enumerate().max_by_key(|(_, piece)| power(piece) as u64).unwrap();
    let places = (0..whole.len().saturating_sub(PIECE)).step_by(STEP);
    let near =
        places.max_by(|a, b| likeness(loudest, whole, *a).total_cmp(&likeness(loudest, whole, *b)));
    let begins = near.unwrap_or(0).saturating_sub(best * PIECE);
    let least =
        pieces.iter().enumerate().filter(|(_, piece)| power(piece) > 1e4).map(|(at, piece)| {
            let place = begins + at * PIECE;
            let around = place.saturating_sub(200)..place + 200;
            around.map(|place| likeness(piece, whole, place)).fold(0.0, f32::max)
        });
    (begins, least.fold(1.0, f32::min))
}

fn likeness(piece: &[i16], whole: &[i16], at: usize) -> f32 {
    let Some(other) = whole.get(at..at + piece.len()) else { return 0.0 };
    let product: f64 = piece.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let size = (power(piece) * power(other)).sqrt() * piece.len() as f64;
    if size == 0.0 { 0.0 } else { (product / size) as f32 }
}

/// The mean of the squares.
pub(crate) fn power(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    sum / samples.len().max(1) as f64
}
