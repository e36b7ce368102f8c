//! A host that keeps nothing of what it does, on the machine's clock, and how
//! it is asked: for benches, and for guests whose deeds are told by their codes.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::audit::{AuditEntry, AuditLine, AuditLog};
use jarvis_domain::invocation::{InvokeResult, Unwatched};
use jarvis_domain::kv::StoreError;
use jarvis_domain::run::{RunRecord, Runs};
use jarvis_domain::{
    BadName, Caller, Door, Invocation, Origin, Principal, RequestId, Role, RunId, SystemClock,
};
use serde_json::Map;

use super::Fakes;
use crate::catalog::Catalog;
use crate::engine::SkillEngine;
use crate::invoke::SkillHost;
use crate::ports::Ports;

/// Audit and run records that go nowhere.
#[derive(Debug)]
struct Nothing;

impl Fakes {
    /// A host that keeps nothing of what it does, on the machine's clock.
    #[must_use]
    pub fn unrecorded(&self, engine: SkillEngine, catalog: Catalog) -> SkillHost {
        let ports = Ports {
            audit: Arc::new(Nothing),
            runs: Arc::new(Nothing),
            clock: Arc::new(SystemClock),
            ..self.ports()
        };
        self.host_with(engine, catalog, ports, None)
    }
}

/// Runs `command` without arguments, as an operator who typed it.
pub async fn ask(host: &SkillHost, command: &str) -> Result<InvokeResult, BadName> {
    let invocation = Invocation {
        request: RequestId::new(),
        cluster: host.cluster().clone(),
        command: command.parse()?,
        arguments: Map::new(),
        origin: Origin::Typed,
        locale: "en".to_owned(),
        words: None,
        confirmed: false,
        chosen: None,
    };
    let caller = Caller {
        principal: Principal("uid:1000".to_owned()),
        door: Door::Cli,
        role: Some(Role::Operator),
    };
    Ok(host.invoke(invocation, &caller, Arc::new(Unwatched)).await)
}

#[async_trait]
impl AuditLog for Nothing {
    async fn record(&self, _: AuditEntry) -> Result<u64, StoreError> {
        Ok(1)
    }

    async fn recent(&self, _: Option<RunId>, _: usize) -> Result<Vec<AuditLine>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Runs for Nothing {
    async fn put(&self, _: &RunRecord) -> Result<(), StoreError> {
        Ok(())
    }

    async fn get(&self, _: RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }

    async fn recent(&self, _: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }
}
