//! The microphones that somebody sits at: what each does, and whether it is
//! muted. Whoever listens reports it and is told what is wished of it; that it
//! does so is its own doing, and shown only once it says so.

mod arbiter;
mod hush;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use jarvis_domain::announce::{Announcer, Place};
use jarvis_domain::{Caller, Clock, MicrophoneId, Principal, text};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::ApiError;
use crate::http::schema;
use arbiter::Arbiter;

/// How long a microphone that says nothing is shown. Whoever listens reports
/// every [`REPORTED`].
const FORGOTTEN: Duration = Duration::from_secs(15);
/// How often a microphone reports at least.
pub const REPORTED: Duration = Duration::from_secs(4);
/// How long somebody waits for a wish. Shorter than what a host that ends
/// waits for requests.
const WAIT: Duration = Duration::from_secs(3);
/// How long something may take to be said, after what goes on there has ended.
const LONGEST_SAYING: Duration = Duration::from_secs(60);
/// The most microphones of one caller, and in all: 64 satellites (the settings' limit),
/// and as many of people.
const EACH: usize = 16;
const ALL: usize = 128;
/// The longest name of a microphone, characters.
const LONGEST: usize = 80;

/// What a microphone does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// It waits for its wake word, or for a key.
    Asleep,
    /// It listens to somebody.
    Listening,
    /// An answer is made.
    Thinking,
    /// An answer is spoken.
    Speaking,
}

/// A microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Microphone {
    /// Its id, for as long as somebody sits at it.
    #[schema(value_type = schema::Id)]
    pub id: MicrophoneId,
    /// What it is called.
    pub name: String,
    /// What it does.
    pub attention: Attention,
    /// Nothing that it picks up reaches anything.
    pub muted: bool,
    /// The loudest that it picked up lately, 0 to 32768; 0 while it is muted.
    pub level: u16,
}

/// What is wished of a microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The number of the newest wish; 0 where there was none yet.
    pub number: u64,
    /// Be muted, or be not.
    pub muted: bool,
    /// Nothing is to be said any more whose [`Saying::number`] is not above this.
    pub hushed: u64,
}

/// What came of something to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoken {
    /// It was said.
    Said,
    /// Somebody cut it off.
    CutOff,
    /// It could not be said.
    Failed,
}

/// Something to be said where somebody listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    /// Its number, of this microphone.
    pub number: u64,
    /// What.
    pub text: String,
}

/// All of them.
#[derive(Debug)]
pub struct Microphones {
    clock: Arc<dyn Clock>,
    known: Mutex<BTreeMap<MicrophoneId, Known>>,
    arbiter: Mutex<Arbiter>,
    /// Changes with whatever is shown of them, their levels left out.
    news: watch::Sender<u64>,
}

#[derive(Debug)]
struct Known {
    shown: Microphone,
    owner: Principal,
    /// When, by the time that the host has run.
    reported: Duration,
    /// When it was last told that something goes on there.
    active: Duration,
    wish: watch::Sender<Wish>,
    voice: watch::Sender<Voice>,
}

/// What is to be said at a microphone, and what was.
#[derive(Debug, Default)]
struct Voice {
    saying: Option<Saying>,
    newest: u64,
    /// The number of the newest one that was said, or could not be.
    said: u64,
    /// That of the newest one that could not be.
    failed: u64,
    /// Whether whoever sits there asks for what to say.
    asked: bool,
}

/// Something that is being said at a microphone.
struct Begun {
    id: MicrophoneId,
    number: u64,
    news: watch::Receiver<Voice>,
}

