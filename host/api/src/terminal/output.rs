//! What a terminal has shown and nobody has fetched yet, and the last of what
//! was fetched: one ring of fixed size for both.
//!
//! Whoever fills it waits while there is no room, so that endless output
//! costs no more memory than this. While nobody is attached nobody is waited
//! for: a program goes on, and what is older than the ring is forgotten.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How much is kept to be shown again, bytes.
pub(super) const KEPT: usize = 256 * 1024;
/// The most that comes at once, in and out.
pub(super) const CHUNK: usize = 64 * 1024;
/// How much may wait to be fetched: with one more chunk it is all that is kept.
const UNSENT: u64 = (KEPT - CHUNK) as u64;
/// How much may be on its way to a client that says what it has shown. Over a
/// line with 100 ms there and back that makes 10 MB a second.
const UNSHOWN: u64 = 1024 * 1024;

/// The ring, and who waits at its ends.
#[derive(Debug, Default)]
pub(super) struct Output {
    state: Mutex<State>,
    /// For a filling thread.
    room: Condvar,
    /// For a filling task. Whoever waits begins to before it looks, so that no
    /// word of a change is missed; the same holds for `more`.
    async_room: Notify,
    /// For whoever fetches.
    more: Notify,
}

#[derive(Debug, Default)]
struct State {
    kept: VecDeque<u8>,
    /// How much was shown in all.
    end: u64,
    reader: Option<Reader>,
    /// Counts those who fetched; only the last one does.
    generation: u64,
    /// Nothing comes any more.
    over: bool,
    /// Nobody wants any more.
    stopped: bool,
}

#[derive(Debug)]
struct Reader {
    /// What it has fetched, counted from the terminal's beginning.
    taken: u64,
    /// What it has shown; none where it has never said.
    shown: Option<u64>,
    /// Where it began.
    from: u64,
}

/// What there is to fetch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing will come any more.
    Over,
    /// Somebody else fetches now.
    TakenOver,
}

/// More was said to be shown than was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadAck;

impl Output {
    /// Adds what was shown. Whoever calls it has waited for room.
    pub(super) fn push(&self, bytes: &[u8]) {
        let bytes_kept = bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or_default();
        let mut state = self.lock();
        let over = (state.kept.len() + bytes_kept.len()).saturating_sub(KEPT);
        state.kept.drain(..over);
        if state.kept.capacity() < state.kept.len() + bytes_kept.len() {
            // Most terminals show little; one that shows more gets all at once.
            let more = KEPT - state.kept.len();
            state.kept.reserve_exact(more);
        }
        state.kept.extend(bytes_kept);
        state.end += bytes.len() as u64;
        drop(state);
        self.more.notify_waiters();
    }

    /// Waits for room, on a thread of its own; whether more is wanted at all.
    pub(super) fn wait_for_room(&self) -> bool {
        let mut state = self.lock();
        while !state.stopped && !state.has_room() {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.stopped
    }

    /// The same in a task.
    pub(super) async fn has_room(&self) -> bool {
        loop {
            let changed = self.async_room.notified();
            {
                let state = self.lock();
                if state.stopped || state.has_room() {
                    return !state.stopped;
                }
            }
            changed.await;
        }
    }

    /// Whether whoever fills it has to wait.
    #[cfg(test)]
    pub(super) fn is_full(&self) -> bool {
        !self.lock().has_room()
    }

    /// Begins to fetch: at `from`, where that is still kept, else with all
    /// that is. Who fetched before is told. The number of this reader, and
    /// where it begins.
    pub(super) fn attach(&self, from: Option<u64>) -> (u64, u64) {
        let mut state = self.lock();
        let start = state.end - state.kept.len() as u64;
        let from = from.filter(|from| (start..=state.end).contains(from));
        let from = from.unwrap_or_else(|| start + state.torn() as u64);
        state.reader = Some(Reader { taken: from, shown: None, from });
        state.generation += 1;
        let generation = state.generation;
        drop(state);
        self.wake();
        (generation, from)
    }

    /// Ends what `generation` fetches. Nobody is waited for until another one
    /// comes. False where another one has come already.
    pub(super) fn detach(&self, generation: u64) -> bool {
        let mut state = self.lock();
        if state.generation != generation {
            return false;
        }
        state.reader = None;
        drop(state);
        self.wake();
        true
    }

    /// What comes next for `generation`. Dropping the future loses nothing.
    pub(super) async fn next(&self, generation: u64) -> Next {
        loop {
            let changed = self.more.notified();
            if let Some(next) = self.lock().take(generation) {
                self.room.notify_one();
                self.async_room.notify_waiters();
                return next;
            }
            changed.await;
        }
    }

    /// So many more bytes were shown.
    pub(super) fn shown(&self, generation: u64, bytes: u64) -> Result<(), BadAck> {
        let mut state = self.lock();
        if state.generation != generation {
            return Ok(());
        }
        if let Some(reader) = &mut state.reader {
            let before = reader.shown.unwrap_or(reader.from);
            let shown = before.checked_add(bytes).filter(|shown| *shown <= reader.taken);
            reader.shown = Some(shown.ok_or(BadAck)?);
        }
        drop(state);
        self.room.notify_one();
        self.async_room.notify_waiters();
        Ok(())
    }

    /// Nothing comes any more; what is here can still be fetched.
    pub(super) fn finish(&self) {
        self.lock().over = true;
        self.wake();
    }

    /// Nobody wants any more.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        state.over = true;
        drop(state);
        self.wake();
    }

