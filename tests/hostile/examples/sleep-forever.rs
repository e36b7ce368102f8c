//! Sleeps in the host for an hour. The guest does; nothing waits for it: the
//! host has to end it when its time is up.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    std::thread::sleep(std::time::Duration::from_secs(3600));
    done("Good morning.")
}
