//! The cluster's contents: asked for at most once at a time, again and again
//! while the host lives, and kept for those who take them with their age.
//!
//! Most looks are one call, `/cluster/resources`: nodes with their states,
//! guests and storages. `/cluster/status` adds the quorum, and numbers and
//! addresses of nodes. Those change only with the nodes and their states (a
//! quorum is lost when nodes are, an address comes with a node that joins), so
//! that it is asked when these are otherwise than before, on every look while
//! there is no quorum, every [`MEMBERS`] for what is changed by hand (`pvecm
//! expected`, a QDevice), and for whoever takes nothing that is older than
//! their question.
//!
//! Without rights a list is empty and all is well. That there are no nodes or no
//! guests is looked into with the look itself; that there are no storages only
//! for whoever asks for those ([`Inventory::sees_storages`]), since nothing
//! else depends on them.
//!
//! [`Inventory::sees_storages`]: jarvis_domain::inventory::Inventory::sees_storages

mod changes;
mod cycle;
mod listing;
mod loose;
mod members;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{Clock, ClusterId, NodeName, Timestamp};
use tokio::sync::{Mutex, Notify};

use crate::ClusterError;
use crate::access::Access;
use changes::Changes;
use listing::Listing;
use members::Members;

/// How long `/cluster/status` is good for while the nodes' states stay.
const MEMBERS: Duration = Duration::from_secs(30);

/// What most looks ask for.
pub(crate) const RESOURCES: &str = "/cluster/resources";

/// The newest snapshot, and how to get a newer one.
#[derive(Debug)]
pub(crate) struct Contents {
    cluster: ClusterId,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    /// What readers take. Never held over a wait.
    kept: Lock<Option<Kept>>,
    /// Held while the cluster is asked: that is what coalesces.
    asking: Mutex<Asking>,
    /// How many requests have begun.
    begun: AtomicU64,
    /// What was asked for up to this request is no longer true.
    stale: AtomicU64,
    /// What the pace of the cycle goes by.
    pulse: Lock<cycle::Pulse>,
    /// Operations that are under way.
    working: AtomicUsize,
    /// Told when the next look may be due earlier than it was.
    woken: Notify,
}

/// What only whoever asks the cluster needs.
#[derive(Debug)]
struct Asking {
    members: Option<Members>,
    /// The request that failed, if the newest one did, and why.
    failed: Option<(u64, Arc<ClusterError>)>,
    changes: Changes,
}

#[derive(Debug, Clone)]
struct Kept {
    /// The request that it came from.
    request: u64,
    /// The newest request whose answer it has of `/cluster/status`.
    members: u64,
    snapshot: Arc<Snapshot>,
}

impl Contents {
    pub(crate) fn new(
        cluster: ClusterId,
        access: Arc<Access>,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
    ) -> Self {
        Self {
            cluster,
            access,
            clock,
            kept: Lock::default(),
            asking: Mutex::new(Asking {
                members: None,
                failed: None,
                changes: Changes::new(events),
            }),
            begun: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            pulse: Lock::default(),
            working: AtomicUsize::new(0),
            woken: Notify::new(),
        }
    }

    /// A snapshot that is at most `max_age` old. One that is kept is taken at
    /// once, also while the cluster is being asked. Else those who ask while a
    /// request is under way wait for it; it serves them only if it is young
    /// enough, and zero wants one that began after they asked, with all that
    /// is in it. They also share its failure, lest each of them wait for a
    /// time-out of its own.
    pub(crate) async fn snapshot(&self, max_age: Duration) -> Result<Arc<Snapshot>, ClusterError> {
        self.note_reader();
        self.obtain(max_age).await
    }

    /// The same for what goes by itself, which makes the cycle no quicker.
    pub(crate) async fn obtain(&self, max_age: Duration) -> Result<Arc<Snapshot>, ClusterError> {
        let before = self.begun.load(Ordering::SeqCst);
        if let Some(snapshot) = self.serving(before, max_age) {
            return Ok(snapshot);
        }
        let mut asking = self.asking.lock().await;
        if let Some(snapshot) = self.serving(before, max_age) {
            return Ok(snapshot);
        }
        if let Some((request, error)) = &asking.failed
            && *request > before
        {
            return Err(ClusterError::Shared(Arc::clone(error)));
        }
        self.ask(&mut asking, max_age.is_zero()).await
    }

    /// The newest snapshot there is, however old; none before the first look.
    pub(crate) fn newest(&self) -> Option<Arc<Snapshot>> {
        self.kept().as_ref().map(|kept| Arc::clone(&kept.snapshot))
    }

