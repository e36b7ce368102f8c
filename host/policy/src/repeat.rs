//! Whether a spoken answer repeats what it is about. English numbers are read
//! here; other languages pass their own spellings as names.

use jarvis_domain::Call;
use jarvis_domain::inventory::Snapshot;

/// Words that affirm. A guest that bears one as its name is not repeated by
/// saying yes.
const AFFIRMATIONS: &[&str] = &[
    "yes", "yeah", "yep", "ok", "okay", "sure", "please", "confirm", "do", "it", "go", "ja", "oui",
    "si",
];

const UNITS: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
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
];
const TENS: &[&str] =
    &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// What a spoken yes has to repeat one of: name and number of the one guest,
/// the name of the one node, else how many things the plan touches.
#[must_use]
pub fn to_repeat(writes: &[Call], snapshot: Option<&Snapshot>) -> Vec<String> {
    let mut targets: Vec<Vec<String>> = Vec::new();
    for call in writes {
        let target = match call {
            Call::Api(call) => match (call.path.guest(), call.path.node()) {
                (Some(vmid), _) => {
                    let named = snapshot.and_then(|snapshot| snapshot.guest(vmid));
                    let name = named.map(|guest| guest.name.clone());
                    name.into_iter().chain([vmid.to_string()]).collect()
                }
                (None, Some(node)) => vec![node.to_string()],
                (None, None) => vec![call.path.segments().last().unwrap_or_default().to_owned()],
            },
            Call::Shell(call) => vec![call.node.to_string()],
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    match targets.as_slice() {
        [target] => target.iter().filter(|name| !name.is_empty()).cloned().collect(),
        targets => vec![targets.len().to_string()],
    }
}

/// Whether `answer` has one of `names` in it: as a word or several, with
/// digits written or spoken ("one oh one", "a hundred and one").
#[must_use]
pub fn repeats(answer: &str, names: &[String]) -> bool {
    let words = words(answer);
    names.iter().any(|name| {
        let wanted: String = self::words(name).concat();
        !wanted.is_empty()
            && !AFFIRMATIONS.contains(&wanted.as_str())
            && spellings(&words).iter().any(|spelling| has_run(spelling, &wanted))
    })
}

/// The answer as it stands, with spoken digits, and with spoken numbers.
/// Digits that stand side by side are one number in each: whoever says "one
/// oh one oh" does not mean 101.
fn spellings(words: &[String]) -> [Vec<String>; 3] {
    let spoken = |word: &String| digit(word).map_or_else(|| word.clone(), |d| d.to_string());
    let digits: Vec<String> = words.iter().map(spoken).collect();
    let numbers: Vec<String> = with_numbers(words).iter().map(spoken).collect();
    [merged(words), merged(&digits), merged(&numbers)]
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
fn has_run(words: &[String], wanted: &str) -> bool {
    let number_at = |index: usize| words.get(index).is_some_and(|word| is_number(word));
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
fn is_number(word: &str) -> bool {
    is_digits(word)
        || small(word).is_some()
        || digit(word).is_some()
        || matches!(word, "hundred" | "thousand")
}

/// Lower-case words; everything but letters and digits parts them.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn digit(word: &str) -> Option<usize> {
    match word {
        "oh" | "o" => Some(0),
        _ => UNITS.iter().take(10).position(|unit| *unit == word),
    }
}

/// `words` with every spoken number, "one hundred and five", as digits.
fn with_numbers(words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = words;
    while let Some((first, others)) = rest.split_first() {
        match number(rest) {
            Some((value, used)) => {
                out.push(value.to_string());
                rest = rest.get(used..).unwrap_or_default();
            }
            None => {
                out.push(first.clone());
                rest = others;
            }
        }
    }
    out
}

/// The number that `words` begin with, and how many words it takes.
fn number(words: &[String]) -> Option<(u64, usize)> {
    let (mut total, mut group, mut used) = (0_u64, 0_u64, 0);
    // Each part must be smaller than the one before: "twenty one", not "one
    // twenty".
    let mut below = u64::MAX;
    for (index, word) in words.iter().enumerate() {
        let word = word.as_str();
        if let Some(value) = small(word) {
            if value >= below || (below == 10 && value == 0) {
                break;
            }
            group += value;
            below = if value >= 20 { 10 } else { 1 };
        } else if word == "hundred" && (1..10).contains(&group) {
            group *= 100;
            below = 100;
        } else if word == "thousand" && total == 0 && group > 0 {
            (total, group) = (group * 1000, 0);
            below = 1000;
        } else if word == "a"
            && words.get(index + 1).is_some_and(|next| next == "hundred" || next == "thousand")
        {
            group += 1;
            below = 1;
        } else if word == "and"
            && used > 0
            && words.get(index + 1).is_some_and(|next| small(next).is_some())
        {
            continue;
        } else {
            break;
        }
        used = index + 1;
    }
    (used > 0).then_some((total + group, used))
}

fn small(word: &str) -> Option<u64> {
    let position = |list: &[&str]| list.iter().position(|known| *known == word);
    let unit = position(UNITS).and_then(|index| u64::try_from(index).ok());
    let ten = || position(TENS).and_then(|index| u64::try_from(index).ok());
    unit.or_else(|| ten().map(|index| (index + 2) * 10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{api, shell, snapshot};

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
    fn a_guest_that_is_called_yes_is_not_repeated_by_saying_yes() {
        assert!(!repeats("yes", &["yes".to_owned(), "101".to_owned()]));
        assert!(!repeats("yes", &[String::new()]));
        assert!(!repeats("", &["...".to_owned()]));
    }

    #[test]
    fn one_thing_is_named_and_several_are_counted() {
        let stop = api("create /nodes/home/qemu/101/status/stop");
        let other = api("create /nodes/home/qemu/102/status/stop");
        let reboot = shell("pve2", "reboot");
        let snapshot = snapshot();
        let named = |writes: &[Call]| to_repeat(writes, Some(&snapshot));
        assert_eq!(named(&[stop.clone(), stop.clone()]), ["mediaserver", "101"]);
        assert_eq!(named(&[stop, other]), ["2"]);
        assert_eq!(named(&[reboot]), ["pve2"]);
        assert_eq!(named(&[api("create /cluster/bulk-action/guest/shutdown")]), ["shutdown"]);
    }
}
