//! Where messages are made, once for all who listen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jarvis_domain::announce::{Announcement, Herald};
use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_domain::{Clock, ClusterId, Event, Fault, Principal, RequestId, Timestamp};
use jarvis_skill_host::Timers;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::change::Change;
use super::error::FeedError;
use super::message::{Body, Since, numbered};
use super::ring::{Bounds, Missed, Ring};
use crate::seats::{Full, Seat, Seats};
use crate::{Microphones, Timer};

/// How often one person may listen: more windows than anybody looks at.
pub(super) const EACH: usize = 32;
/// How many may listen in all: half of the connections that there may be, so
/// that requests find a place however many listen.
const ALL: usize = 2048;

/// How often clusters are looked at while somebody listens. The inventory's own
/// cycle may be slower; then a look finds what is known already.
const EVERY: Duration = Duration::from_secs(2);
/// A cluster that was not looked at for so long is looked at before a listener
/// is told of it.
const STALE: Duration = Duration::from_secs(6);
/// What is kept for those who come back.
const KEPT: Bounds = Bounds { messages: 4096, bytes: 16 * 1024 * 1024 };
/// Messages that a listener takes at a time.
const BATCH: usize = 64;

/// One cluster to tell of.
#[derive(Debug)]
pub struct FeedSite {
    /// Which.
    pub cluster: ClusterId,
    /// What it consists of.
    pub inventory: Arc<dyn Inventory>,
}

/// Makes the messages, and hands them out.
#[derive(Debug)]
pub struct Hub {
    epoch: String,
    sites: OnceLock<Vec<FeedSite>>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The number of the newest message.
    news: watch::Sender<u64>,
    /// How many listen.
    listeners: watch::Sender<usize>,
    seats: Arc<Seats>,
    microphones: Arc<Microphones>,
    /// Their news, since there is a hub.
    attention: watch::Receiver<u64>,
    timers: OnceLock<Arc<Timers>>,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    known: BTreeMap<ClusterId, Known>,
}

/// What listeners were told of a cluster.
#[derive(Debug, Clone)]
struct Known {
    looked: Timestamp,
    told: Arc<Told>,
}

#[derive(Debug)]
enum Told {
    /// How it stands by what was told: changes begin from this one. Its text is
    /// made when somebody needs it.
    Snapshot(Arc<Snapshot>, OnceLock<Utf8Bytes>),
    Silent(Box<Fault>),
}

/// Somebody who listens.
#[derive(Debug)]
pub(super) struct Listener {
    hub: Arc<Hub>,
    seen: u64,
    news: watch::Receiver<u64>,
}

