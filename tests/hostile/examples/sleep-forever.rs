//! Sleeps in the host for an hour.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    std::thread::sleep(std::time::Duration::from_secs(3600));
    done("Good morning.")
}
