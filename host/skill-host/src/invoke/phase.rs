//! One phase of a run: a dry run that makes a plan, or the real one. Each is
//! a fresh instance.

use std::sync::Arc;
use std::time::Instant;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::Watcher;
use jarvis_domain::{Explain, Language, Plan, Reply, Risk, say};
use jarvis_policy::{PlanRest, describe_doing_in};
use serde_json::Value;

use super::Inner;
use super::admission::Admitted;
use super::keeper::Keeper;
use crate::bindings::exported::Invocation as Request;
use crate::call::{self, Entry, SkillReply};
use crate::catalog::{Held, Skill};
use crate::error::InvokeError;
use crate::metrics::Measured;
use crate::outcome::{self, Checked, Seen};
use crate::record::{Effect, Record};
use crate::session::{DryRun, Mode, Scope, Session};

/// What a dry run found.
#[derive(Debug)]
pub(super) struct Dried {
    /// What the command would do; it may be nothing.
    pub(super) plan: Plan,
    /// What the skill answered.
    pub(super) reply: SkillReply,
    /// What it saw.
    pub(super) record: Arc<Record>,
}

impl Inner {
    /// Plans: real reads, recorded writes.
    pub(super) async fn dry_run(
        &self,
        admitted: &mut Admitted,
        keeper: &mut Keeper,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<Dried, InvokeError> {
        let scope = self.scope_of(admitted, keeper, watcher);
        let record = Arc::clone(&scope.record);
        let called = self.call(admitted, keeper, scope, Mode::Dry(DryRun::default())).await;
        keeper.absorb(&record);
        let reply = called.reply?;
        let writes = match called.mode {
            Some(Mode::Dry(dry)) => dry.writes,
            _ => Vec::new(),
        };
        let plan = Plan {
            cluster: self.cluster.clone(),
            command: keeper.invocation().command.clone(),
            revision: admitted.skill.revision(),
            arguments: Value::Object(admitted.arguments.clone()),
            writes,
        };
        Ok(Dried { plan, reply, record })
    }

    /// Acts. A destructive command writes only what `plan` holds.
    pub(super) async fn real_run(
        &self,
        admitted: &mut Admitted,
        keeper: &mut Keeper,
        watcher: &Arc<dyn Watcher>,
        plan: Option<&Plan>,
    ) -> Result<Reply, InvokeError> {
        if admitted.spec.risk > Risk::Read {
            wanted(keeper, watcher)?;
        }
        let scope = self.scope_of(admitted, keeper, watcher);
        let mode = Mode::Real(plan.map(PlanRest::new));
        let called = self.call(admitted, keeper, Arc::clone(&scope), mode).await;
        self.look_again(&scope).await;
        for operation in scope.record.close() {
            scope.follow(operation);
        }
        keeper.absorb(&scope.record);
        let writes = scope.record.writes();
        let language = keeper.invocation().language();
        let reply = match called.reply {
            Ok(reply) => {
                let reads_only = admitted.spec.risk == Risk::Read;
                let stored = scope.record.has_stored();
                let left = left(called.mode.as_ref(), &scope);
                let seen = Seen { reads_only, writes: &writes, stored, left: &left };
                let checked = outcome::check(&reply.outcome, &seen, language);
                vouched(checked, Some(reply), &scope.record, keeper)
            }
            Err(error) if outcome::has_effect(&writes) => {
                tracing::warn!(run = %keeper.id(), %error, "a skill broke off after it had begun to write");
                let checked = outcome::broken_off(&error.broke_off(language), &writes, language);
                vouched(checked, None, &scope.record, keeper)
            }
            Err(error) => return Err(error),
        };
        Ok(reply)
    }

    fn scope_of(
        &self,
        admitted: &Admitted,
        keeper: &Keeper,
        watcher: &Arc<dyn Watcher>,
    ) -> Arc<Scope> {
        let Admitted { skill, spec, snapshot, .. } = admitted;
        self.scope(skill, spec.risk, keeper, Arc::clone(snapshot), Arc::clone(watcher))
    }

    /// What one call may do: with the rights of `skill`, at most what its
    /// command `declared`.
    pub(super) fn scope(
        &self,
        skill: &Skill,
        declared: Risk,
        keeper: &Keeper,
        names: Arc<Snapshot>,
        watcher: Arc<dyn Watcher>,
    ) -> Arc<Scope> {
        Arc::new(Scope {
            rights: Arc::clone(&skill.rights),
            command: keeper.invocation().command.clone(),
            language: keeper.invocation().language(),
            declared,
            caller: keeper.caller().clone(),
            cluster: self.cluster.clone(),
            run: keeper.id(),
            ports: Arc::clone(&self.ports),
            config: self.shared.config.get(skill.id()).cloned().unwrap_or_default(),
            names,
            watcher,
            record: Arc::default(),
            deadline: self.ports.clock.now().plus(skill.limits.time),
            limits: skill.limits,
        })
    }

    async fn call(
        &self,
        admitted: &mut Admitted,
        keeper: &Keeper,
        scope: Arc<Scope>,
        mode: Mode,
    ) -> call::Called {
        let Admitted { skill, spec, held, arguments, .. } = admitted;
        let invocation = keeper.invocation();
        let request = Request {
            command: spec.name.clone(),
            arguments: Value::Object(arguments.clone()).to_string(),
            locale: invocation.locale.clone(),
            request_id: invocation.request.to_string(),
            budget_ms: u32::try_from(skill.limits.time.as_millis()).unwrap_or(u32::MAX),
            dry_run: matches!(mode, Mode::Dry(_)),
            extra: Vec::new(),
        };
        self.measured(skill, held, Session::new(scope, mode), Entry::Invoke(&request)).await
    }

    /// Calls the skill, and counts what it took.
    pub(super) async fn measured(
        &self,
        skill: &Skill,
        held: &mut Held,
        session: Session,
        entry: Entry<'_>,
    ) -> call::Called {
        let Skill { linked, limits, .. } = skill;
        let (record, began) = (Arc::clone(&session.scope.record), Instant::now());
        let called = call::call(&self.shared.engine, linked, held, session, limits, entry).await;
        let (host_calls, denials) = record.counts();
        let measured = Measured {
            took: began.elapsed(),
            cpu: called.used.cpu,
            memory: called.used.memory,
            host_calls,
            denials,
            error: called.reply.as_ref().err().map(|error| error.row().code),
        };
        self.shared.metrics.add(skill.id(), &measured);
        called
    }

    /// Looks once more at what the skill did not wait for.
    async fn look_again(&self, scope: &Arc<Scope>) {
        for write in scope.record.writes() {
            let Effect::Running(id) = write.effect else { continue };
            match self.ports.operations.wait(id, std::time::Duration::ZERO).await {
                Ok(Some(end)) => scope.settle(id, &end).await,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(run = %scope.run, %error, "an operation is out of sight")
                }
            }
        }
    }
}

