//! Commands for later. One is set where it would run otherwise, after the same
//! checks and with the same yes; when its time comes, everything has to be as
//! it was, or it does not run.

use std::sync::Arc;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::invocation::{Answer, InvokeResult, Unwatched, Watcher};
use jarvis_domain::schedule::{Errand, Later, Owner, Promise, Scheduled};
use jarvis_domain::{
    Explain, Fault, Invocation, Language, Outcome, Plan, Reply, Risk, Timestamp, say, text,
};
use jarvis_policy::confirm::Asked;

use super::admission::{Admitted, Halt};
use super::answering::needs;
use super::keeper::Keeper;
use super::run::Run;
use super::{Asking, Inner, SkillHost, on};
use crate::confirm::{Asker, ConfirmError, steps};
use crate::error::InvokeError;
use crate::schedule::{Due, TimerError, Timers, Why, order};

/// The longest text of what a command does, characters.
const LONGEST: usize = 300;

/// A command, and when it is to run.
#[derive(Debug, Clone)]
pub struct ForLater {
    /// The command.
    pub invocation: Invocation,
    /// When.
    pub due: Timestamp,
    /// What was asked for, without the time.
    pub words: Option<String>,
    /// Where somebody wants to be told of it.
    pub place: Option<String>,
}

/// Why a command for later has no answer.
enum Stopped {
    /// It was not begun.
    Before(InvokeError),
    /// It was.
    Within(InvokeError),
}

impl SkillHost {
    /// The timers.
    ///
    /// # Errors
    /// This host does not stay until their time comes.
    pub fn timers(&self) -> Result<&Arc<Timers>, Box<Fault>> {
        let timers = self.sites.main.shared.timers.as_ref();
        timers.ok_or_else(|| TimerError::NoHost.fault())
    }

    /// Has one command run later, or asks about it now.
    pub async fn invoke_later(
        &self,
        later: ForLater,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> InvokeResult {
        let ForLater { invocation, due, words, place } = later;
        let asking = Asking::of(asker.into());
        let timers = self.timers()?;
        timers.check(&asking.caller.principal, due).map_err(|error| error.fault())?;
        self.run(
            invocation,
            Asking { later: Some(Due { at: due, words, place }), ..asking },
            watcher,
        )
        .await
    }

    /// Carries out what was set, now that its time has come.
    pub(crate) fn carry_out(&self, one: Scheduled) -> impl Future<Output = ()> + Send + 'static {
        let timers = self.sites.main.shared.timers.clone();
        let place = one.command().map(|later| &later.invocation.cluster);
        let site = place.and_then(|cluster| self.sites.of(cluster).ok()).cloned();
        let told = site.as_ref().and_then(|site| self.sites.told(site));
        async move {
            let (Some(timers), Some(later)) = (timers, one.command()) else { return };
            let Some(site) = site else {
                let cluster = later.invocation.cluster.clone();
                let error = InvokeError::OtherCluster { ours: Vec::new(), asked: cluster };
                return timers.failed(&one, &error).await;
            };
            let run = {
                let (timers, one) = (Arc::clone(&timers), one.clone());
                Run::new(async move { site.run_later(&timers, &one).await })
            };
            match run.await {
                Ok(Ok(reply)) => match on(told, Answer::Reply(reply)) {
                    Answer::Reply(reply) => timers.ran(&one, &reply).await,
                    Answer::Question(_) | Answer::Choice(_) | Answer::Missing(_) => {}
                },
                Ok(Err(Stopped::Before(error))) => timers.failed(&one, &error).await,
                Ok(Err(Stopped::Within(error))) => timers.failed_within(&one, &error).await,
                Err(reason) => timers.broke_off(&one, &reason).await,
            }
        }
    }
}

impl Inner {
    /// Keeps an admitted command for later.
    pub(super) async fn keep(
        &self,
        due: &Due,
        admitted: &Admitted,
        keeper: &Keeper,
        asking: &Asking,
        promise: Option<Promise>,
    ) -> Result<Reply, InvokeError> {
        let timers = self.shared.timers.as_ref().ok_or(TimerError::NoHost)?;
        let language = keeper.invocation().language();
        let what = match &promise {
            Some(promise) => {
                let and = say!(language, en: ", and ", de: ", und ");
                promise.steps.join(&and)
            }
            None => due.words.clone().unwrap_or_else(|| spec_of(admitted, keeper, language)),
        };
        let later = Later {
            run: keeper.id(),
            invocation: keeper.invocation().clone(),
            revision: admitted.skill.revision(),
            risk: admitted.spec.risk,
            what: text::line(&what, LONGEST),
            promise,
        };
        let owner = Owner { caller: asking.caller.clone(), shown: asking.shown.clone() };
        let plan = later.promise.as_ref().map(|promise| promise.plan);
        let errand = Errand::Command(Box::new(later));
        let one = timers.made(owner, due.at, due.place.as_deref(), errand, language);
        timers.check(&asking.caller.principal, due.at)?;
        let event = AuditEvent::Scheduled { timer: one.id, due: due.at, plan };
        let skill = Some((admitted.skill.id().clone(), admitted.skill.revision()));
        self.audit(keeper.id(), &asking.caller, skill.clone(), event).await?;
        if let Err(error) = timers.set(one.clone()).await {
            let event = AuditEvent::Cancelled { timer: one.id, by: None, why: error.to_string() };
            self.audit(keeper.id(), &asking.caller, skill, event).await?;
            return Err(error.into());
        }
        Ok(Reply {
            outcome: Outcome::Scheduled,
            speech: format!("{}: {}.", timers.when().ahead_capital(due.at, language), one.called()),
            detail: None,
            data: order::data(&[one]),
            as_of: None,
            run: keeper.id(),
        })
    }

