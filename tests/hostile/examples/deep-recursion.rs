//! Calls itself until the stack ends.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    done(&deeper(1).to_string())
}

fn deeper(n: u64) -> u64 {
    if std::hint::black_box(n) == 0 { 0 } else { deeper(n + 1) + std::hint::black_box(1) }
}
