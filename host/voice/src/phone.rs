//! Somebody's microphone and loudspeaker at the other end of a connection that
//! is not ours to know: a browser, a small device. What comes is heard, what
//! happens and what is said is handed to whoever holds the connection, in one
//! order and without ever waiting for them:
//!
//! ```text
//! connection ─► Phone::hear ─► FarSource ─► a conversation
//!            ◄─ Line::next  ◄─ PhoneSink ◄─
//! ```
//!
//! Sound is sent a little ahead of what is played, and no more of it waits than
//! that; one who takes nothing is told of, and does not fill memory.

mod coding;
mod sink;

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::event::{Event, Moment, Observer};
use crate::far::{self, FarSource, Inlet};
use crate::frame::Framer;
use crate::switch::{Phase, Switch};
pub use coding::Coding;
pub use sink::PhoneSink;

/// What may wait to be taken by whoever holds the connection.
const WAITING: usize = 256;
/// Of it, pieces of sound.
const PIECES: usize = 32;

/// Shared by all that has to do with one of them. Copies are of the same one.
#[derive(Debug, Clone)]
pub struct Phone(Arc<Shared>);

/// What goes to the other end.
#[derive(Debug)]
pub struct Line {
    waiting: mpsc::Receiver<Waiting>,
    shared: Arc<Shared>,
}

/// One thing that does.
#[derive(Debug)]
pub enum Outgoing {
    /// Something happened.
    Moment(Moment),
    /// Sound begins, after none.
    Begins,
    /// Some of it.
    Sound(Vec<i16>),
    /// It is complete: whoever has played it says so.
    Ends,
    /// More has happened than was taken. What was left out is lost.
    Lagging,
}

#[derive(Debug)]
enum Waiting {
    Out(Outgoing),
    /// Of this generation; with the room that it takes.
    Sound(u64, Vec<i16>, OwnedSemaphorePermit),
}

/// How somebody stands to a button that is pressed while they speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Button {
    /// It is not used, or has done its work.
    Idle,
    Pressed,
    Released,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    rate: u32,
    out: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    lagging: Notify,
    heard: Inlet,
    framer: Mutex<Framer>,
    ends: Mutex<Option<far::Waiting>>,
    button: AtomicU8,
    /// Raised by each cut: sound of an older one is not sent any more.
    generation: AtomicU64,
    /// How often it was said that all was played.
    played: watch::Sender<u64>,
}

impl Phone {
    /// One that plays sound of `rate`.
    #[must_use]
    pub fn new(rate: u32, clock: Arc<dyn Clock>) -> (Self, Line) {
        let (out, waiting) = mpsc::channel(WAITING);
        let (heard, frames) = Inlet::new(&clock);
        let shared = Arc::new(Shared {
            clock,
            rate,
            out,
            room: Arc::new(Semaphore::new(PIECES)),
            lagging: Notify::new(),
            heard,
            framer: Mutex::default(),
            ends: Mutex::new(Some(frames)),
            button: AtomicU8::new(Button::Idle as u8),
            generation: AtomicU64::new(0),
            played: watch::Sender::new(0),
        });
        (Self(Arc::clone(&shared)), Line { waiting, shared })
    }

    /// Its microphone and its loudspeaker, once.
    #[must_use]
    pub fn ends(&self, switch: &Switch) -> Option<(FarSource, PhoneSink)> {
        let frames = self.0.ends.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let shared = Arc::clone(&self.0);
        let source = frames.source(switch).released_by(move || shared.is_released());
        Some((source, PhoneSink::new(Arc::clone(&self.0))))
    }

    /// Has all that happens told to the other end too.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.0) as _
    }

    /// These samples, at 16 kHz, were picked up. False where nobody took them
    /// for so long that they are lost.
    #[must_use]
    pub fn hear(&self, samples: &[i16]) -> bool {
        let mut frames = self.framer().push(samples).into_iter();
        frames.all(|frame| self.0.heard.take(frame))
    }

    /// A button is pressed: somebody speaks, and cuts an answer off for it. Of no
    /// meaning while nobody is heard.
    pub fn press(&self, switch: &Switch) {
        let listens = *switch.phase().borrow() == Phase::Listening && !switch.is_muted();
        if switch.talk() || listens {
            self.0.button.store(Button::Pressed as u8, Ordering::SeqCst);
        }
    }

    /// It is released: that was all they said.
    pub fn release(&self) {
        if let Some(rest) = self.framer().finish() {
            // Where there is no room for it, it is not what counts.
            let _ = self.0.heard.take(rest);
        }
        let (pressed, released) = (Button::Pressed as u8, Button::Released as u8);
        // Where it has done its work already, what comes next does not end by it.
        let order = Ordering::SeqCst;
        let _ = self.0.button.compare_exchange(pressed, released, order, order);
    }

    /// All that was sent was really played.
    pub fn played(&self) {
        self.0.played.send_modify(|count| *count += 1);
    }

    fn framer(&self) -> MutexGuard<'_, Framer> {
        self.0.framer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// What goes next. None once nothing more will.
    pub async fn next(&mut self) -> Option<Outgoing> {
        loop {
            let waiting = tokio::select! {
                biased;
                () = self.shared.lagging.notified() => return Some(Outgoing::Lagging),
                waiting = self.waiting.recv() => waiting?,
            };
            match waiting {
                Waiting::Out(out) => return Some(out),
                Waiting::Sound(generation, samples, _room) if self.shared.is_of(generation) => {
                    return Some(Outgoing::Sound(samples));
                }
                Waiting::Sound(..) => {}
            }
        }
    }
}

impl Shared {
    fn now(&self) -> Duration {
        self.clock.running()
    }

    fn is_of(&self, generation: u64) -> bool {
        self.generation.load(Ordering::SeqCst) == generation
    }

    fn is_released(&self) -> bool {
        self.button.load(Ordering::SeqCst) == Button::Released as u8
    }

    /// Tells it without waiting.
    fn tell(&self, out: Outgoing) {
        if self.out.try_send(Waiting::Out(out)).is_err() {
            self.lagging.notify_one();
        }
    }
}

impl Observer for Shared {
    fn saw(&self, moment: Moment) {
        // However it ended: it is not for what is said next.
        if matches!(
            moment.event,
            Event::SpeechEnded { .. } | Event::NoWords | Event::Failed { .. } | Event::Asleep
        ) {
            self.button.store(Button::Idle as u8, Ordering::SeqCst);
        }
        self.tell(Outgoing::Moment(moment));
    }
}

#[cfg(test)]
mod tests;
