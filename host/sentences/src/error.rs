//! The errors of this room.

use jarvis_document::Problems;
use jarvis_domain::{Explain, Row, text};

use crate::names::Kind;
use crate::normal::MAX_CHARACTERS;

/// Why words did not become a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SentencesError {
    /// No sentence fits.
    #[error("I did not understand {heard:?}")]
    Unknown {
        /// What was heard, at most 80 characters.
        heard: String,
        /// What can be said, the nearest first.
        examples: Vec<String>,
    },
    /// A name in the sentence is not known.
    #[error("there is no {kind} called {heard:?}")]
    NameUnknown {
        /// What it should have named.
        kind: Kind,
        /// The name as it was heard, at most 80 characters.
        heard: String,
        /// Real names near it, the nearest first.
        nearest: Vec<String>,
    },
    /// More characters than are read.
    #[error("the sentence has {characters} characters; at most {MAX_CHARACTERS} are read")]
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// A file of sentences has mistakes.
    #[error("{file} has mistakes")]
    File {
        /// Its path, for a person.
        file: String,
        /// All of them.
        #[source]
        problems: Problems,
    },
}

/// No sentence fits.
pub(crate) const UNKNOWN: Row = Row {
    code: "sentences-unknown",
    meaning: "The words fit no sentence of any skill.",
    hint: "Say it in other words, or see what can be said with `jarvis skill list`.",
    exit: 3,
    status: 422,
};
/// A name is not known.
pub(crate) const NAME_UNKNOWN: Row = Row {
    code: "sentences-name-unknown",
    meaning: "The words fit a sentence, but name a guest, node or tag that the cluster does not have.",
    hint: "Ask for a list of all machines, or say its number.",
    exit: 3,
    status: 404,
};
/// Too long.
pub(crate) const TOO_LONG: Row = Row {
    code: "sentences-too-long",
    meaning: "The words are longer than any sentence that is read.",
    hint: "Say one command at a time, in fewer than 1000 characters.",
    exit: 3,
    status: 413,
};
/// A bad file.
pub(crate) const FILE: Row = Row {
    code: "sentences-file",
    meaning: "A skill's file of sentences has mistakes, so that the skill is not loaded.",
    hint: "Correct the lines that are named; `jarvis skill check FOLDER` shows them all.",
    exit: 2,
    status: 422,
};

/// All rows of this room.
pub const ROWS: &[&Row] = &[&UNKNOWN, &NAME_UNKNOWN, &TOO_LONG, &FILE];

impl SentencesError {
    /// `heard` as errors show it: one line of at most 80 characters.
    #[must_use]
    pub fn cut(heard: &str) -> String {
        text::line(heard, 80)
    }
}

impl Explain for SentencesError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unknown { .. } => &UNKNOWN,
            Self::NameUnknown { .. } => &NAME_UNKNOWN,
            Self::TooLong { .. } => &TOO_LONG,
            Self::File { .. } => &FILE,
        }
    }

    fn german(&self) -> Option<String> {
        Some(match self {
            // What there is instead says the hint.
            Self::Unknown { heard, .. } => format!("{heard:?} war nicht zu verstehen"),
            Self::NameUnknown { kind, heard, .. } => {
                let kind = match kind {
                    Kind::Guest => "keine Maschine",
                    Kind::Node => "keinen Knoten",
                    Kind::Tag => "keinen Tag",
                };
                format!("es gibt {kind} namens {heard:?}")
            }
            Self::TooLong { characters } => format!(
                "der Satz hat {characters} Zeichen; gelesen werden höchstens {MAX_CHARACTERS}"
            ),
            Self::File { file, .. } => format!("{file} hat Fehler"),
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { examples, .. } if !examples.is_empty() => {
                let quoted: Vec<String> =
                    examples.iter().map(|example| format!("\"{example}\"")).collect();
                Some(format!("Try {}.", quoted.join(", ")))
            }
            Self::NameUnknown { nearest, .. } if !nearest.is_empty() => {
                Some(format!("Did you mean {}?", nearest.join(", or ")))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{Fault, Language};

    use super::*;

    #[test]
    fn hints_say_what_can_be_done_in_this_very_case() {
        let error = SentencesError::NameUnknown {
            kind: Kind::Guest,
            heard: "web sever".into(),
            nearest: vec!["VM 102 webserver-01".into()],
        };
        let fault = Fault::from(&error);
        assert_eq!(fault.sentence, "there is no machine called \"web sever\"");
        assert_eq!(fault.hint, "Did you mean VM 102 webserver-01?");
        assert_eq!((fault.exit, fault.code.as_str()), (3, "sentences-name-unknown"));
    }

    #[test]
    fn what_there_is_instead_is_told_once() {
        let name = SentencesError::NameUnknown {
            kind: Kind::Guest,
            heard: "Webserfer".into(),
            nearest: vec!["VM 102 webserver-01".into()],
        };
        let unknown = SentencesError::Unknown {
            heard: "Webserfer".into(),
            examples: vec!["starte webserver-01".into()],
        };
        for error in [name, unknown] {
            for language in Language::ALL {
                let fault = Fault::from(&error).in_language(language);
                let told = format!("{} {}", fault.sentence, fault.hint);
                assert_eq!(told.matches("webserver-01").count(), 1, "{told}");
            }
        }
    }

    #[test]
    fn codes_are_unique_and_carry_the_rooms_name() {
        let mut codes: Vec<&str> = ROWS.iter().map(|row| row.code).collect();
        assert!(codes.iter().all(|code| code.starts_with("sentences-")));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ROWS.len());
    }
}
