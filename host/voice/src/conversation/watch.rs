//! The wake word, within a conversation: not too often, not from jarvis's own
//! mouth, and tried again where its engine fails.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::{Clock, Explain};

use crate::error::VoiceError;
use crate::event::{Event, Events};
use crate::frame::{Chunk, FRAME, Frame};
use crate::port::Source;
use crate::wyoming::{Detection, Waking};

use super::interjection::STOP;

/// A second detection within this time is one of the same word.
const COOL_DOWN: Duration = Duration::from_secs(2);
/// How long after jarvis has said the wake word it may still be heard.
pub(super) const ECHO: Duration = Duration::from_millis(300);
/// How far back an engine may say that it has found a word, in frames: half a minute. A
/// time before that counts as now.
const MARKS: usize = 1875;
/// How much sound goes by before an engine that failed is tried again, at
/// first and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Watches frame by frame.
pub(crate) struct Watch {
    /// None also while it looks at a frame.
    waking: Option<Waking>,
    looking: Option<Looking>,
    /// A word that was found, while it is asked whether it counts.
    judging: Option<(String, Judging)>,
    /// Its engine has to be reached or started first.
    beginning: bool,
    own: OwnVoice,
    /// How much sound went by in all.
    heard: Duration,
    /// When the last of it was heard, by [`Clock::running`].
    at: Duration,
    /// Whether a word counts that ended in this frame, for the last ones that were looked at.
    marks: VecDeque<bool>,
    /// Until when nothing is looked for.
    deaf: Duration,
    /// What was found by now counts no more.
    stale: bool,
    /// How long the next failure is waited after; zero while all is well.
    retry: Duration,
}

/// What comes of a frame, with what has looked at it.
type Looking =
    Pin<Box<dyn Future<Output = (Waking, Result<Option<Detection>, VoiceError>)> + Send>>;

type Judging = Pin<Box<dyn Future<Output = bool> + Send>>;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("waking", &self.waking).finish_non_exhaustive()
    }
}

/// When jarvis itself says a word that it listens for.
#[derive(Debug, Clone)]
pub(crate) struct OwnVoice {
    wake: Arc<[String]>,
    clock: Arc<dyn Clock>,
    until: Arc<Mutex<Until>>,
}

/// Until when jarvis may be heard with such a word, by [`Clock::running`].
#[derive(Debug, Default)]
struct Until {
    wake: Duration,
    stop: Duration,
}

/// Which of these words a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Holds {
    pub(crate) wake: bool,
    pub(crate) stop: bool,
}

impl Watch {
    pub(crate) fn new(waking: Option<Waking>, own: OwnVoice) -> Self {
        let zero = Duration::ZERO;
        Self {
            waking,
            looking: None,
            judging: None,
            beginning: false,
            own,
            heard: zero,
            at: zero,
            marks: VecDeque::new(),
            deaf: zero,
            stale: false,
            retry: zero,
        }
    }

    /// Whether there is a wake word at all.
    pub(crate) fn is_there(&self) -> bool {
        self.waking.is_some() || self.is_looking()
    }

    /// Whether a frame waits to be looked at: see [`Watch::looked`].
    pub(crate) fn is_looking(&self) -> bool {
        self.looking.is_some() || self.judging.is_some()
    }

    /// How much sound went by.
    pub(crate) fn heard(&self) -> Duration {
        self.heard
    }

    /// When the last of it was heard, by [`Clock::running`].
    pub(super) fn at(&self) -> Duration {
        self.at
    }

    /// A frame of `source` goes by, whether it is looked at or not.
    pub(crate) fn passes(&mut self, source: &dyn Source) {
        self.at = self.own.clock.running().saturating_sub(source.behind());
        self.heard = self.heard.saturating_add(FRAME);
    }

    /// Somebody is listened to: what an engine has found by now, or finds late, was
    /// said before that.
    pub(super) fn forget(&mut self) {
        self.stale = true;
        self.marks.iter_mut().for_each(|counts| *counts = false);
        // Nor does a word that is still judged cut off what is said now.
        self.judging = None;
    }

    /// Whether the engine has to be reached or started for that first.
    pub(crate) fn is_beginning(&self) -> bool {
        self.beginning
    }

