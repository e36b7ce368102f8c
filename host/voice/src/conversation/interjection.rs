//! "Stop", said while jarvis answers. Best effort: without a canceller of
//! echoes jarvis's own voice is in the microphone too, so that only one short
//! word counts, said into a pause or louder than it, and by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::event::{Event, Events};
use crate::frame::Frame;
use crate::speech::{Ear, EndSettings, Heard, frames};
use crate::wyoming::{Hearing, Service};

use super::watch::OwnVoice;

/// The words that end an answer, each alone.
pub(super) const STOP: &[&str] =
    &["stop", "cancel", "enough", "stopp", "halt", "genug", "abbrechen", "abbruch"];
/// The most of an utterance that can be one of them, what is kept from before
/// and the silence after it included.
const LONGEST: Duration = Duration::from_millis(1800);

/// Listens for one short utterance after the other.
#[derive(Debug)]
pub(super) struct Interjection {
    ear: Ear,
    recogniser: Arc<dyn Service>,
    own: OwnVoice,
    said: Vec<Frame>,
    /// It is none: it is too long, or jarvis itself says such a word.
    spoilt: bool,
    /// One at a time: recognisers are slow.
    hearing: Option<JoinHandle<bool>>,
}

impl Interjection {
    pub(super) fn new(recogniser: Arc<dyn Service>, own: OwnVoice) -> Self {
        let millis = Duration::from_millis;
        let settings = EndSettings {
            start: millis(150),
            end: millis(250),
            complete: millis(250),
            // Both are longer than what is looked at: see `push`.
            longest: millis(10_000),
            nothing: millis(8_000),
            kept: millis(200),
        };
        let ear = Ear::new(settings);
        Self { ear, recogniser, own, said: Vec::new(), spoilt: false, hearing: None }
    }

    /// An answer begins. What is still recognised of the one before ends by
    /// itself: breaking it off would have the engine started again.
    pub(super) fn begin(&mut self) {
        self.hearing = None;
        self.ear.listen();
    }

    /// Takes a frame that was heard `at` this time, by [`jarvis_domain::Clock::running`].
    pub(super) fn push(&mut self, frame: Frame, at: Duration, events: &Events) {
        let own = self.own.is_saying_stop(at);
        match self.ear.push(frame) {
            Heard::Began(frames) => {
                self.said = frames;
                self.spoilt = own;
            }
            // Also after it was spoilt: its end is no word of its own.
            Heard::Going => {
                let long = self.said.len() >= frames(LONGEST);
                self.spoilt |= own || long;
                if !self.spoilt {
                    self.said.push(frame);
                }
            }
            Heard::Ended(_) => {
                let said = std::mem::take(&mut self.said);
                if !self.spoilt && self.hearing.is_none() {
                    self.hearing = Some(self.understand(said, events.clone()));
                }
                self.ear.listen();
            }
            Heard::Nothing => self.ear.listen(),
            Heard::Quiet => {}
        }
    }

    /// Completes once such a word was understood. Dropping the future loses
    /// nothing.
    pub(super) async fn stopped(&mut self) {
        loop {
            let Some(hearing) = &mut self.hearing else { return std::future::pending().await };
            let stopped = hearing.await;
            self.hearing = None;
            if matches!(stopped, Ok(true)) {
                return;
            }
        }
    }

    fn understand(&self, said: Vec<Frame>, events: Events) -> JoinHandle<bool> {
        let recogniser = Arc::clone(&self.recogniser);
        tokio::spawn(async move {
            let words = async {
                let mut hearing = Hearing::begin(&*recogniser, &[]).await?;
                for frame in &said {
                    hearing.frame(frame).await?;
                }
                hearing.finish().await
            };
            match words.await {
                Ok(words) if is_stop(&words) => {
                    events.tell(Event::Words { text: words });
                    true
                }
                Ok(_) => false,
                Err(error) => {
                    tracing::debug!(%error, "an interjection was not understood");
                    false
                }
            }
        })
    }
}

/// Whether `words` are one of them and nothing else.
fn is_stop(words: &str) -> bool {
    let bare: String = words.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
    STOP.contains(&bare.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_such_a_word_alone_is_one() {
        for (words, expected) in [
            ("stop", true),
            (" Stop. ", true),
            ("Enough!", true),
            ("cancel", true),
            ("stop the web server", false),
            ("stopped", false),
            ("don't stop", false),
            ("", false),
        ] {
            assert_eq!(is_stop(words), expected, "{words:?}");
        }
    }
}
