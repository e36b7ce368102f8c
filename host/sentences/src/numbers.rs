//! Numbers as people say them: "101", "1 0 1", "one oh one", "one hundred and
//! five", "twenty one". The words of a language are a table; how they
//! go together is the same for languages that count as English does, and what German
//! writes as one word, "hunderteins", is taken apart before.

mod english;
mod german;

use jarvis_domain::Language;

pub(crate) use english::TABLE as ENGLISH;
pub(crate) use german::TABLE as GERMAN;

/// The words with which a language counts.
#[derive(Debug)]
pub(crate) struct Table {
    /// Digits that are only said among other digits: "oh".
    zeros: &'static [&'static str],
    /// 0 to 9.
    units: &'static [&'static str; 10],
    /// 10 to 19.
    teens: &'static [&'static str; 10],
    /// 20 to 90.
    tens: &'static [&'static str; 8],
    /// 100.
    hundred: &'static str,
    /// Powers of a thousand.
    scales: &'static [(&'static str, u64)],
    /// "a hundred".
    articles: &'static [&'static str],
    /// "and".
    and: &'static str,
    /// "double five".
    repeats: &'static [(&'static str, usize)],
    /// "minus".
    minus: &'static [&'static str],
    /// "twenty point five".
    point: &'static str,
    /// The unit stands before the ten.
    units_first: bool,
    /// Other words for digits: "zwo".
    others: &'static [(&'static str, u64)],
    /// A number that is written as one word: "dreiundzwanzig".
    compound: fn(&str) -> Option<u64>,
}

/// The largest number that is understood.
const MOST: u64 = 999_999_999_999;
/// The most words that one number takes.
pub(crate) const MAX_WORDS: usize = 16;

/// The number that all of `text` says, where it says one; up to 999 999 999 999.
#[cfg(test)]
pub(crate) fn number(text: &str) -> Option<u64> {
    let heard = crate::normal::Heard::new(text);
    parse(&heard.all(), &ENGLISH)
}

/// The number that English `words` begin with, "one hundred and five", and how
/// many of them it takes. They are in small letters and without marks.
#[must_use]
pub fn leading_number(words: &[&str]) -> Option<(u64, usize)> {
    leading_number_in(Language::English, words)
}

/// As [`leading_number`], in `language`.
#[must_use]
pub fn leading_number_in(language: Language, words: &[&str]) -> Option<(u64, usize)> {
    // As words are compared in sentences: "dreissig".
    let compared: Vec<String> = words.iter().map(|word| word.replace('ß', "ss")).collect();
    let compared: Vec<&str> = compared.iter().map(String::as_str).collect();
    leading(&compared, table(language)).filter(|(number, _)| *number <= MOST)
}

/// `number` in English words; its digits above 999 999.
#[must_use]
pub fn spell(number: u64) -> String {
    english::spell(number)
}

/// The table of a language.
pub(crate) fn table(language: Language) -> &'static Table {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

/// The number that all of `words` say.
pub(crate) fn parse(words: &[&str], table: &Table) -> Option<u64> {
    if words.is_empty() || words.len() > MAX_WORDS {
        return None;
    }
    table.cardinal(words).or_else(|| table.spelled(words)).filter(|number| *number <= MOST)
}

/// As [`parse`], with a word for minus in front.
pub(crate) fn parse_signed(words: &[&str], table: &Table) -> Option<i64> {
    let unsigned = |words: &[&str]| parse(words, table).and_then(|n| i64::try_from(n).ok());
    match words.split_first() {
        Some((first, rest)) if table.minus.contains(first) => Some(-unsigned(rest)?),
        _ => unsigned(words),
    }
}

/// As [`parse_signed`], and "twenty point five" where `fractions` may be said.
#[allow(clippy::cast_precision_loss, reason = "numbers in words have at most twelve digits")]
pub(crate) fn parse_decimal(words: &[&str], table: &Table, fractions: bool) -> Option<f64> {
    let Some(at) = words.iter().position(|word| fractions && table.is_point(word)) else {
        return parse_signed(words, table).map(|number| number as f64);
    };
    let whole = parse_signed(words.get(..at)?, table)?;
    let digits = words.get(at + 1..).filter(|digits| !digits.is_empty())?;
    let digits: Option<String> =
        digits.iter().map(|word| Some(table.digit(word)?.to_string())).collect();
    let number: f64 = format!("{}.{}", whole.unsigned_abs(), digits?).parse().ok()?;
    let minus = words.first().is_some_and(|first| table.minus.contains(first));
    Some(if minus { -number } else { number })
}

/// The cardinal that `words` begin with, "one hundred and five", and how many
/// words it takes.
pub(crate) fn leading(words: &[&str], table: &Table) -> Option<(u64, usize)> {
    (1..=words.len().min(MAX_WORDS)).rev().find_map(|used| {
        let number = table.cardinal(words.get(..used)?)?;
        Some((number, used))
    })
}

