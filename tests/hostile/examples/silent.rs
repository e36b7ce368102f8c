//! Answers nothing at all.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    done("")
}
