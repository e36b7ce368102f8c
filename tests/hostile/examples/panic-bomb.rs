//! Panics with a message of 1 MiB.

use hostile::Answer;

hostile::guest!(run);

fn run() -> Answer {
    panic!("{}", "x".repeat(1 << 20))
}
