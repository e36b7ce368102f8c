//! This machine's microphone and loudspeaker, for somebody else's assistant: a
//! satellite, as Home Assistant connects to it. Nothing of what is heard is
//! understood here, but for a wake word.

mod guest;
mod player;
mod saying;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jarvis_domain::Clock;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::Waking;
use super::door::{Door, Entered};
use super::info::{Attribution, Info, Place};
use super::message::Message;
use crate::chime::{Chime, Chimes};
use crate::conversation::{OwnVoice, Watch};
use crate::error::VoiceError;
use crate::event::Event;
use crate::frame::Frame;
use crate::port::{Sink, Source};
use crate::speaker::Speaker;
use crate::switch::{Phase, Saying, Switch};
use guest::{Desk, Guest, Told};
use player::Player;
use saying::Said;

/// Messages of guests that wait.
const WAITING: usize = 64;
/// After so many frames of what somebody says it is looked again whether the microphone is
/// still there, 0.2 s: before the silence of one that is not ends a sentence.
const LOOK: u32 = 12;
/// How long a guest may take for its answer, a language model's included.
const ANSWERED: Duration = Duration::from_secs(30);

/// What a room is made of.
#[derive(Debug)]
pub struct RoomParts {
    /// What others call it.
    pub name: String,
    /// The room that it is in.
    pub area: Option<String>,
    /// Watches for the wake word; none: all that is heard goes to whoever
    /// connects, who watches.
    pub waking: Option<Waking>,
    /// The wake words.
    pub wake_words: Vec<String>,
    /// Says what the switch is given to say; none yet: that is not said.
    pub speaker: Arc<OnceLock<Speaker>>,
    /// Which sounds say what goes on.
    pub chimes: Chimes,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Mutes it; what happens is told to it.
    pub switch: Switch,
}

