//! Timers, and commands for later: what waits for its time, on disk and in
//! memory in step. Nothing runs here; `invoke/later.rs` sets and runs commands.

mod error;
mod gone;
mod keep;
pub(crate) mod order;
mod when;
mod which;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use jarvis_domain::announce::{Announcement, Herald, Matter};
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLog};
use jarvis_domain::run::{RunEnd, Runs};
use jarvis_domain::schedule::{
    FARTHEST, IN_ALL, Later, OF_ONE, Owner, Schedule, Scheduled, Standing,
};
use jarvis_domain::{
    Caller, Clock, Explain, Fault, Principal, Role, TimerId, Timestamp, Trouble, say,
};
use jiff::tz::TimeZone;
use tokio::sync::watch;

pub(crate) use error::TIMER_ROWS;
pub use error::TimerError;
pub use order::TimerOrder;
pub(crate) use when::Due;
pub use when::When;
pub use why::Why;

/// What keeps the time is made of.
#[derive(Debug)]
pub struct TimerParts {
    /// Where it is kept.
    pub store: Arc<dyn Schedule>,
    /// Who tells people what has come of it.
    pub herald: Arc<dyn Herald>,
    /// Where it is written down what was set, ran and was cancelled.
    pub audit: Arc<dyn AuditLog>,
    /// The runs that set something.
    pub runs: Arc<dyn Runs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What people here mean by half past nine.
    pub zone: TimeZone,
}

/// All that waits.
#[derive(Debug)]
pub struct Timers {
    parts: TimerParts,
    standing: OnceLock<Arc<dyn Standing>>,
    list: Mutex<BTreeMap<TimerId, Scheduled>>,
    /// What is over and could not be forgotten on disk: see [`Timers::settle`].
    stuck: Mutex<BTreeSet<TimerId>>,
    /// Whether changes cannot be written at the moment.
    trouble: Trouble,
    /// Held by each change of the list and of what is on disk of it.
    changing: tokio::sync::Mutex<()>,
    /// Changes with the list.
    news: watch::Sender<u64>,
}