impl Microphones {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let (known, arbiter) = Default::default();
        Arc::new(Self { clock, known, arbiter, news: watch::Sender::new(0) })
    }

    /// Those that are there, by their ids: oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Microphone> {
        self.with(|known| known.values().map(|known| known.shown.clone()).collect())
    }

    /// Changes with whatever is shown of them.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Forgets those that say nothing any more.
    pub(crate) fn look(&self) {
        self.with(|_| ());
    }

    /// `told` by whoever sits at it; what is wished of it.
    pub(crate) fn report(&self, told: &Microphone, caller: &Caller) -> Result<Wish, ApiError> {
        let reported = self.clock.running();
        let told = Microphone { name: text::shown(&told.name, LONGEST), ..told.clone() };
        let owner = &caller.principal;
        let (wish, changed) = self.with(|known| {
            if let Some(before) = known.get_mut(&told.id) {
                if before.owner != *owner {
                    return Err(unknown(told.id));
                }
                let changed =
                    Microphone { level: before.shown.level, ..told.clone() } != before.shown;
                if told.attention != Attention::Asleep {
                    before.active = reported;
                }
                let (id, listens) = (told.id, told.attention == Attention::Listening);
                before.shown = told;
                before.reported = reported;
                let wish = *before.wish.borrow();
                if listens && changed {
                    hush::others(known, id, |_| true);
                }
                return Ok((wish, changed));
            }
            let own = known.values().filter(|known| known.owner == *owner).count();
            if own >= EACH || known.len() >= ALL {
                return Err(ApiError::Microphones { most: if own >= EACH { EACH } else { ALL } });
            }
            let wish = Wish { number: 0, muted: told.muted, hushed: 0 };
            let (id, owner, sender) = (told.id, owner.clone(), watch::Sender::new(wish));
            known.insert(
                id,
                Known {
                    shown: told,
                    owner,
                    reported,
                    active: reported,
                    wish: sender,
                    voice: watch::Sender::default(),
                },
            );
            Ok((wish, true))
        })?;
        if changed {
            self.tell();
        }
        Ok(wish)
    }

    /// The newest wish of a microphone once its numbers are others than `after` and
    /// `hushed`, or after some seconds as it is.
    pub(crate) async fn wish(
        &self,
        id: MicrophoneId,
        after: u64,
        hushed: u64,
        caller: &Caller,
    ) -> Result<Wish, ApiError> {
        let mut wish = self
            .with(|known| {
                let known = known.get(&id).filter(|known| known.owner == caller.principal)?;
                Some(known.wish.subscribe())
            })
            .ok_or_else(|| unknown(id))?;
        tokio::select! {
            // An error says that it is forgotten; what it knows then still counts.
            _ = wish.wait_for(|wish| (wish.number, wish.hushed) != (after, hushed)) => {}
            () = self.clock.sleep(WAIT) => {}
        }
        let wish = *wish.borrow();
        Ok(wish)
    }

    /// Whether a wake word counts that was heard at a microphone just now: of
    /// several that hear the same the first does. The others of its place fall silent
    /// then.
    pub(crate) fn woke(&self, id: MicrophoneId, caller: &Caller) -> bool {
        let own = |known: &Known| known.owner == caller.principal;
        if !self.with(|known| known.get(&id).is_some_and(own)) {
            // Nobody silences the others by microphones that there are not.
            return true;
        }
        let counts = {
            let mut arbiter = self.arbiter.lock().unwrap_or_else(PoisonError::into_inner);
            arbiter.is_first(id, self.clock.running())
        };
        if counts {
            self.with(|known| hush::others(known, id, |_| true));
        }
        counts
    }

    /// Wishes all of them, or one, to be muted or not.
    pub(crate) fn mute(&self, id: Option<MicrophoneId>, muted: bool) -> Result<(), ApiError> {
        self.with(|known| {
            let mut found = false;
            for (_, known) in known.iter().filter(|(one, _)| id.is_none_or(|id| id == **one)) {
                found = true;
                known.wish.send_modify(|wish| {
                    *wish = Wish { number: wish.number + 1, muted, ..*wish };
                });
            }
            match id {
                Some(id) if !found => Err(unknown(id)),
                _ => Ok(()),
            }
        })
    }

    /// What is to be said at a microphone, once there is something; after some
    /// seconds nothing. `said` is the number of what was to be said last, and `end`
    /// what came of it.
    pub(crate) async fn saying(
        &self,
        id: MicrophoneId,
        said: u64,
        end: Spoken,
        caller: &Caller,
    ) -> Result<Option<Saying>, ApiError> {
        let (mut first, mut over) = (false, None);
        let mut news = self
            .with(|all| {
                let known = all.get(&id).filter(|known| known.owner == caller.principal)?;
                known.voice.send_modify(|voice| {
                    first = !std::mem::replace(&mut voice.asked, true);
                    voice.said = voice.said.max(said.min(voice.newest));
                    if end == Spoken::Failed {
                        voice.failed = said;
                    }
                    over = voice.saying.take_if(|saying| saying.number <= said);
                });
                let news = known.voice.subscribe();
                // Who says "stop" to one of them does not want to hear the other.
                if let (Some(over), Spoken::CutOff) = (over, end) {
                    hush::others(all, id, |saying| saying.text == over.text);
                }
                Some(news)
            })
            .ok_or_else(|| unknown(id))?;
        if first {
            // There is one more place where something can be said.
            self.tell();
        }
        tokio::select! {
            // An error says that it is forgotten, and has nothing to say.
            _ = news.wait_for(|voice| voice.saying.is_some()) => {}
            () = self.clock.sleep(WAIT) => {}
        }
        let saying = news.borrow().saying.clone();
        Ok(saying)
    }

    /// Has something said by all that are at the place of this name.
    fn begin(&self, place: &str, text: &str) -> Vec<Begun> {
        self.with(|known| {
            let here = known.values().filter(|known| is_place(known, place));
            let begin = |known: &Known| {
                let mut number = 0;
                known.voice.send_modify(|voice| {
                    voice.newest += 1;
                    number = voice.newest;
                    voice.saying = Some(Saying { number, text: text.to_owned() });
                });
                Begun { id: known.shown.id, number, news: known.voice.subscribe() }
            };
            here.map(begin).collect()
        })
    }

    /// Until nothing went on at the place of this name for as long as something may
    /// take to be said.
    async fn rests(&self, place: &str) {
        let mut since = self.clock.running();
        loop {
            let active = self.with(|known| {
                let here = known.values().filter(|known| known.shown.name == place);
                here.map(|known| known.active).max()
            });
            since = since.max(active.unwrap_or_default());
            let left = (since + LONGEST_SAYING).saturating_sub(self.clock.running());
            if left.is_zero() {
                return;
            }
            self.clock.sleep(left).await;
        }
    }

    /// What was begun need not be said any more.
    fn drop_it(&self, begun: &Begun) {
        self.with(|known| {
            let Some(known) = known.get(&begun.id) else { return };
            known.voice.send_modify(|voice| {
                voice.saying.take_if(|saying| saying.number == begun.number);
            });
        });
    }

    /// Whoever sits at it gets up.
    pub(crate) fn leave(&self, id: MicrophoneId, caller: &Caller) {
        let left = self.with(|known| {
            let own = known.get(&id).is_some_and(|known| known.owner == caller.principal);
            own.then(|| known.remove(&id)).flatten().is_some()
        });
        if left {
            self.tell();
        }
    }

    /// Works on those that are there.
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<MicrophoneId, Known>) -> T) -> T {
        let now = self.clock.running();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.len();
        known.retain(|_, known| now.saturating_sub(known.reported) < FORGOTTEN);
        let forgot = known.len() < before;
        let done = work(&mut known);
        drop(known);
        if forgot {
            self.tell();
        }
        done
    }

    fn tell(&self) {
        self.news.send_modify(|number| *number += 1);
    }
}

