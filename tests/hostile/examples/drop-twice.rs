//! Drops a handle that it has dropped.

use hostile::host::cluster_write;
use hostile::host::operations::Operation;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    let path = "/nodes/home/qemu/102/status/start";
    if let Some(started) = cluster_write::call(cluster_write::Verb::Create, path, &[])? {
        let handle = started.handle();
        drop(started);
        // SAFETY: none; the host has to see that the handle is gone.
        drop(unsafe { Operation::from_handle(handle) });
    }
    done("It was dropped twice.")
}
