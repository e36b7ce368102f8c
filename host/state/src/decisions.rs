//! What administrators decided about skills: one record for each skill.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::kv::StoreError;
use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::store::{Store, Urgency};
use crate::tables::{decode, encode};

/// By skill.
const DECISIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("decisions");

#[derive(Debug)]
pub(crate) struct DecisionStore(Arc<Store>);

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(DECISIONS)?;
    Ok(())
}

impl DecisionStore {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Decisions for DecisionStore {
    async fn all(&self) -> Result<Vec<Decision>, StoreError> {
        self.0
            .read("reading the decisions about skills", |transaction| {
                let table = transaction.open_table(DECISIONS)?;
                table.iter()?.map(|row| decode(row?.1.value())).collect()
            })
            .await
    }

    async fn put(&self, decision: &Decision) -> Result<(), StoreError> {
        const DOING: &str = "writing a decision about a skill";
        let skill = decision.skill.clone();
        let record = encode("a decision", decision).map_err(|cause| cause.while_doing(DOING))?;
        self.0
            .change(DOING, Urgency::Now, move |transaction| {
                let mut table = transaction.open_table(DECISIONS)?;
                table.insert(skill.as_str(), record.as_slice())?;
                Ok(())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{Caller, Digest, Door, Principal, SystemClock, Timestamp};

    use super::*;
    use crate::State;

    fn decision(skill: &str, grants: Option<&str>) -> Decision {
        Decision {
            skill: skill.parse().unwrap(),
            grants: grants.map(str::to_owned),
            revision: grants.map(|yaml| Digest::of(yaml.as_bytes())),
            enabled: true,
            by: Caller { principal: Principal("uid:0".to_owned()), door: Door::Cli, role: None },
            at: Timestamp(1),
        }
    }

    #[tokio::test]
    async fn the_newest_decision_outlives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        {
            let state = State::open(&path, Arc::new(SystemClock)).unwrap();
            let decisions = state.decisions();
            assert_eq!(decisions.all().await.unwrap(), []);
            for grants in [None, Some("[]\n")] {
                decisions.put(&decision("one", grants)).await.unwrap();
            }
            decisions.put(&decision("another", None)).await.unwrap();
        }
        let state = State::open(&path, Arc::new(SystemClock)).unwrap();
        let all = state.decisions().all().await.unwrap();
        assert_eq!(all, [decision("another", None), decision("one", Some("[]\n"))]);
    }
}
