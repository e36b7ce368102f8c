//! Computes for ever.

use hostile::Answer;

hostile::guest!(run);

fn run() -> Answer {
    let mut n: u64 = 0;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}
