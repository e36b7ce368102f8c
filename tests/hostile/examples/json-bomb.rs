//! Answers with data that is nested 100,000 deep.

use hostile::{Answer, Reply, reply};

hostile::guest!(run);

fn run() -> Answer {
    let data = Some("[".repeat(100_000) + &"]".repeat(100_000));
    Ok(Reply { data, ..reply("Look.") })
}
