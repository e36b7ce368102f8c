//! Words into sound, for a peer: a text as a whole, or as it comes, sentence by
//! sentence.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;
use tokio::sync::mpsc;

use crate::error::VoiceError;
use crate::event::{Events, Log};
use crate::frame::Chunk;
use crate::port::Sink;
use crate::speaker::Speaker;
use crate::text::sentences;
use crate::wyoming::PeerError;
use crate::wyoming::message::{Message, Sound};
use crate::wyoming::server::Replies;
use crate::wyoming::steady::Steady;

/// The longest text, bytes: some minutes of speech.
const TEXT: usize = 4000;
/// How long it may take to be spoken and taken: an engine is held for it.
const LONGEST: Duration = Duration::from_secs(120);
/// Pieces of a sentence that wait for the peer: a minute or more, so that a slow one
/// keeps no engine from others.
const AHEAD: usize = 1024;
/// Samples of a message: a twentieth of a second or so.
const SAMPLES: usize = 1024;

/// A text that comes in pieces.
#[derive(Debug)]
pub(super) struct Text {
    speaker: Speaker,
    clock: Arc<dyn Clock>,
    /// What was not spoken yet.
    rest: String,
    length: usize,
    /// How the first sound was, and all others are to be.
    sound: Option<Sound>,
}

/// Sends what is spoken.
struct Outgoing<'r, 'w> {
    replies: &'r mut Replies<'w>,
    sound: Option<Sound>,
    begun: bool,
    /// A voice may have another rate than the one before.
    steady: Option<Steady>,
}

/// Speaks `text`: one start and one stop, as all peers know it.
pub(super) async fn whole(
    text: &str,
    speaker: &Speaker,
    clock: &Arc<dyn Clock>,
    replies: &mut Replies<'_>,
) -> Result<(), VoiceError> {
    if text.len() > TEXT {
        return Err(PeerError::TooLong("the text").into());
    }
    speak(text, speaker, clock, &mut Outgoing::new(None, replies)).await
}

impl Text {
    pub(super) fn new(speaker: Speaker, clock: &Arc<dyn Clock>) -> Self {
        let clock = Arc::clone(clock);
        Self { speaker, clock, rest: String::new(), length: 0, sound: None }
    }

    /// Speaks what is whole with `piece`.
    pub(super) async fn push(
        &mut self,
        piece: &str,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        self.length = self.length.saturating_add(piece.len());
        if self.length > TEXT {
            return Err(PeerError::TooLong("the text").into());
        }
        self.rest.push_str(piece);
        let mut whole = sentences(&self.rest);
        // Only what comes behind it shows that a sentence has ended.
        let Some(last) = whole.pop().filter(|_| !whole.is_empty()) else { return Ok(()) };
        // Its own space stays, and what was a line's end ends it.
        let at = self.rest.rfind(&last);
        self.rest = at.and_then(|at| self.rest.get(at..)).map_or(last, str::to_owned);
        for sentence in whole {
            self.speak(&sentence, replies).await?;
        }
        Ok(())
    }

    /// Speaks what is left.
    pub(super) async fn finish(mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.trim().is_empty() || self.sound.is_none() {
            self.speak(&rest, replies).await?;
        }
        replies.send(&Message::bare("synthesize-stopped")).await
    }

    async fn speak(&mut self, text: &str, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        let mut outgoing = Outgoing::new(self.sound, replies);
        let spoken = speak(text, &self.speaker, &self.clock, &mut outgoing).await;
        self.sound = outgoing.sound;
        spoken
    }
}

/// Speaks `text` into one sound.
async fn speak(
    text: &str,
    speaker: &Speaker,
    clock: &Arc<dyn Clock>,
    outgoing: &mut Outgoing<'_, '_>,
) -> Result<(), VoiceError> {
    let speaking = async {
        for text in sentences(text) {
            sentence(text, speaker.clone(), clock, outgoing).await?;
        }
        outgoing.end().await
    };
    tokio::select! {
        biased;
        spoken = speaking => spoken,
        () = clock.sleep(LONGEST) => Err(PeerError::TooLong("the speech").into()),
    }
}

/// Speaks one sentence to its end, also where the peer goes: an engine that is broken
/// off is killed, and others wait for the next one.
async fn sentence(
    text: String,
    speaker: Speaker,
    clock: &Arc<dyn Clock>,
    outgoing: &mut Outgoing<'_, '_>,
) -> Result<(), VoiceError> {
    let events = Events::begin(Arc::clone(clock), Arc::new(Log::default()));
    let (to, mut chunks) = mpsc::channel(AHEAD);
    let mut handing = Handing(to);
    let speaking = tokio::spawn(async move {
        let spoken = speaker.speak(&text, &mut handing, &events).await;
        drop(handing);
        spoken
    });
    while let Some(chunk) = chunks.recv().await {
        outgoing.play(chunk).await?;
    }
    // An error says that the runtime ends.
    speaking.await.unwrap_or(Ok(()))
}

/// Hands on what is spoken, to whoever is still there.
struct Handing(mpsc::Sender<Chunk>);

#[async_trait]
impl Sink for Handing {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        let _ = self.0.send(chunk).await;
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        Ok(())
    }

    fn cut(&mut self) {}
}

impl<'r, 'w> Outgoing<'r, 'w> {
    fn new(sound: Option<Sound>, replies: &'r mut Replies<'w>) -> Self {
        Self { replies, sound, begun: false, steady: None }
    }

    async fn begin(&mut self, rate: u32) -> Result<Sound, VoiceError> {
        let sound = *self.sound.get_or_insert(Sound { rate, width: 2, channels: 1 });
        if !std::mem::replace(&mut self.begun, true) {
            self.replies.send(&Message::new("audio-start", sound)).await?;
        }
        Ok(sound)
    }

    async fn send(&mut self, sound: Sound, samples: &[i16]) -> Result<(), VoiceError> {
        for some in samples.chunks(SAMPLES) {
            self.replies.send(&Message::sound(sound, some)).await?;
        }
        Ok(())
    }

    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        let sound = self.begin(chunk.rate).await?;
        let steady = self.steady.get_or_insert_with(|| Steady::new(sound.rate));
        let samples = steady.samples(chunk)?;
        self.send(sound, &samples).await
    }

    /// Also where nothing was heard.
    async fn end(&mut self) -> Result<(), VoiceError> {
        let sound = self.begin(crate::RATE).await?;
        let rest = self.steady.as_mut().map(Steady::rest).transpose()?;
        self.send(sound, &rest.unwrap_or_default()).await?;
        self.replies.send(&Message::bare("audio-stop")).await
    }
}