    /// Forgets what was asked for so far: something has changed. The cycle
    /// looks again at once.
    pub(crate) fn invalidate(&self) {
        self.stale.store(self.begun.load(Ordering::SeqCst), Ordering::SeqCst);
        self.woken.notify_one();
    }

    /// Something was done to the cluster: what `pvestatd` tells of it lags by up
    /// to 10 s, so that the next looks follow quickly.
    pub(crate) fn note_change(&self) {
        let now = self.clock.now();
        self.pulse().changed(now);
        self.woken.notify_one();
    }

    /// What is kept, if it is good for somebody who came when `before`
    /// requests had begun.
    fn serving(&self, before: u64, max_age: Duration) -> Option<Arc<Snapshot>> {
        let kept = self.kept();
        let kept = kept.as_ref().filter(|kept| kept.request > self.stale.load(Ordering::SeqCst))?;
        let good = if max_age.is_zero() {
            kept.members > before
        } else {
            let (now, as_of) = (self.clock.now(), kept.snapshot.as_of);
            // Of a clock that was set back nothing is known.
            kept.request > before || (now >= as_of && now.since(as_of) <= max_age)
        };
        good.then(|| Arc::clone(&kept.snapshot))
    }

    /// Asks the cluster; for `all` that is in a snapshot where it is wanted as
    /// of now.
    async fn ask(&self, asking: &mut Asking, all: bool) -> Result<Arc<Snapshot>, ClusterError> {
        let request = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let as_of = self.clock.now();
        let asked = self.look(asking, all, as_of).await.map_err(Arc::new);
        let now = self.clock.now();
        self.pulse().asked(asked.as_ref().err().map(|_| ()), now, now.since(as_of));
        asking.failed = asked.as_ref().err().map(|error| (request, Arc::clone(error)));
        let (snapshot, fresh) = asked.map_err(ClusterError::Shared)?;
        let snapshot = Arc::new(snapshot);
        self.close_circuits(self.newest().as_deref(), &snapshot);
        let members =
            if fresh { request } else { self.kept().as_ref().map_or(0, |kept| kept.members) };
        *self.kept() = Some(Kept { request, members, snapshot: Arc::clone(&snapshot) });
        // Under the lock of those who ask, so that changes are told in their
        // order.
        if asking.changes.tell(&snapshot).await {
            self.pulse().changed(now);
        }
        Ok(snapshot)
    }

    /// The snapshot, and whether `/cluster/status` was asked for it.
    async fn look(
        &self,
        asking: &mut Asking,
        all: bool,
        as_of: Timestamp,
    ) -> Result<(Snapshot, bool), ClusterError> {
        let known = asking.members.as_ref().filter(|known| !all && known.is_good(as_of, MEMBERS));
        let (mut listing, mut fresh) = match known {
            Some(_) => (self.listing().await?, None),
            None => {
                let (listing, status) =
                    tokio::try_join!(self.listing(), self.access.read(members::PATH, &[]))?;
                (listing, Some(status))
            }
        };
        if fresh.is_none() && known.is_none_or(|known| !known.fits(&listing)) {
            fresh = Some(self.access.read(members::PATH, &[]).await?);
        }
        let asked = fresh.is_some();
        // Where there have never been any, it is looked into now and then.
        let lost = !listing.has_guests() && (asked || self.had_guests());
        if !listing.has_nodes() || lost {
            self.access.doubt(RESOURCES, &[]).await?;
        }
        if let Some(status) = &fresh {
            asking.members = Some(Members::read(status, &listing, as_of)?);
        }
        if let Some(members) = &asking.members {
            members.complete(&mut listing);
        }
        let quorate = asking.members.as_ref().and_then(|members| members.quorate);
        Ok((listing.into_snapshot(self.cluster.clone(), as_of, quorate), asked))
    }

    async fn listing(&self) -> Result<Listing, ClusterError> {
        self.access.body(RESOURCES).await?.decode()
    }

    fn had_guests(&self) -> bool {
        self.newest().is_some_and(|snapshot| !snapshot.guests.is_empty())
    }

    /// A node that was not there and is again need not rest any longer.
    fn close_circuits(&self, before: Option<&Snapshot>, now: &Snapshot) {
        let Some(before) = before else { return };
        let online = |snapshot: &Snapshot, name: &NodeName| {
            snapshot.node(name).is_some_and(jarvis_domain::inventory::Node::is_online)
        };
        for node in now.nodes.iter().filter(|node| node.is_online()) {
            if !online(before, &node.name) {
                self.access.circuits.close(&node.name);
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pulse(&self) -> MutexGuard<'_, cycle::Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(crate) mod tests;