/// See the module.
pub struct Room {
    parts: RoomParts,
    player: Player,
    watch: Watch,
    /// Who is served; one at a time.
    guest: Option<Guest>,
    /// That one wants to be woken.
    runs: bool,
    /// What is heard goes to that one.
    streams: bool,
    /// So many frames of it since it was looked whether the microphone is there.
    since_look: u32,
    /// The connection was ended, since some of what was said was not heard.
    torn: bool,
    /// What is said by ourselves.
    said: Option<Said>,
    /// Until when the guest's answer to what was heard is waited for, by
    /// [`Clock::running`], and how many of its sounds had begun before.
    answered: Option<(Duration, u64)>,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl Room {
    /// Nobody is served yet. What it plays goes to `sink`.
    #[must_use]
    pub fn new(mut parts: RoomParts, sink: Box<dyn Sink>) -> Self {
        let own = OwnVoice::new(&parts.wake_words, Arc::clone(&parts.clock));
        let player = Player::start(sink, own.clone());
        let watch = Watch::new(parts.waking.take(), own);
        Self {
            parts,
            player,
            watch,
            guest: None,
            runs: false,
            streams: false,
            since_look: 1,
            torn: false,
            said: None,
            answered: None,
        }
    }

    /// Serves whoever comes through `door` with what `source` hears, until that
    /// ends.
    ///
    /// # Errors
    /// The source fails.
    pub async fn serve(&mut self, door: &Door, source: Box<dyn Source>) -> Result<(), VoiceError> {
        let mut source = self.parts.switch.over(source);
        let desk = Arc::new(Desk::new(self.info(), Arc::clone(&self.parts.clock)));
        let (to, mut told) = mpsc::channel(WAITING);
        let mut guests = JoinSet::new();
        let events = self.parts.switch.ongoing();
        events.tell(Event::Asleep);
        // Goes on beside all else: after an error of the listener it waits.
        let entering = door.enter();
        tokio::pin!(entering);
        let switch = self.parts.switch.clone();
        loop {
            let is_free = self.is_free();
            let looking = self.watch.is_looking();
            // What has an engine look at a frame waits for that with the next one,
            // but nothing else does.
            let hears = !looking || self.watch.is_beginning() || self.streams;
            tokio::select! {
                biased;
                Some(told) = told.recv() => self.hears_of(told),
                Entered { stream, address, place } = &mut entering => {
                    entering.set(door.enter());
                    while guests.try_join_next().is_some() {}
                    tracing::debug!(%address, "somebody connects to this satellite");
                    guests.spawn(guest::serve(stream, place, Arc::clone(&desk), to.clone(), self.player.clone()));
                }
                () = over(&mut self.said) => self.said = None,
                saying = switch.saying(), if is_free => self.says(saying),
                word = self.watch.looked(&events), if looking => self.has_looked(word),
                frame = crate::port::Source::next(&mut source), if hears => match frame? {
                    Some(frame) => {
                        let gone = self.counts_to_look() && !source.is_still_there().await;
                        self.hears(frame, gone, &source);
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    /// Whether something can be said here: nobody is heard or answered.
    fn is_free(&self) -> bool {
        let asleep = *self.parts.switch.phase().borrow() == Phase::Asleep;
        asleep && self.said.is_none() && !self.player.has_guest() && !self.is_answered()
    }

    /// Whether an answer is on its way.
    fn is_answered(&self) -> bool {
        self.answered.is_some_and(|(until, begun)| {
            self.player.begun() == begun && self.parts.clock.running() < until
        })
    }

    /// Somebody speaks: what we say by ourselves is not to go on over that.
    fn listens(&self) {
        if self.player.is_own() {
            self.player.cut();
        }
    }

    fn says(&mut self, saying: Saying) {
        // Dropped, it could not be said.
        let Some(speaker) = self.parts.speaker.get().cloned() else { return };
        let (player, switch) = (self.player.clone(), self.parts.switch.clone());
        self.said = Some(Box::pin(saying::say(speaker, saying, player, switch)));
    }

    /// Whether somebody may be saying something to the guest.
    fn is_told(&self) -> bool {
        self.streams && *self.parts.switch.phase().borrow() == Phase::Listening
    }

    /// Counts a frame; true with each [`LOOK`]th of what somebody says.
    fn counts_to_look(&mut self) -> bool {
        // 1 where nothing is said: none of those is the one to look with.
        self.since_look = if self.is_told() { (self.since_look + 1) % LOOK } else { 1 };
        self.since_look == 0
    }

    /// A frame goes to the guest, or is looked at for the wake word. Where the microphone
    /// is `gone`, or something was not heard, what is being said is not to be acted on.
    fn hears(&mut self, frame: Frame, gone: bool, source: &dyn Source) {
        self.watch.passes(source);
        if self.is_told() && (gone || source.is_torn()) {
            self.tears();
        } else if self.streams {
            let millis = u64::try_from(self.watch.heard().as_millis()).unwrap_or(u64::MAX);
            self.tell(Message::frame(&frame, millis));
        } else if self.runs {
            self.watch.look(frame);
        }
    }

    /// There is no word for that which a guest has to know; but none acts on the half of a
    /// sentence of one that has gone. It comes again.
    fn tears(&mut self) {
        tracing::info!("the microphone was lost while somebody spoke: the connection ends");
        if let Some(guest) = self.guest.take() {
            guest.close();
        }
        (self.runs, self.streams, self.torn) = (false, false, true);
        self.parts.switch.ongoing().tell(Event::NoWords);
    }

    fn has_looked(&mut self, word: Option<String>) {
        // Whoever wanted to know may have gone meanwhile.
        if let Some(word) = word
            && self.runs
            && !self.streams
        {
            self.wakes(&word);
        }
    }

    fn wakes(&mut self, word: &str) {
        // An answer is cut off by it.
        self.player.cut();
        self.player.guest_is_over();
        self.chime(Chime::Wake);
        self.parts.switch.events().tell(Event::Woke { word: word.to_owned() });
        self.tell(Message::new("detection", json!({"name": word})));
        self.streams("asr", Some(word));
    }

    /// What is heard goes to the guest from now on.
    fn streams(&mut self, stage: &str, word: Option<&str>) {
        let run = json!({"start_stage": stage, "end_stage": "tts", "restart_on_end": word.is_none(),
            "wake_word_name": word});
        self.tell(Message::new("run-pipeline", run));
        self.tell(Message::bare("streaming-started"));
        self.streams = true;
    }

    /// Only the wake word is listened for again; without one it goes on.
    fn rests(&mut self) {
        self.parts.switch.ongoing().tell(Event::Asleep);
        // An answer that never came says nothing.
        self.player.will_say("");
        if self.watch.is_there() && std::mem::take(&mut self.streams) {
            self.tell(Message::bare("streaming-stopped"));
        }
    }

    fn hears_of(&mut self, told: Told) {
        match told {
            Told::Came(guest) => {
                self.guest = Some(guest);
                (self.runs, self.streams) = (false, false);
            }
            Told::Went => {
                if !self.player.is_own() {
                    self.player.cut();
                }
                self.player.guest_is_over();
                self.rests();
                (self.guest, self.runs, self.streams, self.answered) = (None, false, false, None);
                if std::mem::take(&mut self.torn) {
                    self.chime(Chime::Error);
                }
            }
            Told::Said(message) => self.does(&message),
        }
    }

    fn does(&mut self, message: &Message) {
        let switch = &self.parts.switch;
        let begins = message.kind == "detection";
        let events = if begins { switch.events() } else { switch.ongoing() };
        match message.kind.as_str() {
            "run-satellite" => {
                self.answered = None;
                self.rests();
                self.runs = true;
                if !self.watch.is_there() {
                    self.streams("wake", None);
                }
            }
            "pause-satellite" => {
                self.answered = None;
                self.rests();
                (self.runs, self.streams) = (false, false);
            }
            "detection" => {
                self.listens();
                self.chime(Chime::Wake);
            }
            "transcribe" => {
                self.listens();
                events.tell(Event::Listening);
            }
            "voice-started" => {
                self.listens();
                events.tell(Event::SpeechBegan);
            }
            "voice-stopped" => {
                self.chime(Chime::End);
                events.tell(Event::SpeechEnded { why: crate::Why::Silence });
            }
            "transcript" => {
                let text = message.text("text").unwrap_or_default();
                events.tell(Event::Words { text: jarvis_domain::text::line(text, 500) });
                let until = self.parts.clock.running() + ANSWERED;
                self.answered = (!self.player.has_guest()).then(|| (until, self.player.begun()));
                self.rests();
            }
            "synthesize" => {
                let text = message.text("text").unwrap_or_default();
                let text = jarvis_domain::text::line(text, 2000);
                self.player.will_say(&text);
                events.tell(Event::Answer { text });
            }
            "error" => {
                self.answered = None;
                self.player.guest_is_over();
                self.chime(Chime::Error);
                self.rests();
            }
            _ => {}
        }
    }

    fn chime(&self, chime: Chime) {
        if self.parts.chimes.has(chime) {
            self.player.chime(chime.sound());
        }
    }

    fn tell(&self, message: Message) {
        if let Some(guest) = &self.guest {
            guest.tell(message);
        }
    }

    fn info(&self) -> Info {
        let words = self.watch.is_there().then(|| self.parts.wake_words.clone());
        let place = Place {
            name: self.parts.name.clone(),
            attribution: Attribution { name: "jarvis".to_owned(), url: String::new() },
            installed: true,
            description: Some("the microphone and the loudspeaker of a machine".to_owned()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            area: self.parts.area.clone(),
            has_vad: Some(false),
            max_active_wake_words: words.as_ref().map(|_| 1),
            active_wake_words: words,
            supports_trigger: Some(false),
        };
        Info { satellite: Some(place), ..Info::default() }
    }
}

/// Until what is said is over; never where nothing is.
async fn over(said: &mut Option<Said>) {
    match said {
        Some(said) => said.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
