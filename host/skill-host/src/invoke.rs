//! The one path: whatever door, template, model or key an invocation comes
//! from, it comes through here. Caller and door are arguments; there is no
//! other way to run a skill.

mod admission;
mod answering;
mod confirming;
pub(crate) mod event;
pub(crate) mod keeper;
mod later;
mod phase;
mod run;
mod trial;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLog};
use jarvis_domain::figures::SkillFigures;
use jarvis_domain::identity::{Life, Shown};
use jarvis_domain::invocation::{Answer, InvokeResult, Watcher};
use jarvis_domain::{
    Caller, ClusterId, ConfirmationId, Event, Explain, Fault, Invocation, Language, Revision,
    RunId, SkillId,
};
use jarvis_policy::Lowering;
use jarvis_policy::confirm::Credential;
use jarvis_sentences::{Aliases, Pin};
use serde_json::{Map, Value};
use tokio::sync::watch;

pub use self::later::ForLater;
use self::run::Run;
pub use self::trial::Tried;
use crate::catalog::Catalog;
use crate::confirm::{Asker, ConfirmAnswer, Pending, Questions};
use crate::engine::SkillEngine;
use crate::error::InvokeError;
use crate::knowledge::{Knowledge, Understanding};
use crate::metrics::Metrics;
use crate::ports::Ports;
use crate::schedule::{Due, Timers};

/// What a skill host is made of.
#[derive(Debug)]
pub struct HostParts {
    /// The engine that the catalog was loaded with.
    pub engine: SkillEngine,
    /// The skills in service.
    pub catalog: Catalog,
    /// The cluster that is meant where none is named.
    pub main: Site,
    /// The others.
    pub others: Vec<Site>,
    /// Each skill's own section of the settings; holds no secrets.
    pub skill_config: BTreeMap<SkillId, Map<String, Value>>,
    /// The commands that an administrator exempted from asking.
    pub lowered: Lowering,
    /// What a voice may say in place of a name; none where nobody set one.
    pub pin: Option<Pin>,
    /// What waits for its time; none at a host that is not there by then.
    pub timers: Option<Arc<Timers>>,
}

/// One cluster, and how it is reached.
#[derive(Debug)]
pub struct Site {
    /// The cluster.
    pub cluster: ClusterId,
    /// What it is called beside its id: `lab`, `the office`.
    pub names: Vec<String>,
    /// What people call its guests and nodes beside their names.
    pub aliases: Aliases,
    /// The other rooms, as they reach this cluster.
    pub ports: Ports,
}

/// Runs skills, the same ones on each of its clusters.
#[derive(Debug)]
pub struct SkillHost {
    pub(crate) sites: Arc<Sites>,
}

/// The host, cluster by cluster.
#[derive(Debug)]
pub(crate) struct Sites {
    pub(crate) main: Arc<Inner>,
    others: Vec<Arc<Inner>>,
}

/// The host, as it works on one cluster. Nothing of one cluster is within
/// reach of what runs on another.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) cluster: ClusterId,
    names: Vec<String>,
    knowledge: Knowledge,
}

/// What is the same on all clusters.
#[derive(Debug)]
pub(crate) struct Shared {
    engine: SkillEngine,
    pub(crate) catalog: ArcSwap<Catalog>,
    /// Told of each catalog that is put into service.
    pub(crate) published: watch::Sender<u64>,
    config: BTreeMap<SkillId, Arc<Map<String, Value>>>,
    lowered: Lowering,
    pin: Option<Pin>,
    timers: Option<Arc<Timers>>,
    questions: Questions,
    metrics: Metrics,
}

/// Who asks or answers, owned, so that a run does not end with its caller.
#[derive(Debug, Clone)]
struct Asking {
    caller: Caller,
    credential: Credential,
    life: Option<Life>,
    shown: Option<Shown>,
    /// When what is asked for is to be done; none: at once.
    later: Option<Due>,
}

impl SkillHost {
    /// A host that serves the skills of `parts`.
    #[must_use]
    pub fn new(parts: HostParts) -> Self {
        let HostParts { engine, catalog, main, others, skill_config, lowered, pin, timers } = parts;
        let config = skill_config.into_iter().map(|(id, map)| (id, Arc::new(map))).collect();
        let shared = Arc::new(Shared {
            engine,
            catalog: ArcSwap::from_pointee(catalog),
            published: watch::Sender::new(0),
            config,
            lowered,
            pin,
            timers,
            questions: Questions::default(),
            metrics: Metrics::default(),
        });
        let inner = |Site { cluster, names, aliases, ports }: Site| {
            Arc::new(Inner {
                shared: Arc::clone(&shared),
                knowledge: Knowledge::new(Arc::clone(&ports.inventory), aliases),
                ports: Arc::new(ports),
                cluster,
                names,
            })
        };
        let main = inner(main);
        let others = others.into_iter().map(inner).collect();
        Self { sites: Arc::new(Sites { main, others }) }
    }

    /// What a voice may say in place of a name.
    #[must_use]
    pub fn pin(&self) -> Option<&Pin> {
        self.sites.main.shared.pin.as_ref()
    }

    /// The cluster that is meant where none is named.
    #[must_use]
    pub fn cluster(&self) -> &ClusterId {
        &self.sites.main.cluster
    }

    /// Every cluster with what it is called beside its id, the main one first.
    pub fn clusters(&self) -> impl Iterator<Item = (&ClusterId, &[String])> {
        self.sites.all().map(|site| (&site.cluster, site.names.as_slice()))
    }

