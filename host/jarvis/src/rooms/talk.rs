//! Who speaks over a WebSocket: a conversation of their own, as the person who is
//! signed in, with the engines that all rooms share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::Service;
use jarvis_api::voice::{AnswerAs, Begun, Ears, Heard, Mode, SoundFormat, Start, Voices};
use jarvis_domain::identity::Person;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Explain, Fault, Language, NodeName, Row};
use jarvis_voice::{
    Chimes, Coding, Conversation, EndSettings, Opus, Parts, Phone, RATE, Speaker, Switch,
};

use super::engines::Engines;
use super::places::{Placed, Places};
use super::told::{Questions, ToldLine, Watching};
use crate::commands::listen::exchanges::Exchanges;
use crate::commands::listen::seat::Seat;
use crate::commands::spoken::Answering;
use crate::reach::Reach;
use crate::settings::Settings;

/// Samples a second that may be asked for.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// See the module.
#[derive(Debug)]
pub(crate) struct Talking {
    service: Arc<Service>,
    engines: Arc<Engines>,
    places: Arc<Places>,
    /// What the engines hear and speak.
    language: Language,
    end: EndSettings,
    chimes: Chimes,
    clock: Arc<dyn Clock>,
}

/// Why a conversation does not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TalkError {
    /// Another language.
    #[error("nothing here speaks {0:?}")]
    Locale(String),
    /// A rate that nobody needs.
    #[error("answers cannot have {0} samples a second")]
    Rate(u32),
    /// No such place.
    #[error("the settings name no place {0:?}")]
    Place(String),
    /// There is no wake word.
    #[error("there is no wake word here")]
    NoWakeWord,
}

const LANGUAGE: Row = Row {
    code: "voice-locale",
    meaning: "Somebody wants to speak another language than the engines of this host.",
    hint: "Leave locale out: what is spoken is what the settings name under language.",
    exit: 2,
    status: 400,
};
const RATE_OF_ANSWERS: Row = Row {
    code: "voice-answer-rate",
    meaning: "Answers are asked for at a rate that no loudspeaker needs.",
    hint: "Take a rate from 8000 to 48000; 16000 if it is left out.",
    exit: 2,
    status: 400,
};
const PLACE: Row = Row {
    code: "voice-place",
    meaning: "Whoever speaks says that they are in a place which the settings do not name.",
    hint: "Leave place out, or name one of voice: places: or satellites: in the settings.",
    exit: 2,
    status: 404,
};
const NO_WAKE_WORD: Row = Row {
    code: "voice-no-wake-word",
    meaning: "A conversation is to begin by a wake word, and there is none.",
    hint: "Fetch the one that needs no key: jarvis models pull porcupine-1.9.5. Or name an openWakeWord (wake: address:). Push-to-talk needs none.",
    exit: 2,
    status: 503,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&LANGUAGE, &RATE_OF_ANSWERS, &PLACE, &NO_WAKE_WORD];

/// A place, and its node.
struct Here {
    place: String,
    node: Option<NodeName>,
}

/// Where what the other side does goes.
struct Far {
    phone: Phone,
    switch: Switch,
    coding: Coding,
}

/// Has a seat left, and what was heard kept, when it is dropped: whoever hangs up waits
/// for nothing.
struct Leaving {
    seat: Arc<Seat>,
    exchanges: Arc<Exchanges>,
}

impl Talking {
    /// For whoever the settings let speak this way; none where they let nobody.
    pub(crate) fn of(
        settings: &Settings,
        service: &Arc<Service>,
        engines: &Arc<Engines>,
        clock: &Arc<dyn Clock>,
    ) -> Option<Arc<dyn Voices>> {
        settings.voice.websocket.then(|| {
            Arc::new(Self {
                service: Arc::clone(service),
                engines: Arc::clone(engines),
                places: Places::of(settings),
                language: settings.language,
                end: settings.voice.end(),
                chimes: settings.voice.chimes(),
                clock: Arc::clone(clock),
            }) as Arc<dyn Voices>
        })
    }

    /// Where `start` says that somebody is, where it makes sense.
    fn here(&self, start: &Start) -> Result<Option<Here>, TalkError> {
        let named = (!start.locale.is_empty()).then(|| Language::known(&start.locale));
        if named.is_some_and(|named| named != Some(self.language)) {
            return Err(TalkError::Locale(jarvis_domain::text::line(&start.locale, 20)));
        }
        if !RATES.contains(&start.rate) {
            return Err(TalkError::Rate(start.rate));
        }
        let Some(place) = &start.place else { return Ok(None) };
        let here = self.places.here(place);
        let here = here.map(|(place, node)| Here { place: place.to_owned(), node: node.cloned() });
        let unknown = || TalkError::Place(jarvis_domain::text::line(place, 40));
        here.map(Some).ok_or_else(unknown)
    }
}

