//! Sentence templates, matching, names and numbers. No I/O.
//!
//! A skill's `sentences/<lang>.yaml` is read into a [`SentenceFile`]; the files
//! of all skills are compiled once per catalog into [`Sentences`]; the names of
//! one snapshot of the cluster are indexed once into [`Names`]. Matching then
//! costs some microseconds, whatever the number of guests.
//!
//! This room chooses a command and its arguments. It neither runs commands nor
//! asks questions: that a name fits two guests, or that a required argument was
//! not said, is handed to the caller. Whether a spoken yes [`repeats`] what it is
//! about is read here, since it reads numbers; what it has to repeat, and what it
//! then allows, is the policy's.
//!
//! ```
//! use jarvis_sentences::{Names, Recognition, SentenceFile, Sentences, Source};
//!
//! let file = SentenceFile::read(
//!     "language: en\nintents:\n  start:\n    data:\n      - sentences: ['(start|boot) {number}']\n\
//!      lists:\n  number: {range: {from: 1, to: 9}}\n",
//! )
//! .unwrap();
//! let skill = "example".parse().unwrap();
//! let sentences = Sentences::compile(vec![Source { skill, file }]);
//! let Recognition::Matched { matches } = sentences.recognize("Boot five!", &Names::default()) else {
//!     panic!("not understood");
//! };
//! assert_eq!(matches[0].command.to_string(), "example.start");
//! ```

mod corpus;
mod error;
mod file;
mod home;
mod matcher;
mod names;
mod normal;
mod numbers;
mod pin;
mod recognition;
mod repeat;
mod spoken;
mod template;
mod words;

pub use corpus::{Corpus, Fault, Line, Outcome, Report, Score, Speech, Traits};
pub use error::{ROWS, SentencesError};
pub use file::{CommandSpec, FolderFile, Holds, ParameterSpec, SentenceFile, SlotKind};
pub use home::{Combination, Combinations, Expected, Fixtures, Intent, Intents, Wanted};
pub use matcher::{Sentences, Source};
pub use names::{Aliases, Fit, Found, Kind, Names};
pub use numbers::{leading_number, leading_number_in, spell};
pub use pin::{BadPin, LEAST_MASKED, Pin, masked, masked_answer, masked_so_far, may_be_pin};
pub use recognition::{Match, Recognition, Slot, SlotValue, UnknownName};
pub use repeat::{repeats, repeats_in};
pub use spoken::reason_at;
