//! Errors a person can meet: a code, a sentence, a hint and the whole cause.
//!
//! Each room declares its rows; the binary prints their union and a test
//! checks that codes are unique. This module knows no room's errors.

use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::Language;

/// One row of a room's error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Stable, lower-case, hyphenated, prefixed by its room: `policy-denied`.
    pub code: &'static str,
    /// What this error means, one sentence, for the table of errors.
    pub meaning: &'static str,
    /// What the person can do about it.
    pub hint: &'static str,
    /// The exit code of the command line: 1 failed, 2 usage or settings,
    /// 3 not understood, 4 waits for an answer, 5 not allowed.
    pub exit: u8,
    /// The HTTP status (RFC 9110) that the API answers with.
    pub status: u16,
}

/// What every room's error enum offers to the surfaces.
pub trait Explain: Error {
    /// The row of the table this error belongs to.
    fn row(&self) -> &'static Row;

    /// A hint for this very case, where it says more than the row's.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The sentence in German, where this error is one that people meet in speech.
    fn german(&self) -> Option<String> {
        None
    }

    /// The error as it leaves its room.
    fn fault(&self) -> Box<Fault>
    where
        Self: Sized,
    {
        Box::new(Fault::from(self))
    }
}

/// An error as it leaves a room: flat, serialisable, with its whole cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The code of the row.
    pub code: String,
    /// One clear sentence.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
    /// The chain of causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// See [`Row::exit`].
    pub exit: u8,
    /// See [`Row::status`].
    pub status: u16,
    /// The sentence in German, as long as the process has it.
    #[serde(skip)]
    pub german: Option<Box<German>>,
}

/// A sentence in German, apart from its fault, which is handed about much and is to stay
/// small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct German(pub String);

impl Fault {
    /// A fault of `row` with the sentence of this very case.
    pub fn new(row: &'static Row, sentence: impl Into<String>) -> Self {
        Self {
            code: row.code.to_owned(),
            sentence: sentence.into(),
            hint: row.hint.to_owned(),
            causes: Vec::new(),
            exit: row.exit,
            status: row.status,
            german: None,
        }
    }

    /// The same fault with its sentence in `language`. What has none in German is told in
    /// English, behind words that say so much as that it did not work.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        if language == Language::German {
            self.sentence = match self.german.take() {
                Some(german) => german.0,
                None => format!("Das ging nicht: {}", self.sentence),
            };
        }
        self
    }

    /// The same fault with one more cause at the end of its chain.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }
}

impl<E: Explain> From<&E> for Fault {
    fn from(error: &E) -> Self {
        let mut fault = Self::new(error.row(), error.to_string());
        fault.german = error.german().map(|german| Box::new(German(german)));
        if let Some(hint) = error.hint() {
            fault.hint = hint;
        }
        let mut source = error.source();
        while let Some(cause) = source {
            fault.causes.push(cause.to_string());
            source = cause.source();
        }
        fault
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.sentence, self.code)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl Error for Fault {}
