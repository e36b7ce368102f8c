//! What no sentence fits goes to a language model. It may call commands as
//! tools, by the same invocations as everybody else; it confirms nothing,
//! grants nothing, and is never believed: where a person asked for a change,
//! what is said is made of what the commands answered, and the model's words
//! are shown beside it ([`turn`], [`claims`]).

mod arguments;
mod budget;
mod claims;
mod history;
mod prompt;
mod record;
mod sentences;
mod tools;
mod turn;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::model::{Abilities, LanguageModel, Standing};
use jarvis_domain::{Clock, Fault, Outcome, RunId, Timestamp};
use serde::{Deserialize, Serialize};

pub use history::History;
pub(crate) use record::Kept;
pub(crate) use turn::{Asked, Ended, LOOK, Open, Turn};

/// How long what is known of a model counts. One that nobody can reach is not
/// asked again for that long: the rest gets its answer at once.
const KNOWN: Duration = Duration::from_secs(30);

/// A language model, and how it is talked with.
#[derive(Debug, Clone)]
pub struct Talker {
    pub(crate) model: Arc<dyn LanguageModel>,
    /// How many messages of a dialogue it is told again.
    pub(crate) kept: usize,
    known: Arc<Mutex<Option<(Timestamp, Known)>>>,
}

/// What is known of a model.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// It can be asked.
    Ready(Abilities),
    /// Its host does not have it.
    Missing,
    /// Its host does not answer.
    Silent(Box<Fault>),
}

/// What came of words that a language model was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// How the commands that it called ended, the worst of them; none where
    /// nothing but looks, or nothing at all, was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What is to be said, sentence by sentence.
    pub sentences: Vec<String>,
    /// How many of them a watcher was told already, while they were made.
    pub ahead: usize,
    /// What the model said where that is not what counts; for a screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The runs of the commands that it called.
    pub runs: Vec<RunId>,
}

impl Told {
    /// All that is to be said.
    #[must_use]
    pub fn speech(&self) -> String {
        self.sentences.join(" ")
    }
}

impl Talker {
    /// Talks with `model`, which is told `kept` messages of a dialogue again.
    #[must_use]
    pub fn new(model: Arc<dyn LanguageModel>, kept: usize) -> Self {
        Self { model, kept, known: Arc::default() }
    }

    /// Whether it can be asked; an answer of half a minute ago will do.
    pub(crate) async fn known(&self, clock: &dyn Clock) -> Known {
        let now = clock.now();
        if let Some((at, known)) = self.last().clone()
            && now.since(at) < KNOWN
        {
            return known;
        }
        let known = match self.model.standing().await {
            Ok(Standing::Ready(able)) => Known::Ready(able),
            Ok(Standing::Missing) => Known::Missing,
            Err(fault) => Known::Silent(fault),
        };
        *self.last() = Some((clock.now(), known.clone()));
        known
    }

    /// What is known is not so any more.
    pub(crate) fn forget(&self) {
        *self.last() = None;
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<(Timestamp, Known)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
