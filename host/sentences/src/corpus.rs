//! A corpus: what people say, and what should come of it, in a cluster that stands in
//! the same file. It is how anybody can tell what a change to sentences is worth.
//!
//! A line is `the words | the command with its arguments`. A `?` before the command
//! means that it is to be asked about, with these values to pick from; `nothing`, that
//! the words are no command. `[plain]`, `[sloppy]` and `[misheard]` head its parts.

mod judge;
mod read;

use std::collections::BTreeMap;

use jarvis_document::Problems;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{CommandName, Language};
use serde::Serialize;

pub use judge::{Fault, Report, Score, Traits};

/// A corpus, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// What is said in: `language: de` before all else, English where that is left out.
    pub language: Language,
    /// The cluster that is spoken of.
    pub snapshot: Snapshot,
    /// What is said.
    pub lines: Vec<Line>,
}

/// How something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speech {
    /// In whole sentences.
    Plain,
    /// As people talk.
    Sloppy,
    /// As a recogniser of speech wrote it, wrongly.
    Misheard,
}

/// Something that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its line in the file, from 1.
    pub number: usize,
    /// How it is said.
    pub speech: Speech,
    /// The words.
    pub words: String,
    /// What should come of them.
    pub wanted: Outcome,
}

/// What comes of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A command with these arguments, which are shown as people write them.
    Command(CommandName, BTreeMap<String, String>),
    /// A question about a command; several values of one argument stand with commas.
    Asked(CommandName, BTreeMap<String, String>),
    /// No command.
    Nothing,
}

impl Corpus {
    /// Reads a corpus; all its mistakes otherwise.
    pub fn read(text: &str) -> Result<Self, Problems> {
        read::read(text)
    }
}

impl Speech {
    /// Every way of speaking.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Sloppy, Self::Misheard];

    /// How much must come out right, percent; of what is misheard, right or asked about.
    #[must_use]
    pub fn least(self) -> f64 {
        match self {
            Self::Plain => 99.0,
            Self::Sloppy | Self::Misheard => 95.0,
        }
    }
}

impl std::fmt::Display for Speech {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Sloppy => "sloppy",
            Self::Misheard => "misheard",
        })
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (asked, command, arguments) = match self {
            Self::Nothing => return f.write_str("nothing"),
            Self::Command(command, arguments) => ("", command, arguments),
            Self::Asked(command, arguments) => ("? ", command, arguments),
        };
        write!(f, "{asked}{command}")?;
        arguments.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