/// Whether `word` may be part of a number, or begins with one: "50%", "hundredk".
pub(crate) fn may_be_in_number(word: &str, table: &Table) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        || table.continues(word)
        || table.is_point(word)
        || table.beginning(word).is_some()
}

fn place(of: &[&str], word: &str) -> Option<u64> {
    of.iter().position(|other| *other == word).map(|index| index as u64)
}

fn digits(word: &str) -> Option<u64> {
    (word.len() <= 12 && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()))
        .then(|| word.parse().ok())
        .flatten()
}

impl Table {
    /// Whether `word` can be part of a number; cheap.
    pub(crate) fn counts(&self, word: &str) -> bool {
        self.figure(word).is_some()
            || self.small(word).is_some()
            || self.others.iter().any(|(other, _)| *other == word)
            || self.zeros.contains(&word)
            || word == self.hundred
            || self.scales.iter().any(|(scale, _)| *scale == word)
            || self.repeats.iter().any(|(repeat, _)| *repeat == word)
    }

    /// Whether a number may go on after `word`.
    pub(crate) fn continues(&self, word: &str) -> bool {
        self.counts(word)
            || word == self.and
            || self.articles.contains(&word)
            || self.minus.contains(&word)
    }

    /// The word of a number that `word` begins with, the longest: "hundredk".
    pub(crate) fn beginning<'w>(&self, word: &'w str) -> Option<&'w str> {
        let small = self.units.iter().chain(self.teens).chain(self.tens);
        let large = self.scales.iter().map(|(scale, _)| scale);
        let all = small.chain(large).chain(std::iter::once(&self.hundred));
        let longest = all.filter(|of| word.starts_with(**of)).map(|of| of.len()).max()?;
        word.get(..longest)
    }

    /// Whether digits behind the point follow.
    pub(crate) fn is_point(&self, word: &str) -> bool {
        word == self.point
    }

    /// 0 to 90 in one word.
    fn small(&self, word: &str) -> Option<u64> {
        place(self.units, word)
            .or_else(|| place(self.teens, word).map(|n| n + 10))
            .or_else(|| place(self.tens, word).map(|n| (n + 2) * 10))
    }

    /// 1 to 99 from the front, and the words after it. A number in digits may
    /// be larger.
    fn below_hundred<'w, 's>(&self, words: &'w [&'s str]) -> Option<(u64, &'w [&'s str])> {
        let (first, rest) = words.split_first()?;
        if let Some(number) = self.figure(first) {
            return Some((number, rest));
        }
        if let Some(found) = self.unit_first(first, rest) {
            return Some(found);
        }
        let number = self.small(first)?;
        let unit = rest.first().and_then(|word| place(self.units, word)).filter(|unit| *unit > 0);
        match (number, unit.filter(|_| !self.units_first)) {
            (20..=90, Some(unit)) => Some((number + unit, rest.get(1..)?)),
            _ => Some((number, rest)),
        }
    }

    /// "drei und zwanzig", in words of their own.
    fn unit_first<'w, 's>(&self, first: &str, rest: &'w [&'s str]) -> Option<(u64, &'w [&'s str])> {
        let [and, ten, ..] = rest else { return None };
        if !self.units_first || *and != self.and {
            return None;
        }
        let one = self.articles.contains(&first).then_some(1);
        let unit = place(self.units, first).filter(|unit| *unit > 0).or(one)?;
        let ten = place(self.tens, ten)?;
        Some((unit + (ten + 2) * 10, rest.get(2..)?))
    }

    /// "one hundred and five", "two thousand and three", "eleven hundred".
    fn cardinal(&self, words: &[&str]) -> Option<u64> {
        let mut words = words;
        let mut total: u64 = 0;
        let mut last_scale = u64::MAX;
        let mut said = false;
        while !words.is_empty() {
            if let Some((first, rest)) = words.split_first()
                && said
                && *first == self.and
                && !rest.is_empty()
            {
                words = rest;
            }
            let (group, rest) = self.group(words)?;
            let scale = rest
                .first()
                .and_then(|word| self.scales.iter().find(|(scale, _)| scale == word))
                .map_or(1, |(_, scale)| *scale);
            // Each part must fit below the one before it: not "five one".
            if group.checked_mul(scale)? >= last_scale
                || scale >= last_scale
                || (said && group == 0)
            {
                return None;
            }
            total = total.checked_add(group.checked_mul(scale)?)?;
            words = if scale == 1 { rest } else { rest.get(1..)? };
            last_scale = scale;
            said = true;
        }
        said.then_some(total)
    }

    /// One group of a cardinal: "five", "a hundred and five", "eleven hundred".
    fn group<'w, 's>(&self, words: &'w [&'s str]) -> Option<(u64, &'w [&'s str])> {
        let (first, after) = words.split_first()?;
        let next_is_hundred = after.first().is_some_and(|word| *word == self.hundred);
        let next_is_scale =
            after.first().is_some_and(|next| self.scales.iter().any(|(scale, _)| scale == next));
        let (hundreds, rest) = if *first == self.hundred {
            (1, after)
        } else if self.articles.contains(first) && next_is_hundred {
            (1, after.get(1..)?)
        } else if self.articles.contains(first) && next_is_scale {
            return Some((1, after));
        } else {
            let (number, rest) = self.below_hundred(words)?;
            if number == 0 || number > 99 || rest.first() != Some(&self.hundred) {
                return Some((number, rest));
            }
            (number, rest.get(1..)?)
        };
        let tail = match rest.split_first() {
            Some((and, tail)) if *and == self.and => tail,
            _ => rest,
        };
        match self.below_hundred(tail) {
            Some((number @ 1..=99, rest)) => Some((hundreds * 100 + number, rest)),
            _ => Some((hundreds * 100, rest)),
        }
    }

    /// Digit by digit, or in pairs: "one oh one", "one twenty three", "1 0 1".
    fn spelled(&self, words: &[&str]) -> Option<u64> {
        let mut text = String::new();
        let mut words = words;
        while let Some((first, rest)) = words.split_first() {
            if let Some((_, times)) = self.repeats.iter().find(|(repeat, _)| repeat == first) {
                let (next, rest) = rest.split_first()?;
                text.push_str(&self.digit(next)?.to_string().repeat(*times));
                words = rest;
            } else if self.zeros.contains(first) {
                text.push('0');
                words = rest;
            } else if digits(first).is_some() {
                text.push_str(first);
                words = rest;
            } else if let Some(digit) = self.digit(first) {
                text.push_str(&digit.to_string());
                words = rest;
            } else {
                let (number, rest) = self.below_hundred(words)?;
                text.push_str(&number.to_string());
                words = rest;
            }
        }
        // "oh" alone is no number, and nobody spells more than twelve digits.
        let word_of_its_own = text.len() > 1 || text != "0";
        (text.len() <= 12 && word_of_its_own).then(|| text.parse().ok()).flatten()
    }

    /// A digit that is said among others.
    pub(crate) fn digit(&self, word: &str) -> Option<u64> {
        if self.zeros.contains(&word) {
            return Some(0);
        }
        let other = || self.others.iter().find(|(other, _)| *other == word);
        place(self.units, word)
            .or_else(|| digits(word).filter(|digit| *digit < 10))
            .or_else(|| other().map(|(_, digit)| *digit))
    }

    /// A number in digits, or one that is written as one word.
    fn figure(&self, word: &str) -> Option<u64> {
        digits(word).or_else(|| (self.compound)(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_understood_as_they_are_said() {
        for (said, expected) in [
            ("101", Some(101)),
            ("1 0 1", Some(101)),
            ("one oh one", Some(101)),
            ("one zero one", Some(101)),
            ("one-oh-one", Some(101)),
            ("One O One.", Some(101)),
            ("one hundred and five", Some(105)),
            ("one hundred five", Some(105)),
            ("a hundred", Some(100)),
            ("hundred", Some(100)),
            ("a hundred and one", Some(101)),
            ("one double oh", Some(100)),
            ("one twenty three", Some(123)),
            ("twenty one", Some(21)),
            ("twenty twenty five", Some(2025)),
            ("eleven hundred", Some(1100)),
            ("two thousand and three", Some(2003)),
            ("two thousand three hundred forty five", Some(2345)),
            ("a thousand", Some(1000)),
            ("one million", Some(1_000_000)),
            ("1 hundred and 5", Some(105)),
            ("zero", Some(0)),
            ("0", Some(0)),
            ("oh", None),
            ("a", None),
            ("and", None),
            ("one hundred and", None),
            ("and five", None),
            ("web", None),
            ("one web", None),
            ("", None),
            ("99999999999999999999999", None),
            ("one thousand million thousand", None),
        ] {
            assert_eq!(number(said), expected, "{said:?}");
        }
    }

    #[test]
    fn every_number_that_is_spelled_is_understood() {
        for expected in (0..=9999).chain([10_000, 12_345, 100_001, 999_999, 1_000_000]) {
            let said = spell(expected);
            assert_eq!(number(&said), Some(expected), "{said:?}");
            let british = said
                .replace("hundred ", "hundred and ")
                .replace("hundred and thousand", "hundred thousand");
            assert_eq!(number(&british), Some(expected), "{british:?}");
        }
    }

    #[test]
    fn every_number_is_understood_digit_by_digit() {
        for expected in 10..=9999_u64 {
            let digits = expected.to_string();
            let words: Vec<String> = digits
                .chars()
                .filter_map(|c| c.to_digit(10))
                .map(|d| spell(u64::from(d)))
                .collect();
            assert_eq!(number(&words.join(" ")), Some(expected), "{words:?}");
            assert_eq!(number(&words.join(" ").replace("zero", "oh")), Some(expected), "{words:?}");
        }
    }
}
