//! Whether a spoken answer repeats what it is about.

use jarvis_domain::Language;

use crate::numbers::{Table, leading, table};

/// Words that affirm. A guest that bears one as its name is not repeated by
/// saying yes.
const AFFIRMATIONS: &[&str] = &[
    "yes", "yeah", "yep", "ok", "okay", "sure", "please", "confirm", "do", "it", "go", "ja",
    "jawohl", "klar", "sicher", "bitte", "mach", "genau", "los", "oui", "si",
];

/// Whether `answer` has one of `names` in it: as a word or several, with
/// digits written or spoken ("one oh one", "a hundred and one").
#[must_use]
pub fn repeats(answer: &str, names: &[String]) -> bool {
    repeats_in(Language::English, answer, names)
}

/// As [`repeats`], with the numbers of `language`.
#[must_use]
pub fn repeats_in(language: Language, answer: &str, names: &[String]) -> bool {
    let words = words(answer);
    let table = table(language);
    let spellings = spellings(&words, table);
    names.iter().any(|name| {
        let wanted: String = self::words(name).concat();
        !wanted.is_empty()
            && !is_affirmation(&wanted)
            && spellings.iter().any(|spelling| has_run(spelling, &wanted, table))
    })
}

/// The answer as it stands, with spoken digits, and with spoken numbers.
/// Digits that stand side by side are one number in each: whoever says "one
/// oh one oh" does not mean 101.
pub(crate) fn spellings(words: &[String], table: &Table) -> [Vec<String>; 3] {
    let spoken = |word: &String| table.digit(word).map_or_else(|| word.clone(), |d| d.to_string());
    let digits: Vec<String> = words.iter().map(spoken).collect();
    let numbers: Vec<String> = with_numbers(words, table).iter().map(spoken).collect();
    [merged(words), merged(&digits), merged(&numbers)]
}

/// Whether `word` only affirms.
pub(crate) fn is_affirmation(word: &str) -> bool {
    AFFIRMATIONS.contains(&word)
}

/// `words` with neighbouring digits joined.
fn merged(words: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in words {
        match out.last_mut() {
            Some(last) if is_digits(last) && is_digits(word) => last.push_str(word),
            _ => out.push(word.clone()),
        }
    }
    out
}

/// Whether some neighbouring words make up `wanted`, and no number stands
/// beside them that would make it another: "pve two" is not `pve`.
fn has_run(words: &[String], wanted: &str, table: &Table) -> bool {
    let number_at = |index: usize| words.get(index).is_some_and(|word| is_number(word, table));
    (0..words.len()).any(|first| {
        let mut rest = wanted;
        let mut next = first;
        while !rest.is_empty() {
            match words.get(next).and_then(|word| rest.strip_prefix(word.as_str())) {
                Some(left) => rest = left,
                None => return false,
            }
            next += 1;
        }
        let led_by_number = is_digits(wanted) && first > 0 && number_at(first - 1);
        !led_by_number && !number_at(next)
    })
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `word` is a number or a part of one.
pub(crate) fn is_number(word: &str, table: &Table) -> bool {
    is_digits(word) || table.counts(word)
}

/// Lower-case words; everything but letters and digits parts them.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// `words` with every spoken number, "one hundred and five", as digits. A
/// number in digits stays as it stands: 0101 is not 101.
fn with_numbers(words: &[String], table: &Table) -> Vec<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    let mut rest = words.as_slice();
    while let Some((first, others)) = rest.split_first() {
        match leading(rest, table).filter(|_| !is_digits(first)) {
            Some((value, used)) => {
                out.push(value.to_string());
                rest = rest.get(used..).unwrap_or_default();
            }
            None => {
                out.push((*first).to_owned());
                rest = others;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_or_the_number_must_be_said() {
        let names = ["mediaserver".to_owned(), "101".to_owned()];
        for (answer, expected) in [
            ("yes", false),
            ("yes please do it", false),
            ("", false),
            ("yes, stop 101", true),
            ("yes stop one oh one", true),
            ("yes one zero one", true),
            ("stop a hundred and one", true),
            ("yes one hundred one", true),
            ("yes 1 0 1", true),
            ("yes, the MediaServer!", true),
            ("yes media server", true),
            ("yes mediaserver 101", true),
            ("yes one oh one oh", false),
            ("yes 1010", false),
            ("yes one thousand one hundred and one", false),
            ("yes mediaserver two", false),
            ("yes 102", false),
            ("yes one thousand 101", false),
            ("yes multimediaserver", false),
            ("yes 0101", false),
            ("yes one hundred and", false),
            ("yes one million one hundred and one", false),
        ] {
            assert_eq!(repeats(answer, &names), expected, "{answer:?}");
        }
    }

    #[test]
    fn spoken_numbers_are_read() {
        for (said, expected) in [
            ("one thousand two hundred and three", "1203"),
            ("twenty one", "21"),
            ("two hundred", "200"),
            ("one hundred and ten", "110"),
            ("nine thousand", "9000"),
        ] {
            assert!(repeats(said, &[expected.to_owned()]), "{said}");
        }
        assert!(repeats("yes web server oh one", &["webserver-01".to_owned()]));
        assert!(!repeats("yes web server oh one two", &["webserver-01".to_owned()]));
        assert!(!repeats("yes one oh two", &["2".to_owned()]));
    }

    #[test]
    fn in_german_too_the_name_or_the_number_must_be_said() {
        let names = ["webserver-01".to_owned(), "101".to_owned()];
        for (answer, expected) in [
            ("ja", false),
            ("ja bitte", false),
            ("ja, hunderteins", true),
            ("ja, eins null eins", true),
            ("ja, einhunderteins", true),
            ("ja, Webserver null eins", true),
            ("ja, hundertzwei", false),
            ("ja, tausendeinhunderteins", false),
            ("ja, eins null eins null", false),
        ] {
            assert_eq!(repeats_in(Language::German, answer, &names), expected, "{answer:?}");
        }
    }

    #[test]
    fn a_guest_that_is_called_yes_is_not_repeated_by_saying_yes() {
        assert!(!repeats("yes", &["yes".to_owned(), "101".to_owned()]));
        assert!(!repeats("yes", &[String::new()]));
        assert!(!repeats("", &["...".to_owned()]));
    }
}
