//! Errors of the dialogue itself.

use jarvis_domain::{Explain, Row};

/// An error of the dialogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssistantError {
    /// There is nothing to answer.
    #[error("there is no open question to say {0:?} to")]
    NothingOpen(String),
    /// A timer is to be set, and no time was understood.
    #[error("I did not understand for how long")]
    NoTime,
    /// Nothing was said.
    #[error("nothing was said")]
    Silence,
    /// Nobody waits for the answer any more.
    #[error("it was broken off before the language model had answered")]
    BrokenOff,
    /// What a language model has to be told is more than it sees at once.
    #[error(
        "the language model sees {all} tokens at once; {answer} are kept for its answer, its \
         rules and tools take about {stable}, and what was said takes about {now}"
    )]
    NoRoom {
        /// What it sees at once, tokens.
        all: usize,
        /// What is kept for its answer.
        answer: usize,
        /// What its rules and tools take.
        stable: usize,
        /// What was said, and answered by commands since.
        now: usize,
    },
    /// Only some may have a model fetched.
    #[error("fetching a language model takes the role operator")]
    MayNotFetch,
}

const NOTHING_OPEN: Row = Row {
    code: "assistant-nothing-open",
    meaning: "A yes or no came while no question was open.",
    hint: "Say the whole command again. A question is open for a minute, and until something else is said; jarvis ask waits for no answer.",
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

const BROKEN_OFF: Row = Row {
    code: "assistant-broken-off",
    meaning: "Whoever asked has hung up or said stop while the language model was at it.",
    hint: "Say it again. What had begun goes on, and jarvis runs shows it.",
    exit: 1,
    status: 499,
};
const NO_ROOM: Row = Row {
    code: "assistant-model-room",
    meaning: "What a language model has to be told does not fit what it sees at once, even without what was said before.",
    hint: "Set llm.context to more, if the model and the memory of its host allow it, or say less at once.",
    exit: 1,
    status: 413,
};
const MAY_NOT_FETCH: Row = Row {
    code: "assistant-may-not-fetch",
    meaning: "Somebody without the right to it wants a language model fetched.",
    hint: "Have an operator say yes to it, or fetch it by hand with ollama pull.",
    exit: 5,
    status: 403,
};

const NO_TIME: Row = Row {
    code: "assistant-no-time",
    meaning: "A timer was asked for, and no time was understood in the words.",
    hint: "Say it with its length or its time: set a timer for five minutes, set an alarm for half past seven.",
    exit: 3,
    status: 422,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] =
    &[&NOTHING_OPEN, &SILENCE, &NO_TIME, &BROKEN_OFF, &NO_ROOM, &MAY_NOT_FETCH];

impl Explain for AssistantError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NothingOpen(_) => &NOTHING_OPEN,
            Self::NoTime => &NO_TIME,
            Self::Silence => &SILENCE,
            Self::BrokenOff => &BROKEN_OFF,
            Self::NoRoom { .. } => &NO_ROOM,
            Self::MayNotFetch => &MAY_NOT_FETCH,
        }
    }

    fn german(&self) -> Option<String> {
        Some(match self {
            Self::NothingOpen(words) => format!("es ist keine Frage offen, zu der {words:?} passt"),
            Self::NoTime => "die Dauer war nicht zu verstehen".to_owned(),
            Self::Silence => "es wurde nichts gesagt".to_owned(),
            Self::BrokenOff => {
                "es wurde abgebrochen, bevor das Sprachmodell geantwortet hat".to_owned()
            }
            Self::NoRoom { all, answer, stable, now } => format!(
                "das Sprachmodell sieht {all} Tokens auf einmal; {answer} sind für seine Antwort \
                 reserviert, seine Regeln und Werkzeuge brauchen etwa {stable}, das Gesagte etwa \
                 {now}"
            ),
            Self::MayNotFetch => {
                "um ein Sprachmodell zu holen, braucht es die Rolle operator".to_owned()
            }
        })
    }
}
