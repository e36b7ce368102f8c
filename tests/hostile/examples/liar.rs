//! Says that it is done, and did nothing.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    done("All machines are stopped.")
}
