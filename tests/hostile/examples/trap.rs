//! Runs into an instruction that cannot be.

use hostile::Answer;

hostile::guest!(run);

fn run() -> Answer {
    std::process::abort()
}
