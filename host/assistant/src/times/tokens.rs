//! Words one by one, and where in what was said each of them stands.

use std::ops::Range;

/// What was said, word by word.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    said: &'a str,
    /// In small letters, without the marks around it, and where it begins and
    /// ends. "twenty-five" is two that stand at one place.
    words: Vec<(String, usize, usize)>,
}

/// The most words that are looked at. Sentences that are understood are shorter.
const MOST: usize = 200;

impl<'a> Tokens<'a> {
    /// The words of `said`.
    pub(crate) fn new(said: &'a str) -> Self {
        let mut words = Vec::new();
        let mut at = 0;
        for word in said.split(char::is_whitespace) {
            let (from, to) = (at, at + word.len());
            at = to + 1;
            // A gap may be a character of several bytes.
            while at < said.len() && !said.is_char_boundary(at) {
                at += 1;
            }
            for part in parts(word) {
                let plain = part.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
                if !plain.is_empty() && words.len() < MOST {
                    words.push((plain.replace('.', ""), from, to));
                }
            }
        }
        Self { said, words }
    }

    /// The words, comparable. A clock keeps its colon.
    pub(crate) fn plain(&self) -> Vec<&str> {
        self.words.iter().map(|(word, ..)| word.as_str()).collect()
    }

    /// What was said before the word of this index, as it was said. None where
    /// that is in the middle of a word.
    pub(crate) fn before(&self, index: usize) -> Option<String> {
        let (_, from, _) = self.words.get(index)?;
        let split = index > 0 && self.words.get(index - 1)?.1 == *from;
        (!split).then(|| trimmed(self.said.get(..*from).unwrap_or_default()))
    }

    /// The words from this index to the next comma, or to the end.
    pub(crate) fn clause(&self, from: usize) -> Range<usize> {
        let is_last = |(_, _, to): &&(String, usize, usize)| {
            self.said.get(..*to).is_some_and(|said| said.ends_with(','))
        };
        let length = self.words.iter().skip(from).position(|word| is_last(&word));
        from..length.map_or(self.words.len(), |length| from + length + 1)
    }

    /// What was said from the word of this index on.
    pub(crate) fn after(&self, index: usize) -> Option<String> {
        let Some((_, from, _)) = self.words.get(index) else { return Some(String::new()) };
        let split = index > 0 && self.words.get(index - 1)?.1 == *from;
        (!split).then(|| trimmed(self.said.get(*from..).unwrap_or_default()))
    }
}

/// The parts of a word that are numbers on their own, "twenty-five"; a name,
/// "pve-1", is one.
fn parts(word: &str) -> Vec<&str> {
    let is_words = |part: &str| part.chars().all(|c| c.is_alphabetic() || ",.!?".contains(c));
    if word.contains('-') && word.split('-').all(is_words) {
        return word.split('-').collect();
    }
    vec![word]
}

/// Without the spaces and commas that parted it from the time.
fn trimmed(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || ",;:".contains(c)).to_owned()
}
