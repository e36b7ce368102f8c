//! What others hold of somebody who listens: a terminal, a page, a button. It
//! shows what goes on, mutes, and begins or ends an exchange.
//!
//! Muted means that the sound itself ends here: whatever stands behind gets
//! silence in its place, be it a wake word, a recogniser or a level to look at.

mod saying;
mod source;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::error::VoiceError;
use crate::event::{Event, Events, Moment, Observer};
use crate::port::Source;

pub(crate) use saying::Saying;
pub use saying::SayingEnd;
pub use source::Gate;
pub(crate) use source::Switched;

/// What goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Only the wake word, or a button, begins something.
    Asleep,
    /// The microphone is open for a command.
    Listening,
    /// What was said is understood and answered.
    Thinking,
    /// The answer is heard.
    Speaking,
}

/// What somebody wants who presses a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To say something, as after the wake word.
    Talk,
    /// No more of the answer, or of what is being said.
    Stop,
}

/// See the module. Copies are of the same one.
#[derive(Debug, Clone)]
pub struct Switch(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    observer: Arc<dyn Observer>,
    clock: Arc<dyn Clock>,
    /// When the exchange that goes on began, or the last one, by [`Clock::running`].
    began: watch::Sender<Duration>,
    phase: watch::Sender<Phase>,
    muted: watch::Sender<bool>,
    unmuted: watch::Sender<Option<Duration>>,
    level: watch::Sender<u16>,
    wanted: watch::Sender<Option<Wanted>>,
    ended: watch::Sender<bool>,
    saying: watch::Sender<Option<Saying>>,
}

impl Switch {
    /// Of somebody who sleeps and is not muted. What happens is passed on to
    /// `observer`.
    #[must_use]
    pub fn new(observer: Arc<dyn Observer>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            observer,
            began: watch::Sender::new(clock.running()),
            clock,
            phase: watch::Sender::new(Phase::Asleep),
            muted: watch::Sender::new(false),
            unmuted: watch::Sender::new(None),
            level: watch::Sender::new(0),
            wanted: watch::Sender::new(None),
            ended: watch::Sender::new(false),
            saying: watch::Sender::new(None),
        }))
    }

    /// Mutes, or ends that. What is being said at that moment is forgotten.
    pub fn mute(&self, muted: bool) {
        if !muted && self.is_muted() {
            self.0.unmuted.send_replace(Some(self.0.clock.running()));
        }
        let change = |now: &mut bool| std::mem::replace(now, muted) != muted;
        if self.0.muted.send_if_modified(change) {
            self.0.level.send_replace(0);
            self.ongoing().tell(Event::Muted { muted });
        }
    }

    /// Mutes where that is not so, and the other way round.
    pub fn toggle(&self) {
        self.mute(!self.is_muted());
    }

    /// Begins an exchange as the wake word does; cuts an answer off for it.
    /// False where that makes no sense: somebody is listened to already, or
    /// nobody could be heard.
    pub fn talk(&self) -> bool {
        let can = !self.is_muted() && *self.0.phase.borrow() != Phase::Listening;
        if can {
            self.0.wanted.send_replace(Some(Wanted::Talk));
        }
        can
    }

    /// Cuts an answer off, and the work behind it where that may be broken
    /// off; listens no more to whoever is listened to. False where nothing goes on.
    pub fn stop(&self) -> bool {
        let can = *self.0.phase.borrow() != Phase::Asleep;
        if can {
            self.0.wanted.send_replace(Some(Wanted::Stop));
        }
        can
    }

    /// Lets what goes on come to its end, and nothing begin afterwards.
    pub fn end(&self) {
        self.0.ended.send_replace(true);
    }

    /// Whether it is muted.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        *self.0.muted.borrow()
    }

    /// When that ended last, by [`Clock::running`]; none where it never was.
    pub(crate) fn unmuted(&self) -> Option<Duration> {
        *self.0.unmuted.borrow()
    }

    /// What goes on, now and as it changes.
    #[must_use]
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.0.phase.subscribe()
    }

    /// Whether it is muted, now and as it changes.
    #[must_use]
    pub fn muted(&self) -> watch::Receiver<bool> {
        self.0.muted.subscribe()
    }

    /// How loud it is, 0 to 32768, falling off slowly enough to be looked at;
    /// with each frame.
    #[must_use]
    pub fn level(&self) -> watch::Receiver<u16> {
        self.0.level.subscribe()
    }

    /// Until somebody wants something. Dropping the future forgets nothing.
    pub(crate) async fn wanted(&self) -> Wanted {
        let mut asked = self.0.wanted.subscribe();
        loop {
            // The sender lives as long as this does.
            let _ = asked.wait_for(Option::is_some).await;
            if let Some(wanted) = self.0.wanted.send_replace(None) {
                return wanted;
            }
        }
    }

    /// Until nothing more is to begin.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as this does.
        let _ = self.0.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// `source`, as far as it may be heard.
    pub(crate) fn over(&self, source: Box<dyn Source>) -> Switched {
        Switched::new(source, self.clone())
    }

    /// How loud it is now.
    fn show(&self, level: u16) {
        self.0.level.send_replace(level);
    }

    /// What happens from now on, where somebody wants to talk; with the wake word,
    /// where it was that.
    pub(crate) fn woken(&self, word: Option<String>) -> Events {
        let events = self.events();
        if let Some(word) = word {
            events.tell(Event::Woke { word });
        }
        events
    }

    /// Something failed, and what can go on does.
    pub fn failed(&self, error: &VoiceError) {
        self.ongoing().tell(Event::Failed { fault: error.fault() });
    }

    /// Begins an exchange: what happens in it is told to this, with times from now on.
    pub(crate) fn events(&self) -> Events {
        self.0.began.send_replace(self.0.clock.running());
        self.ongoing()
    }

    /// What happens, whether an exchange goes on or not; told to this.
    pub(crate) fn ongoing(&self) -> Events {
        Events::begin(Arc::clone(&self.0.clock), Arc::new(self.clone()))
    }
}

impl Phase {
    /// After `event`; none where it goes on as it was.
    fn after(event: &Event) -> Option<Self> {
        match event {
            Event::Asleep => Some(Self::Asleep),
            Event::Woke { .. } | Event::Listening => Some(Self::Listening),
            Event::SpeechEnded { .. } => Some(Self::Thinking),
            Event::FirstSound => Some(Self::Speaking),
            _ => None,
        }
    }
}

impl Observer for Switch {
    /// Whoever tells it, also a device that was opened long before: its time is that of
    /// the exchange.
    fn saw(&self, moment: Moment) {
        let after = self.0.clock.running().saturating_sub(*self.0.began.borrow());
        let after_us = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        let moment = Moment { after_us, ..moment };
        if let Some(phase) = Phase::after(&moment.event) {
            self.0.phase.send_replace(phase);
            if phase == Phase::Listening {
                // What was wanted before is answered by that, or too late.
                self.0.wanted.send_replace(None);
            }
        }
        self.0.observer.saw(moment);
    }
}

#[cfg(test)]
mod tests;
