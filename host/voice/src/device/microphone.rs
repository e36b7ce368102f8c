//! A microphone as a source: it is lost and comes back without those who
//! listen having to know.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain};

use super::captured::Captured;
use super::driver::{self, Driver};
use super::thread::{Pending, Stream};
use super::way::Way;
use super::{DeviceChoice, DeviceError, DeviceKind};
use crate::error::VoiceError;
use crate::event::{Event, Events, Observer};
use crate::frame::{FRAME, Frame, Framer, RATE, SAMPLES, lasting};
use crate::port::{CLIPPED, Source};
use crate::resample::Rate;
use crate::wav::to_i16;

/// A microphone that gives nothing for so long is lost. A sound server that has
/// slept may take two seconds.
const SILENT: Duration = Duration::from_secs(4);
/// How long one that is lost is waited for before it is tried again, at first
/// and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How often one that goes on is looked for all the same.
const LOOK: Duration = Duration::from_secs(2);
/// How long one that is to be looked for at once is waited for: to ask a sound server
/// takes less than a millisecond.
const LOOKS: Duration = Duration::from_secs(1);
const KIND: DeviceKind = DeviceKind::Microphone;

/// A microphone. While it is lost there is silence, so that whoever counts time
/// in frames goes on; that it is lost and that it is back are told once each.
#[derive(Debug)]
pub struct Microphone {
    way: Way,
    events: Events,
    state: State,
    framer: Framer,
    ready: VecDeque<Frame>,
    dropped: u64,
    /// Of it, before the last frame, and whether some of it came before that alone.
    seen: u64,
    torn: bool,
    /// Of so many frames more, the beginning may be in what it did not hear while it was lost.
    clipped: u32,
}

#[derive(Debug)]
enum State {
    Open(Box<Open>),
    Lost(Lost),
}

/// One that is there.
#[derive(Debug)]
struct Open {
    stream: Stream,
    captured: Arc<Captured>,
    rate: Rate,
    /// When something came last.
    heard: Duration,
    /// When it was looked for last.
    looked: Duration,
}

/// One that is looked for.
#[derive(Debug)]
struct Lost {
    /// How long was waited before the last try.
    waited: Duration,
    /// When the next try is due.
    due: Duration,
    /// When the next frame of silence is due.
    frame: Duration,
    opening: Option<Opening>,
}

/// One that may be there soon.
#[derive(Debug)]
struct Opening {
    stream: Pending<Stream>,
    captured: Arc<Captured>,
}

impl Microphone {
    /// Opens one. That it is lost or back is told to `observer`.
    ///
    /// # Errors
    /// There is none, none of that name, or it cannot be used.
    pub async fn open(
        choice: DeviceChoice,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, VoiceError> {
        Self::open_by(driver::real(), choice, clock, observer).await
    }

    pub(super) async fn open_by(
        driver: Arc<dyn Driver>,
        choice: DeviceChoice,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, VoiceError> {
        let way = Way::new(driver, choice, clock);
        let open = Opening::begin(&way)?.opened(&*way.clock).await?;
        let events = Events::begin(way.clock.clone(), observer);
        let state = State::Open(Box::new(open));
        let (framer, ready) = (Framer::default(), VecDeque::new());
        let (dropped, seen, torn, clipped) = (0, 0, false, 0);
        Ok(Self { way, events, state, framer, ready, dropped, seen, torn, clipped })
    }

    /// The device's name; none while it is lost.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.state {
            State::Open(open) => Some(&open.stream.name),
            State::Lost(_) => None,
        }
    }

    /// Samples that were dropped because nobody took them in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let now = match &self.state {
            State::Open(open) => open.captured.dropped(),
            State::Lost(_) => 0,
        };
        self.dropped.saturating_add(now)
    }

    /// Whether it is lost, and not tried at the moment.
    #[cfg(test)]
    pub(super) fn is_waiting(&self) -> bool {
        matches!(&self.state, State::Lost(lost) if lost.opening.is_none())
    }

    /// How many threads there are for it.
    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.way.threads.count()
    }

    fn lose(&mut self, why: String) {
        let now = self.way.clock.running();
        let State::Open(open) = &self.state else { return };
        let (kind, name) = (KIND, open.stream.name.clone());
        self.dropped = self.dropped();
        let fault = DeviceError::Lost { kind, name, why }.fault();
        self.events.tell(Event::DeviceLost { device: kind, fault });
        let (waited, due) = (RETRY.0, now.saturating_add(RETRY.0));
        // Dropping the stream lets its thread end, if it can.
        self.state = State::Lost(Lost { waited, due, frame: now, opening: None });
    }

    fn found(&mut self, open: Open) {
        let (device, name) = (KIND, open.stream.name.clone());
        self.state = State::Open(Box::new(open));
        self.clipped = CLIPPED;
        self.events.tell(Event::DeviceBack { device, name });
    }
}

