//! Answers with data of 300 KiB.

use hostile::{Answer, Reply, reply};

hostile::guest!(run);

fn run() -> Answer {
    let data = Some(format!("[{}1]", "1,".repeat(150 << 10)));
    Ok(Reply { data, ..reply("Look.") })
}
