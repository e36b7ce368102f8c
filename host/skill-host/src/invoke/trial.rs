//! Whether a command could run: all that happens before it acts, and nothing
//! that acts or asks. For whoever wants several things done, and none of them
//! where one cannot be.

use std::sync::Arc;

use jarvis_domain::invocation::{Answer, InvokeResult, Watcher};
use jarvis_domain::run::RunRecord;
use jarvis_domain::{
    CommandName, Explain, Fault, Invocation, Origin, Outcome, Reply, Risk, Role, RunId, say,
};
use jarvis_policy::confirm::Asked;
use jarvis_policy::decide::effective_role;

use super::admission::Halt;
use super::answering::needs;
use super::keeper::Keeper;
use super::phase::nothing_to_do;
use super::run::Run;
use super::{Asking, Inner, SkillHost, boxed};
use crate::confirm::{Asker, steps};
use crate::error::{self, InvokeError};

/// What came of a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Tried {
    /// It could run, and would do this, one line a write; none where it only looks.
    Would(Vec<String>),
    /// It would change nothing: why not, as it is told.
    Nothing(String),
    /// Something is open: a person has to say that first.
    Open(Answer),
}

impl SkillHost {
    /// Tries `invocation` out: what it would do, or what is open.
    ///
    /// # Errors
    /// It could not run.
    pub async fn try_out(
        &self,
        invocation: Invocation,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Tried, Box<Fault>> {
        let inner = self.sites.of(&invocation.cluster).map_err(|error| error.fault())?;
        let (inner, asking) = (Arc::clone(inner), Asking::of(asker.into()));
        let command = invocation.command.clone();
        let run = Run::new(async move { inner.try_out(invocation, asking, watcher).await });
        run.await.unwrap_or_else(|reason| {
            Err(Box::new(InvokeError::Host { command, reason }.into_fault()))
        })
    }

    /// Whether `command` is asked about before it does anything, whatever it is: no
    /// administrator exempted it for the door of `asker`.
    #[must_use]
    pub fn is_asked_about(&self, command: &CommandName, asker: Asker<'_>) -> bool {
        let catalog = self.catalog();
        let Some((_, spec)) = catalog.command(command) else { return false };
        let Asker { caller, credential, .. } = asker;
        // What it needs decides who may answer, not whether it is asked about.
        let (needs, origin) = (Role::Operator, Origin::Template);
        let asked = Asked { command, caller, credential, origin, needs };
        self.sites.main.shared.lowered.must_ask(spec.risk, &asked)
    }

    /// The record of one run on any cluster.
    pub async fn record(&self, run: RunId) -> Result<Option<RunRecord>, Box<Fault>> {
        let found = self.sites.main.ports.runs.get(run).await;
        found.map_err(|error| boxed(&error))
    }

    /// Writes down a run of somebody who asks no skill. What cannot be written is told
    /// in the log: nothing hangs on it.
    pub async fn write_down(&self, record: &RunRecord) {
        if let Err(error) = self.sites.main.ports.runs.put(record).await {
            tracing::error!(run = %record.id, %error, "the run record cannot be written");
        }
    }
}

impl Inner {
    async fn try_out(
        &self,
        invocation: Invocation,
        asking: Asking,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Tried, Box<Fault>> {
        let clock = self.ports.clock.as_ref();
        let mut keeper = Keeper::begin(invocation, asking.caller.clone(), clock);
        let tried = match self.tried(&mut keeper, &asking, &watcher).await {
            Ok(tried) => Ok(tried),
            Err(Halt::Open(answer)) => Ok(Tried::Open(answer)),
            Err(Halt::Failed(error)) => Err(Box::new(error.into_fault())),
        };
        let ended: InvokeResult = match &tried {
            Ok(Tried::Would(_) | Tried::Nothing(_)) => Ok(Answer::Reply(Reply {
                outcome: Outcome::NothingChanged,
                speech: say!(
                    keeper.invocation().language(),
                    en: "This was only tried out.",
                    de: "Das war nur eine Probe.",
                ),
                detail: None,
                data: None,
                as_of: None,
                run: keeper.id(),
            })),
            Ok(Tried::Open(answer)) => Ok(answer.clone()),
            Err(fault) => Err(fault.clone()),
        };
        keeper.end(self.ports.runs.as_ref(), &ended).await;
        tried
    }

    async fn tried(
        &self,
        keeper: &mut Keeper,
        asking: &Asking,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<Tried, Halt> {
        let mut admitted = self.begin(keeper, asking, None).await?;
        if admitted.spec.risk == Risk::Read {
            return Ok(Tried::Would(Vec::new()));
        }
        let dried = self.dry_run(&mut admitted, keeper, watcher).await?;
        // A series of writes tells in its reply what could not be written.
        if dried.reply.outcome == "failed" {
            let (row, text) = (&error::OTHER, dried.reply.speech);
            return Err(InvokeError::Answered { row, text, behind: None }.into());
        }
        if dried.plan.writes.is_empty() {
            return Ok(Tried::Nothing(nothing_to_do(dried, keeper).speech));
        }
        let needed = needs(&dried.plan);
        let has = effective_role(&asking.caller);
        if admitted.spec.risk == Risk::Destructive && has.is_none_or(|has| has < needed) {
            let (command, door) = (keeper.invocation().command.clone(), asking.caller.door);
            return Err(InvokeError::Role { command, needed, has, door }.into());
        }
        let language = keeper.invocation().language();
        Ok(Tried::Would(steps(&dried.plan, Some(&admitted.snapshot), language)))
    }
}
