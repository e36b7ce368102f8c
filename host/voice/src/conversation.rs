//! The whole way: a wake word, an utterance, its words, an answer, its sound;
//! then the next one.
//!
//! While an answer is made and played, what is heard is watched for the wake
//! word: it cuts the answer off. An answer that is a question opens the
//! microphone again, once it was really played.

mod ears;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain};

use crate::error::VoiceError;
use crate::event::{Event, Events, Observer};
use crate::port::{Sink, Source};
use crate::speaker::Speaker;
use crate::speech::EndSettings;
use crate::wyoming::{Hearing, Service, Waking};
use ears::{Beside, Ears, Utterance};

pub(crate) use watch::OwnVoice;

/// Who understands words and acts on them.
#[async_trait]
pub trait Assistant: Send + Sync + std::fmt::Debug {
    /// The answer to `words`. Dropping the future breaks off what may be
    /// broken off; that an operation may not is the assistant's to know.
    async fn answer(&self, words: &str) -> Answer;
    /// Whether `words` already are a whole command.
    fn is_complete(&self, words: &str) -> bool;
    /// Names that may be said, for a recogniser that wants them.
    fn names(&self) -> Vec<String>;
}

/// What is said to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As it is shown.
    pub text: String,
    /// What is waited for afterwards.
    pub then: Then,
}

/// What comes after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing: the wake word begins again.
    Nothing,
    /// It was a question, and is answered without the wake word.
    Listen,
    /// The same, and what is said is a secret: no event holds it.
    ListenSecretly,
}

/// What a conversation is made of.
#[derive(Debug)]
pub struct Parts {
    /// Watches for the wake word; none where there is another way to begin.
    pub waking: Option<Waking>,
    /// The wake words, as they are written: they wake nobody when jarvis says
    /// them.
    pub wake_words: Vec<String>,
    /// Sound into words.
    pub recogniser: Arc<dyn Service>,
    /// Words into sound.
    pub speaker: Speaker,
    /// Who answers.
    pub assistant: Arc<dyn Assistant>,
    /// When an utterance begins and ends.
    pub end: EndSettings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
}

/// See the module.
pub struct Conversation {
    ears: Ears,
    sink: Box<dyn Sink>,
    own: OwnVoice,
    recogniser: Arc<dyn Service>,
    speaker: Speaker,
    assistant: Arc<dyn Assistant>,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
}

/// How one exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// With an answer, or with nobody saying anything.
    Over,
    /// The wake word cut it off, and begins the next one.
    CutOff,
}

impl std::fmt::Debug for Conversation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conversation").field("ears", &self.ears).finish_non_exhaustive()
    }
}

impl Conversation {
    /// Between `source` and `sink`.
    #[must_use]
    pub fn new(parts: Parts, source: Box<dyn Source>, sink: Box<dyn Sink>) -> Self {
        let own = OwnVoice::new(&parts.wake_words, parts.clock.clone());
        Self {
            ears: Ears::new(source, parts.waking, parts.end, own.clone()),
            sink,
            own,
            recogniser: parts.recogniser,
            speaker: parts.speaker,
            assistant: parts.assistant,
            clock: parts.clock,
            observer: parts.observer,
        }
    }

    /// Goes on until no more sound comes. What fails is told, and the next
    /// exchange begins all the same.
    ///
    /// # Errors
    /// The source fails.
    pub async fn run(&mut self) -> Result<(), VoiceError> {
        let mut woken = false;
        loop {
            let events = self.events();
            if !woken && !self.ears.asleep(&events).await? {
                return Ok(());
            }
            woken = match self.exchange(&events).await {
                Ok(exchange) => exchange == Exchange::CutOff,
                Err(error) => {
                    events.tell(Event::Failed { fault: error.fault() });
                    if self.ears.is_over() {
                        return Err(error);
                    }
                    false
                }
            };
        }
    }

    /// One exchange that needs no wake word: a button, or a file.
    ///
    /// # Errors
    /// Whatever fails.
    pub async fn once(&mut self) -> Result<(), VoiceError> {
        let events = self.events();
        while self.exchange(&events).await? == Exchange::CutOff {}
        Ok(())
    }

    fn events(&self) -> Events {
        Events::begin(self.clock.clone(), self.observer.clone())
    }

    async fn exchange(&mut self, events: &Events) -> Result<Exchange, VoiceError> {
        // A loudspeaker that rests is awake before there is an answer.
        self.sink.ready();
        let mut then = Then::Listen;
        while then != Then::Nothing {
            let secret = then == Then::ListenSecretly;
            let Some(words) = self.words(secret, events).await? else {
                events.tell(Event::NoWords);
                return Ok(Exchange::Over);
            };
            let shown = if secret { "…".to_owned() } else { words.clone() };
            events.tell(Event::Words { text: shown });
            let answering = self.assistant.answer(&words);
            let answer = match self.ears.beside(answering, events).await? {
                Beside::Done(answer) => answer,
                Beside::Woken => return Ok(self.cut(events)),
            };
            events.tell(Event::Answer { text: answer.text.clone() });
            let own = Some(&self.own);
            let speaking = self.speaker.speak_over(&answer.text, &mut *self.sink, own, events);
            match self.ears.beside(speaking, events).await? {
                Beside::Done(spoken) => spoken?,
                Beside::Woken => return Ok(self.cut(events)),
            }
            then = answer.then;
        }
        Ok(Exchange::Over)
    }

    /// What is said next; none where nobody says anything.
    async fn words(&mut self, secret: bool, events: &Events) -> Result<Option<String>, VoiceError> {
        events.tell(Event::Listening);
        let Some(mut utterance) = self.ears.utterance(events).await? else { return Ok(None) };
        let names = self.assistant.names();
        let mut hearing = Hearing::begin(&*self.recogniser, None, &names).await?;
        loop {
            match utterance {
                Utterance::Frames(frames) => {
                    for frame in &frames {
                        let Some(partial) = hearing.frame(frame).await? else { continue };
                        self.ears.complete(self.assistant.is_complete(partial));
                        if !secret {
                            events.tell(Event::Partial { text: partial.to_owned() });
                        }
                    }
                }
                Utterance::Ended(why) => {
                    events.tell(Event::SpeechEnded { why });
                    break;
                }
            }
            utterance = self.ears.more().await?;
        }
        let words = match self.ears.beside(hearing.finish(), events).await? {
            Beside::Done(words) => words?,
            Beside::Woken => String::new(),
        };
        Ok(Some(words).filter(|words| words.chars().any(char::is_alphanumeric)))
    }

    fn cut(&mut self, events: &Events) -> Exchange {
        self.sink.cut();
        self.own.silent();
        events.tell(Event::Cut);
        Exchange::CutOff
    }
}

#[cfg(test)]
mod tests;
