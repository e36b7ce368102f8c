//! Errors of the dialogue itself.

use jarvis_domain::{Explain, Row};

/// An error of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssistantError {
    /// There is nothing to answer.
    #[error("there is no open question to say {0:?} to")]
    NothingOpen(String),
    /// Nothing was said.
    #[error("nothing was said")]
    Silence,
}

const NOTHING_OPEN: Row = Row {
    code: "assistant-nothing-open",
    meaning: "A yes or no came while no question was open.",
    hint: "Say the whole command again. jarvis ask never waits for an answer: use jarvis chat, or --yes.",
    exit: 3,
    status: 409,
};
const SILENCE: Row = Row {
    code: "assistant-silence",
    meaning: "The words are empty.",
    hint: "Say what you want, for example: how hot is node three?",
    exit: 3,
    status: 400,
};

/// The rows of this room.
pub const ROWS: &[&Row] = &[&NOTHING_OPEN, &SILENCE];

impl Explain for AssistantError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NothingOpen(_) => &NOTHING_OPEN,
            Self::Silence => &SILENCE,
        }
    }
}
