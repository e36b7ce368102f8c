//! What waits to be said, and what was said where. No I/O and no clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::announce::{Announcement, Matter, Priority};

/// What waits at most; with one more the oldest that is not urgent goes.
const MOST: usize = 64;
/// Places whose last words are remembered.
const MOST_PLACES: usize = 128;
/// How long something urgent waits for an answer before it is said once more.
pub(super) const AGAIN: Duration = Duration::from_secs(30);
/// How long after a place could not say something it is tried there again.
const RETRY: Duration = Duration::from_secs(5);
/// How old something may be that is still said.
const NORMAL_FOR: Duration = Duration::from_secs(10 * 60);
const URGENT_FOR: Duration = Duration::from_secs(60 * 60);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Queue {
    next: u64,
    waiting: Vec<Item>,
    /// What was said last, by place, the newest at the end.
    last: VecDeque<(String, String)>,
}

/// Something to say, by its number.
#[derive(Debug)]
struct Item {
    number: u64,
    what: Announcement,
    /// From when on it grows old.
    since: Timestamp,
    said: BTreeMap<String, Said>,
}

/// What is known of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It is being said.
    Now,
    /// It was, and may be once more.
    Once(Timestamp),
    /// It could not be said.
    Failed(Timestamp),
    /// It needs not be said there any more.
    Enough,
}

/// What is to be said next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) number: u64,
    pub(super) text: String,
    /// It was said there before.
    pub(super) again: bool,
}

impl Queue {
    /// Lets something wait. The same again is one.
    pub(super) fn put(&mut self, what: Announcement) {
        let same = |item: &&mut Item| {
            let other = &item.what;
            item.said.is_empty()
                && (&other.text, other.matter, &other.place)
                    == (&what.text, what.matter, &what.place)
        };
        if let Some(known) = self.waiting.iter_mut().find(same) {
            known.what.priority = known.what.priority.max(what.priority);
            return;
        }
        if self.waiting.len() >= MOST {
            let least = |item: &Item| (item.what.priority, item.number);
            let least = self.waiting.iter().map(least).min();
            self.waiting.retain(|item| Some((item.what.priority, item.number)) != least);
        }
        self.next += 1;
        let since = what.at;
        self.waiting.push(Item { number: self.next, what, since, said: BTreeMap::new() });
    }

    /// What to say at `place`; `wanted` says whether something is for it. It is
    /// being said from then on.
    pub(super) fn next(
        &mut self,
        place: &str,
        now: Timestamp,
        quiet: bool,
        wanted: impl Fn(&Announcement) -> bool,
    ) -> Option<Next> {
        let may = |item: &&mut Item| {
            let due = match item.said.get(place) {
                None => true,
                Some(Said::Once(at)) => now.since(*at) >= AGAIN,
                Some(Said::Failed(at)) => now.since(*at) >= RETRY,
                Some(Said::Now | Said::Enough) => false,
            };
            let loud = !quiet || is_loud(&item.what);
            due && loud && wanted(&item.what)
        };
        let first = self.waiting.iter_mut().filter(may);
        let item = first.min_by_key(|item| (std::cmp::Reverse(item.what.priority), item.number))?;
        let before = item.said.insert(place.to_owned(), Said::Now);
        let again = matches!(before, Some(Said::Once(_)));
        let text = match again {
            false => item.what.text.clone(),
            true => format!("Once more: {}", item.what.text),
        };
        Some(Next { number: item.number, text, again })
    }

    /// What became of it.
    pub(super) fn said(
        &mut self,
        number: u64,
        place: &str,
        played: bool,
        again: bool,
        now: Timestamp,
    ) {
        let Some(item) = self.waiting.iter_mut().find(|item| item.number == number) else { return };
        let state = match (played, again) {
            (true, false) if item.what.priority == Priority::Urgent => Said::Once(now),
            (true, _) => Said::Enough,
            (false, _) => Said::Failed(now),
        };
        let text = item.what.text.clone();
        // Somebody may have answered while it was said.
        if item.said.get(place) == Some(&Said::Now) {
            item.said.insert(place.to_owned(), state);
        }
        if played {
            self.last.retain(|(at, _)| at != place);
            if self.last.len() >= MOST_PLACES {
                self.last.pop_front();
            }
            self.last.push_back((place.to_owned(), text));
        }
    }

    /// Somebody spoke at `place`.
    pub(super) fn answered(&mut self, place: &str) -> bool {
        let mut urgent = false;
        for item in &mut self.waiting {
            if let Some(said) = item.said.get_mut(place)
                && *said != Said::Enough
            {
                urgent |= item.what.priority == Priority::Urgent;
                *said = Said::Enough;
            }
        }
        urgent
    }

    pub(super) fn last(&self, place: Option<&str>) -> Option<String> {
        let mut newest = self.last.iter().rev();
        let found = newest.find(|(at, _)| place.is_none_or(|place| place == at));
        found.map(|(_, text)| text.clone())
    }

    /// Forgets what is too old, and what was said at each of `places` that it
    /// is for. What became of a command waits for the end of quiet hours.
    pub(super) fn sweep(
        &mut self,
        now: Timestamp,
        quiet: bool,
        places: &[String],
        wanted: impl Fn(&Announcement, &str) -> bool,
    ) {
        self.waiting.retain_mut(|item| {
            if quiet && item.what.matter == Matter::Scheduled {
                item.since = now;
            }
            let longest = match item.what.priority {
                Priority::Normal => NORMAL_FOR,
                Priority::Urgent => URGENT_FOR,
            };
            let enough = |place: &String| item.said.get(place) == Some(&Said::Enough);
            let heard = item.said.values().any(|said| *said == Said::Enough);
            let mut left = places.iter().filter(|place| wanted(&item.what, place));
            let done = heard && left.all(enough);
            now.since(item.since) < longest && !done
        });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Whether it is said in quiet hours too: somebody has asked to be told at the time
/// at which a timer ends.
pub(super) fn is_loud(what: &Announcement) -> bool {
    what.priority == Priority::Urgent || what.matter == Matter::Timer
}
