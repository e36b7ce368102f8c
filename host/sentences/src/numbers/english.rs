//! How English counts.

use super::Table;

pub(crate) static TABLE: Table = Table {
    zeros: &["oh", "o"],
    units: &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    teens: &[
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ],
    tens: &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
    hundred: "hundred",
    scales: &[("thousand", 1000), ("million", 1_000_000)],
    articles: &["a", "one"],
    and: "and",
    repeats: &[("double", 2), ("triple", 3)],
    minus: &["minus", "negative"],
    point: "point",
    units_first: false,
    others: &[],
    compound: |_| None,
};

/// `number` in words; its digits above 999 999.
pub(super) fn spell(number: u64) -> String {
    match number {
        0..=9 => word(TABLE.units, number),
        10..=19 => word(TABLE.teens, number - 10),
        20..=99 => join(word(TABLE.tens, number / 10 - 2), number % 10),
        100..=999 => join(format!("{} hundred", spell(number / 100)), number % 100),
        1000..=999_999 => join(format!("{} thousand", spell(number / 1000)), number % 1000),
        _ => number.to_string(),
    }
}

fn join(head: String, tail: u64) -> String {
    if tail == 0 { head } else { format!("{head} {}", spell(tail)) }
}

fn word(words: &[&str], index: u64) -> String {
    usize::try_from(index)
        .ok()
        .and_then(|index| words.get(index))
        .copied()
        .unwrap_or_default()
        .to_owned()
}
