//! Asks for its settings for ever.

use hostile::Answer;
use hostile::host::config;

hostile::guest!(run);

fn run() -> Answer {
    loop {
        config::get("key")?;
    }
}
