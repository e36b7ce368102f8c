//! What an administrator decided about a skill by hand, and where that is kept.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kv::StoreError;
use crate::{Caller, Revision, SkillId, Timestamp};

/// The newest decision about one skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The skill.
    pub skill: SkillId,
    /// What it is granted, as the YAML list of the settings; it counts in place
    /// of what the settings say, also when the list is empty. None: the
    /// settings count.
    pub grants: Option<String>,
    /// The revision that was looked at when they were granted; none where
    /// nothing was granted by hand.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// Whether it may serve at all.
    pub enabled: bool,
    /// Who decided.
    pub by: Caller,
    /// When.
    pub at: Timestamp,
}

/// Where decisions are kept.
#[async_trait]
pub trait Decisions: Send + Sync + std::fmt::Debug {
    /// The newest decision about each skill that there is one about.
    async fn all(&self) -> Result<Vec<Decision>, StoreError>;
    /// Keeps `decision` in place of the one before; on disk when it returns.
    async fn put(&self, decision: &Decision) -> Result<(), StoreError>;
}
