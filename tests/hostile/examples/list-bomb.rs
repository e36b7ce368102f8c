//! Hands the host a million fields in one call.

use hostile::host::cluster_read;
use hostile::{Answer, Field, done};

hostile::guest!(run);

fn run() -> Answer {
    let query = vec![Field { name: "a".to_owned(), value: String::new() }; 1_000_000];
    cluster_read::get("/nodes/home/qemu/101/status/current", &query)?;
    done("They were taken.")
}
