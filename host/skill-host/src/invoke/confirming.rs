//! A person's answer to a question: does it count, is everything still as it
//! was asked about, and then the real run.

use std::sync::Arc;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::identity::Life;
use jarvis_domain::invocation::{Answer, InvokeResult, Watcher};
use jarvis_domain::schedule::Promise;
use jarvis_domain::{ConfirmationId, Explain, Origin};
use jarvis_policy::confirm::{Answerer, Asked, may_confirm};
use jarvis_sentences::repeats_in;

use super::admission::Halt;
use super::keeper::Keeper;
use super::{Asking, Inner, boxed};
use crate::confirm::{ConfirmError, Pending, steps};
use crate::error::InvokeError;

impl Inner {
    pub(super) async fn confirm(
        &self,
        id: ConfirmationId,
        answering: Asking,
        words: &str,
        origin: Origin,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let now = self.ports.clock.now();
        let pending = self.shared.questions.look(id, now).map_err(|error| boxed(&error))?;
        let language = pending.record.invocation.language();
        let pin = self.shared.pin.as_ref();
        let proved = repeats_in(language, words, &pending.repeat)
            || pin.is_some_and(|pin| pin.is_said(words, language));
        if let Err(error) = counts(&pending, &answering, origin, proved) {
            self.declined(id, &pending, &answering, &error).await;
            return Err(boxed(&error));
        }
        let pending = self.shared.questions.take(id, now).map_err(|error| boxed(&error))?;
        let mut keeper = Keeper::resume(pending.record.clone());
        let answered = match self.go_on(id, &pending, &answering, &mut keeper, &watcher).await {
            Ok(answer) | Err(Halt::Open(answer)) => Ok(answer),
            Err(Halt::Failed(error)) => Err(Box::new(error.into_fault())),
        };
        keeper.end(self.ports.runs.as_ref(), &answered).await;
        answered
    }

    /// The yes counts: is everything as it was, and if so, act.
    async fn go_on(
        &self,
        id: ConfirmationId,
        pending: &Pending,
        answering: &Asking,
        keeper: &mut Keeper,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<Answer, Halt> {
        keeper.put(self.ports.runs.as_ref()).await?;
        keeper.tell(watcher.as_ref());
        let catalog = self.shared.catalog.load_full();
        let found = self.find(&catalog, keeper.invocation(), &pending.caller)?;
        if found.skill.revision() != pending.plan.revision {
            let skill = found.skill.id().clone();
            return Err(self
                .lapsed(id, pending, answering, ConfirmError::Revision { skill })
                .await);
        }
        // What the question rested on may be a minute old.
        self.knowledge.look_again().await.map_err(InvokeError::Cluster)?;
        let mut admitted = self.admit(found, keeper.invocation()).await?;
        let dried = self.dry_run(&mut admitted, keeper, watcher).await?;
        // The same calls may cost more than a minute ago: with one node less,
        // the next one takes the quorum along.
        let language = keeper.invocation().language();
        let told = steps(&dried.plan, Some(&admitted.snapshot), language);
        if dried.plan.digest() != pending.digest || told != pending.steps {
            return Err(self.lapsed(id, pending, answering, ConfirmError::PlanChanged).await);
        }
        // All this took its time.
        if pending.life.as_ref().is_some_and(Life::is_over) || !answering.is_there() {
            return Err(self.lapsed(id, pending, answering, ConfirmError::SignedOut).await);
        }
        let by = answering.caller.clone();
        let event = AuditEvent::Confirmed { confirmation: Some(id), plan: pending.digest, by };
        let about = Some((admitted.skill.id().clone(), admitted.skill.revision()));
        self.audit(keeper.id(), &pending.caller, about, event).await?;
        let reply = match &pending.later {
            Some(due) => {
                let by = Some(answering.caller.clone());
                let (plan, steps) = (pending.digest, pending.steps.clone());
                let asking = Asking::of_pending(pending);
                let promise = Some(Promise { plan, steps, by });
                self.keep(due, &admitted, keeper, &asking, promise).await?
            }
            None => self.real_run(&mut admitted, keeper, watcher, Some(&pending.plan)).await?,
        };
        Ok(Answer::Reply(reply))
    }

    pub(super) async fn decline(
        &self,
        id: ConfirmationId,
        answering: Asking,
    ) -> Result<(), ConfirmError> {
        let now = self.ports.clock.now();
        let pending = self.shared.questions.look(id, now)?;
        // A no need not repeat anything.
        counts(&pending, &answering, Origin::Typed, true)?;
        let pending = self.shared.questions.take(id, now)?;
        let event = AuditEvent::Declined {
            confirmation: id,
            by: answering.caller.clone(),
            why: "they said no".to_owned(),
        };
        self.audit_answer(&pending, event).await;
        Ok(())
    }

    async fn lapsed(
        &self,
        id: ConfirmationId,
        pending: &Pending,
        answering: &Asking,
        error: ConfirmError,
    ) -> Halt {
        self.declined(id, pending, answering, &error).await;
        Halt::Failed(InvokeError::Passed((&error).into()))
    }

    async fn declined(
        &self,
        confirmation: ConfirmationId,
        pending: &Pending,
        answering: &Asking,
        error: &ConfirmError,
    ) {
        let why = format!("{error} [{}]", error.row().code);
        let by = answering.caller.clone();
        self.audit_answer(pending, AuditEvent::Declined { confirmation, by, why }).await;
    }

    /// Writes down an answer after which nothing happens.
    async fn audit_answer(&self, pending: &Pending, event: AuditEvent) {
        let skill = Some((pending.plan.command.skill.clone(), pending.plan.revision));
        let run = pending.record.id;
        if let Err(error) = self.audit(run, &pending.caller, skill, event).await {
            tracing::error!(%run, %error, "the audit log cannot be written");
        }
    }
}

fn counts(
    pending: &Pending,
    answering: &Asking,
    origin: Origin,
    proved: bool,
) -> Result<(), ConfirmError> {
    let asked = Asked {
        command: &pending.plan.command,
        caller: &pending.caller,
        credential: pending.credential,
        origin: pending.record.invocation.origin,
        needs: pending.needs,
    };
    let answerer =
        Answerer { caller: &answering.caller, credential: answering.credential, origin, proved };
    Ok(may_confirm(&asked, &answerer)?)
}
