//! What was typed and is not written yet. Typing never waits: a program that
//! reads nothing must not keep Ctrl-C's frame, or a word about what was shown,
//! from being read off the socket.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How much may wait, bytes: a text that somebody pastes.
pub(super) const MOST: usize = 1024 * 1024;
/// How much is written at once.
const CHUNK: usize = 4096;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Keys {
    state: Mutex<State>,
    thread: Condvar,
    /// Whoever waits begins to before it looks.
    task: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<u8>,
    total: u64,
    closed: bool,
}

/// There is no room for it; nothing of it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Keys {
    /// Adds what was typed.
    pub(super) fn push(&self, bytes: &[u8]) -> Result<(), Full> {
        let mut state = self.lock();
        if state.waiting.len() + bytes.len() > MOST {
            return Err(Full);
        }
        state.waiting.extend(bytes);
        state.total += bytes.len() as u64;
        drop(state);
        self.thread.notify_one();
        self.task.notify_waiters();
        Ok(())
    }

    /// The next of it, on a thread of its own; none once closed.
    pub(super) fn wait(&self) -> Option<Vec<u8>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(bytes) = state.take() {
                return Some(bytes);
            }
            state = self.thread.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same in a task.
    pub(super) async fn next(&self) -> Option<Vec<u8>> {
        loop {
            let changed = self.task.notified();
            {
                let mut state = self.lock();
                if state.closed {
                    return None;
                }
                if let Some(bytes) = state.take() {
                    return Some(bytes);
                }
            }
            changed.await;
        }
    }

    /// Nothing more is written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.thread.notify_all();
        self.task.notify_waiters();
    }

    /// How much was typed in all, bytes.
    pub(super) fn total(&self) -> u64 {
        self.lock().total
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Option<Vec<u8>> {
        let count = self.waiting.len().min(CHUNK);
        (count > 0).then(|| self.waiting.drain(..count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_come_in_order_and_never_more_than_fit() {
        let keys = Keys::default();
        keys.push(b"ab").unwrap();
        keys.push(b"c").unwrap();
        assert_eq!(keys.next().await.unwrap(), b"abc");
        keys.push(&vec![b'x'; MOST]).unwrap();
        assert_eq!(keys.push(b"y"), Err(Full));
        assert_eq!(keys.wait().unwrap().len(), CHUNK);
        keys.push(b"y").unwrap();
        assert_eq!(keys.total(), 3 + MOST as u64 + 1);
        keys.close();
        assert_eq!((keys.wait(), keys.next().await), (None, None));
    }
}
