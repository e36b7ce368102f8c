//! Answers with 20 MiB.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    done(&"x".repeat(20 << 20))
}
