//! A model of numbers from dice, always the same: it says nonsense, of which it
//! is sure, as often as it may, and other nonsense for the least other sound.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::ggml::{END, Numbers, Sizes, write};

/// Writes it.
pub(crate) fn random(path: &Path, sizes: Sizes) -> io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    // Bands of four bins, half of them another's too.
    let filter = |band: usize, bin: usize| f32::from(bin / 2 == band || bin / 2 == band + 1) * 0.1;
    let words: Vec<String> =
        [" ", " -", " '"].map(str::to_owned).into_iter().chain((3..300).map(word)).collect();
    write(&mut out, sizes, &filter, &words, &|name| numbers(name, sizes.state))?;
    out.flush()
}

/// A token that names may hold, of two letters.
pub(crate) fn word(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    format!(" {}{}", letter(n / 26), letter(n))
}

fn numbers(name: &str, state: usize) -> Numbers<'static> {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |seed, byte| {
        (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let spread = 1.0 / (state as f32).sqrt();
    match name.rsplit_once('.') {
        _ if name.contains("_ln.weight") || name.ends_with("ln_post.weight") => Box::new(|_| 1.0),
        _ if name == "decoder.ln.weight" => Box::new(|_| 8.0),
        Some((_, "bias")) => Box::new(|_| 0.0),
        // Text only, and never the end.
        _ if name == "decoder.token_embedding.weight" => {
            Box::new(move |n| if n / state < END { dice(seed, n) * spread * 2.0 } else { 0.0 })
        }
        Some((_, "positional_embedding")) => Box::new(move |n| dice(seed, n) * 0.5),
        _ => Box::new(move |n| dice(seed, n) * spread * 1.5),
    }
}

/// From -1.7 to 1.7, with a mean square of 1 (splitmix64).
fn dice(seed: u64, n: usize) -> f32 {
    let mut z = seed.wrapping_add((n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 23) as f32 - 1.0) * 1.732
}
