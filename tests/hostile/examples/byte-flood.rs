//! Reads its largest value again and again.

use hostile::Answer;
use hostile::host::kv;

hostile::guest!(run);

fn run() -> Answer {
    kv::set("key", &vec![1; 64 << 10], None, None)?;
    loop {
        kv::get("key")?;
    }
}
