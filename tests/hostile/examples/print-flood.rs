//! Prints 20,000 lines and 4 MiB without a newline.

use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    for n in 0..20_000 {
        println!("{n}");
    }
    eprint!("{}", "x".repeat(4 << 20));
    done("They were printed.")
}
