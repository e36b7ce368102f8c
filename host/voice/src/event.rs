//! What happens between sound and words, each with its time: for the run
//! record, for what shows that somebody is heard, and for the sounds that say
//! so. Sound itself is never in it.

mod recorded;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::run::MOMENTS;
use jarvis_domain::{Clock, Fault, Timestamp};
use serde::{Deserialize, Serialize};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Nothing goes on: the wake word, or a button, begins the next exchange.
    Asleep,
    /// Nobody is heard from now on, or is again.
    Muted {
        /// Which.
        muted: bool,
    },
    /// A wake word was heard.
    Woke {
        /// Which one.
        word: String,
    },
    /// The microphone is open for a command.
    Listening,
    /// Somebody began to speak.
    SpeechBegan,
    /// They are done.
    SpeechEnded {
        /// Why it was taken for the end.
        why: crate::Why,
    },
    /// What was understood so far.
    Partial {
        /// The words.
        text: String,
    },
    /// What was said.
    Words {
        /// The words.
        text: String,
    },
    /// Nothing was said, or nothing was understood of it.
    NoWords,
    /// The answer to it.
    Answer {
        /// As it is shown.
        text: String,
    },
    /// A sentence went to the voice.
    Sentence {
        /// As it is spoken.
        text: String,
    },
    /// A sound was handed to the device, which says more shortly than words.
    Chime {
        /// Which one.
        chime: crate::Chime,
    },
    /// The first sound of an answer was handed to the device.
    FirstSound,
    /// All of an answer was really played.
    Played,
    /// An answer was cut off.
    Cut,
    /// A microphone or a loudspeaker has gone; it is looked for until it is back.
    DeviceLost {
        /// Which of them.
        device: crate::DeviceKind,
        /// What was seen of it.
        fault: Box<Fault>,
    },
    /// It is there again.
    DeviceBack {
        /// Which of them.
        device: crate::DeviceKind,
        /// Its name.
        name: String,
    },
    /// Something failed; what can go on does.
    Failed {
        /// The error.
        fault: Box<Fault>,
    },
}

/// An event and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When, by the time of day.
    pub at: Timestamp,
    /// Microseconds since the exchange began.
    pub after_us: u64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// Who is told. It must not block.
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// Something happened.
    fn saw(&self, moment: Moment);
}

/// Puts the time to what happens in one exchange.
#[derive(Debug, Clone)]
pub struct Events {
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    began: Duration,
}

/// Keeps what happened: the newest of it.
#[derive(Debug, Default)]
pub struct Log {
    moments: Mutex<std::collections::VecDeque<Moment>>,
}

impl Events {
    /// An exchange begins.
    #[must_use]
    pub fn begin(clock: Arc<dyn Clock>, observer: Arc<dyn Observer>) -> Self {
        let began = clock.running();
        Self { clock, observer, began }
    }

    /// Now, by `Clock::running`.
    pub(crate) fn now(&self) -> Duration {
        self.clock.running()
    }

    /// Tells of `event`, now.
    pub fn tell(&self, event: Event) {
        let after = self.now().saturating_sub(self.began);
        let after_us = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.observer.saw(Moment { at: self.clock.now(), after_us, event });
    }
}

impl Observer for Log {
    fn saw(&self, moment: Moment) {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        while moments.len() >= MOMENTS {
            moments.pop_front();
        }
        moments.push_back(moment);
    }
}

impl Log {
    /// What happened so far; nothing of it is kept.
    #[must_use]
    pub fn take(&self) -> Vec<Moment> {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *moments).into()
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::ManualClock;

    use super::*;

    #[test]
    fn each_event_has_its_time_and_a_log_has_an_end() {
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let log = Arc::new(Log::default());
        let events = Events::begin(clock.clone(), log.clone());
        clock.advance(Duration::from_millis(16));
        events.tell(Event::SpeechEnded { why: crate::Why::Silence });
        let moments = log.take();
        let json = serde_json::to_value(&moments).unwrap();
        let expected = serde_json::json!([
            {"at": 1016, "after_us": 16_000, "event": "speech-ended", "why": "silence"},
        ]);
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Vec<Moment>>(json).unwrap(), moments);
        for _ in 0..MOMENTS + 7 {
            events.tell(Event::Listening);
        }
        assert_eq!(log.take().len(), MOMENTS);
    }
}
