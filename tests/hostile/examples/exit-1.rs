//! Ends itself with a failure.

use hostile::Answer;

hostile::guest!(run);

fn run() -> Answer {
    std::process::exit(1)
}
