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
fn spellings(words: &[String]) -> [Vec<String>; 3] {
    let digits = words.iter().map(|word| match digit(word) {
        Some(digit) => digit.to_string(),
        None => word.clone(),
    });
    [words.to_vec(), digits.collect(), with_numbers(words)]
}

/// Whether some neighbouring words make up `wanted`.
fn has_run(words: &[String], wanted: &str) -> bool {
    (0..words.len()).any(|first| {
        let mut rest = wanted;
        words.iter().skip(first).any(|word| match rest.strip_prefix(word.as_str()) {
            Some(left) => {
                rest = left;
                rest.is_empty()
            }
            None => {
                // A word that does not fit ends this run for good.
                rest = "\0";
                false
            }
        })
    })
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
