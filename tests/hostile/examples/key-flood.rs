//! Stores more keys than a skill has.

use hostile::host::kv;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    for n in 0..20 {
        kv::set(&format!("key-{n}"), b"", None, None)?;
    }
    done("They were stored.")
}
