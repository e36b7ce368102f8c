//! The last moments, so that the first sound of a word is not lost.

use std::collections::VecDeque;
use std::time::Duration;

use crate::frame::{FRAME, Frame};

/// Remembers at most so many frames.
#[derive(Debug)]
pub(super) struct PreRoll {
    most: usize,
    frames: VecDeque<Frame>,
}

impl PreRoll {
    pub(super) fn new(most: Duration) -> Self {
        let most = frames(most);
        Self { most, frames: VecDeque::with_capacity(most) }
    }

    pub(super) fn push(&mut self, frame: Frame) {
        while self.frames.len() >= self.most.max(1) {
            self.frames.pop_front();
        }
        self.frames.push_back(frame);
    }

    /// Forgets all but the last `kept`.
    pub(super) fn keep_last(&mut self, kept: Duration) {
        let over = self.frames.len().saturating_sub(frames(kept));
        self.frames.drain(..over);
    }

    pub(super) fn take(&mut self) -> Vec<Frame> {
        self.frames.drain(..).collect()
    }
}

/// How many frames `duration` lasts, the last one begun.
pub(crate) fn frames(duration: Duration) -> usize {
    usize::try_from(duration.as_micros().div_ceil(FRAME.as_micros())).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_last_frames_and_no_more() {
        let mut roll = PreRoll::new(FRAME * 3);
        for n in 0..100 {
            roll.push(Frame::from([n; 256]));
        }
        roll.keep_last(FRAME * 2);
        let kept: Vec<i16> = roll.take().iter().map(|frame| frame.samples()[0]).collect();
        assert_eq!(kept, [98, 99]);
        assert_eq!(roll.take(), []);
    }

    #[test]
    fn counts_frames() {
        for (millis, expected) in [(0, 0), (1, 1), (16, 1), (17, 2), (300, 19), (700, 44)] {
            assert_eq!(frames(Duration::from_millis(millis)), expected);
        }
    }
}
