//! Mistakes in a file: where, which key, what, and what was probably meant.

use std::cell::RefCell;

use serde::Serialize;

use crate::tree::Position;

/// The most mistakes of a file that are noted: more help nobody, and a file
/// that is nothing but mistakes must not fill the memory.
const MAX_PROBLEMS: usize = 1000;
/// The longest word of a file in a mistake, characters.
const MAX_WORD: usize = 100;
/// The longest key and the longest message of a mistake, characters.
const MAX_TEXT: usize = 1000;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The key by its way from the root: `requests[2].paths`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The nearest valid word, where one is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// All mistakes of a file, in the order of its lines; never empty as an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

/// Where mistakes are noted while a tree is read.
#[derive(Debug, Default)]
pub struct Notes(RefCell<Vec<Problem>>);

impl Problem {
    /// A mistake that belongs to no key.
    #[must_use]
    pub fn at(at: Position, message: String) -> Self {
        Self { line: at.line, column: at.column, key: String::new(), message, nearest: None }
    }
}

impl Problem {
    /// Whatever the file holds, a mistake in it is small.
    fn cut(self) -> Self {
        let (key, message) = (cut_at(&self.key, MAX_TEXT), cut_at(&self.message, MAX_TEXT));
        Self { key, message, ..self }
    }
}

impl Notes {
    /// Notes one more, up to a thousand.
    pub fn push(&self, problem: Problem) {
        let mut problems = self.0.borrow_mut();
        if problems.len() < MAX_PROBLEMS {
            problems.push(problem.cut());
        }
    }

    /// Everything that was noted, by line.
    #[must_use]
    pub fn into_problems(self) -> Problems {
        let mut problems = self.0.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Problems(problems)
    }

    /// `value` if nothing was noted, else all that was.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problems> {
        let problems = self.into_problems();
        match value {
            Some(value) if problems.0.is_empty() => Ok(value),
            _ if problems.0.is_empty() => {
                let at = Position { line: 1, column: 1 };
                Err(Problem::at(at, "the file could not be read".to_owned()).into())
            }
            _ => Err(problems),
        }
    }
}

/// The word of `valid` that `word` was probably meant to be.
#[must_use]
pub fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance takes time and memory for each pair of characters.
    if word.chars().nth(MAX_WORD).is_some() {
        return None;
    }
    let word = word.to_lowercase();
    valid
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `word` as it is shown in a mistake: its beginning, where it is long.
pub(crate) fn cut(word: &str) -> String {
    cut_at(word, MAX_WORD)
}

fn cut_at(word: &str, most: usize) -> String {
    match word.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", word.get(..end).unwrap_or_default()),
        None => word.to_owned(),
    }
}

/// Writes `text` in one line: what a screen would not show as itself, line
/// breaks and escape sequences, is written out.
fn write_visible(f: &mut std::fmt::Formatter<'_>, text: &str) -> std::fmt::Result {
    use std::fmt::Write;
    text.chars().try_for_each(|c| match c {
        '"' | '\'' | '\\' => f.write_char(c),
        _ => write!(f, "{}", c.escape_debug()),
    })
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem.cut()])
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write_visible(f, &self.key)?;
            f.write_str(": ")?;
        }
        write_visible(f, &self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for Problems {
    /// One mistake a line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let valid = ["paths", "verbs", "capability"];
        for (word, expected) in [
            ("path", Some("paths")),
            ("PATHS", Some("paths")),
            ("capabilty", Some("capability")),
            ("zzz", None),
        ] {
            assert_eq!(nearest(word, valid), expected, "{word}");
        }
    }

    #[test]
    fn hidden_characters_of_a_file_are_written_out() {
        let key = "ver\u{1b}[2Jion\n\u{202e}".to_owned();
        let message = "\"it's\" a \\ \0".to_owned();
        let problem = Problem { line: 2, column: 1, key, message, nearest: None };
        let expected = r#"line 2: ver\u{1b}[2Jion\n\u{202e}: "it's" a \ \0"#;
        assert_eq!(problem.to_string(), expected);
    }

    #[test]
    fn a_file_of_nothing_but_mistakes_stays_small() {
        let name = "a".repeat(1 << 20);
        let keys: String = (0..20_000).map(|n| format!("  k{n}: 1\n")).collect();
        let tree = crate::parse(&format!("? {name}\n:\n{keys}? {name}b\n: 1\n")).unwrap();
        let notes = Notes::default();
        let root = crate::Cursor::root(&tree, &notes).mapping().unwrap();
        let names: Vec<_> = root.entries().collect();
        names[0].1.mapping().unwrap().finish();
        let _ = names[1].1.one_of(&[("one", 1)]);
        root.finish();
        let problems = notes.into_problems();
        assert_eq!(problems.0.len(), MAX_PROBLEMS);
        assert!(problems.to_string().len() < MAX_PROBLEMS * 300);
        assert_eq!(nearest(&name, ["a"]), None);
        let twice = crate::parse(&format!("? {name}\n: 1\n? {name}\n: 2\n")).unwrap_err();
        assert!(twice.to_string().len() < MAX_TEXT * 3, "{}", twice.to_string().len());
    }
}
