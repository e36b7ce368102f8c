//! All terminals: who may open one, and on what.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLog};
use jarvis_domain::identity::Person;
use jarvis_domain::kv::StoreError;
use jarvis_domain::{
    Caller, Clock, ClusterId, ConsoleSize, ConsoleTarget, Explain, Fault, TerminalId,
};
use jarvis_policy::port::{Console, Consoles};
use jarvis_policy::{ConsolePermit, ConsoleRule, decide_console};
use tokio::sync::oneshot;

use super::error::TerminalError;
use super::keys::Keys;
use super::output::Output;
use super::places::{Place, Places};
use super::program::Program;
use super::request::{TerminalRequest, TerminalWanted};
use super::session::{About, Attachment, Body, Session, Why};
use super::supervise::supervise;

/// How long a console may take to open: as long as the reads before it may by default,
/// 10 s of the main node and 20 s of another.
const OPENING: Duration = Duration::from_secs(30);
/// How long the last process is waited for where the host stops.
const STOPPING: Duration = Duration::from_secs(10);

/// What terminals are made of.
#[derive(Debug)]
pub struct TerminalParts {
    /// The main cluster.
    pub main: TerminalSite,
    /// Those beside it.
    pub others: Vec<TerminalSite>,
    /// Who may open one.
    pub rule: ConsoleRule,
    /// How long nothing may happen in one.
    pub idle: Duration,
    /// Where it is written down.
    pub audit: Arc<dyn AuditLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A cluster that has consoles.
#[derive(Debug, Clone)]
pub struct TerminalSite {
    /// Its id.
    pub cluster: ClusterId,
    /// Who hands them out.
    pub consoles: Arc<dyn Consoles>,
}

/// All terminals of the host.
#[derive(Debug)]
pub struct Terminals {
    main: TerminalSite,
    others: Vec<TerminalSite>,
    rule: ConsoleRule,
    pub(super) idle: Duration,
    audit: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    pub(super) places: Arc<Places>,
}

impl Terminals {
    /// No terminal yet.
    #[must_use]
    pub fn new(parts: TerminalParts) -> Arc<Self> {
        let TerminalParts { main, others, rule, idle, audit, clock } = parts;
        Arc::new(Self { main, others, rule, idle, audit, clock, places: Arc::default() })
    }

    /// How many are open.
    #[must_use]
    pub fn open_now(&self) -> usize {
        self.places.taken()
    }

    /// Ends them all, opens no more, and returns when the last process is gone,
    /// or has been waited for long enough.
    pub async fn shutdown(&self) {
        for session in self.places.close() {
            session.end(Why::Stopping);
        }
        tokio::select! {
            () = self.places.emptied() => {}
            () = self.clock.sleep(STOPPING) => {
                tracing::warn!(left = self.open_now(), "some terminals did not end in time");
            }
        }
    }