#[async_trait]
impl Voices for Talking {
    async fn begin(&self, person: &Person, start: &Start) -> Result<Begun, Box<Fault>> {
        let here = self.here(start).map_err(|error| error.fault())?;
        let engines = self.engines.of_speakers(start.mode == Mode::Wake).await?;
        let recogniser = engines.recogniser.clone()?;
        let wakes = match start.mode {
            Mode::PushToTalk => None,
            Mode::Wake => {
                Some(engines.wakes.clone()?.ok_or_else(|| TalkError::NoWakeWord.fault())?)
            }
        };
        let wake_words = wakes.as_ref().map(|wakes| wakes.words.clone()).unwrap_or_default();
        let (speaker, chimes) = match start.answer {
            AnswerAs::Audio => (engines.speaker.clone(), self.chimes),
            AnswerAs::Text => (Speaker::none(), Chimes::NONE),
        };
        let reach = Reach::spoken_by(&self.service, person);
        let (place, node) = match here {
            Some(Here { place, node }) => (place, node),
            None => (format!("{} at a WebSocket", person.caller.principal), None),
        };
        let runs = Arc::default();
        let answering = Answering::by(reach, None, self.language, Arc::new(Unwatched)).await?;
        let answering = Arc::new(answering.at(&place).telling(&runs));
        let placed = Placed::new(Arc::clone(&answering), &self.places, node);
        let questions = Questions::new(Arc::new(placed));
        let (phone, line) = Phone::new(start.rate, Arc::clone(&self.clock));
        let line = ToldLine { line, asked: questions.asked() };
        let watching = Watching { questions: Arc::clone(&questions), next: phone.observer() };
        let (exchanges, over) = Exchanges::new(Arc::new(watching), runs);
        let switch = Switch::new(Arc::clone(&exchanges) as _, Arc::clone(&self.clock));
        let seat = Seat::at(&answering.another().await?, &place, &switch, &self.clock).await?;
        let judge = seat.judge();
        let parts = Parts {
            waking: wakes.map(|wakes| wakes.watch(true).judged(judge)),
            wake_words: wake_words.clone(),
            recogniser,
            speaker,
            assistant: questions,
            end: self.end,
            chimes,
            clock: Arc::clone(&self.clock),
            switch: switch.clone(),
        };
        let ends = phone.ends(&switch);
        let life = async move {
            // They are there: the phone is new.
            let Some((source, sink)) = ends else { return Ok(()) };
            let mut conversation = Conversation::new(parts, Box::new(source), Box::new(sink));
            tokio::spawn(answering.keep_all(over));
            let leaving = Leaving { seat: Arc::new(seat), exchanges };
            tokio::select! {
                biased;
                ended = conversation.run() => ended.map_err(|error| error.fault()),
                () = leaving.seat.sit() => Ok(()),
            }
        };
        let coding = match start.format {
            SoundFormat::Pcm16 => Coding::Pcm(None),
            SoundFormat::Opus => Coding::Opus(Box::<Opus>::default()),
        };
        let ears = Box::new(Far { phone, switch, coding });
        let (line, life) = (Box::new(line), Box::pin(life));
        Ok(Begun { wake_words, rate: start.rate, ears, line, life })
    }
}

impl Ears for Far {
    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, Box<Fault>> {
        let samples = self.coding.samples(bytes).map_err(|error| error.fault())?;
        let lost = !self.phone.hear(&samples);
        let rate = u64::from(RATE);
        let millis = (samples.len() as u64).saturating_mul(1000) / rate;
        Ok(Heard { lasts: Duration::from_millis(millis), lost })
    }

    fn press(&self) {
        self.phone.press(&self.switch);
    }

    fn release(&self) {
        self.phone.release();
    }

    fn stop(&self) {
        self.switch.stop();
    }

    fn mute(&self, muted: bool) {
        self.switch.mute(muted);
    }

    fn played(&self) {
        self.phone.played();
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.exchanges.end();
        let seat = Arc::clone(&self.seat);
        tokio::spawn(async move { seat.leave().await });
    }
}

impl Explain for TalkError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Locale(_) => &LANGUAGE,
            Self::Rate(_) => &RATE_OF_ANSWERS,
            Self::Place(_) => &PLACE,
            Self::NoWakeWord => &NO_WAKE_WORD,
        }
    }
}
