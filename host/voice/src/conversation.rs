//! The whole way: a wake word, an utterance, its words, an answer, its sound;
//! then the next one.
//!
//! While an answer is made and played, what is heard is watched for the wake
//! word and for "stop": they cut the answer off. An answer that is a question
//! opens the microphone again, once it was really played.

mod ahead;
mod ears;
mod interjection;
mod parts;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain};

use crate::chime::{Chime, Chimes};
use crate::error::VoiceError;
use crate::event::{Event, Events};
use crate::port::{Sink, Source};
use crate::speaker::Speaker;
use crate::switch::{Saying, SayingEnd, Switch};
use crate::wyoming::{Hearing, Service};
use ears::{Begun, Beside, By, Ears, Utterance};
use interjection::Interjection;

pub use ahead::Ahead;
pub(crate) use ahead::ToldAhead;
pub use parts::{Answer, Assistant, Parts, Then};
pub(crate) use watch::{Holds, OwnVoice, Watch};

/// How long the end of a chime is waited for by what comes after it: a
/// loudspeaker that is gone keeps nobody from being heard.
const CHIME: Duration = Duration::from_millis(500);

/// See the module.
pub struct Conversation {
    ears: Ears,
    sink: Box<dyn Sink>,
    own: OwnVoice,
    recogniser: Arc<dyn Service>,
    speaker: Speaker,
    assistant: Arc<dyn Assistant>,
    chimes: Chimes,
    clock: Arc<dyn Clock>,
    switch: Switch,
}

/// How one exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exchange {
    /// With an answer, with nobody saying anything, or with "stop".
    Over,
    /// Somebody who wants to talk cut it off, with this wake word or with a button,
    /// and begins the next one.
    CutOff(Option<String>),
}

