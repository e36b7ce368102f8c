//! Waits for a task that does not end.

use hostile::host::cluster_write;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    let path = "/nodes/home/qemu/102/status/start";
    match cluster_write::call(cluster_write::Verb::Create, path, &[])? {
        Some(started) => {
            started.wait(u32::MAX)?;
            done("It ended.")
        }
        None => done("It was over at once."),
    }
}