    /// Begins to look at `frame`, unless it looks at another.
    pub(crate) fn look(&mut self, frame: Frame) {
        if self.retry > Duration::ZERO && self.heard < self.deaf {
            return;
        }
        let Some(mut waking) = self.waking.take() else { return };
        if std::mem::take(&mut self.stale) {
            waking.forget();
        }
        self.beginning = !waking.is_connected();
        self.marks.push_back(!self.own.is_saying_wake(self.at));
        if self.marks.len() > MARKS {
            self.marks.pop_front();
        }
        self.looking = Some(Box::pin(async move {
            let found = waking.frame(&frame).await;
            (waking, found)
        }));
    }

    /// Which wake word ended with the frame that is looked at. An engine may take
    /// its time; dropping the future loses nothing. That it fails is told once.
    pub(crate) async fn looked(&mut self, events: &Events) -> Option<String> {
        if self.judging.is_none() {
            let word = self.found(events).await?;
            let Some(judge) = self.waking.as_ref().and_then(Waking::judge) else {
                return Some(word);
            };
            self.judging = Some((word, Box::pin(async move { judge.counts().await })));
        }
        let (_, judging) = self.judging.as_mut()?;
        let counts = judging.await;
        let (word, _) = self.judging.take()?;
        counts.then_some(word)
    }

    async fn found(&mut self, events: &Events) -> Option<String> {
        let (waking, found) = self.looking.as_mut()?.await;
        (self.looking, self.waking) = (None, Some(waking));
        let found = match found {
            Ok(found) => {
                self.retry = Duration::ZERO;
                found?
            }
            Err(error) => {
                if self.retry.is_zero() {
                    events.tell(Event::Failed { fault: error.fault() });
                }
                self.retry = self.retry.saturating_mul(2).clamp(RETRY.0, RETRY.1);
                self.deaf = self.heard.saturating_add(self.retry);
                return None;
            }
        };
        if self.stale || self.heard < self.deaf || !self.may_count(found.ago) {
            return None;
        }
        self.deaf = self.heard.saturating_add(COOL_DOWN);
        Some(found.name)
    }

    /// Whether a word counts that ended so long ago, by the sound that was looked at: the
    /// time at which an engine tells of it says nothing.
    fn may_count(&self, ago: Duration) -> bool {
        let frames = ago.as_nanos().saturating_sub(1) / FRAME.as_nanos();
        let mark =
            usize::try_from(frames).ok().and_then(|frames| self.marks.iter().nth_back(frames));
        mark.or(self.marks.back()).is_some_and(|counts| *counts)
    }
}

impl OwnVoice {
    pub(crate) fn new(wake: &[String], clock: Arc<dyn Clock>) -> Self {
        let wake = wake.iter().map(|word| words(word)).collect();
        Self { wake, clock, until: Arc::default() }
    }

    /// Which of the words are in `text`.
    pub(crate) fn holds(&self, text: &str) -> Holds {
        let text = words(text);
        Holds {
            wake: self.wake.iter().any(|word| text.contains(word.as_str())),
            stop: STOP.iter().any(|word| text.contains(&words(word))),
        }
    }

    /// `chunk` of a text that holds such words is played after `held`.
    pub(crate) fn says(&self, holds: Holds, chunk: &Chunk, held: Duration) {
        let end = self.clock.running() + held + chunk.duration() + ECHO;
        let mut until = self.until();
        if holds.wake {
            until.wake = end.max(until.wake);
        }
        if holds.stop {
            until.stop = end.max(until.stop);
        }
    }

    /// Nothing more is played.
    pub(crate) fn silent(&self) {
        let end = self.clock.running() + ECHO;
        let mut until = self.until();
        *until = Until { wake: end.min(until.wake), stop: end.min(until.stop) };
    }

    /// Whether what was heard `at` this time may be such a word of jarvis's own.
    pub(super) fn is_saying_stop(&self, at: Duration) -> bool {
        at < self.until().stop
    }

    pub(crate) fn is_saying_wake(&self, at: Duration) -> bool {
        at < self.until().wake
    }

    fn until(&self) -> MutexGuard<'_, Until> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The words of `text`, each between two spaces, so that one is found whole.
fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    format!(" {} ", words.join(" "))
}
