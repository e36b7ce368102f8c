//! Text into phonemes, clause by clause: `espeak-ng` leaves out the marks
//! between them, which a voice speaks by.

/// The most clauses of one text.
const MOST: usize = 60;

/// A clause and the mark that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) text: String,
    pub(super) mark: char,
}

/// The clauses of `text`.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && clauses.len() < MOST {
        // A mark ends a clause where white space or nothing follows.
        let ends = |(at, c): &(usize, char)| {
            let after = rest.get(at + c.len_utf8()..).unwrap_or_default();
            ",.;:?!".contains(*c) && after.chars().next().is_none_or(char::is_whitespace)
        };
        let end = rest.char_indices().find(ends);
        let (clause, mark, after) = match end {
            Some((at, mark)) => (rest.get(..at), mark, rest.get(at + 1..).unwrap_or_default()),
            None => (Some(rest), '.', ""),
        };
        let text = clause.unwrap_or_default().trim();
        if text.chars().any(char::is_alphanumeric) {
            clauses.push(Clause { text: text.to_owned(), mark });
        }
        rest = after.trim_start();
    }
    clauses
}

/// What `espeak-ng` wrote, as a voice takes it: one line, without the marks of
/// a change of language, its accents as signs of their own.
pub(super) fn cleaned(written: &str, mark: char) -> String {
    let mut phonemes = String::with_capacity(written.len());
    let mut switch = false;
    for c in written.trim().chars() {
        match c {
            '(' => switch = true,
            ')' => switch = false,
            _ if switch => {}
            '\n' | '\r' => phonemes.push(' '),
            // The only letter of espeak-ng's English that Unicode composes.
            'ç' => phonemes.push_str("c\u{327}"),
            c => phonemes.push(c),
        }
    }
    phonemes.push(mark);
    if ",:;".contains(mark) {
        phonemes.push(' ');
    }
    phonemes
}