/// Whether nobody has broken it off.
pub(super) fn wanted(keeper: &Keeper, watcher: &Arc<dyn Watcher>) -> Result<(), InvokeError> {
    if watcher.is_wanted() {
        return Ok(());
    }
    Err(InvokeError::BrokenOff { command: keeper.invocation().command.clone() })
}

/// The answer to a command that has nothing to do.
pub(super) fn nothing_to_do(dried: Dried, keeper: &Keeper) -> Reply {
    let seen = Seen::default();
    let language = keeper.invocation().language();
    let checked = outcome::check(&dried.reply.outcome, &seen, language);
    vouched(checked, Some(dried.reply), &dried.record, keeper)
}

/// What a person said yes to and the skill did not ask for.
fn left(mode: Option<&Mode>, scope: &Scope) -> Vec<String> {
    let Some(Mode::Real(Some(rest))) = mode else { return Vec::new() };
    rest.left()
        .iter()
        .map(|call| describe_doing_in(scope.language, call, Some(&scope.names)))
        .collect()
}

fn vouched(checked: Checked, reply: Option<SkillReply>, record: &Record, keeper: &Keeper) -> Reply {
    let Checked { outcome, instead } = checked;
    let (said, detail, data) = match reply {
        Some(reply) => (reply.speech, reply.detail, reply.data),
        None => (String::new(), None, None),
    };
    let (speech, detail) = match instead {
        None => (said, detail),
        Some(instead) if said.is_empty() => (instead, None),
        Some(instead) => {
            let quoted = say!(
                keeper.invocation().language(),
                en: "{instead}\n\nThe skill itself said:\n\n> {said}",
                de: "{instead}\n\nDer Skill selbst sagte:\n\n> {said}",
            );
            (instead, Some(quoted))
        }
    };
    Reply { outcome, speech, detail, data, as_of: record.as_of(), run: keeper.id() }
}

impl InvokeError {
    /// Why a skill that had begun to write has no answer, as a sentence.
    fn broke_off(&self, language: Language) -> String {
        match self {
            Self::Trapped { skill, .. } => say!(
                language,
                en: "The skill {skill} crashed.",
                de: "Der Skill {skill} ist abgestürzt.",
            ),
            Self::TimedOut { .. } => {
                say!(language, en: "The time for this was up.", de: "Die Zeit dafür war um.")
            }
            Self::BrokenOff { .. } => say!(
                language,
                en: "It was broken off by whoever asked for it.",
                de: "Es wurde abgebrochen.",
            ),
            Self::Memory { skill, .. } => say!(
                language,
                en: "The skill {skill} ran out of memory.",
                de: "Dem Skill {skill} ging der Speicher aus.",
            ),
            Self::Answered { text, .. } => {
                let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
                format!("{text}{stop}")
            }
            other => say!(language, en: "It broke off: {other}.", de: "Es brach ab: {other}."),
        }
    }
}
