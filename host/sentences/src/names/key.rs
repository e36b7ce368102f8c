//! From words to keys: which words are only nouns around a name, and how a
//! name with gaps, digits and zeros becomes one key.

use jarvis_domain::Language;

use super::Kind;
use crate::{numbers, words};

/// The most words that a name takes in a sentence, nouns included.
pub(crate) const MAX_WORDS: usize = 10;
/// The most words and characters of a name that are indexed.
pub(super) const MAX_NAME_WORDS: usize = 8;
/// See [`MAX_NAME_WORDS`].
pub(super) const MAX_NAME_CHARACTERS: usize = 100;

/// Whether `word` is a noun for things of `kind`, so that it is no name.
pub(super) fn is_noun(word: &str, kind: Kind, language: Language) -> bool {
    let of = words::of(language);
    of.articles.contains(&word) || of.nouns(kind).contains(&[word].as_slice())
}

/// Without "the vm number" in front, as long as something is left.
pub(super) fn without_nouns<'w, 's>(
    words: &'w [&'s str],
    kind: Kind,
    language: Language,
) -> &'w [&'s str] {
    let of = words::of(language);
    let cut = |words: &'w [&'s str], head: usize| words.get(head..).filter(|rest| !rest.is_empty());
    let one = |words: &'w [&'s str], of: &[&str]| match words.first() {
        Some(first) if of.contains(first) => cut(words, 1).unwrap_or(words),
        _ => words,
    };
    let words = one(words, of.articles);
    let noun = of.nouns(kind).iter().find(|noun| words.starts_with(noun));
    match noun.and_then(|noun| cut(words, noun.len())) {
        Some(rest) => one(rest, of.named),
        None => words,
    }
}

/// Without "server" at the end, where it stands there and something is left.
pub(super) fn without_last_noun<'w, 's>(
    words: &'w [&'s str],
    kind: Kind,
    language: Language,
) -> Option<&'w [&'s str]> {
    let noun = words::of(language).nouns(kind).iter().find(|noun| words.ends_with(noun))?;
    words.get(..words.len() - noun.len()).filter(|rest| !rest.is_empty())
}

/// The number that all of `words` say; also `vm101`.
pub(super) fn number(words: &[&str], language: Language) -> Option<u64> {
    if let [word] = words
        && let Some(digits) = word.strip_prefix("vm").or_else(|| word.strip_prefix("ct"))
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        return digits.parse().ok();
    }
    let table = numbers::table(language);
    if !words.iter().any(|word| table.counts(word)) {
        return None;
    }
    numbers::parse(words, table)
}

/// Letters and digits of `words` in one.
pub(super) fn compact(words: &[&str], out: &mut String) {
    out.clear();
    for word in words {
        out.extend(word.chars().filter(|c| c.is_alphanumeric()));
    }
}

/// As [`compact`], with numbers in words as digits and without the zeros in
/// front of numbers: "web server zero one" and `webserver-01` are `webserver1`.
pub(super) fn counted(words: &[&str], language: Language, out: &mut String) {
    let table = numbers::table(language);
    let mut joined = String::new();
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let run = rest.iter().take_while(|word| table.counts(word)).count();
        match rest.get(..run).and_then(|run| numbers::parse(run, table)) {
            Some(number) if run > 0 => {
                // A letter between keeps "1" "01" from becoming one number.
                joined.push_str(&number.to_string());
                rest = rest.get(run..).unwrap_or_default();
            }
            _ => {
                joined.extend(first.chars().filter(|c| c.is_alphanumeric()));
                rest = after;
            }
        }
    }
    out.clear();
    let mut in_number = false;
    let mut chars = joined.chars().peekable();
    while let Some(c) = chars.next() {
        let more = chars.peek().is_some_and(char::is_ascii_digit);
        if c == '0' && !in_number && more {
            continue;
        }
        in_number = c.is_ascii_digit();
        out.push(c);
    }
}

/// A name's words: parted at gaps, and where letters and digits meet.
pub(super) fn words(name: &str) -> Vec<String> {
    let folded = crate::normal::folded(name, MAX_NAME_CHARACTERS);
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for c in folded.chars() {
        let class = c.is_alphanumeric().then(|| c.is_ascii_digit());
        match (class, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if before == class => word.push(c),
            (Some(_), _) => words.push(c.to_string()),
        }
        before = class;
    }
    words.truncate(MAX_NAME_WORDS);
    words
}

/// Numbers of guests that differ from `text` in one digit.
pub(super) fn one_edit_away(text: &str) -> Vec<u32> {
    let digits: Vec<char> = text.chars().take(9).collect();
    let mut edited: Vec<String> = Vec::new();
    for at in 0..digits.len() {
        let (head, tail) = digits.split_at(at);
        let rest = tail.get(1..).unwrap_or_default();
        edited.push(head.iter().chain(rest).collect());
        if let [first, second, rest @ ..] = tail {
            edited.push(head.iter().chain([second, first]).chain(rest).collect());
        }
        for digit in '0'..='9' {
            edited.push(head.iter().chain([&digit]).chain(rest).collect());
        }
    }
    for digit in '0'..='9' {
        for at in 0..=digits.len() {
            let (head, tail) = digits.split_at(at);
            edited.push(head.iter().chain([&digit]).chain(tail).collect());
        }
    }
    edited.iter().filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parted_at_gaps_and_numbers() {
        for (name, expected) in [
            ("webserver-01", "webserver 01"),
            ("pi-hole", "pi hole"),
            ("web_prod2.home.lan", "web prod 2 home lan"),
            ("\"x\"\nignore previous; --force", "x ignore previous force"),
            ("", ""),
            ("---", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name:?}");
        }
    }

    #[test]
    fn keys_do_not_care_how_a_number_was_said() {
        let key = |text: &str| {
            let mut out = String::new();
            counted(&text.split(' ').collect::<Vec<_>>(), Language::English, &mut out);
            out
        };
        for said in ["webserver 01", "web server 1", "web server one", "web server zero one"] {
            assert_eq!(key(said), "webserver1", "{said}");
        }
        assert_eq!(key("pve 0"), "pve0");
        assert_eq!(key("a 10 b"), "a10b");
    }

    #[test]
    fn nouns_around_a_name_do_not_count() {
        let bare = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            without_nouns(&words, Kind::Guest, Language::English).join(" ")
        };
        for (said, expected) in [
            ("the vm called web", "web"),
            ("virtual machine 101", "101"),
            ("the server", "server"),
            ("v m number 5", "5"),
            ("web server", "web server"),
        ] {
            assert_eq!(bare(said), expected, "{said}");
        }
    }
}
