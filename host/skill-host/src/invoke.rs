//! The one path: whatever door, template, model or key an invocation comes
//! from, it comes through here. Caller and door are arguments; there is no
//! other way to run a skill.

mod admission;
mod answering;
mod confirming;
pub(crate) mod event;
mod keeper;
mod phase;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLog};
use jarvis_domain::figures::SkillFigures;
use jarvis_domain::invocation::{InvokeResult, Watcher};
use jarvis_domain::{
    Caller, ClusterId, ConfirmationId, Explain, Fault, Invocation, Revision, RunId, SkillId,
};
use jarvis_policy::Lowering;
use jarvis_policy::confirm::Credential;
use serde_json::{Map, Value};
use tokio::sync::watch;

use self::run::Run;
use crate::catalog::Catalog;
use crate::confirm::{Asker, ConfirmAnswer, Questions};
use crate::engine::SkillEngine;
use crate::error::InvokeError;
use crate::knowledge::{Knowledge, Understanding};
use crate::metrics::Metrics;
use crate::ports::Ports;

/// What a skill host is made of.
#[derive(Debug)]
pub struct HostParts {
    /// The engine that the catalog was loaded with.
    pub engine: SkillEngine,
    /// The skills in service.
    pub catalog: Catalog,
    /// The other rooms.
    pub ports: Ports,
    /// The cluster that the ports reach.
    pub cluster: ClusterId,
    /// Each skill's own section of the settings; holds no secrets.
    pub skill_config: BTreeMap<SkillId, Map<String, Value>>,
    /// The commands that an administrator exempted from asking.
    pub lowered: Lowering,
}

/// Runs skills. One for each cluster.
#[derive(Debug)]
pub struct SkillHost {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    engine: SkillEngine,
    pub(crate) catalog: ArcSwap<Catalog>,
    /// Told of each catalog that is put into service.
    pub(crate) published: watch::Sender<u64>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) cluster: ClusterId,
    config: BTreeMap<SkillId, Arc<Map<String, Value>>>,
    lowered: Lowering,
    questions: Questions,
    knowledge: Knowledge,
    metrics: Metrics,
}

/// Who asks or answers, owned, so that a run does not end with its caller.
#[derive(Debug, Clone)]
struct Asking {
    caller: Caller,
    credential: Credential,
}

impl SkillHost {
    /// A host that serves the skills of `parts`.
    #[must_use]
    pub fn new(parts: HostParts) -> Self {
        let HostParts { engine, catalog, ports, cluster, skill_config, lowered } = parts;
        let config = skill_config.into_iter().map(|(id, map)| (id, Arc::new(map))).collect();
        let inner = Inner {
            engine,
            catalog: ArcSwap::from_pointee(catalog),
            published: watch::Sender::new(0),
            knowledge: Knowledge::new(Arc::clone(&ports.inventory)),
            ports: Arc::new(ports),
            cluster,
            config,
            lowered,
            questions: Questions::default(),
            metrics: Metrics::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The cluster that every invocation is bound to.
    #[must_use]
    pub fn cluster(&self) -> &ClusterId {
        &self.inner.cluster
    }

    /// The skills in service now.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog.load_full()
    }

    /// What `skill` took and what came of its calls; none if it was not called.
    #[must_use]
    pub fn figures(&self, skill: &SkillId) -> Option<SkillFigures> {
        self.inner.metrics.of(skill)
    }

    /// Where decisions are written down.
    pub(crate) fn audit_log(&self) -> &dyn AuditLog {
        self.inner.ports.audit.as_ref()
    }

    /// The engine that its skills run in.
    pub(crate) fn engine(&self) -> &SkillEngine {
        &self.inner.engine
    }

    /// Puts another catalog into service, whole. Calls that run keep theirs;
    /// questions about a changed skill lapse.
    pub fn publish(&self, catalog: Catalog) {
        self.inner.catalog.store(Arc::new(catalog));
        self.inner.published.send_modify(|count| *count += 1);
    }

    /// What sentences are matched with now. A name that is not in it is not
    /// in the cluster.
    pub async fn understanding(&self) -> Result<Understanding, Box<Fault>> {
        let sentences = Arc::clone(self.catalog().sentences());
        let known = self.inner.knowledge.now().await;
        let (snapshot, names) = known.map_err(|error| Box::new(error.fault))?;
        Ok(Understanding { sentences, names, snapshot })
    }

    /// Runs one command, or asks about it. The run goes on when the future is
    /// dropped: a caller that hangs up leaves nothing half done.
    pub async fn invoke(
        &self,
        invocation: Invocation,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let inner = Arc::clone(&self.inner);
        let asking = Asking::of(asker.into());
        let command = invocation.command.clone();
        let run = Run::new(async move { inner.invoke(invocation, asking, watcher).await });
        run.await.unwrap_or_else(|reason| {
            Err(Box::new(InvokeError::Host { command, reason }.into_fault()))
        })
    }

    /// A person's yes to a question. Whoever calls this vouches that the words
    /// are a yes, and that no model made them.
    pub async fn confirm(
        &self,
        id: ConfirmationId,
        answerer: impl Into<Asker<'_>>,
        answer: impl Into<ConfirmAnswer<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let inner = Arc::clone(&self.inner);
        let answering = Asking::of(answerer.into());
        let ConfirmAnswer { words, origin } = answer.into();
        let words = words.to_owned();
        let run =
            Run::new(async move { inner.confirm(id, answering, &words, origin, watcher).await });
        run.await
            .unwrap_or_else(|reason| Err(Box::new(InvokeError::Broken { reason }.into_fault())))
    }

    /// A person's no. Counts from whoever could have said yes.
    pub async fn decline(
        &self,
        id: ConfirmationId,
        answerer: impl Into<Asker<'_>>,
    ) -> Result<(), Box<Fault>> {
        let answering = Asking::of(answerer.into());
        self.inner.decline(id, answering).await.map_err(|error| Box::new(Fault::from(&error)))
    }
}

impl Asking {
    fn of(asker: Asker<'_>) -> Self {
        Self { caller: asker.caller.clone(), credential: asker.credential }
    }
}

impl Inner {
    /// Writes down what a person was asked or answered.
    async fn audit(
        &self,
        run: RunId,
        caller: &Caller,
        skill: Option<(SkillId, Revision)>,
        event: AuditEvent,
    ) -> Result<u64, InvokeError> {
        let cluster = self.cluster.clone();
        let entry =
            AuditEntry { run: Some(run), cluster, caller: Some(caller.clone()), skill, event };
        self.ports.audit.record(entry).await.map_err(InvokeError::Store)
    }
}

/// A fault that leaves this room.
fn boxed(error: &impl Explain) -> Box<Fault> {
    Box::new(Fault::from(error))
}

#[cfg(test)]
mod tests;
