//! Says what waits, at each place one thing after the other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use jarvis_domain::Timestamp;
use jarvis_domain::announce::{Announcement, Announcer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::queue::Next;
use super::{Announcements, texts};
use crate::announce::queue::AGAIN;

/// How often it is looked whether something is to be said once more, or quiet
/// hours are over, while something waits.
const LOOK: Duration = Duration::from_secs(5);
/// The same while nothing does.
const IDLE: Duration = Duration::from_secs(60);

/// Something that was said, or could not be.
struct Spoken {
    place: String,
    number: u64,
    again: bool,
    played: bool,
}

impl Announcements {
    /// Says what is to be said, for as long as it is polled.
    pub async fn run(&self) {
        let announcers = self.announcers.get().map(Vec::as_slice).unwrap_or_default();
        let mut own = self.news.subscribe();
        let mut places: Vec<_> = announcers.iter().map(|announcer| announcer.news()).collect();
        let mut speaking: JoinSet<Spoken> = JoinSet::new();
        let mut busy = BTreeSet::new();
        loop {
            own.mark_unchanged();
            places.iter_mut().for_each(watch::Receiver::mark_unchanged);
            self.put_into_words().await;
            self.speak(announcers, &mut speaking, &mut busy);
            let wait = if self.state().queue.is_empty() { IDLE } else { LOOK.min(AGAIN) };
            tokio::select! {
                _ = own.changed() => {}
                () = changed(&mut places) => {}
                Some(Ok(spoken)) = speaking.join_next(), if !speaking.is_empty() => {
                    let Spoken { place, number, again, played } = spoken;
                    busy.remove(&place);
                    let now = self.parts.clock.now();
                    self.state().queue.said(number, &place, played, again, now);
                }
                () = self.parts.clock.sleep(wait) => {}
            }
        }
    }

    /// Begins to say what may be said now, where nobody speaks.
    fn speak(
        &self,
        announcers: &[Arc<dyn Announcer>],
        speaking: &mut JoinSet<Spoken>,
        busy: &mut BTreeSet<String>,
    ) {
        let now = self.parts.clock.now();
        let there: Vec<_> = announcers
            .iter()
            .flat_map(|announcer| announcer.places().into_iter().map(move |one| (announcer, one)))
            .collect();
        let names: Vec<String> = there.iter().map(|(_, place)| place.name.clone()).collect();
        let quiet = self.is_quiet(now);
        let wanted = |what: &Announcement, place: &str| self.is_for(what, place, &names);
        self.state().queue.sweep(now, quiet, &names, wanted);
        for (announcer, place) in there {
            if place.busy || busy.contains(&place.name) {
                continue;
            }
            let next = {
                let wanted = |what: &Announcement| self.is_for(what, &place.name, &names);
                self.state().queue.next(&place.name, now, quiet, wanted)
            };
            let Some(Next { number, text, again }) = next else { continue };
            busy.insert(place.name.clone());
            let announcer = Arc::clone(announcer);
            speaking.spawn(async move {
                let played = announcer.say(&place.name, &text).await;
                Spoken { place: place.name, number, again, played }
            });
        }
    }

    /// Whether `what` is to be said at `place`, one of `there`: where it was
    /// asked for if that is there, else where the settings say.
    pub(super) fn is_for(&self, what: &Announcement, place: &str, there: &[String]) -> bool {
        if let Some(own) = what.place.as_ref().filter(|own| there.contains(own)) {
            return own == place;
        }
        let places = &self.parts.rules.places;
        places.is_empty() || places.iter().any(|one| one == place)
    }

    pub(super) fn is_quiet(&self, now: Timestamp) -> bool {
        let Some(quiet) = self.parts.rules.quiet else { return false };
        let when = jarvis_skill_host::When::new(now, self.parts.zone.clone());
        when.local(now).is_some_and(|local| {
            let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
            u16::try_from(minute).is_ok_and(|minute| quiet.holds(minute))
        })
    }

    /// Makes announcements of what happened.
    async fn put_into_words(&self) {
        loop {
            let Some(event) = self.state().events.pop_front() else { return };
            let (main, runs) = (&self.parts.main, self.parts.runs.as_ref());
            let said = texts::of(&event, main, runs, self.parts.language).await;
            let Some((matter, text)) = said else { continue };
            let Some(priority) = self.parts.rules.say.get(&matter) else { continue };
            let (at, priority) = (self.parts.clock.now(), *priority);
            self.put(Announcement { at, matter, priority, text, place: None });
        }
    }
}

/// Completes once one of them has changed; never where there are none.
async fn changed(places: &mut [watch::Receiver<u64>]) {
    if places.is_empty() {
        return std::future::pending().await;
    }
    let each = places.iter_mut().map(|one| {
        Box::pin(async move {
            if one.changed().await.is_err() {
                // Whoever spoke there is gone for good.
                std::future::pending::<()>().await;
            }
        })
    });
    select_all(each).await;
}
