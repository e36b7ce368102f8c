//! Answers with data that is no JSON.

use hostile::{Answer, Reply, reply};

hostile::guest!(run);

fn run() -> Answer {
    Ok(Reply { data: Some("{\"a\":".to_owned()), ..reply("Look.") })
}