    /// Runs what was set, if all is as it was then.
    async fn run_later(&self, timers: &Timers, one: &Scheduled) -> Result<Reply, Stopped> {
        let Some(later) = one.command() else {
            return Err(Stopped::Before(TimerError::Unknown.into()));
        };
        let known = self.ports.runs.get(later.run).await;
        let known = known.map_err(|error| Stopped::Before(InvokeError::Store(error)))?;
        let clock = self.ports.clock.as_ref();
        let mut keeper = match known {
            Some(record) => Keeper::resume(record),
            // It was set so long ago that its record is gone.
            None => Keeper::begin(later.invocation.clone(), one.owner.caller.clone(), clock),
        };
        let watcher: Arc<dyn Watcher> = Arc::new(Unwatched);
        let ran = match self.as_it_was(timers, one, later, &mut keeper, &watcher).await {
            Err(error) => Err(Stopped::Before(error)),
            Ok((mut admitted, plan)) => {
                let ran = self.real_run(&mut admitted, &mut keeper, &watcher, plan.as_ref()).await;
                ran.map_err(Stopped::Within)
            }
        };
        let ended = match &ran {
            Ok(reply) => Ok(Answer::Reply(reply.clone())),
            Err(Stopped::Before(error) | Stopped::Within(error)) => Err(Box::new(error.to_fault())),
        };
        keeper.end(self.ports.runs.as_ref(), &ended).await;
        ran
    }

    /// All that is looked at before it runs: the command and its plan, if it
    /// may. That it runs is in the audit log by then.
    async fn as_it_was(
        &self,
        timers: &Timers,
        one: &Scheduled,
        later: &Later,
        keeper: &mut Keeper,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<(Admitted, Option<Plan>), InvokeError> {
        keeper.put(self.ports.runs.as_ref()).await?;
        timers.confirm_wanted(one).await?;
        let catalog = self.shared.catalog.load_full();
        let found = self.find(&catalog, keeper.invocation(), &one.owner.caller)?;
        if found.skill.revision() != later.revision {
            let skill = found.skill.id().clone();
            return Err(InvokeError::Passed((&ConfirmError::Revision { skill }).into()));
        }
        self.knowledge.look_again().await.map_err(InvokeError::Cluster)?;
        let mut admitted = match self.admit(found, keeper.invocation()).await {
            Ok(admitted) => admitted,
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Open(_)) => return Err(changed()),
        };
        let plan = match admitted.spec.risk {
            Risk::Read | Risk::Change => None,
            Risk::Destructive => {
                let promise = later.promise.as_ref().ok_or_else(changed)?;
                let dried = self.dry_run(&mut admitted, keeper, watcher).await?;
                let language = keeper.invocation().language();
                let told = steps(&dried.plan, Some(&admitted.snapshot), language);
                if dried.plan.digest() != promise.plan || told != promise.steps {
                    return Err(changed());
                }
                if promise.by.is_none() {
                    self.is_unasked_still(one, &dried.plan, keeper)?;
                }
                Some(dried.plan)
            }
        };
        // All this took its time.
        timers.confirm_wanted(one).await?;
        let skill = Some((admitted.skill.id().clone(), admitted.skill.revision()));
        let event = AuditEvent::Due { timer: one.id };
        self.audit(keeper.id(), &one.owner.caller, skill, event).await?;
        Ok((admitted, plan))
    }

    /// What ran unasked by the settings of then does so by those of now.
    fn is_unasked_still(
        &self,
        one: &Scheduled,
        plan: &Plan,
        keeper: &Keeper,
    ) -> Result<(), InvokeError> {
        let asker = Asker::of_owner(&one.owner);
        let asked = Asked {
            command: &plan.command,
            caller: asker.caller,
            credential: asker.credential,
            origin: keeper.invocation().origin,
            needs: needs(plan),
        };
        if self.shared.lowered.must_ask(Risk::Destructive, &asked) {
            return Err(TimerError::Cancelled { why: Why::Asked }.into());
        }
        Ok(())
    }
}

fn changed() -> InvokeError {
    InvokeError::Passed((&ConfirmError::PlanChanged).into())
}

/// What a command does that nobody has put into words: `run vm-lifecycle.start, guest 102`.
fn spec_of(admitted: &Admitted, keeper: &Keeper, language: Language) -> String {
    let arguments = admitted.arguments.iter().map(|(name, value)| match value {
        serde_json::Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    let named = std::iter::once(keeper.invocation().command.to_string()).chain(arguments);
    let named = named.collect::<Vec<_>>().join(", ");
    say!(language, en: "run {named}", de: "{named} ausführen")
}