#[async_trait]
impl Source for Microphone {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                let dropped = self.dropped();
                let missing = dropped > std::mem::replace(&mut self.seen, dropped);
                self.torn = missing || self.clipped > 0;
                self.clipped = self.clipped.saturating_sub(1);
                return Ok(Some(frame));
            }
            match &mut self.state {
                State::Open(open) => match open.hear(&*self.way.clock).await {
                    Ok(samples) => self.ready.extend(self.framer.push(&samples)),
                    Err(why) => self.lose(why),
                },
                State::Lost(lost) => {
                    let clock = &*self.way.clock;
                    if lost.opening.is_none() && clock.running() >= lost.due {
                        match Opening::begin(&self.way) {
                            Ok(opening) => lost.opening = Some(opening),
                            Err(error) => lost.not_back(&error, clock),
                        }
                    }
                    match lost.wait(clock).await {
                        Some(open) => self.found(open),
                        None => {
                            // What is said now is not heard: what was heard is half of it.
                            self.torn = true;
                            return Ok(Some(Frame::SILENCE));
                        }
                    }
                }
            }
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn behind(&self) -> Duration {
        let waiting = match &self.state {
            State::Open(open) => lasting(open.captured.waiting(), open.stream.rate),
            State::Lost(_) => Duration::ZERO,
        };
        waiting + lasting(self.ready.len().saturating_mul(SAMPLES), RATE)
    }

    fn is_torn(&self) -> bool {
        self.torn
    }

    async fn is_still_there(&mut self) -> bool {
        let State::Open(open) = &mut self.state else { return false };
        tokio::select! {
            biased;
            () = open.stream.looked() => !open.captured.has_failed(),
            () = self.way.clock.sleep(LOOKS) => false,
        }
    }

    async fn forget(&mut self) {
        self.framer = Framer::default();
        self.ready.clear();
        if let State::Open(open) = &self.state {
            open.captured.forget();
        }
    }
}

impl Open {
    /// What was heard since, at 16 kHz; why there will be no more.
    async fn hear(&mut self, clock: &dyn Clock) -> Result<Vec<i16>, String> {
        let left = self.heard.saturating_add(SILENT).saturating_sub(clock.running());
        let samples = tokio::select! {
            biased;
            taken = self.captured.take() => taken?,
            () = clock.sleep(left) => {
                return Err(format!("it has given nothing for {} s", SILENT.as_secs()));
            }
        };
        self.heard = clock.running();
        if self.heard >= self.looked.saturating_add(LOOK) {
            self.looked = self.heard;
            self.stream.look();
        }
        let mut changed = Vec::new();
        self.rate.push(&samples, &mut changed).map_err(|error| error.to_string())?;
        Ok(changed.into_iter().map(to_i16).collect())
    }
}

impl Lost {
    /// Until it is back, or a frame of silence is due.
    async fn wait(&mut self, clock: &dyn Clock) -> Option<Open> {
        loop {
            let opened = async {
                match &mut self.opening {
                    Some(opening) => opening.opened(clock).await,
                    None => std::future::pending().await,
                }
            };
            let now = clock.running();
            let opened = tokio::select! {
                biased;
                opened = opened => opened,
                () = clock.sleep(self.frame.saturating_sub(now)) => {
                    // Where nobody has asked for long, nothing is made up for.
                    self.frame = self.frame.max(now).saturating_add(FRAME);
                    return None;
                }
            };
            self.opening = None;
            match opened {
                Ok(open) => return Some(open),
                Err(error) => self.not_back(&error, clock),
            }
        }
    }

    fn not_back(&mut self, error: &DeviceError, clock: &dyn Clock) {
        tracing::debug!(%error, "a microphone is not back yet");
        self.waited = self.waited.saturating_mul(2).min(RETRY.1);
        self.due = clock.running().saturating_add(self.waited);
    }
}

impl Opening {
    fn begin(way: &Way) -> Result<Self, DeviceError> {
        let captured = Arc::new(Captured::default());
        let into = Arc::clone(&captured);
        let open = move |driver: &dyn Driver, which: &_| driver.capture(which, into);
        let stream = way.open(KIND, Arc::default(), open)?;
        Ok(Self { stream, captured })
    }

    async fn opened(&mut self, clock: &dyn Clock) -> Result<Open, DeviceError> {
        let stream = self.stream.handed().await?;
        let rate = Rate::new(stream.rate, RATE).map_err(|error| DeviceError::Format {
            kind: KIND,
            name: stream.name.clone(),
            why: error.to_string(),
        })?;
        let (captured, now) = (Arc::clone(&self.captured), clock.running());
        Ok(Open { stream, captured, rate, heard: now, looked: now })
    }
}