/// What came of listening to somebody.
#[derive(Debug)]
enum Said {
    Words(String),
    /// They said nothing.
    Nothing,
    /// Nothing was understood of it.
    Unclear,
    Cut(Exchange),
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
        let watch = Watch::new(parts.waking, own.clone());
        let interjection = Interjection::new(parts.recogniser.clone(), own.clone());
        Self {
            ears: Ears::new(source, parts.switch.clone(), watch, parts.end, interjection),
            sink,
            own,
            recogniser: parts.recogniser,
            speaker: parts.speaker,
            assistant: parts.assistant,
            chimes: parts.chimes,
            clock: parts.clock,
            switch: parts.switch,
        }
    }

    /// Goes on until no more sound comes, or the switch ends it. What fails is
    /// told, and the next exchange begins all the same.
    ///
    /// # Errors
    /// The source fails, or at the end the sink.
    pub async fn run(&mut self) -> Result<(), VoiceError> {
        let mut last = Exchange::Over;
        loop {
            let begun = match last {
                Exchange::CutOff(word) => Begun::Woken(self.switch.woken(word)),
                Exchange::Over => self.ears.asleep().await?,
            };
            let events = match begun {
                Begun::Woken(events) => events,
                Begun::Saying(saying) => {
                    last = self.announce(saying).await?;
                    continue;
                }
                // A sound that nobody has waited for.
                Begun::Over => return self.sink.played().await,
            };
            self.chime(Chime::Wake, &events).await;
            last = match self.exchange(&events).await {
                Ok(exchange) => exchange,
                Err(error) => {
                    events.tell(Event::Failed { fault: error.fault() });
                    if self.ears.is_over() {
                        return Err(error);
                    }
                    self.chime(Chime::Error, &events).await;
                    Exchange::Over
                }
            };
        }
    }

    /// One exchange that needs no wake word: a button, or a file.
    ///
    /// # Errors
    /// Whatever fails, which is told too.
    pub async fn once(&mut self) -> Result<(), VoiceError> {
        let mut events = self.switch.events();
        loop {
            match self.exchange(&events).await {
                Ok(Exchange::CutOff(word)) => events = self.switch.woken(word),
                Ok(Exchange::Over) => return Ok(()),
                Err(error) => {
                    events.tell(Event::Failed { fault: error.fault() });
                    return Err(error);
                }
            }
        }
    }

    /// Says what nobody here has asked for.
    async fn announce(&mut self, mut saying: Saying) -> Result<Exchange, VoiceError> {
        let events = self.switch.events();
        let text = saying.text.clone();
        events.tell(Event::Answer { text: text.clone() });
        self.sink.ready();
        let spoken = tokio::select! {
            biased;
            spoken = self.speak(&text, &events) => spoken,
            () = saying.unwanted() => Ok(Some(self.cut(Exchange::Over, &events))),
        };
        saying.end(match &spoken {
            Ok(None) => SayingEnd::Said,
            Ok(Some(_)) => SayingEnd::CutOff,
            Err(_) => SayingEnd::Failed,
        });
        match spoken {
            Ok(cut) => Ok(cut.unwrap_or(Exchange::Over)),
            Err(error) if self.ears.is_over() => Err(error),
            Err(error) => {
                events.tell(Event::Failed { fault: error.fault() });
                Ok(Exchange::Over)
            }
        }
    }

    async fn exchange(&mut self, events: &Events) -> Result<Exchange, VoiceError> {
        // A loudspeaker that rests is awake before there is an answer.
        self.sink.ready();
        let mut then = Then::Listen;
        while then != Then::Nothing {
            let words = match self.words(events).await? {
                Said::Words(words) => words,
                Said::Cut(exchange) => return Ok(self.cut(exchange, events)),
                Said::Nothing => {
                    events.tell(Event::NoWords);
                    return Ok(Exchange::Over);
                }
                Said::Unclear => {
                    events.tell(Event::NoWords);
                    self.chime(Chime::Error, events).await;
                    return Ok(Exchange::Over);
                }
            };
            events.tell(Event::Words { text: self.assistant.shown(&words) });
            let (ahead, mut told) = Ahead::channel();
            let answering = async {
                let answer = self.assistant.answer_ahead(&words, ahead.clone()).await;
                events.tell(Event::Answer { text: answer.text.clone() });
                ahead.end(&answer.text);
                answer
            };
            let (own, sink) = (Some(&self.own), &mut *self.sink);
            let speaking = self.speaker.speak_told(&mut told, sink, own, events);
            let both = async { tokio::join!(answering, speaking) };
            let (answer, spoken) = match self.ears.beside(both, By::Words, events).await? {
                Beside::Done(both) => both,
                Beside::Cut(exchange) => return self.broken_off(exchange, events).await,
            };
            let is_spoken = spoken?;
            if !is_spoken {
                if answer.obvious && answer.then == Then::Nothing && self.chimes.is_brief() {
                    self.chime(Chime::Done, events).await;
                    return Ok(Exchange::Over);
                }
                if let Some(cut) = self.speak(&answer.text, events).await? {
                    return Ok(cut);
                }
            }
            then = answer.then;
            if then != Then::Nothing {
                self.ears.settle().await?;
            }
        }
        Ok(Exchange::Over)
    }

    /// Says `text`; how the exchange ends where somebody cuts that off.
    async fn speak(&mut self, text: &str, events: &Events) -> Result<Option<Exchange>, VoiceError> {
        let own = Some(&self.own);
        let speaking = self.speaker.speak_over(text, &mut *self.sink, own, events);
        match self.ears.beside(speaking, By::Words, events).await? {
            Beside::Done(spoken) => spoken.map(|()| None),
            Beside::Cut(exchange) => Ok(Some(self.cut(exchange, events))),
        }
    }

    /// No answer is waited for any more. What had begun by then is shown, and
    /// said to whoever does not want to speak themselves.
    async fn broken_off(
        &mut self,
        exchange: Exchange,
        events: &Events,
    ) -> Result<Exchange, VoiceError> {
        let exchange = self.cut(exchange, events);
        let Some(text) = self.assistant.goes_on() else { return Ok(exchange) };
        events.tell(Event::Answer { text: text.clone() });
        if matches!(exchange, Exchange::CutOff(_)) {
            return Ok(exchange);
        }
        Ok(self.speak(&text, events).await?.unwrap_or(exchange))
    }

    /// What is said next.
    async fn words(&mut self, events: &Events) -> Result<Said, VoiceError> {
        events.tell(Event::Listening);
        let Some(mut utterance) = self.ears.utterance(events).await? else {
            return Ok(Said::Nothing);
        };
        if matches!(utterance, Utterance::Stopped) {
            return Ok(Said::Cut(Exchange::Over));
        }
        let assistant = Arc::clone(&self.assistant);
        let names = assistant.names();
        let beginning = Hearing::begin(&*self.recogniser, &names);
        let mut hearing = match self.ears.unless_stopped(beginning).await {
            Ok(begun) => begun?,
            Err(said) => return Ok(said),
        };
        // Whether what was said so far is a whole command; asked beside, so
        // that nobody's answer holds up what is heard.
        let mut asking = None;
        loop {
            match utterance {
                Utterance::Frames(frames) => {
                    for frame in &frames {
                        let taken = match self.ears.unless_stopped(hearing.frame(frame)).await {
                            Ok(taken) => taken?,
                            Err(said) => return Ok(said),
                        };
                        let Some(partial) = taken else { continue };
                        let partial = partial.to_owned();
                        self.ears.complete(false);
                        if let Some(text) = assistant.shown_so_far(&partial) {
                            events.tell(Event::Partial { text });
                        }
                        let assistant = Arc::clone(&assistant);
                        let ask = async move { assistant.is_complete(&partial).await };
                        asking = Some(Box::pin(ask));
                    }
                }
                Utterance::Ended(why) => {
                    events.tell(Event::SpeechEnded { why });
                    break;
                }
                Utterance::Muted => return Ok(Said::Nothing),
                Utterance::Stopped => return Ok(Said::Cut(Exchange::Over)),
            }
            utterance = loop {
                tokio::select! {
                    biased;
                    complete = answered(&mut asking) => self.ears.complete(complete),
                    next = self.ears.more() => break next?,
                }
            };
        }
        self.chime(Chime::End, events).await;
        let whole = self.ears.is_whole().await;
        Ok(match self.ears.beside(hearing.finish(), By::WakeWord, events).await? {
            Beside::Done(words) => {
                let words = words?;
                let any = words.chars().any(char::is_alphanumeric);
                if any && whole { Said::Words(words) } else { Said::Unclear }
            }
            Beside::Cut(exchange) => Said::Cut(exchange),
        })
    }

    /// Plays one, where that is wanted. A device that fails is told of when it
    /// is to speak.
    async fn chime(&mut self, chime: Chime, events: &Events) {
        if !self.chimes.has(chime) {
            return;
        }
        let sink = &mut self.sink;
        let playing = async {
            sink.play(chime.sound()).await?;
            sink.whole().await
        };
        tokio::select! {
            biased;
            played = playing => match played {
                Ok(()) => events.tell(Event::Chime { chime }),
                Err(error) => tracing::debug!(%error, "a chime was not played"),
            },
            () = self.clock.sleep(CHIME) => {}
        }
    }

    fn cut(&mut self, exchange: Exchange, events: &Events) -> Exchange {
        self.sink.cut();
        self.own.silent();
        events.tell(Event::Cut);
        exchange
    }
}

/// Completes with the answer; never where nothing was asked.
async fn answered<F: Future<Output = bool> + Unpin>(asking: &mut Option<F>) -> bool {
    let Some(ask) = asking else { return std::future::pending().await };
    let answer = ask.await;
    *asking = None;
    answer
}

#[cfg(test)]
mod tests;
