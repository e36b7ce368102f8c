//! Delivers the events of one skill, one after the other.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::event::{EventQueue, Paused, Settled, Waiting};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Fault, Revision, SkillId};
use jarvis_policy::GrantSet;
use tokio::sync::watch;

use super::{GIVEN_UP, PAUSES, STORE_PAUSE, TRIES};
use crate::catalog::{Held, Skill};
use crate::error;
use crate::invoke::event::caller;
use crate::invoke::{Inner, Sites};

/// Delivers to one skill.
#[derive(Debug)]
pub(super) struct Worker {
    skill: SkillId,
    sites: Arc<Sites>,
    queue: Arc<dyn EventQueue>,
}

/// What comes after one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another turn: there may be more.
    Again,
    /// Something new has to come first.
    News,
    /// Time has to pass first.
    After(Duration),
}

impl Worker {
    pub(super) fn new(skill: SkillId, sites: Arc<Sites>, queue: Arc<dyn EventQueue>) -> Self {
        Self { skill, sites, queue }
    }

    /// Delivers until it is dropped.
    pub(super) async fn run(self) {
        let mut news = self.queue.news();
        let mut published = self.sites.main.shared.published.subscribe();
        loop {
            news.mark_unchanged();
            published.mark_unchanged();
            let serving = self.serving();
            let next = self.turn(serving.as_ref()).await.unwrap_or_else(|error| {
                tracing::error!(skill = %self.skill, %error, "its events cannot be read");
                Next::After(STORE_PAUSE)
            });
            match next {
                Next::Again => {}
                Next::News => tokio::select! {
                    Ok(()) = news.changed() => {}
                    Ok(()) = published.changed() => {}
                    else => return,
                },
                Next::After(pause) => {
                    // No replaced revision is kept through a pause.
                    let tried = serving.as_deref().map(what_is_allowed);
                    drop(serving);
                    self.rest(pause, tried, &mut published).await;
                }
            }
        }
    }

    /// Lets `pause` pass. Another revision than the one that was `tried`, or
    /// one that may do more, need not wait for what that one did; that other
    /// skills change shortens nothing.
    async fn rest(
        &self,
        pause: Duration,
        tried: Option<(Revision, GrantSet)>,
        published: &mut watch::Receiver<u64>,
    ) {
        let mut over = self.sites.main.ports.clock.sleep(pause);
        loop {
            tokio::select! {
                () = &mut over => return,
                Ok(()) = published.changed() => {
                    if self.serving().as_deref().map(what_is_allowed) != tried {
                        return;
                    }
                }
            }
        }
    }

    /// The revision in service.
    fn serving(&self) -> Option<Arc<Skill>> {
        self.sites.main.shared.catalog.load().skill(&self.skill).map(Arc::clone)
    }

    /// Tries the oldest event, if there is one and the skill is there for it.
    async fn turn(&self, serving: Option<&Arc<Skill>>) -> Result<Next, StoreError> {
        let Some(skill) = serving else { return Ok(Next::News) };
        let mut held = skill.life.hold();
        if let Some(paused) = self.queue.standing(&self.skill).await?.paused {
            if paused.revision == skill.revision() {
                return Ok(Next::News);
            }
            tracing::info!(skill = %self.skill, "another revision gets its events again");
            self.queue.pause(&self.skill, None).await?;
        }
        let Some(waiting) = self.queue.take(&self.skill).await? else { return Ok(Next::News) };
        let Some(site) = self.sites.of_event(&waiting.event) else {
            tracing::info!(skill = %self.skill, subject = %waiting.event.subject, "an event of a cluster that is no longer looked after is dropped");
            self.queue.settle(&self.skill, waiting.place, Settled::Taken).await?;
            return Ok(Next::Again);
        };
        if waiting.tries > TRIES {
            // The host ended in the middle of the last one.
            let why = "jarvis itself ended while the skill took it";
            return self.give_up(skill, &waiting, why).await;
        }
        match self.delivered(site, skill, &mut held, &waiting).await {
            Ok(()) => {
                self.queue.settle(&self.skill, waiting.place, Settled::Taken).await?;
                Ok(Next::Again)
            }
            Err(fault) => self.failed(skill, &waiting, &fault).await,
        }
    }

    /// Calls the skill. That there is no place for it is no fault of its own:
    /// it waits for one, and no try is counted.
    async fn delivered(
        &self,
        site: &Inner,
        skill: &Arc<Skill>,
        held: &mut Held,
        waiting: &Waiting,
    ) -> Result<(), Box<Fault>> {
        loop {
            let done = site.on_event(skill, held, &waiting.event).await;
            match done {
                Err(fault) if error::is_full(&fault) && !held.is_over() => {
                    tracing::info!(skill = %self.skill, event = %waiting.event.id, %fault, "an event waits for a place");
                }
                done => return done,
            }
        }
    }

    async fn failed(
        &self,
        skill: &Arc<Skill>,
        waiting: &Waiting,
        fault: &Fault,
    ) -> Result<Next, StoreError> {
        let pause = usize::try_from(waiting.tries.saturating_sub(1)).ok();
        let Some(pause) = pause.and_then(|tried| PAUSES.get(tried)) else {
            return self.give_up(skill, waiting, &fault.to_string()).await;
        };
        tracing::warn!(
            skill = %self.skill, event = %waiting.event.id, tries = waiting.tries, %fault,
            "an event was not taken; it is tried again in {} s", pause.as_secs()
        );
        Ok(Next::After(*pause))
    }

    async fn give_up(
        &self,
        skill: &Arc<Skill>,
        waiting: &Waiting,
        why: &str,
    ) -> Result<Next, StoreError> {
        let event = &waiting.event;
        let what = format!(
            "the event {} ({} of {}) was given up after {TRIES} tries: {why}",
            event.id, event.topic, event.subject
        );
        tracing::warn!(skill = %self.skill, "{what}");
        self.audit(skill, waiting, what).await;
        let standing = self.queue.settle(&self.skill, waiting.place, Settled::GivenUp).await?;
        if standing.given_up_in_a_row >= GIVEN_UP {
            let reason = format!(
                "{} events in a row were given up, the last one because: {why}",
                standing.given_up_in_a_row
            );
            tracing::warn!(skill = %self.skill, "it gets no more events: {reason}");
            self.audit(skill, waiting, format!("no more events for it: {reason}")).await;
            let at = self.sites.main.ports.clock.now();
            let paused = Paused { revision: skill.revision(), at, reason };
            self.queue.pause(&self.skill, Some(paused)).await?;
        }
        Ok(Next::Again)
    }

    async fn audit(&self, skill: &Skill, waiting: &Waiting, what: String) {
        let site = self.sites.of_event(&waiting.event).unwrap_or(&self.sites.main);
        let entry = AuditEntry {
            run: None,
            cluster: site.cluster.clone(),
            caller: Some(caller(&waiting.event)),
            skill: Some((self.skill.clone(), skill.revision())),
            event: AuditEvent::Host { what },
        };
        if let Err(error) = site.ports.audit.record(entry).await {
            tracing::error!(skill = %self.skill, %error, "the audit log cannot be written");
        }
    }
}

/// What decides whether a try can end otherwise than the one before.
fn what_is_allowed(skill: &Skill) -> (Revision, GrantSet) {
    (skill.revision(), skill.allowed().clone())
}