impl Begun {
    /// Until it was said, or whoever sat there has gone.
    async fn over(&mut self) {
        let number = self.number;
        // An error says that they have.
        let _ = self.news.wait_for(|voice| voice.said >= number).await;
    }

    fn was_said(&self) -> bool {
        let voice = self.news.borrow();
        voice.said >= self.number && voice.failed != self.number
    }
}

/// Somebody who listens takes what is to be said beside it. All that are at one
/// place are one: they are busy where one of them is, and say it together.
#[async_trait]
impl Announcer for Microphones {
    fn places(&self) -> Vec<Place> {
        self.with(|known| {
            let mut places: BTreeMap<&str, bool> = BTreeMap::new();
            for known in known.values().filter(|known| known.voice.borrow().asked) {
                let busy = known.shown.attention != Attention::Asleep;
                *places.entry(&known.shown.name).or_default() |= busy;
            }
            let place = |(name, busy): (&str, bool)| Place { name: name.to_owned(), busy };
            places.into_iter().map(place).collect()
        })
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    async fn say(&self, place: &str, text: &str) -> bool {
        let mut begun = self.begin(place, text);
        let all = join_all(begun.iter_mut().map(Begun::over));
        tokio::select! {
            _ = all => {}
            () = self.rests(place) => {}
        }
        begun.iter().for_each(|begun| self.drop_it(begun));
        begun.iter().any(Begun::was_said)
    }
}

fn is_place(known: &Known, place: &str) -> bool {
    known.shown.name == place && known.voice.borrow().asked
}

fn unknown(id: MicrophoneId) -> ApiError {
    ApiError::NotFound { kind: "microphone", id: id.to_string() }
}

#[cfg(test)]
mod tests;
