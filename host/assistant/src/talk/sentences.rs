//! Sentences out of words that come piece by piece, each as soon as it is
//! whole, so that the first is spoken while the rest is still made.

/// A first piece that is this long, in characters, may end at a comma: silence
/// is worse than a pause.
const EARLY: usize = 60;
/// A piece never gets longer than this, in bytes.
const LONGEST: usize = 1_000;
/// Words behind whose dot a sentence goes on.
const SHORT: [&str; 14] = [
    "dr.", "mr.", "mrs.", "ms.", "e.g.", "i.e.", "z.b.", "d.h.", "bzw.", "ca.", "approx.", "no.",
    "vs.", "nr.",
];

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    rest: String,
    any: bool,
}

impl Sentences {
    /// Takes the next words, and gives the sentences that are whole by them.
    pub(super) fn push(&mut self, words: &str) -> Vec<String> {
        self.rest.push_str(words);
        let mut whole = Vec::new();
        while let Some(end) = self.end() {
            let rest = self.rest.split_off(end);
            let sentence = std::mem::replace(&mut self.rest, rest);
            self.give(&sentence, &mut whole);
        }
        whole
    }

    /// What is left, once nothing more comes, or nothing came for a while.
    pub(super) fn flush(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        let mut whole = Vec::new();
        self.give(&rest, &mut whole);
        whole.pop()
    }

    fn give(&mut self, sentence: &str, to: &mut Vec<String>) {
        let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        if !sentence.is_empty() {
            self.any = true;
            to.push(sentence);
        }
    }

    /// Where the first sentence ends, if that is known.
    fn end(&self) -> Option<usize> {
        let mut characters = self.rest.char_indices().peekable();
        let mut count = 0;
        while let Some((at, c)) = characters.next() {
            count += 1;
            let behind = at + c.len_utf8();
            let next = characters.peek().map(|(_, next)| *next);
            if c == '\n' && next == Some('\n') || "。！？".contains(c) {
                return Some(behind);
            }
            let is_space = next.is_some_and(char::is_whitespace);
            if ".!?…".contains(c) && is_space && self.begins_anew(behind, at) {
                return Some(behind);
            }
            let early = !self.any && count >= EARLY;
            if early && ",;:—–".contains(c) && is_space {
                return Some(behind);
            }
            if behind >= LONGEST && is_space {
                return Some(behind);
            }
        }
        None
    }

    /// Whether what stands behind `behind` begins a sentence, as far as it is
    /// there, and what stands before does not end in a short word.
    fn begins_anew(&self, behind: usize, at: usize) -> bool {
        let rest = self.rest.get(behind..).unwrap_or_default();
        let Some(first) = rest.trim_start().chars().next() else { return false };
        let before = self.rest.get(..behind).unwrap_or_default();
        let word = before.split_whitespace().next_back().unwrap_or_default().to_lowercase();
        let is_short = SHORT.contains(&word.as_str())
            // `A.` of a name, `3.` of a list.
            || word.len() == 2 && self.rest.get(..at).is_some_and(|t| t.ends_with(char::is_alphanumeric));
        !is_short && !first.is_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, step: usize) -> Vec<String> {
        let mut sentences = Sentences::default();
        let characters: Vec<char> = text.chars().collect();
        let mut whole: Vec<String> = characters
            .chunks(step)
            .flat_map(|piece| sentences.push(&piece.iter().collect::<String>()))
            .collect();
        whole.extend(sentences.flush());
        whole
    }

    #[test]
    fn sentences_are_the_same_however_they_come() {
        for (text, expected) in [
            ("It is hot. Very hot!", vec!["It is hot.", "Very hot!"]),
            ("Node pve3 has 54.5 degrees. Fine.", vec!["Node pve3 has 54.5 degrees.", "Fine."]),
            ("It is 10.0.0.1 with 8.2.4. Yes", vec!["It is 10.0.0.1 with 8.2.4.", "Yes"]),
            ("See e.g. pve-1.local. Ok?", vec!["See e.g. pve-1.local.", "Ok?"]),
            ("Ask Dr. Who. He knows.", vec!["Ask Dr. Who.", "He knows."]),
            ("one\n\nTwo", vec!["one", "Two"]),
            ("Größe? 3 Küchen.", vec!["Größe?", "3 Küchen."]),
            ("終わり。はい", vec!["終わり。", "はい"]),
            ("  ", vec![]),
        ] {
            for step in 1..=text.chars().count() {
                assert_eq!(all(text, step), expected, "{text:?} by {step}");
            }
        }
    }

    #[test]
    fn a_long_first_piece_ends_early_and_none_is_endless() {
        let long =
            "The media server on the second node has been up for nineteen days, and it is well";
        let found = all(&format!("{long}, and so on, and on."), 1);
        let first = "The media server on the second node has been up for nineteen days,";
        assert_eq!(found[0], first);
        assert_eq!(found.len(), 2, "only the first: {found:?}");
        let endless = all(&"word ".repeat(2_000), 7);
        assert!(endless.len() >= 9 && endless.iter().all(|piece| piece.len() <= LONGEST + 5));
    }
}
