//! Fails with 500 KiB of what a terminal would obey.

use hostile::{Answer, Error};

hostile::guest!(run);

fn run() -> Answer {
    Err(Error::Other("\u{1b}[2J".repeat(128 << 10)))
}
