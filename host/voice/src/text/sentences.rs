//! The sentences of a text, so that the first is heard while the next ones still
//! become sound.

use super::markdown;

/// A first sentence of this many characters may end at a comma.
const FIRST: usize = 60;
/// No piece is longer, wherever it has to be cut.
const LONGEST: usize = 300;
/// Words whose point ends no sentence.
const SHORTENED: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "e.g", "i.e", "etc", "approx", "incl", "excl", "min",
    "max", "vs", "a.m", "p.m", "u.s",
];

/// A text that is cut, line by line.
#[derive(Default)]
struct Splitter {
    rest: String,
    /// Within a block of code, which is not spoken.
    code: bool,
    sentences: Vec<String>,
}

/// The sentences of `text`, each to be spoken by itself.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut splitter = Splitter::default();
    for line in text.split_inclusive('\n').chain(["\n"]) {
        // A sentence may end within the text of a link.
        splitter.rest.push_str(&markdown::without_links(line));
        while let Some(sentence) = splitter.next() {
            splitter.keep(&sentence);
        }
    }
    let rest = std::mem::take(&mut splitter.rest);
    splitter.keep(&rest);
    splitter.sentences
}

impl Splitter {
    fn keep(&mut self, sentence: &str) {
        let sentence = sentence.trim();
        if sentence.chars().any(char::is_alphanumeric) {
            self.sentences.push(sentence.to_owned());
        }
    }

    fn next(&mut self) -> Option<String> {
        let line = self.rest.find('\n');
        if let Some(end) = line {
            let first = self.rest.get(..end).unwrap_or_default();
            if markdown::is_fence(first) {
                self.code = !self.code;
                self.rest.drain(..=end);
                return Some(String::new());
            }
        }
        if self.code {
            // Nothing of it is kept.
            self.rest.drain(..=line?);
            return Some(String::new());
        }
        // A sentence that is too long is cut before it has ended.
        let end = boundary(&self.rest).filter(|end| *end <= LONGEST).or_else(|| self.pause());
        let end = end.or_else(|| boundary(&self.rest))?;
        let rest = self.rest.split_off(end);
        Some(std::mem::replace(&mut self.rest, rest))
    }

    /// Where a sentence is cut that has not ended.
    fn pause(&self) -> Option<usize> {
        let nth = |n| self.rest.char_indices().nth(n).map(|(at, _)| at);
        let comma = |head: &str| {
            let mut commas = head.rmatch_indices(", ").map(|(at, _)| at + 1);
            commas.find(|at| *at >= 20)
        };
        if self.sentences.is_empty()
            && nth(FIRST - 1).is_some()
            && let Some(at) = comma(&self.rest)
        {
            return Some(at);
        }
        let longest = nth(LONGEST)?;
        let head = self.rest.get(..longest).unwrap_or_default();
        let space = || head.rfind(char::is_whitespace).filter(|at| *at > 0);
        comma(head).or_else(space).or(Some(longest))
    }
}

/// Where the first sentence of `text` ends, once what follows shows that it
/// does.
fn boundary(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\n' {
            let rest = text.get(at + 1..)?;
            let before = text.get(..at)?.trim();
            let next = rest.split('\n').next().unwrap_or_default();
            // A line goes on in the next one, unless that is a new item, or
            // either is empty.
            let known = rest.contains('\n') || next.trim().len() > 3;
            if before.is_empty() || markdown::is_marked(before) {
                return Some(at + 1);
            }
            if known
                && (next.trim().is_empty() || markdown::is_marked(next) || markdown::is_fence(next))
            {
                return Some(at + 1);
            }
            continue;
        }
        if !matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some((next, c)) = chars.next_if(|(_, c)| ".!?…\"')]”’*_".contains(*c)) {
            end = next + c.len_utf8();
        }
        match chars.peek() {
            Some((_, next))
                if next.is_whitespace() && (c != '.' || !shortened(text.get(..at)?)) =>
            {
                return Some(end);
            }
            _ if matches!(c, '。' | '！' | '？') => return Some(end),
            _ => {}
        }
    }
    None
}

/// Whether the word that ends `before` a point is a shortened one, an initial
/// or the number of an item.
fn shortened(before: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(['(', '[', '"', '“', '*', '_']);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let alone = line.trim().len() == word.len();
    SHORTENED.contains(&word.to_lowercase().as_str())
        || (word.chars().count() == 1 && word.chars().all(char::is_uppercase))
        || (alone && super::number::is_digits(word))
}
