//! A loudspeaker as a sink.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain};

use super::driver::{self, Driver};
use super::playing::{Playing, Standing};
use super::thread::{Orders, Pending, Stream};
use super::way::Way;
use super::{DeviceChoice, DeviceError, DeviceKind};
use crate::error::VoiceError;
use crate::event::{Event, Events, Observer};
use crate::frame::{Chunk, lasting};
use crate::port::Sink;
use crate::resample::Rate;
use crate::wav::to_f32;

/// How much is held before whoever speaks has to wait.
const HOLDS: Duration = Duration::from_secs(1);
/// A loudspeaker that asks for nothing for so long is lost.
const SILENT: Duration = Duration::from_secs(4);
/// One that is lost is not tried more often.
const RETRY: Duration = Duration::from_secs(1);
const KIND: DeviceKind = DeviceKind::Loudspeaker;

/// A loudspeaker. One that is lost is an error of what was to be played, and is
/// looked for with the next that is.
#[derive(Debug)]
pub struct Loudspeaker {
    way: Way,
    events: Events,
    state: State,
    /// What changes the rate of the sound that comes, and which that is.
    changing: Option<(u32, Rate)>,
}

#[derive(Debug)]
enum State {
    Open(Open),
    Opening(Opening),
    Lost(Lost),
}

/// One that is there; it may rest.
#[derive(Debug)]
struct Open {
    stream: Stream,
    playing: Arc<Playing>,
}

/// One that may be there soon.
#[derive(Debug)]
struct Opening {
    stream: Pending<Stream>,
    playing: Arc<Playing>,
    /// It was lost before.
    lost: bool,
}

/// One that is looked for with the next sound.
#[derive(Debug)]
struct Lost {
    /// Why, or why it is not back.
    error: DeviceError,
    /// When it was looked for last.
    since: Duration,
}