    /// The skills in service now.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.sites.main.shared.catalog.load_full()
    }

    /// What `skill` took and what came of its calls; none if it was not called.
    #[must_use]
    pub fn figures(&self, skill: &SkillId) -> Option<SkillFigures> {
        self.sites.main.shared.metrics.of(skill)
    }

    /// Where decisions are written down.
    pub(crate) fn audit_log(&self) -> &dyn AuditLog {
        self.sites.main.ports.audit.as_ref()
    }

    /// The engine that its skills run in.
    pub(crate) fn engine(&self) -> &SkillEngine {
        &self.sites.main.shared.engine
    }

    /// Puts another catalog into service, whole. Calls that run keep theirs;
    /// questions about a changed skill lapse.
    pub fn publish(&self, catalog: Catalog) {
        self.sites.main.shared.catalog.store(Arc::new(catalog));
        self.sites.main.shared.published.send_modify(|count| *count += 1);
    }

    /// What sentences about `cluster` in `language` are matched with now. A name that is
    /// not in it is not in the cluster.
    pub async fn understanding(
        &self,
        cluster: &ClusterId,
        language: Language,
    ) -> Result<Understanding, Box<Fault>> {
        let sentences = self.catalog().sentences(language);
        let site = self.sites.of(cluster).map_err(|error| error.fault())?;
        let known = site.knowledge.now(language).await;
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
        self.run(invocation, Asking::of(asker.into()), watcher).await
    }

    async fn run(
        &self,
        invocation: Invocation,
        asking: Asking,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let inner = self.sites.of(&invocation.cluster).map_err(|error| error.fault())?;
        let inner = Arc::clone(inner);
        let command = invocation.command.clone();
        let place = self.sites.told(&inner);
        let run = Run::new(async move { inner.invoke(invocation, asking, watcher).await });
        let answered = run.await.unwrap_or_else(|reason| {
            Err(Box::new(InvokeError::Host { command, reason }.into_fault()))
        });
        answered.map(|answer| on(place, answer))
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
        let inner = Arc::clone(self.sites.of_question(id));
        let answering = Asking::of(answerer.into());
        let ConfirmAnswer { words, origin } = answer.into();
        let words = words.to_owned();
        let place = self.sites.told(&inner);
        let run =
            Run::new(async move { inner.confirm(id, answering, &words, origin, watcher).await });
        let answered = run
            .await
            .unwrap_or_else(|reason| Err(Box::new(InvokeError::Broken { reason }.into_fault())));
        answered.map(|answer| on(place, answer))
    }

    /// A person's no. Counts from whoever could have said yes.
    pub async fn decline(
        &self,
        id: ConfirmationId,
        answerer: impl Into<Asker<'_>>,
    ) -> Result<(), Box<Fault>> {
        let answering = Asking::of(answerer.into());
        self.sites
            .of_question(id)
            .decline(id, answering)
            .await
            .map_err(|error| Box::new(Fault::from(&error)))
    }
}

impl Asking {
    fn of(asker: Asker<'_>) -> Self {
        let Asker { caller, credential, life, shown } = asker;
        let (life, shown) = (life.cloned(), shown.cloned());
        Self { caller: caller.clone(), credential, life, shown, later: None }
    }

    /// Whoever asked, once their question is answered.
    fn of_pending(pending: &Pending) -> Self {
        Self {
            caller: pending.caller.clone(),
            credential: pending.credential,
            life: pending.life.clone(),
            shown: pending.shown.clone(),
            later: pending.later.clone(),
        }
    }

    /// They have not been signed out, and have the role that they came with.
    fn is_there(&self) -> bool {
        !self.life.as_ref().is_some_and(Life::is_over)
    }
}

impl Sites {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Inner>> {
        std::iter::once(&self.main).chain(&self.others)
    }

    fn of(&self, cluster: &ClusterId) -> Result<&Arc<Inner>, InvokeError> {
        self.all().find(|site| site.cluster == *cluster).ok_or_else(|| {
            let ours = self.all().map(|site| site.cluster.clone()).collect();
            InvokeError::OtherCluster { ours, asked: cluster.clone() }
        })
    }

    /// The cluster, where a person has to be told which one it is.
    fn told(&self, site: &Arc<Inner>) -> Option<ClusterId> {
        (!Arc::ptr_eq(site, &self.main)).then(|| site.cluster.clone())
    }

    /// Where a question was asked. One that waits no more is answered so on
    /// every cluster.
    fn of_question(&self, id: ConfirmationId) -> &Arc<Inner> {
        let cluster = self.main.shared.questions.cluster(id);
        cluster.and_then(|cluster| self.of(&cluster).ok()).unwrap_or(&self.main)
    }

    /// Where an event happened: its subject is `cluster/kind/id`. None where
    /// the settings no longer name that cluster.
    pub(crate) fn of_event(&self, event: &Event) -> Option<&Arc<Inner>> {
        let cluster = event.subject.split('/').next().unwrap_or_default();
        self.all().find(|site| site.cluster.as_str() == cluster)
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

/// An answer that says on which cluster it is, unless that is the main one.
fn on(place: Option<ClusterId>, mut answer: Answer) -> Answer {
    let Some(cluster) = place else { return answer };
    let text = match &mut answer {
        Answer::Reply(reply) => &mut reply.speech,
        Answer::Question(question) => &mut question.text,
        Answer::Choice(choice) => &mut choice.text,
        Answer::Missing(missing) => &mut missing.text,
    };
    *text = format!("In {cluster}: {text}");
    answer
}

/// A fault that leaves this room.
fn boxed(error: &impl Explain) -> Box<Fault> {
    Box::new(Fault::from(error))
}

#[cfg(test)]
mod tests;
