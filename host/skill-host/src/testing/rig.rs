//! One session without any WebAssembly, for tests of host functions.

use std::sync::Arc;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::caller::{Door, Principal};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Caller, Digest, Plan, Risk, Role, RunId};
use jarvis_policy::{Form, GrantSet, PlanRest};
use serde_json::{Value, json};

use super::Fakes;
use super::cluster::cluster_id;
use crate::manifest::Limits;
use crate::session::{DryRun, Mode, Rights, Scope, Session};

/// What a session is made of; tests change what they are about.
pub(crate) struct Rig {
    pub(crate) fakes: Fakes,
    pub(crate) caller: Caller,
    pub(crate) declared: Risk,
    pub(crate) requested: GrantSet,
    pub(crate) allowed: GrantSet,
    pub(crate) config: Value,
    pub(crate) limits: Limits,
}

impl Rig {
    /// Nothing granted; an operator at the command line; a change command.
    pub(crate) fn new() -> Self {
        let caller = Caller {
            principal: Principal("uid:1000".to_owned()),
            door: Door::Cli,
            role: Some(Role::Operator),
        };
        Self {
            fakes: Fakes::new(),
            caller,
            declared: Risk::Change,
            requested: GrantSet::default(),
            allowed: GrantSet::default(),
            config: json!({}),
            limits: Limits { calls: 100, ..Limits::DEFAULT },
        }
    }

    /// One whole capability granted.
    pub(crate) fn granting(capability: &str) -> Self {
        Self::with_grants(&format!("[{{capability: {capability}}}]"))
    }

    /// Reads of one path granted.
    pub(crate) fn reading(path: &str) -> Self {
        Self::with_grants(&format!("[{{capability: cluster-read, paths: ['{path}']}}]"))
    }

    /// These grants on both sides.
    pub(crate) fn with_grants(yaml: &str) -> Self {
        let grants = grants(yaml);
        Self { requested: grants.clone(), allowed: grants, ..Self::new() }
    }

    pub(crate) fn session(&self) -> Session {
        Session::new(self.scope(), Mode::Real(None))
    }

    pub(crate) fn dry_session(&self) -> Session {
        Session::new(self.scope(), Mode::Dry(DryRun::default()))
    }

    /// A real session that is bound to a plan.
    pub(crate) fn planned_session(&self, writes: Vec<jarvis_domain::Call>) -> Session {
        let scope = self.scope();
        let plan = Plan {
            cluster: scope.cluster.clone(),
            command: scope.command.clone(),
            revision: scope.rights.revision,
            arguments: json!({}),
            writes,
        };
        Session::new(scope, Mode::Real(Some(PlanRest::new(&plan))))
    }

    fn scope(&self) -> Arc<Scope> {
        let ports = self.fakes.ports();
        let rights = Rights {
            skill: "test".parse().unwrap(),
            revision: Digest::of(b"test"),
            requested: self.requested.clone(),
            allowed: self.allowed.clone(),
        };
        Arc::new(Scope {
            rights: Arc::new(rights),
            command: "test.run".parse().unwrap(),
            language: jarvis_domain::Language::English,
            declared: self.declared,
            caller: self.caller.clone(),
            cluster: cluster_id(),
            run: RunId::new(),
            config: Arc::new(self.config.as_object().cloned().unwrap_or_default()),
            names: self.fakes.cluster.names(),
            watcher: Arc::new(Unwatched),
            record: Arc::default(),
            deadline: ports.clock.now().plus(std::time::Duration::from_secs(30)),
            limits: self.limits,
            ports: Arc::new(ports),
        })
    }

    pub(crate) fn audit_events(&self) -> Vec<AuditEvent> {
        self.fakes.store.events()
    }
}

/// Grants as an administrator writes them.
pub(crate) fn grants(yaml: &str) -> GrantSet {
    let tree = jarvis_document::parse(yaml).unwrap();
    let notes = jarvis_document::Notes::default();
    let read = GrantSet::read(&jarvis_document::Cursor::root(&tree, &notes), Form::Allowance);
    notes.finish(read).unwrap()
}
