//! What the host says by itself: which of it, where, when and how often. Texts
//! are its own; how they become sound is for whoever speaks at a place
//! ([`Announcer`]).

mod error;
mod queue;
mod run;
mod texts;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jarvis_domain::announce::{Announcement, Announcer, Herald, Matter, Onlooker, Priority};
use jarvis_domain::run::Runs;
use jarvis_domain::{Clock, ClusterId, Event, Language, Principal, Timestamp, Topic, text};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub(crate) use error::ANNOUNCE_ROWS;
pub use error::AnnounceError;
use queue::Queue;

/// The longest text, characters: what somebody listens to.
const LONGEST: usize = 400;
/// What one person may have said in a minute.
const A_MINUTE: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);
/// Events that wait to be put into words; with one more the oldest goes.
const MOST_EVENTS: usize = 64;
/// People whose pace is known.
const MOST_PEOPLE: usize = 256;

/// What the settings ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// What is said at all, and how much it matters.
    pub say: BTreeMap<Matter, Priority>,
    /// Where; at every place that there is, if empty.
    pub places: Vec<String>,
    /// When only what is urgent is said.
    pub quiet: Option<Quiet>,
}

/// Quiet hours, in minutes of the day; they may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// From.
    pub from: u16,
    /// To, which is not quiet any more.
    pub to: u16,
}

/// Whether something that somebody has said aloud will be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prospect {
    /// Once nobody speaks there.
    Soon,
    /// If somebody comes to listen there before it is too old.
    Nobody,
    /// If quiet hours end before it is too old.
    Quiet,
}

/// What announcements are made of.
#[derive(Debug)]
pub struct AnnouncementParts {
    /// What the settings ask for.
    pub rules: Rules,
    /// The cluster that is not named.
    pub main: ClusterId,
    /// In which it is said.
    pub language: Language,
    /// The runs, by which an operation is told whose end nobody waits for.
    pub runs: Arc<dyn Runs>,
    /// Who shows what is said.
    pub shown: Arc<dyn Herald>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What quiet hours are meant in.
    pub zone: TimeZone,
}

/// All that is to be said.
#[derive(Debug)]
pub struct Announcements {
    parts: AnnouncementParts,
    announcers: OnceLock<Vec<Arc<dyn Announcer>>>,
    state: Mutex<State>,
    /// Changes with what is to be said.
    news: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    queue: Queue,
    events: VecDeque<Event>,
    /// When people had something said.
    paces: BTreeMap<Principal, Vec<Timestamp>>,
}

impl Default for Rules {
    /// What somebody has asked for themselves.
    fn default() -> Self {
        let say = [Matter::Timer, Matter::Scheduled, Matter::Message];
        Self {
            say: say.into_iter().map(|matter| (matter, matter.priority())).collect(),
            places: Vec::new(),
            quiet: None,
        }
    }
}

impl Quiet {
    /// Whether this minute of the day is quiet.
    fn holds(self, minute: u16) -> bool {
        match self.from <= self.to {
            true => (self.from..self.to).contains(&minute),
            false => minute >= self.from || minute < self.to,
        }
    }
}

impl Announcements {
    /// Nothing to say yet.
    #[must_use]
    pub fn new(parts: AnnouncementParts) -> Arc<Self> {
        let (announcers, state) = Default::default();
        Arc::new(Self { parts, announcers, state, news: watch::Sender::new(0) })
    }

    /// Who speaks; said once, before [`Announcements::run`].
    pub fn speak_through(&self, announcers: Vec<Arc<dyn Announcer>>) {
        if self.announcers.set(announcers).is_err() {
            tracing::error!("it was said twice who makes announcements");
        }
    }

    /// Has `words` said on behalf of `by`; whether it will be heard.
    ///
    /// # Errors
    /// There is nothing to say, it is too long, it comes too often, or there is
    /// no such place.
    pub fn message(
        &self,
        words: &str,
        place: Option<String>,
        priority: Priority,
        by: &Principal,
    ) -> Result<Prospect, AnnounceError> {
        if words.chars().count() > LONGEST {
            return Err(AnnounceError::Long { most: LONGEST });
        }
        let said = text::line(words, LONGEST);
        if !said.chars().any(char::is_alphanumeric) {
            return Err(AnnounceError::Empty);
        }
        if let Some(place) = &place {
            let known = self.places();
            if !known.contains(place) {
                let place = text::shown(place, 60);
                return Err(AnnounceError::NoPlace { place, known });
            }
        }
        let now = self.parts.clock.now();
        if !self.state().keeps_pace(by, now) {
            return Err(AnnounceError::Often { most: A_MINUTE });
        }
        let matter = Matter::Message;
        let what = Announcement { at: now, matter, priority, text: said, place };
        let there = self.places();
        let prospect = if !there.iter().any(|place| self.is_for(&what, place, &there)) {
            Prospect::Nobody
        } else if self.is_quiet(now) && !queue::is_loud(&what) {
            Prospect::Quiet
        } else {
            Prospect::Soon
        };
        self.put(what);
        Ok(prospect)
    }

    /// Where something can be said now.
    #[must_use]
    pub fn places(&self) -> Vec<String> {
        let all = self.announcers.get().into_iter().flatten();
        all.flat_map(|announcer| announcer.places()).map(|place| place.name).collect()
    }

    /// Somebody spoke at `place`: what was said there was heard. Whether
    /// something urgent was.
    pub(crate) fn answered(&self, place: &str) -> bool {
        self.state().queue.answered(place)
    }

    /// What was said last at `place`, or anywhere.
    pub(crate) fn last(&self, place: Option<&str>) -> Option<String> {
        self.state().queue.last(place)
    }

    fn put(&self, announcement: Announcement) {
        self.parts.shown.announce(announcement.clone());
        self.state().queue.put(announcement);
        self.news.send_modify(|number| *number += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Herald for Announcements {
    fn announce(&self, announcement: Announcement) {
        let Some(priority) = self.parts.rules.say.get(&announcement.matter) else { return };
        self.put(Announcement { priority: *priority, ..announcement });
    }
}

impl Onlooker for Announcements {
    fn cares(&self, topic: Topic) -> bool {
        texts::matter(topic).is_some_and(|matter| self.parts.rules.say.contains_key(&matter))
    }

    fn saw(&self, event: &Event) {
        if !self.cares(event.topic) {
            return;
        }
        let mut state = self.state();
        if state.events.len() >= MOST_EVENTS {
            state.events.pop_front();
        }
        state.events.push_back(event.clone());
        drop(state);
        self.news.send_modify(|number| *number += 1);
    }
}

impl State {
    /// Whether `by` may have one more thing said now; it counts if so.
    fn keeps_pace(&mut self, by: &Principal, now: Timestamp) -> bool {
        for times in self.paces.values_mut() {
            times.retain(|at| now.since(*at) < MINUTE);
        }
        self.paces.retain(|_, times| !times.is_empty());
        if self.paces.len() >= MOST_PEOPLE && !self.paces.contains_key(by) {
            return false;
        }
        let times = self.paces.entry(by.clone()).or_default();
        let keeps = times.len() < A_MINUTE;
        if keeps {
            times.push(now);
        }
        keeps
    }
}

#[cfg(test)]
mod tests;
