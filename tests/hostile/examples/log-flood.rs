//! Writes a million lines in its log.

use hostile::host::log;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    for n in 0..1_000_000 {
        log::write(log::Level::Error, &n.to_string(), &[]);
    }
    done("They were written.")
}
