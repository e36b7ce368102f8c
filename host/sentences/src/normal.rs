//! Words as they are compared: one space between words, lower case, no
//! punctuation at the ends of words. What was heard is kept beside it, so that
//! a wildcard's text comes back as it was said. The rules are hassil's
//! (`normalize_for_matching`), with `-` and `_` read as a space in words and
//! templates alike.

/// The longest sentence that is read, characters.
pub(crate) const MAX_CHARACTERS: usize = 1000;

/// hassil's punctuation (`PUNCTUATION_STR` in its `util.py`), and quotes.
const PUNCTUATION: &str = ".。,，?¿？؟!¡！;；:：’…—–―\"“”„«»";

/// A sentence, made comparable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The comparable text.
    pub(crate) text: String,
    /// Where each word of `text` begins and ends, in bytes.
    pub(crate) words: Vec<(usize, usize)>,
    /// For each word, where it begins and ends in what was said, in bytes.
    origin: Vec<(usize, usize)>,
}

impl Heard {
    /// The words of `said`.
    pub(crate) fn new(said: &str) -> Self {
        let mut heard = Self::default();
        let mut word = Vec::new();
        let mut chars = said.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let minus = c == '-'
                && word.is_empty()
                && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit())
                && !ends_in_word(said, at);
            if is_gap(c) && !minus {
                heard.push(&mut word);
            } else {
                word.push((at, at + c.len_utf8(), c));
            }
        }
        heard.push(&mut word);
        heard
    }

    /// Adds a word, without the punctuation around it.
    fn push(&mut self, word: &mut Vec<(usize, usize, char)>) {
        let inner = trim(word);
        if let (Some(first), Some(last)) = (inner.first(), inner.last()) {
            let origin = (first.0, last.1);
            self.begin();
            let from = self.text.len();
            fold(inner.iter().map(|(_, _, c)| *c), &mut self.text);
            if self.text.len() > from {
                self.words.push((from, self.text.len()));
                self.origin.push(origin);
            }
        }
        word.clear();
    }

    fn begin(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// The same sentence without the words that `gone` names by their index.
    pub(crate) fn without(&self, gone: &[bool]) -> Self {
        let mut heard = Self::default();
        for (index, (word, origin)) in self.words.iter().zip(&self.origin).enumerate() {
            if gone.get(index).copied().unwrap_or_default() {
                continue;
            }
            heard.begin();
            let from = heard.text.len();
            heard.text.push_str(self.text.get(word.0..word.1).unwrap_or_default());
            heard.words.push((from, heard.text.len()));
            heard.origin.push(*origin);
        }
        heard
    }

    /// The word of this index.
    pub(crate) fn word(&self, index: usize) -> &str {
        self.words.get(index).and_then(|(from, to)| self.text.get(*from..*to)).unwrap_or_default()
    }

    /// The words, in order.
    pub(crate) fn all(&self) -> Vec<&str> {
        (0..self.words.len()).map(|index| self.word(index)).collect()
    }

    /// What was said between two places of `text`: the original's spelling and its
    /// gaps, without the marks around words, where they lie at the ends of words; the
    /// comparable text elsewhere.
    pub(crate) fn original(&self, said: &str, from: usize, to: usize) -> String {
        let text = self.text.get(from..to).unwrap_or_default();
        let from = to - text.trim_start().len();
        let text = text.trim();
        let to = from + text.len();
        let first = self.words.binary_search_by_key(&from, |word| word.0);
        let last = self.words.binary_search_by_key(&to, |word| word.1);
        let words = match (first, last) {
            (Ok(first), Ok(last)) => self.origin.get(first..=last).unwrap_or_default(),
            _ => return text.to_owned(),
        };
        let mut original = String::with_capacity(text.len());
        let mut before = None;
        for (from, to) in words {
            if let Some(before) = before {
                let gap = said.get(before..*from).unwrap_or_default();
                original.push_str(if matches!(gap, "-" | "_") { gap } else { " " });
            }
            original.push_str(said.get(*from..*to).unwrap_or_default());
            before = Some(*to);
        }
        original
    }
}

/// The text of a template between its brackets, made comparable. Spaces at its
/// ends stay: they say where words end.
pub(crate) fn chunk(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for part in text.split_inclusive(is_gap) {
        let word: Vec<(usize, usize, char)> =
            part.chars().filter(|c| !is_gap(*c)).map(|c| (0, 0, c)).collect();
        let inner = trim(&word);
        gap |= part.len() > word.iter().map(|(_, _, c)| c.len_utf8()).sum::<usize>()
            && inner.is_empty();
        if !inner.is_empty() {
            if gap && !folded.ends_with(' ') {
                folded.push(' ');
            }
            fold(inner.iter().map(|(_, _, c)| *c), &mut folded);
            gap = part.ends_with(is_gap);
        }
    }
    if gap && !folded.ends_with(' ') {
        folded.push(' ');
    }
    folded
}

