//! Whether a command could run: all that happens before it acts, and nothing
//! that acts or asks. For whoever wants several things done, and none of them
//! where one cannot be.

use std::sync::Arc;

use jarvis_domain::invocation::{Answer, InvokeResult, Watcher};
use jarvis_domain::run::RunRecord;
use jarvis_domain::{Explain, Fault, Invocation, Outcome, Reply, Risk, RunId};

use super::admission::Halt;
use super::keeper::Keeper;
use super::run::Run;
use super::{Asking, Inner, SkillHost, boxed};
use crate::confirm::Asker;
use crate::error::InvokeError;

impl SkillHost {
    /// Tries `invocation` out: none where it could run, and what a person has to
    /// say first where something is open.
    ///
    /// # Errors
    /// It could not run.
    pub async fn try_out(
        &self,
        invocation: Invocation,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Option<Answer>, Box<Fault>> {
        let inner = self.sites.of(&invocation.cluster).map_err(|error| error.fault())?;
        let (inner, asking) = (Arc::clone(inner), Asking::of(asker.into()));
        let command = invocation.command.clone();
        let run = Run::new(async move { inner.try_out(invocation, asking, watcher).await });
        let tried = run.await.unwrap_or_else(|reason| {
            Err(Box::new(InvokeError::Host { command, reason }.into_fault()))
        });
        Ok(match tried? {
            Answer::Reply(_) => None,
            open => Some(open),
        })
    }

    /// The record of one run on any cluster.
    pub async fn record(&self, run: RunId) -> Result<Option<RunRecord>, Box<Fault>> {
        let found = self.sites.main.ports.runs.get(run).await;
        found.map_err(|error| boxed(&error))
    }
}

impl Inner {
    async fn try_out(
        &self,
        invocation: Invocation,
        asking: Asking,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let clock = self.ports.clock.as_ref();
        let mut keeper = Keeper::begin(invocation, asking.caller.clone(), clock);
        let answered = match self.tried(&mut keeper, &asking, &watcher).await {
            Ok(()) => Ok(Answer::Reply(Reply {
                outcome: Outcome::NothingChanged,
                speech: "This was only tried out.".to_owned(),
                detail: None,
                data: None,
                as_of: None,
                run: keeper.id(),
            })),
            Err(Halt::Open(answer)) => Ok(answer),
            Err(Halt::Failed(error)) => Err(Box::new(error.into_fault())),
        };
        keeper.end(self.ports.runs.as_ref(), &answered).await;
        answered
    }

    async fn tried(
        &self,
        keeper: &mut Keeper,
        asking: &Asking,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<(), Halt> {
        let catalog = self.shared.catalog.load_full();
        let found = self.find(&catalog, keeper.invocation(), &asking.caller)?;
        keeper.revision(found.skill.revision());
        keeper.put(self.ports.runs.as_ref()).await?;
        let mut admitted = self.admit(found, keeper.invocation()).await?;
        if admitted.spec.risk > Risk::Read {
            self.dry_run(&mut admitted, keeper, watcher).await?;
        }
        Ok(())
    }
}
