//! Hands the host one text of 20 MiB.

use hostile::host::log;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    log::write(log::Level::Info, &"x".repeat(20 << 20), &[]);
    done("It was taken.")
}
