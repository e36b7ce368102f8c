//! How German counts: the unit before the ten, and a whole number in one word.

use super::Table;

pub(crate) static TABLE: Table = Table {
    zeros: &[],
    units: &["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
    teens: &[
        "zehn",
        "elf",
        "zwölf",
        "dreizehn",
        "vierzehn",
        "fünfzehn",
        "sechzehn",
        "siebzehn",
        "achtzehn",
        "neunzehn",
    ],
    tens: &[
        "zwanzig", "dreissig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
    ],
    hundred: "hundert",
    scales: &[("tausend", 1000), ("million", 1_000_000), ("millionen", 1_000_000)],
    articles: &["ein", "eine", "einen"],
    and: "und",
    repeats: &[],
    minus: &["minus"],
    point: "komma",
    units_first: true,
    others: &[("zwo", 2)],
    compound,
};

/// "dreiundzwanzig", "hunderteins", "zweitausenddreihundert"; none for a number that is
/// one of the words above. Words are as they are compared: with `ss` for `ß`.
fn compound(word: &str) -> Option<u64> {
    // The shortest has eight letters, the longest below a million 60 or so.
    if !(8..=80).contains(&word.len()) || TABLE.small(word).is_some() {
        return None;
    }
    match word.split_once("tausend") {
        Some((before, after)) => {
            let thousands = if before.is_empty() { 1 } else { below_thousand(before)? };
            let rest = if after.is_empty() { 0 } else { below_thousand(without_and(after))? };
            let more = !before.is_empty() || !after.is_empty();
            more.then(|| thousands * 1000 + rest)
        }
        None => below_thousand(word),
    }
}

fn below_thousand(word: &str) -> Option<u64> {
    let Some((before, after)) = word.split_once("hundert") else { return below_hundred(word) };
    let hundreds = if before.is_empty() { 1 } else { below_hundred(before)? };
    let rest = if after.is_empty() { 0 } else { below_hundred(without_and(after))? };
    // "elfhundert", but not "zwanzighundert".
    (hundreds > 0 && hundreds < 20).then(|| hundreds * 100 + rest)
}

fn below_hundred(word: &str) -> Option<u64> {
    if let Some(unit) = unit(word) {
        return Some(unit);
    }
    if let Some(small) = TABLE.small(word).filter(|small| *small > 0) {
        return Some(small);
    }
    // "und" stands once in each, after the unit.
    let (before, ten) = word.split_once("und")?;
    let ten = TABLE.small(ten).filter(|ten| *ten >= 20)?;
    Some(unit(before)? + ten)
}

/// A unit as it begins a longer word: "ein" in "einundzwanzig".
fn unit(word: &str) -> Option<u64> {
    match word {
        "ein" => Some(1),
        "zwo" => Some(2),
        _ => TABLE.small(word).filter(|unit| (1..10).contains(unit)),
    }
}

fn without_and(word: &str) -> &str {
    word.strip_prefix("und").unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use crate::normal::Heard;
    use crate::numbers::{GERMAN, parse, parse_decimal};

    fn number(said: &str) -> Option<u64> {
        parse(&Heard::new(said).all(), &GERMAN)
    }

    /// As Germans write it, of up to 999 999.
    fn spelled(number: u64) -> String {
        let word = |of: &[&str], at: u64| of[usize::try_from(at).unwrap()].to_owned();
        let stem = |unit: u64| if unit == 1 { "ein".to_owned() } else { spelled(unit) };
        let tail = |rest: u64| if rest == 0 { String::new() } else { spelled(rest) };
        match number {
            0..10 => word(GERMAN.units, number),
            10..20 => word(GERMAN.teens, number - 10),
            20..100 if number.is_multiple_of(10) => word(GERMAN.tens, number / 10 - 2),
            20..100 => format!("{}und{}", stem(number % 10), spelled(number - number % 10)),
            100..1000 => format!("{}hundert{}", stem(number / 100), tail(number % 100)),
            _ => {
                let thousands = spelled(number / 1000);
                let thousands = thousands
                    .strip_suffix("eins")
                    .map_or(thousands.clone(), |head| format!("{head}ein"));
                format!("{thousands}tausend{}", tail(number % 1000))
            }
        }
    }

    #[test]
    fn numbers_are_understood_as_they_are_said() {
        for (said, expected) in [
            ("101", Some(101)),
            ("eins null eins", Some(101)),
            ("1 0 1", Some(101)),
            ("hunderteins", Some(101)),
            ("Einhunderteins", Some(101)),
            ("hundertundeins", Some(101)),
            ("hundert und eins", Some(101)),
            ("ein hundert eins", Some(101)),
            ("dreiundzwanzig", Some(23)),
            ("drei und zwanzig", Some(23)),
            ("ein und zwanzig", Some(21)),
            ("einhundertdreiundzwanzig", Some(123)),
            ("eins dreiundzwanzig", Some(123)),
            ("dreißig", Some(30)),
            ("fünfunddreißig", Some(35)),
            ("zwo", Some(2)),
            ("eins zwo null", Some(120)),
            ("elfhundert", Some(1100)),
            ("zweitausenddreihundert", Some(2300)),
            ("zwei tausend drei hundert", Some(2300)),
            ("eine Million", Some(1_000_000)),
            ("null", Some(0)),
            ("ein", None),
            ("eine", None),
            ("und", None),
            ("hundert und", None),
            ("zwanzighundert", None),
            ("zwanzigunddrei", None),
            ("hunderthundert", None),
            ("tausendtausend", None),
            ("webserver", None),
            ("verwundert", None),
        ] {
            assert_eq!(number(said), expected, "{said}");
        }
        let decimal = |said: &str| parse_decimal(&Heard::new(said).all(), &GERMAN, true);
        assert_eq!(decimal("zwanzig Komma fünf"), Some(20.5));
        assert_eq!(decimal("minus fünf"), Some(-5.0));
    }

    #[test]
    fn every_number_that_is_written_as_one_word_is_understood() {
        for expected in (0..=9999).chain([10_000, 12_345, 100_001, 101_101, 999_999]) {
            let said = spelled(expected);
            assert_eq!(number(&said), Some(expected), "{said}");
        }
    }

    #[test]
    fn every_number_is_understood_digit_by_digit() {
        for expected in 10..=9999_u64 {
            let digits = expected.to_string();
            let words: Vec<String> = digits
                .chars()
                .map(|digit| spelled(u64::from(digit.to_digit(10).unwrap())))
                .collect();
            assert_eq!(number(&words.join(" ")), Some(expected), "{words:?}");
        }
    }
}
