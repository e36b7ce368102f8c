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
    /// The store would hold more than [`Write::at_most`]; nothing was written.
    Full,
}

/// How much a skill's store holds, or may hold. What has run out counts for
/// nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Keys.
    pub keys: u64,
    /// Bytes of all keys and values together.
    pub bytes: u64,
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
    /// Only if the skill's store holds no more than this afterwards. A value
    /// that takes no more room than the one before always fits. None: the
    /// store's own limits only.
    pub at_most: Option<Amount>,
}

/// A small store for each skill. Keys of one skill are not seen by another.
#[async_trait]
pub trait KeyValue: Send + Sync + std::fmt::Debug {
    /// The value of `key`.
    async fn get(&self, skill: &SkillId, key: &str) -> Result<Option<Entry>, StoreError>;
    /// Writes `key`. Version and room are looked at together with the write:
    /// of two that race, the second sees what the first has written.
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
    /// How much the skill's store holds.
    async fn amount(&self, skill: &SkillId) -> Result<Amount, StoreError>;
}

impl Amount {
    /// What one key and its value take.
    #[must_use]
    pub fn of(key: &str, value: &[u8]) -> Self {
        let length = key.len().saturating_add(value.len());
        Self { keys: 1, bytes: u64::try_from(length).unwrap_or(u64::MAX) }
    }

    /// Whether `most` lets a store grow from `before` to this amount. What
    /// does not grow always may: a quota that was lowered must not keep a skill
    /// from making room.
    #[must_use]
    pub fn fits(self, before: Self, most: Self) -> bool {
        (self.keys <= most.keys || self.keys <= before.keys)
            && (self.bytes <= most.bytes || self.bytes <= before.bytes)
    }
}

impl std::ops::Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            keys: self.keys.saturating_add(other.keys),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            keys: self.keys.saturating_sub(other.keys),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}
