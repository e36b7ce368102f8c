//! Decisions about skills, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jarvis_domain::SkillId;
use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::kv::StoreError;

/// The newest decision about each skill.
#[derive(Debug, Default)]
pub struct FakeDecisions(Mutex<BTreeMap<SkillId, Decision>>);

#[async_trait]
impl Decisions for FakeDecisions {
    async fn all(&self) -> Result<Vec<Decision>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect())
    }

    async fn put(&self, decision: &Decision) -> Result<(), StoreError> {
        let mut decisions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decisions.insert(decision.skill.clone(), decision.clone());
        Ok(())
    }
}
