//! Words that do not count, as hassil leaves them out (`recognize_all`): anywhere; but
//! where a template begins or ends with a wildcard, only at the other end, since the
//! wildcard may mean them. A sentence is tried as it was said as well.

use crate::normal::Heard;

/// Where a template has a wildcard by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WildEnd {
    /// Neither at its beginning nor at its end.
    None,
    /// It begins with one.
    First,
    /// It ends with one.
    Last,
    /// It is one.
    Whole,
}

/// A sentence with and without the skip words of each set.
#[derive(Debug)]
pub(crate) struct Texts {
    plain: Heard,
    /// By set; none where none of its words was said.
    without: Vec<Option<Without>>,
}

#[derive(Debug)]
struct Without {
    all: Heard,
    /// Only those at the beginning left out.
    from_start: Heard,
    /// Only those at the end left out.
    from_end: Heard,
}

impl Texts {
    /// The longest skip words come first in each set.
    pub(super) fn new(said: &str, skips: &[Vec<Vec<String>>]) -> Self {
        let plain = Heard::new(said);
        let without = skips.iter().map(|skip| without(&plain, skip)).collect();
        Self { plain, without }
    }

    /// As it was said.
    pub(crate) fn plain(&self) -> &Heard {
        &self.plain
    }

    /// The texts that a template is held against, as they were said first.
    pub(super) fn of(&self, skip: Option<usize>, wild: WildEnd) -> impl Iterator<Item = &Heard> {
        let without = skip.and_then(|skip| self.without.get(skip)?.as_ref());
        let (plain, second) = match (without, wild) {
            (None, _) | (_, WildEnd::Whole) => (true, None),
            (Some(without), WildEnd::None) => (true, Some(&without.all)),
            (Some(Without { all, from_end, .. }), WildEnd::First) => {
                (from_end.text == all.text, Some(from_end))
            }
            (Some(Without { all, from_start, .. }), WildEnd::Last) => {
                (from_start.text == all.text, Some(from_start))
            }
        };
        plain.then_some(&self.plain).into_iter().chain(second)
    }
}

/// None where nothing changes or nothing is left.
fn without(heard: &Heard, skip: &[Vec<String>]) -> Option<Without> {
    let words = heard.all();
    let mut gone = vec![false; words.len()];
    let mut at = 0;
    while at < words.len() {
        let length = at_start(words.get(at..).unwrap_or_default(), skip);
        gone.iter_mut().skip(at).take(length).for_each(|gone| *gone = true);
        at += length.max(1);
    }
    if !gone.contains(&true) || !gone.contains(&false) {
        return None;
    }
    let (mut first, mut last) = (0, words.len());
    while let length @ 1.. = at_start(words.get(first..).unwrap_or_default(), skip) {
        first += length;
    }
    while let length @ 1.. = at_end(words.get(..last).unwrap_or_default(), skip) {
        last -= length;
    }
    let only = |keep: std::ops::Range<usize>| {
        let gone: Vec<bool> = (0..words.len()).map(|index| !keep.contains(&index)).collect();
        heard.without(&gone)
    };
    Some(Without {
        all: heard.without(&gone),
        from_start: only(first..words.len()),
        from_end: only(0..last),
    })
}

/// How many words at the beginning are skip words.
fn at_start(words: &[&str], skip: &[Vec<String>]) -> usize {
    let begins = |phrase: &&Vec<String>| {
        words.len() >= phrase.len() && words.iter().zip(phrase.iter()).all(|(a, b)| a == b)
    };
    skip.iter().find(begins).map_or(0, Vec::len)
}

fn at_end(words: &[&str], skip: &[Vec<String>]) -> usize {
    let ends = |phrase: &&Vec<String>| {
        words.len() >= phrase.len()
            && words.iter().rev().zip(phrase.iter().rev()).all(|(a, b)| a == b)
    };
    skip.iter().find(ends).map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcards_end_keeps_the_words_that_do_not_count() {
        let skip: Vec<Vec<String>> = ["can you", "please"]
            .iter()
            .map(|words| words.split(' ').map(str::to_owned).collect())
            .collect();
        let texts = Texts::new("Can you please play can you please", &[skip]);
        let of =
            |wild| texts.of(Some(0), wild).map(|heard| heard.text.as_str()).collect::<Vec<_>>();
        let plain = "can you please play can you please";
        assert_eq!(of(WildEnd::None), [plain, "play"]);
        assert_eq!(of(WildEnd::First), ["can you please play"]);
        assert_eq!(of(WildEnd::Last), ["play can you please"]);
        assert_eq!(of(WildEnd::Whole), [plain]);
        assert_eq!(texts.of(None, WildEnd::None).count(), 1);
    }
}
