//! What came of a turn: of each change that it asked for, and why it was cut off.

use jarvis_domain::{Fault, Language, Outcome, Reply, say};

/// Why a turn was ended before it had.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    /// It called one tool after another.
    Calls,
    /// It took too long, or said too much.
    Length,
    /// It may say no more at once.
    Room,
}

/// What came of a command that changes something.
pub(super) enum Change {
    /// By this reply.
    Answered(Reply),
    /// It was not done, for this reason.
    Refused(Box<Fault>),
}

impl Cut {
    /// In words, behind the model's own.
    pub(super) fn told(self, language: Language) -> String {
        match self {
            Self::Calls => say!(
                language,
                en: "(It was stopped: it would have called one tool after another.)",
                de: "(Es wurde angehalten: Es hätte ein Werkzeug nach dem anderen aufgerufen.)",
            ),
            Self::Length => say!(
                language,
                en: "(It was stopped: it would have gone on for too long.)",
                de: "(Es wurde angehalten: Es wäre zu lange weitergegangen.)",
            ),
            Self::Room => say!(
                language,
                en: "(It was cut off there: it may say no more at once.)",
                de: "(Es wurde dort abgeschnitten: Mehr darf es nicht auf einmal sagen.)",
            ),
        }
    }
}

impl Change {
    /// What is known of it; none where it was not begun.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Answered(reply) => Some(reply.outcome),
            Self::Refused(_) => None,
        }
    }

    /// As the host tells it.
    pub(super) fn sentence(&self, language: Language) -> String {
        match self {
            Self::Answered(reply) => reply.speech.clone(),
            Self::Refused(fault) => {
                let Fault { sentence, german, .. } = fault.as_ref();
                let german = german.as_ref().map_or(sentence, |german| &german.0);
                say!(language, en: "That did not go: {sentence}.", de: "Das ging nicht: {german}.")
            }
        }
    }
}
