//! A skill's small store, and why the host's store may fail.

use async_trait::async_trait;

use crate::{Explain, Row, SkillId, Timestamp};

/// The host's own store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("jarvis could not use its state folder: {doing}")]
pub struct StoreError {
    /// What it was doing.
    pub doing: String,
    /// Why not.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The row of [`StoreError`].
pub const STORE_FAILED: Row = Row {
    code: "state-unusable",
    meaning: "The state folder cannot be read or written.",
    hint: "Look at the cause: free disk space, and who owns the folder. Until it works, jarvis changes nothing on the cluster.",
    exit: 1,
    status: 503,
};

impl Explain for StoreError {
    fn row(&self) -> &'static Row {
        &STORE_FAILED
    }
}

/// A stored value and its version, which grows with every change of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: Vec<u8>,
    /// 1 for the first value of a key.
    pub version: u64,
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Done; the key's version now.
    Version(u64),
    /// Another version was there than the one expected; this one (0: none).
    Conflict(u64),
}

/// One value to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The value.
    pub value: Vec<u8>,
    /// Gone from this moment on.
    pub expires: Option<Timestamp>,
    /// Only if the key has this version; 0 means only if it is new.
    pub expected: Option<u64>,
}

/// A small store for each skill. Keys of one skill are not seen by another.
#[async_trait]
pub trait KeyValue: Send + Sync + std::fmt::Debug {
    /// The value of `key`.
    async fn get(&self, skill: &SkillId, key: &str) -> Result<Option<Entry>, StoreError>;
    /// Writes `key`.
    async fn set(&self, skill: &SkillId, key: &str, write: Write) -> Result<Written, StoreError>;
    /// Removes `key`; whether it was there.
    async fn delete(&self, skill: &SkillId, key: &str) -> Result<bool, StoreError>;
    /// Keys with `prefix` after `after`, sorted, at most `limit`.
    async fn scan(
        &self,
        skill: &SkillId,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError>;
}
