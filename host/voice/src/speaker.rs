//! A text is spoken: sentence by sentence, the first at once, the next one
//! while the one before is played.

mod cache;
mod rest;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jarvis_domain::{Explain, Language, say};
use tokio::sync::mpsc;

use crate::conversation::{Holds, OwnVoice, ToldAhead};
use crate::error::VoiceError;
use crate::event::{Event, Events};
use crate::frame::Chunk;
use crate::port::Sink;
use crate::text::{LONGEST, sentences, speakable_in};
use crate::wyoming::{Service, Speaking};
use cache::Cache;
use rest::Rest;

/// Pieces of sound that wait for the sink; each is a tenth of a second or so.
const AHEAD: usize = 64;

/// Speaks with one engine, and with another where that fails. Copies share the
/// engines, and what is kept of their speech.
#[derive(Debug, Clone)]
pub struct Speaker {
    voices: Vec<Arc<Voice>>,
    /// In which numbers, units and signs are read.
    language: Language,
}

#[derive(Debug)]
struct Voice {
    service: Arc<dyn Service>,
    cache: Mutex<Cache>,
    rest: Mutex<Rest>,
}

/// A sentence that is to be said.
struct Say<'a> {
    text: &'a str,
    /// Which words it holds that jarvis listens for.
    holds: Holds,
    to: &'a mpsc::Sender<Piece>,
    events: &'a Events,
}

struct Piece {
    chunk: Chunk,
    holds: Holds,
}

impl Say<'_> {
    async fn play(&self, chunk: Chunk) {
        // Where nobody takes it, who plays it has failed, and says so.
        let _ = self.to.send(Piece { chunk, holds: self.holds }).await;
    }
}

impl Speaker {
    /// Speaks by `service`.
    #[must_use]
    pub fn new(service: Arc<dyn Service>) -> Self {
        Self { voices: vec![Arc::new(Voice::new(service))], language: Language::default() }
    }

    /// Says nothing: for who only reads the answers.
    #[must_use]
    pub fn none() -> Self {
        Self { voices: Vec::new(), language: Language::default() }
    }

    /// The same, for texts in `language`.
    #[must_use]
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Takes `service` where those before have failed: a plain voice that says
    /// it is better than a good one that does not. That one failed is told once,
    /// and it is tried again after a while.
    #[must_use]
    pub fn or(mut self, service: Arc<dyn Service>) -> Self {
        self.voices.push(Arc::new(Voice::new(service)));
        self
    }

    /// Speaks `text` and completes once it was really played. Dropping the
    /// future ends the speech of the engine; what the sink still holds is the
    /// sink's to cut.
    ///
    /// # Errors
    /// No engine speaks, or the sink fails.
    pub async fn speak(
        &self,
        text: &str,
        sink: &mut dyn Sink,
        events: &Events,
    ) -> Result<(), VoiceError> {
        self.speak_over(text, sink, None, events).await
    }

    /// The same where words are listened for meanwhile, which `own` tells when
    /// not to.
    pub(crate) async fn speak_over(
        &self,
        text: &str,
        sink: &mut dyn Sink,
        own: Option<&OwnVoice>,
        events: &Events,
    ) -> Result<(), VoiceError> {
        self.speak_told(&mut ToldAhead::whole(text), sink, own, events).await.map(drop)
    }

    /// The same for texts that come one after the other. Completes once all of
    /// them were played, with whether there was any.
    pub(crate) async fn speak_told(
        &self,
        texts: &mut ToldAhead,
        sink: &mut dyn Sink,
        own: Option<&OwnVoice>,
        events: &Events,
    ) -> Result<bool, VoiceError> {
        let Some(mut text) = texts.next().await else { return Ok(false) };
        let (to, mut chunks) = mpsc::channel::<Piece>(AHEAD);
        let speaking = async {
            let (mut left, mut bad) = (LONGEST, None);
            'all: loop {
                for sentence in sentences(&text) {
                    let rest = left.checked_sub(sentence.chars().count());
                    let sentence = if rest.is_some() { sentence } else { more(self.language) };
                    let said = speakable_in(self.language, &sentence);
                    events.tell(Event::Sentence { text: said.clone() });
                    let holds = own.map(|own| own.holds(&said)).unwrap_or_default();
                    let say = Say { text: &said, holds, to: &to, events };
                    match self.sentence(&say).await {
                        Ok(()) => {}
                        // It may be the sentence, which nobody can say.
                        Err(error @ VoiceError::BadSound { .. }) => drop(bad.get_or_insert(error)),
                        Err(error) => return Err(error),
                    }
                    match rest {
                        Some(rest) => left = rest,
                        None => break 'all,
                    }
                }
                let Some(next) = texts.next().await else { break };
                text = next;
            }
            drop(to);
            Ok(bad)
        };
        let playing = async {
            let mut first = true;
            while let Some(Piece { chunk, holds }) = chunks.recv().await {
                if let Some(own) = own {
                    own.says(holds, &chunk, sink.held());
                }
                sink.play(chunk).await?;
                if std::mem::take(&mut first) {
                    events.tell(Event::FirstSound);
                }
            }
            sink.played().await?;
            events.tell(Event::Played);
            Ok(())
        };
        let (bad, ()) = tokio::try_join!(speaking, playing)?;
        bad.map_or(Ok(true), Err)
    }

    /// Has the first voice that can say it.
    async fn sentence(&self, say: &Say<'_>) -> Result<(), VoiceError> {
        let Some((last, before)) = self.voices.split_last() else { return Ok(()) };
        for voice in before {
            if voice.rest().is_on(say.events.now()) {
                continue;
            }
            let Err((error, begun)) = voice.say(say).await else { return Ok(()) };
            let news = voice.rest().begin(say.events.now());
            tracing::debug!(%error, "a voice failed");
            if news || begun {
                say.events.tell(Event::Failed { fault: error.fault() });
            }
            if begun {
                // Half a sentence is not begun again in another voice; the next one is.
                return Ok(());
            }
        }
        last.say(say).await.map_err(|(error, _)| error)
    }
}

impl Voice {
    fn new(service: Arc<dyn Service>) -> Self {
        Self { service, cache: Mutex::default(), rest: Mutex::default() }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on how a sentence sounds; with an error, whether anything of it was.
    async fn say(&self, say: &Say<'_>) -> Result<(), (VoiceError, bool)> {
        let text = say.text;
        let kept = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(text);
        if let Some(chunks) = kept {
            for chunk in chunks {
                say.play(chunk).await;
            }
            return Ok(());
        }
        let begun = Speaking::begin(&*self.service, text, None).await;
        let mut speaking = begun.map_err(|error| (error, false))?;
        let mut whole = Vec::new();
        while let Some(chunk) = speaking.next().await.map_err(|error| (error, !whole.is_empty()))? {
            whole.push(chunk.clone());
            say.play(chunk).await;
        }
        if whole.is_empty() && text.chars().any(char::is_alphanumeric) {
            let (engine, why) = (self.service.name().to_owned(), "there is none");
            return Err((VoiceError::BadSound { engine, why }, false));
        }
        self.rest().end();
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(text, &whole);
        Ok(())
    }
}

/// What is said in place of the rest of a long answer.
fn more(language: Language) -> String {
    say!(
        language,
        en: "That is not all; the rest is too long to be said.",
        de: "Das ist noch nicht alles; der Rest ist zu lang zum Vorlesen.",
    )
}

#[cfg(test)]
mod tests;
