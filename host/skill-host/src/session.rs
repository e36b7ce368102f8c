//! One call of one skill, as its host functions see it: on whose behalf, with
//! which rights, for real or as a dry run, and how much it has used.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::Watcher;
use jarvis_domain::kv::Entry;
use jarvis_domain::{
    Call, Caller, ClusterId, CommandName, Language, NodeName, Revision, Risk, RunId, SkillId,
    Timestamp,
};
use jarvis_policy::{Capability, GrantSet, PlanRest};
use serde_json::{Map, Value};

use crate::error::Excess;
use crate::host::{Refusal, Stop};
use crate::manifest::Limits;
use crate::ports::Ports;
use crate::record::{Rated, Record, Timed};
use crate::skill_log::CallLog;

/// A skill's identity and rights, the same for all its calls.
#[derive(Debug, Clone)]
pub(crate) struct Rights {
    /// The skill.
    pub(crate) skill: SkillId,
    /// What is in service.
    pub(crate) revision: Revision,
    /// What its manifest requests.
    pub(crate) requested: GrantSet,
    /// What the administrator allows.
    pub(crate) allowed: GrantSet,
}

/// What stays the same during one call.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) rights: Arc<Rights>,
    pub(crate) command: CommandName,
    /// In which a person is told of what it does.
    pub(crate) language: Language,
    pub(crate) declared: Risk,
    pub(crate) caller: Caller,
    pub(crate) cluster: ClusterId,
    pub(crate) run: RunId,
    pub(crate) ports: Arc<Ports>,
    /// The skill's section of the settings.
    pub(crate) config: Arc<Map<String, Value>>,
    /// What a person calls the guests; empty when the cluster was silent.
    pub(crate) names: Arc<Snapshot>,
    pub(crate) watcher: Arc<dyn Watcher>,
    pub(crate) record: Arc<Record>,
    /// Nothing is waited for beyond this moment.
    pub(crate) deadline: Timestamp,
    /// What it may use.
    pub(crate) limits: Limits,
}

/// Whether writes leave.
#[derive(Debug)]
pub(crate) enum Mode {
    /// They are recorded.
    Dry(DryRun),
    /// They leave; those of a destructive command only inside its plan.
    Real(Option<PlanRest>),
}

/// What a dry run would do.
#[derive(Debug, Default)]
pub(crate) struct DryRun {
    /// The writes, in order.
    pub(crate) writes: Vec<Call>,
    /// What it wrote to its store; `None` for a key that it removed.
    pub(crate) store: BTreeMap<String, Option<Entry>>,
}

/// One call of one skill.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) scope: Arc<Scope>,
    pub(crate) mode: Mode,
    calls: u32,
    bytes: u64,
    random: u64,
    /// The skill's own log.
    pub(crate) log: CallLog,
}

impl Session {
    pub(crate) fn new(scope: Arc<Scope>, mode: Mode) -> Self {
        let Scope { rights, run, ports, limits, .. } = scope.as_ref();
        let (logs, clock) = (Arc::clone(&ports.logs), Arc::clone(&ports.clock));
        let log = CallLog::new(rights.skill.clone(), *run, logs, clock, limits.lines);
        Self { scope, mode, calls: 0, bytes: 0, random: 0, log }
    }

    /// Whether writes are only recorded.
    pub(crate) fn is_dry(&self) -> bool {
        matches!(self.mode, Mode::Dry(_))
    }

    /// Whether something new may begin that is more than a read.
    pub(crate) fn may_begin(&self) -> Result<(), Stop> {
        if self.is_dry() || self.scope.watcher.is_wanted() { Ok(()) } else { Err(Stop::BrokenOff) }
    }

    /// How long may still be waited.
    pub(crate) fn left(&self) -> Duration {
        self.scope.deadline.since(self.scope.ports.clock.now())
    }

    /// Counts one call of the host; refused ones count too.
    pub(crate) fn count(&mut self) -> Result<(), Stop> {
        self.calls += 1;
        let most = self.scope.limits.calls;
        if self.calls > most {
            return Err(Stop::TooMuch(Excess::Calls(most)));
        }
        Ok(())
    }

    /// Counts bytes that go in or out.
    pub(crate) fn count_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        let most = self.scope.limits.bytes;
        if self.bytes > most {
            return Err(Stop::TooMuch(Excess::Bytes(most)));
        }
        Ok(())
    }

    /// Counts random bytes, before there are any.
    pub(crate) fn count_random(&mut self, bytes: u64) -> Result<(), Stop> {
        self.random = self.random.saturating_add(bytes);
        let most = self.scope.limits.random;
        if self.random > most {
            return Err(Stop::TooMuch(Excess::Random(most)));
        }
        Ok(())
    }
}

impl Session {
    /// Begins a call of the host: it is counted and timed.
    pub(crate) fn begin(&mut self, call: impl Into<String>) -> Result<Timed, Stop> {
        self.count()?;
        Ok(Timed::begin(self.scope.ports.clock.now(), call))
    }

    /// Ends a call that does not reach the cluster, or only reads it.
    pub(crate) fn end<T>(
        &self,
        timed: Timed,
        rated: Rated,
        result: Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match &result {
            Ok(_) => self.scope.record.call(timed, rated, "ok"),
            Err(refusal) => self.scope.record.call(timed, rated, &refusal.told()),
        }
        result
    }
}

impl Rights {
    /// Whether both halves of the grant open `capability`, on `node` where one
    /// is meant.
    pub(crate) fn opens(&self, capability: Capability, node: Option<&NodeName>) -> bool {
        self.requested.opens(capability, node) && self.allowed.opens(capability, node)
    }
}
