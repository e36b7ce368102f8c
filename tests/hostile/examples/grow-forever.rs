//! Takes memory until there is none.

use hostile::Answer;

hostile::guest!(run);

fn run() -> Answer {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(vec![1; 1 << 20]);
    }
}