impl Hub {
    /// A hub that knows no cluster yet, since clusters are made with the tap
    /// before it. [`Hub::run`] keeps it.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let microphones = Microphones::new(Arc::clone(&clock));
        Arc::new(Self {
            epoch: RequestId::new().to_string(),
            sites: OnceLock::new(),
            attention: microphones.news(),
            microphones,
            timers: OnceLock::new(),
            clock,
            state: Mutex::new(State { ring: Ring::new(KEPT), known: BTreeMap::new() }),
            news: watch::Sender::new(0),
            listeners: watch::Sender::new(0),
            seats: Seats::new(EACH, ALL),
        })
    }

    /// Tells of these clusters from now on; said once.
    pub fn tell_of(&self, sites: Vec<FeedSite>) {
        if self.sites.set(sites).is_err() {
            tracing::error!("the feed was told twice which clusters there are");
        }
    }

    /// Tells of what waits for its time, too; said once.
    pub fn tell_of_timers(&self, timers: Arc<Timers>) {
        if self.timers.set(timers).is_err() {
            tracing::error!("the feed was told twice of the timers");
        }
    }

    fn sites(&self) -> &[FeedSite] {
        self.sites.get().map_or(&[], Vec::as_slice)
    }

    /// The microphones that it tells of.
    #[must_use]
    pub fn microphones(&self) -> &Arc<Microphones> {
        &self.microphones
    }

    /// Looks at what it tells of while somebody listens, for as long as it is
    /// polled.
    pub async fn run(&self) {
        tokio::join!(self.look_at_clusters(), self.look_at_microphones(), self.look_at_timers());
    }

    async fn look_at_microphones(&self) {
        let mut listeners = self.listeners.subscribe();
        let mut news = self.attention.clone();
        // The senders are this hub's own: they do not go away.
        while listeners.wait_for(|count| *count > 0).await.is_ok() {
            tokio::select! {
                _ = news.changed() => {
                    let microphones = self.microphones.all();
                    let body = Body::Microphones { microphones: &microphones }.text();
                    self.push(|_| Some(body));
                }
                () = self.clock.sleep(EVERY) => self.microphones.look(),
            }
        }
    }

    async fn look_at_timers(&self) {
        let Some(timers) = self.timers.get() else { return };
        let mut listeners = self.listeners.subscribe();
        let mut news = timers.news();
        // The senders are this hub's own and the host's: they do not go away.
        while listeners.wait_for(|count| *count > 0).await.is_ok() && news.changed().await.is_ok() {
            let body = waiting(timers);
            self.push(|_| Some(body));
        }
    }

    async fn look_at_clusters(&self) {
        let mut listeners = self.listeners.subscribe();
        // The sender is this hub's own: it does not go away.
        while listeners.wait_for(|count| *count > 0).await.is_ok() {
            let looks = self.sites().iter().map(|site| self.look(site));
            futures_util::future::join_all(looks).await;
            self.clock.sleep(EVERY).await;
        }
    }

    /// Whether somebody listens.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        *self.listeners.borrow() > 0
    }

    /// A seat for `who`, without which nobody listens.
    pub(crate) fn seat(&self, who: &Principal) -> Result<Seat, FeedError> {
        self.seats.take(who).map_err(|full| match full {
            Full::Own => FeedError::TooManyOwn,
            Full::All => FeedError::TooMany,
        })
    }

    /// Tells of an event.
    pub fn tell(&self, event: &Event) {
        let body = Body::Event { event }.text();
        self.push(|_| Some(body));
    }

    /// Looks at one cluster, and tells what changed.
    async fn look(&self, site: &FeedSite) {
        let looked = self.clock.now();
        let seen = site.inventory.snapshot(EVERY).await;
        let cluster = &site.cluster;
        self.push(|known| {
            let before = known.get(cluster).map(|known| Arc::clone(&known.told));
            let (told, body) = match (seen, before.as_deref()) {
                (Ok(now), Some(Told::Snapshot(before, _))) => {
                    // An older look that was slower than a newer one says nothing.
                    if now.as_of < before.as_of {
                        return None;
                    }
                    let (change, told) = Change::between(before, &now);
                    let body = change
                        .map(|change| Body::Change { cluster, change: &change }.text());
                    (Told::Snapshot(Arc::new(told), OnceLock::new()), body)
                }
                (Ok(now), before) => {
                    let body = before.map(|_| Body::Snapshot { snapshot: &now }.text());
                    (Told::Snapshot(now, OnceLock::new()), body)
                }
                (Err(error), before) => {
                    let again = matches!(before, Some(Told::Silent(known)) if known.code == error.fault.code);
                    let body = Body::Silent { cluster, fault: &error.fault }.text();
                    let told = Told::Silent(Box::new(error.fault));
                    (told, (before.is_some() && !again).then_some(body))
                }
            };
            known.insert(cluster.clone(), Known { looked, told: Arc::new(told) });
            body
        });
    }

    /// Puts what `make` makes behind the newest message, in one step with what
    /// it does to what is known.
    fn push(&self, make: impl FnOnce(&mut BTreeMap<ClusterId, Known>) -> Option<String>) {
        let newest = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let State { ring, known } = &mut *state;
            let Some(body) = make(known) else { return };
            ring.push(|seq| numbered(&body, seq))
        };
        // Two that push at a time may come here in the other order.
        self.news.send_if_modified(|known| {
            let newer = newest > *known;
            *known = newest.max(*known);
            newer
        });
    }

    /// Lets somebody listen, from `since` on where that is still there, and
    /// says what to tell them first.
    pub(super) async fn join(
        self: &Arc<Self>,
        since: Option<&Since>,
    ) -> (Listener, Vec<Utf8Bytes>) {
        // Counted first, so that what others look for is looked for from now on.
        self.listeners.send_modify(|count| *count += 1);
        let mut listener = Listener { hub: Arc::clone(self), seen: 0, news: self.news.subscribe() };
        if let Some(since) = since.filter(|since| since.epoch == self.epoch) {
            let kept = self.with(|state| state.ring.after(since.seen, 0).is_ok());
            if kept {
                listener.seen = since.seen;
                let hello = Body::Hello { epoch: &self.epoch, after: since.seen, resumed: true };
                return (listener, vec![hello.text().into()]);
            }
        }
        let stale = self.sites().iter().filter(|site| self.is_stale(&site.cluster));
        futures_util::future::join_all(stale.map(|site| self.look(site))).await;
        let (after, standing) = self.standing();
        listener.seen = after;
        let hello = Body::Hello { epoch: &self.epoch, after, resumed: false };
        let mut first = vec![hello.text().into()];
        first.extend(standing);
        (listener, first)
    }

    fn is_stale(&self, cluster: &ClusterId) -> bool {
        let now = self.clock.now();
        self.with(|state| {
            state.known.get(cluster).is_none_or(|known| now.since(known.looked) > STALE)
        })
    }

    /// The number of the newest message, and how every cluster stood then.
    fn standing(&self) -> (u64, Vec<Utf8Bytes>) {
        let (after, told) = self.with(|state| {
            let told: Vec<(ClusterId, Arc<Told>)> = state
                .known
                .iter()
                .map(|(cluster, known)| (cluster.clone(), Arc::clone(&known.told)))
                .collect();
            (state.ring.newest(), told)
        });
        let texts = told.iter().map(|(cluster, told)| match &**told {
            Told::Snapshot(snapshot, text) => {
                text.get_or_init(|| Body::Snapshot { snapshot }.text().into()).clone()
            }
            Told::Silent(fault) => Body::Silent { cluster, fault }.text().into(),
        });
        let microphones = self.microphones.all();
        let microphones = Body::Microphones { microphones: &microphones }.text();
        let timers = self.timers.get().map(|timers| waiting(timers).into());
        (after, texts.chain([microphones.into()]).chain(timers).collect())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What waits for its time, as it is told.
fn waiting(timers: &Timers) -> String {
    let timers: Vec<Timer> = timers.all().iter().map(Timer::from).collect();
    Body::Timers { timers: &timers }.text()
}

impl Listener {
    /// Waits until there is something that this listener has not seen.
    pub(super) async fn news(&mut self) {
        let seen = self.seen;
        // The sender is the hub's, which this holds.
        let _ = self.news.wait_for(|newest| *newest > seen).await;
    }

    /// What it has not seen, a batch at most. Where some of that is gone: how
    /// much, and how things stand instead.
    pub(super) fn take(&mut self) -> Vec<Utf8Bytes> {
        let taken = self.hub.with(|state| state.ring.after(self.seen, BATCH));
        match taken {
            Ok(messages) => {
                self.seen += messages.len() as u64;
                messages
            }
            Err(Missed(count)) => {
                let (after, standing) = self.hub.standing();
                self.seen = after;
                let mut messages = vec![Body::Missed { count }.text().into()];
                messages.extend(standing);
                messages
            }
        }
    }
}

impl Herald for Hub {
    fn announce(&self, announcement: Announcement) {
        let body = Body::Announcement { announcement: &announcement }.text();
        self.push(|_| Some(body));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.listeners.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
pub(super) mod tests;