impl Timers {
    /// With all that waits on disk.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn open(parts: TimerParts) -> Result<Arc<Self>, Box<Fault>> {
        let all = parts.store.all().await.map_err(|error| error.fault())?;
        Ok(Arc::new(Self {
            list: Mutex::new(all.into_iter().map(|one| (one.id, one)).collect()),
            standing: OnceLock::new(),
            stuck: Mutex::default(),
            trouble: Trouble::default(),
            changing: tokio::sync::Mutex::default(),
            news: watch::Sender::new(0),
            parts,
        }))
    }

    /// Who knows what people may later. Before this is said, no command runs.
    pub fn with_standing(&self, standing: Arc<dyn Standing>) {
        if self.standing.set(standing).is_err() {
            tracing::error!("the timers were told twice who knows what people may");
        }
    }

    /// What waits, in the order in which its time comes.
    #[must_use]
    pub fn all(&self) -> Vec<Scheduled> {
        let mut all: Vec<Scheduled> = self.with(|list| list.values().cloned().collect());
        all.sort_by_key(|one| (one.due, one.id));
        all
    }

    /// Changes with what waits.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// How times are told and meant here.
    #[must_use]
    pub fn when(&self) -> When {
        When::new(self.parts.clock.now(), self.parts.zone.clone())
    }

    /// Whether something of `owner` may be set for `due`.
    pub(crate) fn check(&self, owner: &Principal, due: Timestamp) -> Result<(), TimerError> {
        let now = self.parts.clock.now();
        if due <= now {
            return Err(TimerError::Past);
        }
        if due > now.plus(FARTHEST) {
            return Err(TimerError::Far);
        }
        let (own, all) = self.with(|list| {
            let own = list.values().filter(|one| one.owner.caller.principal == *owner);
            (own.count(), list.len())
        });
        if own >= OF_ONE || all >= IN_ALL {
            return Err(TimerError::Many { most: if own >= OF_ONE { OF_ONE } else { IN_ALL } });
        }
        Ok(())
    }

    /// Keeps `scheduled`.
    pub(crate) async fn set(&self, scheduled: Scheduled) -> Result<(), TimerError> {
        let _changing = self.changing.lock().await;
        self.check(&scheduled.owner.caller.principal, scheduled.due)?;
        self.parts.store.put(&scheduled).await?;
        self.with(|list| list.insert(scheduled.id, scheduled));
        self.tell();
        Ok(())
    }

    /// Has one not come to pass. Whoever set it may, and an operator.
    ///
    /// # Errors
    /// There is none, it is somebody else's, or it has begun.
    pub async fn cancel(&self, id: TimerId, by: &Caller) -> Result<Scheduled, TimerError> {
        let found = self.find(id).ok_or(TimerError::Unknown)?;
        let own = found.owner.caller.principal == by.principal;
        if !own && by.role.is_none_or(|role| role < Role::Operator) {
            return Err(TimerError::NotYours);
        }
        let gone = self.take(id, |one| one.begun.is_none()).await?.ok_or(TimerError::Begun)?;
        self.note_cancelled(&gone, Some(by), Why::By(by.principal.clone())).await;
        Ok(gone)
    }

    fn find(&self, id: TimerId) -> Option<Scheduled> {
        self.with(|list| list.get(&id).cloned())
    }

    /// Takes one out that is still there and `fits`.
    async fn take(
        &self,
        id: TimerId,
        fits: impl Fn(&Scheduled) -> bool,
    ) -> Result<Option<Scheduled>, TimerError> {
        let _changing = self.changing.lock().await;
        let Some(found) = self.find(id).filter(fits) else { return Ok(None) };
        self.parts.store.remove(id).await?;
        self.with(|list| list.remove(&id));
        self.tell();
        Ok(Some(found))
    }

    /// Takes one out for good: what cannot be forgotten on disk is not looked at again
    /// and again, and [`Timers::settle`] forgets it there later.
    async fn forget(&self, id: TimerId) -> Option<Scheduled> {
        match self.take(id, |_| true).await {
            Ok(gone) => gone,
            Err(error) => {
                tracing::error!(%id, %error, "a timer cannot be forgotten");
                self.drop_here(id)
            }
        }
    }

    /// Takes one out here that still waits on disk.
    fn drop_here(&self, id: TimerId) -> Option<Scheduled> {
        self.stuck().insert(id);
        self.with(|list| list.remove(&id))
    }

    /// Forgets on disk what could not be forgotten when it was over: the next life of
    /// the host would take it for something that waits. For a host that ends, too.
    pub async fn settle(&self) {
        if self.is_settled() {
            return;
        }
        let _changing = self.changing.lock().await;
        let stuck = self.stuck().clone();
        for id in stuck {
            match self.parts.store.remove(id).await {
                Ok(_) => self.stuck().remove(&id),
                Err(error) => {
                    if self.trouble.begins() {
                        tracing::warn!(%id, %error, "a timer still waits on disk");
                    }
                    return;
                }
            };
        }
        if self.trouble.ends() {
            tracing::info!("no timer that is over waits on disk any more");
        }
    }

    fn is_settled(&self) -> bool {
        self.stuck().is_empty()
    }

    fn stuck(&self) -> MutexGuard<'_, BTreeSet<TimerId>> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host itself does not let a command come to pass, and says why.
    async fn drop_it(&self, id: TimerId, why: Why) {
        let Some(gone) = self.forget(id).await else { return };
        let told = not_done(&gone, &why.told(gone.language));
        self.note_cancelled(&gone, None, why).await;
        self.say(&gone, Matter::Scheduled, told);
    }

    /// Writes down that a command will not run.
    async fn note_cancelled(&self, gone: &Scheduled, by: Option<&Caller>, why: Why) {
        let Some(later) = gone.command() else { return };
        let (timer, by) = (gone.id, by.cloned());
        let event = AuditEvent::Cancelled { timer, by, why: why.to_string() };
        self.audit(gone, later, event).await;
        let end = RunEnd::Failed(*TimerError::Cancelled { why }.fault());
        match self.parts.runs.get(later.run).await {
            // What went wrong before says more.
            Ok(Some(record)) if matches!(record.end, Some(RunEnd::Failed(_))) => {}
            Ok(Some(mut record)) => {
                record.end = Some(end);
                if let Err(error) = self.parts.runs.put(&record).await {
                    tracing::error!(run = %later.run, %error, "a run record cannot be written");
                }
            }
            // It was long ago, and the audit log has it.
            Ok(None) => {}
            Err(error) => tracing::error!(run = %later.run, %error, "a run cannot be read"),
        }
    }

    /// Writes into the audit log what nothing depends on any more.
    async fn audit(&self, scheduled: &Scheduled, later: &Later, event: AuditEvent) {
        let entry = AuditEntry {
            run: Some(later.run),
            cluster: later.invocation.cluster.clone(),
            caller: Some(scheduled.owner.caller.clone()),
            skill: Some((later.invocation.command.skill.clone(), later.revision)),
            event,
        };
        if let Err(error) = self.parts.audit.record(entry).await {
            tracing::error!(timer = %scheduled.id, %error, "the audit log cannot be written");
        }
    }

    fn say(&self, about: &Scheduled, matter: Matter, text: String) {
        self.parts.herald.announce(Announcement {
            at: self.parts.clock.now(),
            matter,
            priority: matter.priority(),
            text,
            place: about.place.clone(),
        });
    }

    /// The role that `owner` has now; none where nobody can tell.
    async fn role_now(&self, owner: &Owner) -> Result<Option<Role>, TimerError> {
        let standing = self.standing.get().ok_or(TimerError::NoHost)?;
        standing.role_of(owner).await.map_err(TimerError::Standing)
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<TimerId, Scheduled>) -> T) -> T {
        work(&mut self.list.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self) {
        self.news.send_modify(|number| *number += 1);
    }
}

/// How long one was set for.
fn lasts(one: &Scheduled) -> Duration {
    one.due.since(one.set)
}

/// That something was not done, as it is announced.
fn not_done(gone: &Scheduled, why: &str) -> String {
    let called = gone.called();
    say!(
        gone.language,
        en: "I was to {called}. I did not: {why}.",
        de: "Vorgemerkt war: {called}. Das blieb aus: {why}.",
    )
}

#[cfg(test)]
mod tests;
