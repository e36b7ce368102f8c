//! Stores a value that is longer than a value is.

use hostile::host::kv;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    kv::set("key", &vec![1; (64 << 10) + 1], None, None)?;
    done("It was stored.")
}