    /// Completes once nothing comes any more and all was fetched.
    pub(super) async fn drained(&self) {
        loop {
            let changed = self.async_room.notified();
            {
                let state = self.lock();
                let taken = state.reader.as_ref().is_none_or(|reader| reader.taken >= state.end);
                if state.over && taken {
                    return;
                }
            }
            changed.await;
        }
    }

    /// How much was shown in all, bytes.
    pub(super) fn total(&self) -> u64 {
        self.lock().end
    }

    /// How much is held, bytes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.lock().kept.capacity()
    }

    fn wake(&self) {
        self.room.notify_all();
        self.async_room.notify_waiters();
        self.more.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.reader.as_ref().is_none_or(|reader| {
            let unsent = self.end - reader.taken;
            let unshown = reader.shown.map_or(0, |shown| self.end - shown);
            unsent < UNSENT && unshown < UNSHOWN
        })
    }

    /// How much of what is kept belongs to a line whose beginning is gone: a
    /// screen had better not begin within a control sequence.
    fn torn(&self) -> usize {
        if self.end <= KEPT as u64 {
            return 0;
        }
        let line = self.kept.iter().take(CHUNK).position(|byte| *byte == b'\n');
        line.map_or(0, |end| end + 1)
    }

    fn take(&mut self, generation: u64) -> Option<Next> {
        if self.generation != generation {
            return Some(Next::TakenOver);
        }
        let Some(reader) = &mut self.reader else { return Some(Next::TakenOver) };
        let start = self.end - self.kept.len() as u64;
        let from = usize::try_from(reader.taken.saturating_sub(start)).unwrap_or(self.kept.len());
        let count = self.kept.len().saturating_sub(from).min(CHUNK);
        if count == 0 {
            return self.over.then_some(Next::Over);
        }
        let (front, back) = self.kept.as_slices();
        let mut bytes = Vec::with_capacity(count);
        bytes.extend_from_slice(part(front, from, count));
        let rest = count - bytes.len();
        bytes.extend_from_slice(part(back, from.saturating_sub(front.len()), rest));
        reader.taken += count as u64;
        Some(Next::Bytes(bytes))
    }
}

/// At most `count` bytes from `from` on, as far as there are any.
fn part(bytes: &[u8], from: usize, count: usize) -> &[u8] {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.get(..count.min(rest.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(output: &Output, generation: u64) -> Vec<u8> {
        let mut all = Vec::new();
        while let Next::Bytes(bytes) = output.next(generation).await {
            assert!(bytes.len() <= CHUNK);
            all.extend(bytes);
        }
        all
    }

    #[tokio::test]
    async fn what_is_shown_comes_out_whole_and_in_order() {
        let output = Output::default();
        let (reader, from) = output.attach(None);
        assert_eq!(from, 0);
        let mut sent = Vec::new();
        let mut got = Vec::new();
        for round in 0..40_u8 {
            let bytes = vec![round; 20_001];
            output.push(&bytes);
            sent.extend(bytes);
            let Next::Bytes(bytes) = output.next(reader).await else { panic!() };
            got.extend(bytes);
        }
        output.finish();
        got.extend(all(&output, reader).await);
        assert!(got == sent);
        assert_eq!(output.next(reader).await, Next::Over);
    }

    #[tokio::test]
    async fn there_is_no_room_until_somebody_fetches_and_shows() {
        let output = Output::default();
        let (reader, _) = output.attach(None);
        let mut filled = 0;
        while !output.is_full() {
            output.push(&[b'x'; CHUNK]);
            filled += CHUNK;
        }
        assert!(filled <= KEPT && output.held() <= KEPT);
        output.next(reader).await;
        assert!(output.has_room().await);
        // One that says what it shows is waited for.
        assert_eq!(output.shown(reader, 1), Ok(()));
        let mut taken = 0;
        while !output.is_full() {
            output.push(&[b'x'; CHUNK]);
            let Next::Bytes(bytes) = output.next(reader).await else { panic!() };
            taken += bytes.len() as u64;
        }
        assert!(taken <= UNSHOWN + CHUNK as u64);
        assert_eq!(output.shown(reader, u64::MAX), Err(BadAck));
        assert_eq!(output.shown(reader, taken), Ok(()));
        assert!(!output.is_full());
        // Without a reader there always is.
        assert!(output.detach(reader));
        for _ in 0..10 {
            output.push(&[b'y'; CHUNK]);
        }
        assert!(!output.is_full() && output.held() <= KEPT);
    }

    #[tokio::test]
    async fn the_last_of_it_is_shown_again_from_a_whole_line_on() {
        let output = Output::default();
        output.push(b"one\ntwo\n");
        let (first, from) = output.attach(None);
        assert_eq!((from, output.next(first).await), (0, Next::Bytes(b"one\ntwo\n".to_vec())));
        let (second, from) = output.attach(Some(4));
        assert_eq!((from, output.next(second).await), (4, Next::Bytes(b"two\n".to_vec())));
        assert_eq!(output.next(first).await, Next::TakenOver);
        assert!(!output.detach(first) && output.detach(second));
        for line in 0..30_000 {
            output.push(format!("line {line}\n").as_bytes());
        }
        let (third, from) = output.attach(Some(4));
        assert!(from > output.total() - KEPT as u64);
        output.finish();
        let text = String::from_utf8(all(&output, third).await).unwrap();
        assert!(text.starts_with("line ") && text.ends_with("line 29999\n"));
    }
}
