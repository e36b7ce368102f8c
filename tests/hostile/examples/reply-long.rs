//! Speaks 2,000 characters.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    done(&"x".repeat(2000))
}
