//! Speaks and logs what a terminal would obey.

use hostile::host::log;
use hostile::{Answer, done};

hostile::guest!(run);

fn run() -> Answer {
    let text = "\u{1b}[2J\u{202e}olleh\r\n\u{7}hello";
    log::write(log::Level::Error, text, &[("key\n".to_owned(), text.to_owned())]);
    println!("{text}");
    done(text)
}