impl Loudspeaker {
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
        let state = State::Open(Opening::begin(&way)?.opened().await?);
        let events = Events::begin(way.clock.clone(), observer);
        Ok(Self { way, events, state, changing: None })
    }

    /// Its stream, opened again where it rests or was lost.
    async fn opened(&mut self) -> Result<(), VoiceError> {
        self.begin()?;
        let State::Opening(opening) = &mut self.state else { return Ok(()) };
        let (lost, opened) = (opening.lost, opening.opened().await);
        match opened {
            Ok(open) => {
                let name = open.stream.name.clone();
                self.state = State::Open(open);
                if lost {
                    self.events.tell(Event::DeviceBack { device: KIND, name });
                }
                Ok(())
            }
            Err(error) => Err(self.lose(error, !lost)),
        }
    }

    /// Begins to open it, where it rests or was lost.
    fn begin(&mut self) -> Result<(), VoiceError> {
        let lost = match &self.state {
            State::Opening(_) => return Ok(()),
            State::Open(open) if !open.playing.rests() => {
                open.stream.look();
                return Ok(());
            }
            State::Open(_) => false,
            State::Lost(lost) if self.way.clock.running() < lost.since.saturating_add(RETRY) => {
                return Err(lost.error.clone().into());
            }
            State::Lost(_) => true,
        };
        match Opening::begin(&self.way) {
            Ok(opening) => {
                self.state = State::Opening(Opening { lost, ..opening });
                Ok(())
            }
            Err(error) => Err(self.lose(error, !lost)),
        }
    }

    /// Waits until it is as far as `enough` wants it.
    async fn until(&mut self, enough: impl Fn(&Open, &Standing) -> bool) -> Result<(), VoiceError> {
        loop {
            let open = self.state.open()?;
            let standing = open.playing.standing();
            let left =
                standing.asked.saturating_add(SILENT).saturating_sub(self.way.clock.running());
            let why = match standing.failed {
                Some(why) => why,
                None if enough(open, &standing) => return Ok(()),
                None if left.is_zero() => {
                    format!("it has taken nothing for {} s", SILENT.as_secs())
                }
                None => {
                    tokio::select! {
                        () = open.playing.moved() => continue,
                        () = self.way.clock.sleep(left) => continue,
                    }
                }
            };
            let name = open.stream.name.clone();
            return Err(self.lose(DeviceError::Lost { kind: KIND, name, why }, true));
        }
    }

    fn lose(&mut self, error: DeviceError, tell: bool) -> VoiceError {
        if tell {
            let fault = error.fault();
            self.events.tell(Event::DeviceLost { device: KIND, fault });
        }
        // Dropping the stream lets its thread end, if it can.
        self.state = State::Lost(Lost { error: error.clone(), since: self.way.clock.running() });
        self.changing = None;
        error.into()
    }

    /// `chunk` at the rate of the device.
    fn changed(&mut self, chunk: &Chunk) -> Result<Vec<f32>, VoiceError> {
        let mut changed = Vec::new();
        if self.changing.as_ref().is_some_and(|(from, _)| *from != chunk.rate) {
            self.finish(&mut changed)?;
        }
        let to = self.state.open()?.stream.rate;
        let mut changing = match self.changing.take() {
            Some(changing) => changing,
            None => (chunk.rate, Rate::new(chunk.rate, to)?),
        };
        let samples: Vec<f32> = chunk.samples.iter().map(|s| to_f32(*s)).collect();
        changing.1.push(&samples, &mut changed)?;
        self.changing = Some(changing);
        Ok(changed)
    }

    /// What a change of the rate still holds back.
    fn finish(&mut self, changed: &mut Vec<f32>) -> Result<(), VoiceError> {
        match self.changing.take() {
            Some((_, mut rate)) => Ok(rate.finish(changed)?),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Sink for Loudspeaker {
    fn ready(&mut self) {
        // What is wrong is told to whoever plays something.
        let _ = self.begin();
    }

    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        self.opened().await?;
        self.until(|open, standing| lasting(standing.waiting, open.stream.rate) < HOLDS).await?;
        let samples = self.changed(&chunk)?;
        self.state.open()?.playing.push(&samples);
        Ok(())
    }

    async fn whole(&mut self) -> Result<(), VoiceError> {
        self.opened().await?;
        let mut rest = Vec::new();
        self.finish(&mut rest)?;
        self.state.open()?.playing.push(&rest);
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.whole().await?;
        self.until(|_, standing| standing.waiting == 0).await?;
        let ends = self.state.open()?.playing.standing().ends;
        self.way.clock.sleep(ends.saturating_sub(self.way.clock.running())).await;
        Ok(())
    }

    fn cut(&mut self) {
        self.changing = None;
        if let State::Open(open) = &self.state {
            open.playing.clear();
        }
    }

    fn held(&self) -> Duration {
        let State::Open(open) = &self.state else { return Duration::ZERO };
        let standing = open.playing.standing();
        let taken = standing.ends.saturating_sub(self.way.clock.running());
        taken.saturating_add(lasting(standing.waiting, open.stream.rate))
    }
}

impl State {
    fn open(&self) -> Result<&Open, DeviceError> {
        match self {
            Self::Open(open) => Ok(open),
            Self::Lost(lost) => Err(lost.error.clone()),
            Self::Opening(opening) => Err(opening.stream.late()),
        }
    }
}

impl Opening {
    fn begin(way: &Way) -> Result<Self, DeviceError> {
        let orders = Arc::new(Orders::default());
        let playing = Arc::new(Playing::new(way.clock.clone(), Arc::clone(&orders)));
        let from = Arc::clone(&playing);
        let open = move |driver: &dyn Driver, which: &_| driver.play(which, from);
        let stream = way.open(KIND, orders, open)?;
        Ok(Self { stream, playing, lost: false })
    }

    async fn opened(&mut self) -> Result<Open, DeviceError> {
        let stream = self.stream.handed().await?;
        self.playing.runs();
        Ok(Open { stream, playing: Arc::clone(&self.playing) })
    }
}
