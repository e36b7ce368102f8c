//! Uses a store that its manifest does not request.

use hostile::host::kv;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    kv::get("key")?;
    done("It was allowed.")
}
