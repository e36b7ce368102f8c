//! The use of a child for one exchange.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::wyoming::Connection;

/// The most of what a child wrote on standard error that is remembered.
const WORDS: usize = 2048;

/// Dropped without [`Lease::give_back`], it has the child killed.
#[derive(Debug)]
pub(crate) struct Lease {
    back: oneshot::Sender<Back>,
    words: LastWords,
}

/// What became of an exchange that was not broken off.
#[derive(Debug)]
pub(super) enum Back {
    /// The child can be used again.
    Done(Box<Connection>),
    /// It closed its streams.
    Closed,
}

/// What a child wrote last on standard error.
#[derive(Debug, Clone, Default)]
pub(super) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl Lease {
    pub(super) fn new(words: LastWords) -> (Self, oneshot::Receiver<Back>) {
        let (back, returned) = oneshot::channel();
        (Self { back, words }, returned)
    }

    /// The child may be used again, over this connection.
    pub(crate) fn give_back(self, connection: Connection) {
        // Where nobody waits for it, the child has ended meanwhile.
        let _ = self.back.send(Back::Done(Box::new(connection)));
    }

    /// The child has closed its streams, so that it has ended or soon will.
    pub(crate) fn closed(self) {
        let _ = self.back.send(Back::Closed);
    }

    /// Why the child may have ended: the last line that it wrote.
    pub(crate) fn last_words(&self) -> Option<String> {
        self.words.line()
    }
}

impl LastWords {
    pub(super) fn push(&self, bytes: &[u8]) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(bytes);
        let over = words.len().saturating_sub(WORDS);
        words.drain(..over);
    }

    pub(super) fn line(&self) -> Option<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&words).into_owned();
        let line = text.lines().rev().map(|line| jarvis_domain::text::line(line, 300));
        line.into_iter().find(|line| !line.is_empty())
    }
}