    /// Whether no more are opened.
    pub(super) fn is_stopping(&self) -> bool {
        self.places.is_closed()
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The terminal that `person` asks for. Goes on by itself when dropped,
    /// so that nothing that was started is forgotten; what was not yet, is not
    /// any more.
    pub(super) async fn attach(
        self: &Arc<Self>,
        person: &Person,
        request: TerminalRequest,
    ) -> Result<Attachment, Box<Fault>> {
        let (terminals, person) = (Arc::clone(self), person.clone());
        // Dropped with this.
        let (_waits, left) = oneshot::channel();
        let attached = tokio::spawn(async move {
            match request.wanted {
                TerminalWanted::New(target) => {
                    let TerminalRequest { cluster, size, .. } = request;
                    terminals.open(&person, cluster, (target, size), left).await
                }
                TerminalWanted::Again { id, from } => {
                    terminals.again(&person, id, from, request.size).await
                }
            }
        });
        attached.await.unwrap_or_else(|error| Err(TerminalError::Start(error.to_string()).fault()))
    }

    async fn open(
        self: &Arc<Self>,
        person: &Person,
        cluster: Option<ClusterId>,
        (target, size): (ConsoleTarget, ConsoleSize),
        left: oneshot::Receiver<()>,
    ) -> Result<Attachment, Box<Fault>> {
        let site = self.site(cluster).map_err(|error| error.fault())?;
        let permit = self.decide(person, site, &target).await?;
        let place = self.places.take(&person.caller.principal).map_err(|error| error.fault())?;
        let id = place.id();
        let about = About {
            id,
            owner: person.caller.clone(),
            cluster: site.cluster.clone(),
            target,
            since: self.clock.now(),
        };
        // Before anything is opened; without it nothing is.
        let opens = format!("opens the terminal {id} on {}", about.target);
        let recorded = self.record(&about.cluster, &about.owner, opens).await;
        recorded.map_err(|error| TerminalError::Unrecorded(error).fault())?;
        let (output, keys) = (Arc::<Output>::default(), Arc::<Keys>::default());
        let opened = tokio::select! {
            biased;
            ends = self.is_unwanted(person, left) => Err(ends.fault()),
            opened = site.consoles.open(permit, size) => {
                opened.map_err(|error| Box::new(error.fault))
            }
        };
        let body = match opened {
            Ok(Console::Far(console)) => Ok(Body::Far(console)),
            Ok(Console::Program(program)) => {
                let ends = (Arc::clone(&output), Arc::clone(&keys));
                let started = Program::start(program, size, ends.0, ends.1).await;
                started.map(Body::Program).map_err(|error| error.fault())
            }
            Err(fault) => Err(fault),
        };
        let body = match body {
            Ok(body) => body,
            Err(fault) => {
                let what = format!("the terminal {id} on {} did not open: {fault}", about.target);
                self.note(&about.cluster, &about.owner, what).await;
                return Err(fault);
            }
        };
        let clock = Arc::clone(&self.clock);
        let parts = (output, keys, body);
        let session = Arc::new(Session::new(about, parts, size, person.life.clone(), clock));
        Ok(self.begin(session, place, person))
    }

    /// Completes when a terminal that is being opened for `person` need not be
    /// any more, and says why. `left` ends with who waits for it.
    async fn is_unwanted(&self, person: &Person, left: oneshot::Receiver<()>) -> TerminalError {
        let mut life = person.life.clone();
        tokio::select! {
            biased;
            () = life.ended() => TerminalError::SignedOut,
            () = self.places.closed() => TerminalError::Stopping,
            _ = left => TerminalError::Left,
            () = self.clock.sleep(OPENING) => TerminalError::Late(OPENING.as_secs()),
        }
    }

    /// From here on the terminal has a life of its own.
    fn begin(self: &Arc<Self>, session: Arc<Session>, place: Place, person: &Person) -> Attachment {
        let attachment = session.attach(person.life.clone(), None);
        if place.settle(&session) {
            session.end(Why::Stopping);
        }
        tokio::spawn(supervise(Arc::clone(self), session, place));
        attachment
    }

    async fn again(
        &self,
        person: &Person,
        id: TerminalId,
        from: Option<u64>,
        size: ConsoleSize,
    ) -> Result<Attachment, Box<Fault>> {
        let session = self.places.find(id).map_err(|error| error.fault())?;
        let About { owner, cluster, target, .. } = &session.about;
        if owner.principal != person.caller.principal {
            let what = format!("was refused the terminal {id} on {target}: it is not theirs");
            self.note(cluster, &person.caller, what).await;
            return Err(TerminalError::NotYours(id).fault());
        }
        let site = self.site(Some(cluster.clone())).map_err(|error| error.fault())?;
        // The role may be another than it was.
        self.decide(person, site, target).await?;
        self.note(cluster, &person.caller, format!("is back at the terminal {id} on {target}"))
            .await;
        session.resize(size);
        let mut attachment = session.attach(person.life.clone(), from);
        attachment.resumed = true;
        Ok(attachment)
    }

    fn site(&self, cluster: Option<ClusterId>) -> Result<&TerminalSite, TerminalError> {
        let Some(cluster) = cluster else { return Ok(&self.main) };
        let mut all = std::iter::once(&self.main).chain(&self.others);
        all.find(|site| site.cluster == cluster).ok_or(TerminalError::NoCluster(cluster))
    }

    async fn decide(
        &self,
        person: &Person,
        site: &TerminalSite,
        target: &ConsoleTarget,
    ) -> Result<ConsolePermit, Box<Fault>> {
        if person.life.is_over() {
            return Err(TerminalError::SignedOut.fault());
        }
        // Whatever is typed there, nobody is asked about.
        if !person.is_person() {
            return Err(TerminalError::NotAPerson.fault());
        }
        let own = site.consoles.is_own_node(target);
        let (caller, cluster) = (&person.caller, &site.cluster);
        match decide_console(caller, cluster, target.clone(), own, self.rule) {
            Ok(permit) => Ok(permit),
            Err(denial) => {
                let what = format!("was refused a terminal on {target}: {denial}");
                self.note(cluster, caller, what).await;
                Err(denial.fault())
            }
        }
    }

    /// Writes down what happened anyway.
    pub(super) async fn note(&self, cluster: &ClusterId, caller: &Caller, what: String) {
        if let Err(error) = self.record(cluster, caller, what.clone()).await {
            tracing::error!(%error, what, "a word about a terminal was not written down");
        }
    }

    async fn record(
        &self,
        cluster: &ClusterId,
        caller: &Caller,
        what: String,
    ) -> Result<u64, StoreError> {
        let entry = AuditEntry {
            run: None,
            cluster: cluster.clone(),
            caller: Some(caller.clone()),
            skill: None,
            event: AuditEvent::Access { what },
        };
        self.audit.record(entry).await
    }
}