/// A name as one comparable text, at most `most` characters of it.
pub(crate) fn folded(text: &str, most: usize) -> String {
    let mut out = String::new();
    fold(text.chars().take(most), &mut out);
    out
}

fn ends_in_word(said: &str, at: usize) -> bool {
    said.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| !c.is_whitespace())
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '-' || c == '_'
}

/// Without punctuation at either end; the last dot of an initialism stays.
fn trim(word: &[(usize, usize, char)]) -> &[(usize, usize, char)] {
    let is_mark = |entry: &(usize, usize, char)| PUNCTUATION.contains(entry.2);
    let from = word.iter().position(|entry| !is_mark(entry)).unwrap_or(word.len());
    let rest = word.get(from..).unwrap_or_default();
    let mut to = rest.iter().rposition(|entry| !is_mark(entry)).map_or(0, |last| last + 1);
    let initialism =
        to >= 3
            && rest.len() > to
            && rest.get(..=to).is_some_and(|word| {
                word.iter().enumerate().all(|(index, (_, _, c))| {
                    if index % 2 == 0 { c.is_alphabetic() } else { *c == '.' }
                })
            });
    if initialism {
        to += 1;
    }
    rest.get(..to).unwrap_or_default()
}

/// Lower case, one apostrophe, and the accents that stand apart put onto their
/// letters (NFC for the Latin letters).
fn fold(chars: impl Iterator<Item = char>, out: &mut String) {
    for c in chars {
        match c {
            'a'..='z' | '0'..='9' | ' ' => out.push(c),
            '’' | '‘' => out.push('\''),
            'ß' | 'ẞ' => out.push_str("ss"),
            '\u{300}'..='\u{30c}' | '\u{327}' => accent(c, out),
            _ => out.extend(c.to_lowercase()),
        }
    }
}

/// Joins a combining mark with the letter before it.
fn accent(mark: char, out: &mut String) {
    const JOINED: &[(char, &str, &str)] = &[
        ('\u{300}', "aeiou", "àèìòù"),
        ('\u{301}', "aeiouyn", "áéíóúýń"),
        ('\u{302}', "aeiou", "âêîôû"),
        ('\u{303}', "aon", "ãõñ"),
        ('\u{308}', "aeiouy", "äëïöüÿ"),
        ('\u{30a}', "au", "åů"),
        ('\u{30c}', "cdenrstz", "čďěňřšťž"),
        ('\u{327}', "cs", "çş"),
    ];
    let joined = out.chars().next_back().and_then(|letter| {
        let (_, plain, marked) = JOINED.iter().find(|(of, _, _)| *of == mark)?;
        marked.chars().nth(plain.chars().position(|of| of == letter)?)
    });
    if let Some(joined) = joined {
        out.pop();
        out.push(joined);
    } else {
        out.push(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_compared_without_case_marks_and_gaps() {
        for (said, expected) in [
            ("Turn  on,\tthe light!", "turn on the light"),
            ("pve-1 and web_server", "pve 1 and web server"),
            ("What’s up?", "what's up"),
            ("101.", "101"),
            ("set it to -5 or 1,5", "set it to -5 or 1,5"),
            ("the A.C. is on.", "the a.c. is on"),
            ("GRÖSSE, Straße, u\u{308}ber", "grösse strasse über"),
            ("?! ... —", ""),
            ("start \"the\nweb\u{0}server\"", "start the web server"),
            ("", ""),
        ] {
            assert_eq!(Heard::new(said).text, expected, "{said:?}");
        }
    }

    #[test]
    fn what_was_said_comes_back_as_it_was_said() {
        let said = "call it My-Backup, please";
        let heard = Heard::new(said);
        assert_eq!(heard.text, "call it my backup please");
        assert_eq!(heard.original(said, 8, 17), "My-Backup");
        assert_eq!(heard.original(said, 8, 11), "My");
        assert_eq!(heard.original(said, 9, 11), "y");
        assert_eq!(heard.without(&[true, true]).text, "my backup please");
        let heard = Heard::new("play Foo,  bar please Baz!");
        assert_eq!(heard.original("play Foo,  bar please Baz!", 5, 12), "Foo bar");
        let skipped = heard.without(&[false, false, false, true]);
        assert_eq!(skipped.original("play Foo,  bar please Baz!", 5, 16), "Foo bar Baz");
    }

    #[test]
    fn chunks_keep_the_spaces_at_their_ends() {
        for (text, expected) in [
            ("start ", "start "),
            (" on  The", " on the"),
            ("?", ""),
            ("-", " "),
            ("%", "%"),
            ("what is up? ", "what is up "),
            ("", ""),
            (" ", " "),
        ] {
            assert_eq!(chunk(text), expected, "{text:?}");
        }
    }
}
