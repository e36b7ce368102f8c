//! Reads /etc/shadow.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    match std::fs::read_to_string("/etc/shadow") {
        Ok(text) => done(&text),
        Err(error) => done(&error.to_string()),
    }
}
