//! The newest messages, by number, so many and so many bytes of them at most.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Utf8Bytes;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Messages.
    pub(super) messages: usize,
    /// Bytes of all messages together.
    pub(super) bytes: usize,
}

/// The messages. The first of all has the number 1.
#[derive(Debug)]
pub(super) struct Ring {
    bounds: Bounds,
    messages: VecDeque<Utf8Bytes>,
    bytes: usize,
    /// The number of the newest; 0 before the first.
    newest: u64,
}

/// Messages that somebody has not seen are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missed(pub(super) u64);

impl Ring {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, messages: VecDeque::new(), bytes: 0, newest: 0 }
    }

    /// The number of the newest message.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Adds a message that knows its number. However large, it is kept until
    /// the next one comes.
    pub(super) fn push(&mut self, make: impl FnOnce(u64) -> String) -> u64 {
        self.newest += 1;
        let message = Utf8Bytes::from(make(self.newest));
        self.bytes += message.len();
        self.messages.push_back(message);
        while self.messages.len() > 1
            && (self.messages.len() > self.bounds.messages || self.bytes > self.bounds.bytes)
        {
            let gone = self.messages.pop_front();
            self.bytes -= gone.map_or(0, |gone| gone.len());
        }
        self.newest
    }

    /// At most `limit` messages after the one numbered `seen`, oldest first.
    ///
    /// # Errors
    /// Some of them are gone, or `seen` was never told.
    pub(super) fn after(&self, seen: u64, limit: usize) -> Result<Vec<Utf8Bytes>, Missed> {
        let unseen = self.newest.checked_sub(seen).ok_or(Missed(0))?;
        let kept = self.messages.len() as u64;
        let Some(skip) = kept.checked_sub(unseen) else { return Err(Missed(unseen)) };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(self.messages.iter().skip(skip).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(messages: usize, bytes: usize, pushed: u64) -> Ring {
        let mut ring = Ring::new(Bounds { messages, bytes });
        for number in 1..=pushed {
            assert_eq!(ring.push(|seq| seq.to_string()), number);
        }
        ring
    }

    #[test]
    fn everybody_gets_what_they_have_not_seen_or_how_much_that_was() {
        let ring = ring(3, 1000, 10);
        assert_eq!(ring.after(10, 9), Ok(Vec::new()));
        assert_eq!(ring.after(8, 9).unwrap(), ["9", "10"]);
        assert_eq!(ring.after(7, 2).unwrap(), ["8", "9"]);
        assert_eq!(ring.after(6, 9), Err(Missed(4)));
        assert_eq!(ring.after(0, 9), Err(Missed(10)));
        assert_eq!(ring.after(11, 9), Err(Missed(0)), "it was never told");
    }

    #[test]
    fn bytes_are_bounded_too_and_the_newest_is_always_kept() {
        let mut ring = ring(100, 10, 4);
        ring.push(|_| "x".repeat(50));
        assert_eq!(ring.after(4, 9).unwrap().len(), 1);
        assert_eq!(ring.after(3, 9), Err(Missed(2)));
        ring.push(|_| "y".to_owned());
        assert_eq!(ring.after(5, 9).unwrap(), ["y"]);
        assert_eq!(ring.bytes, 1);
    }

    #[test]
    fn an_empty_ring_has_nothing_to_tell() {
        assert_eq!(ring(3, 10, 0).after(0, 9), Ok(Vec::new()));
    }
}
