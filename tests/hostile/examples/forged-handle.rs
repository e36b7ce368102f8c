//! Waits for an operation that nobody gave it.

use hostile::host::operations::Operation;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    // SAFETY: none; the host has to see that there is no such handle.
    let forged = unsafe { Operation::from_handle(4711) };
    forged.wait(0)?;
    done("It was there.")
}
