//! Mistakes in a file: where, which key, what, and what was probably meant.

use std::cell::RefCell;

use serde::Serialize;

use crate::tree::Position;

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

impl Notes {
    /// Notes one more.
    pub fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
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
    let word = word.to_lowercase();
    valid
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
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
}
