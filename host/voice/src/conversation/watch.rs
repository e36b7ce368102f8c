//! The wake word, within a conversation: not too often, not from jarvis's own
//! mouth, and tried again where its engine fails.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::{Clock, Explain};

use crate::event::{Event, Events};
use crate::frame::{Chunk, FRAME, Frame};
use crate::wyoming::Waking;

/// A second detection within this time is one of the same word.
const COOL_DOWN: Duration = Duration::from_secs(2);
/// How long after jarvis has said the wake word it may still be heard.
const ECHO: Duration = Duration::from_millis(300);
/// How much sound goes by before an engine that failed is tried again, at
/// first and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Watches frame by frame.
#[derive(Debug)]
pub(super) struct Watch {
    waking: Option<Waking>,
    own: OwnVoice,
    /// How much sound went by in all.
    heard: Duration,
    /// Until when nothing is looked for.
    deaf: Duration,
    /// How long the next failure is waited after; zero while all is well.
    retry: Duration,
}

/// When jarvis says a wake word itself.
#[derive(Debug, Clone)]
pub(crate) struct OwnVoice {
    words: Arc<[String]>,
    clock: Arc<dyn Clock>,
    until: Arc<Mutex<Duration>>,
}

impl Watch {
    pub(super) fn new(waking: Option<Waking>, own: OwnVoice) -> Self {
        let zero = Duration::ZERO;
        Self { waking, own, heard: zero, deaf: zero, retry: zero }
    }

    /// Whether there is a wake word at all.
    pub(super) fn is_there(&self) -> bool {
        self.waking.is_some()
    }

    /// A frame goes by, whether it is looked at or not.
    pub(super) fn passes(&mut self) {
        self.heard = self.heard.saturating_add(FRAME);
    }

    /// Which wake word ended with `frame`. That the engine fails is told once.
    pub(super) async fn frame(&mut self, frame: &Frame, events: &Events) -> Option<String> {
        let waking = self.waking.as_mut()?;
        if self.retry > Duration::ZERO && self.heard < self.deaf {
            return None;
        }
        let found = match waking.frame(frame).await {
            Ok(found) => {
                self.retry = Duration::ZERO;
                found?
            }
            Err(error) => {
                if self.retry.is_zero() {
                    events.tell(Event::Failed { fault: error.fault() });
                }
                self.retry = self.retry.saturating_mul(2).clamp(RETRY.0, RETRY.1);
                self.deaf = self.heard.saturating_add(self.retry);
                return None;
            }
        };
        if self.heard < self.deaf || self.own.is_saying_it() {
            return None;
        }
        self.deaf = self.heard.saturating_add(COOL_DOWN);
        Some(found.name)
    }
}

impl OwnVoice {
    pub(crate) fn new(words: &[String], clock: Arc<dyn Clock>) -> Self {
        let words = words.iter().map(|word| word.to_lowercase()).collect();
        Self { words, clock, until: Arc::default() }
    }

    /// Whether `text` holds a wake word.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.words.iter().any(|word| text.contains(word.as_str()))
    }

    /// `chunk` of a text that holds one is played after `held`.
    pub(crate) fn says(&self, chunk: &Chunk, held: Duration) {
        let end = self.clock.running() + held + chunk.duration() + ECHO;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = end.max(*until);
    }

    /// Nothing more is played.
    pub(super) fn silent(&self) {
        let end = self.clock.running() + ECHO;
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = end.min(*until);
    }

    fn is_saying_it(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        self.clock.running() < until
    }
}
