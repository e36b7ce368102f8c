//! From an admitted invocation to its answer: reads and changes run at once,
//! destructive commands are planned first and asked about.

use std::sync::Arc;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::{Answer, InvokeResult, Question, Watcher};
use jarvis_domain::schedule::Promise;
use jarvis_domain::{ConfirmationId, Invocation, Plan, Risk, Role, say};
use jarvis_policy::confirm::{Asked, counts_in_advance};
use jarvis_policy::{rate, to_repeat};

use super::admission::{Admitted, Halt};
use super::keeper::Keeper;
use super::phase::{Dried, nothing_to_do, wanted};
use super::{Asking, Inner};
use crate::confirm::{LIFETIME, Pending, prompt, steps};
use crate::error::InvokeError;

impl Inner {
    pub(super) async fn invoke(
        &self,
        invocation: Invocation,
        asking: Asking,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let clock = self.ports.clock.as_ref();
        let mut keeper = Keeper::begin(invocation, asking.caller.clone(), clock);
        let answered = match self.answer(&mut keeper, &asking, &watcher).await {
            Ok(answer) | Err(Halt::Open(answer)) => Ok(answer),
            Err(Halt::Failed(error)) => Err(Box::new(error.into_fault())),
        };
        keeper.end(self.ports.runs.as_ref(), &answered).await;
        // What was refused at once has its record only now.
        keeper.tell(watcher.as_ref());
        answered
    }

    /// Finds the command, has its run written down and checks what it is asked with.
    /// `told`: who hears which run it is.
    pub(super) async fn begin(
        &self,
        keeper: &mut Keeper,
        asking: &Asking,
        told: Option<&Arc<dyn Watcher>>,
    ) -> Result<Admitted, Halt> {
        let catalog = self.shared.catalog.load_full();
        let found = self.find(&catalog, keeper.invocation(), &asking.caller)?;
        keeper.revision(found.skill.revision());
        let stored = keeper.put(self.ports.runs.as_ref()).await;
        match (stored, told) {
            (Ok(()), Some(watcher)) => keeper.tell(watcher.as_ref()),
            // What cannot be written down is not done.
            (Err(error), _) if found.spec.risk > Risk::Read => return Err(error.into()),
            _ => {}
        }
        self.admit(found, keeper.invocation()).await
    }

    async fn answer(
        &self,
        keeper: &mut Keeper,
        asking: &Asking,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<Answer, Halt> {
        let mut admitted = self.begin(keeper, asking, Some(watcher)).await?;
        if admitted.spec.risk < Risk::Destructive {
            if let Some(due) = &asking.later {
                let reply = self.keep(due, &admitted, keeper, asking, None).await?;
                return Ok(Answer::Reply(reply));
            }
            let reply = self.real_run(&mut admitted, keeper, watcher, None).await?;
            return Ok(Answer::Reply(reply));
        }
        // Apart, since a read is more frequent and needs no room for it.
        Ok(Box::pin(self.plan(&mut admitted, keeper, asking, watcher)).await?)
    }

    /// Plans a destructive command, and asks about it or goes on.
    async fn plan(
        &self,
        admitted: &mut Admitted,
        keeper: &mut Keeper,
        asking: &Asking,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<Answer, InvokeError> {
        let dried = self.dry_run(admitted, keeper, watcher).await?;
        if dried.plan.writes.is_empty() {
            let mut reply = nothing_to_do(dried, keeper);
            if asking.later.is_some() {
                // What there would be to do by then, nobody can say yes to now.
                reply.speech.push_str(&say!(
                    keeper.invocation().language(),
                    en: " So there is nothing that I could keep for later.",
                    de: " Also gibt es nichts, was für später vorzumerken wäre.",
                ));
            }
            return Ok(Answer::Reply(reply));
        }
        // A question that nobody waits for is not asked.
        wanted(keeper, watcher)?;
        let invocation = keeper.invocation();
        let needs = needs(&dried.plan);
        let asked = Asked {
            command: &invocation.command,
            caller: &asking.caller,
            credential: asking.credential,
            origin: invocation.origin,
            needs,
        };
        // Planning took its time: who was signed out meanwhile is asked, and with
        // them the question is over.
        let is_there = asking.is_there();
        let unasked = is_there && !self.shared.lowered.must_ask(admitted.spec.risk, &asked);
        let confirmed = is_there && invocation.confirmed && counts_in_advance(&asked).is_ok();
        if !unasked && !confirmed {
            return self.ask(dried, needs, admitted, keeper, asking).await;
        }
        let (plan, by) = (dried.plan.digest(), asking.caller.clone());
        let event = match confirmed {
            true => AuditEvent::Confirmed { confirmation: None, plan, by },
            false => AuditEvent::Unasked { plan },
        };
        let skill = Some((admitted.skill.id().clone(), admitted.skill.revision()));
        self.audit(keeper.id(), &asking.caller, skill, event).await?;
        let reply = match &asking.later {
            Some(due) => {
                let language = keeper.invocation().language();
                let steps = steps(&dried.plan, Some(&admitted.snapshot), language);
                let by = confirmed.then(|| asking.caller.clone());
                let promise = Promise { plan, steps, by };
                self.keep(due, admitted, keeper, asking, Some(promise)).await?
            }
            None => self.real_run(admitted, keeper, watcher, Some(&dried.plan)).await?,
        };
        Ok(Answer::Reply(reply))
    }

    /// Asks a person.
    async fn ask(
        &self,
        dried: Dried,
        needs: Role,
        admitted: &Admitted,
        keeper: &mut Keeper,
        asking: &Asking,
    ) -> Result<Answer, InvokeError> {
        let Dried { plan, reply, .. } = dried;
        let id = ConfirmationId::new();
        let names = Some(admitted.snapshot.as_ref());
        let digest = plan.digest();
        let repeat = to_repeat(&plan.writes, names);
        let language = keeper.invocation().language();
        let steps = steps(&plan, names, language);
        let event = AuditEvent::Asked { confirmation: id, plan: digest };
        let skill = Some((admitted.skill.id().clone(), admitted.skill.revision()));
        self.audit(keeper.id(), &asking.caller, skill, event).await?;
        let now = self.ports.clock.now();
        let expires = now.plus(LIFETIME);
        let timers = self.shared.timers.as_ref();
        let when = asking.later.as_ref().zip(timers);
        let when = when.map(|(due, timers)| timers.when().ahead_capital(due.at, language));
        let question = Question {
            id,
            text: prompt(&steps, when, asking.caller.door, &repeat, language),
            plan: steps.clone(),
            note: reply.note,
            digest,
            expires,
            run: keeper.id(),
        };
        let pending = Pending {
            plan,
            digest,
            steps,
            caller: asking.caller.clone(),
            credential: asking.credential,
            life: asking.life.clone(),
            shown: asking.shown.clone(),
            needs,
            repeat,
            expires,
            later: asking.later.clone(),
            record: keeper.record(),
        };
        self.shared.questions.put(id, pending, now);
        Ok(Answer::Question(question))
    }
}

/// The role that every write of a plan needs.
pub(super) fn needs(plan: &Plan) -> Role {
    plan.writes.iter().map(|call| rate(call).role).max().unwrap_or(Role::Operator)
}
