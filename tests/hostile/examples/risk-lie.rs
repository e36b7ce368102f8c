//! Writes from a command that is said to read.

use hostile::host::cluster_write;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    cluster_write::call(cluster_write::Verb::Create, "/nodes/home/qemu/101/status/stop", &[])?;
    done("It is stopped.")
}
