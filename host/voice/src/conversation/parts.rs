//! What a conversation is made of, and who answers in it.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::Clock;

use super::ahead::Ahead;
use crate::chime::Chimes;
use crate::speaker::Speaker;
use crate::speech::EndSettings;
use crate::switch::Switch;
use crate::wyoming::{Service, Waking};

/// Who understands words and acts on them.
#[async_trait]
pub trait Assistant: Send + Sync + std::fmt::Debug {
    /// The answer to `words`. Dropping the future breaks off what may be
    /// broken off; that an operation may not is the assistant's to know.
    async fn answer(&self, words: &str) -> Answer;
    /// The same, with sentences told `ahead` while the rest is made.
    async fn answer_ahead(&self, words: &str, ahead: Ahead) -> Answer {
        drop(ahead);
        self.answer(words).await
    }
    /// Whether `words` already are a whole command. Asked while somebody
    /// speaks, and dropped where they go on.
    async fn is_complete(&self, words: &str) -> bool;
    /// `words` as they may be shown and kept: a secret number is masked.
    fn shown(&self, words: &str) -> String;
    /// The same for what was understood so far of words that are still being said; none
    /// where nobody is to be told: what is said after them may make them secret.
    fn shown_so_far(&self, words: &str) -> Option<String>;
    /// Names that may be said, for a recogniser that wants them.
    fn names(&self) -> Vec<String>;
    /// What the last answer had begun before it was broken off, and goes on, as
    /// a sentence.
    fn goes_on(&self) -> Option<String> {
        None
    }
}

/// What is said to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As it is shown.
    pub text: String,
    /// What is waited for afterwards.
    pub then: Then,
    /// Whoever asked for it knows it without a word: a sound may take its
    /// place.
    pub obvious: bool,
}

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing: the wake word begins again.
    Nothing,
    /// It was a question, and is answered without the wake word.
    Listen,
}

/// What a conversation is made of.
#[derive(Debug)]
pub struct Parts {
    /// Watches for the wake word; none where there is another way to begin.
    pub waking: Option<Waking>,
    /// The wake words, as they are written: they wake nobody when jarvis says
    /// them.
    pub wake_words: Vec<String>,
    /// Sound into words.
    pub recogniser: Arc<dyn Service>,
    /// Words into sound.
    pub speaker: Speaker,
    /// Who answers.
    pub assistant: Arc<dyn Assistant>,
    /// When an utterance begins and ends.
    pub end: EndSettings,
    /// Which sounds say what goes on.
    pub chimes: Chimes,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Mutes it and begins exchanges; what happens is told to it.
    pub switch: Switch,
}
