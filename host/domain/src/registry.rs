//! A small store for what a room of the host has to remember over restarts:
//! sign-ins, keys, failed passwords, answers to repeated requests. What the
//! records mean is their room's to know.

use async_trait::async_trait;

use crate::Timestamp;
use crate::kv::StoreError;

/// What kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A sign-in that goes on.
    SignIn,
    /// An API key.
    ApiKey,
    /// Wrong passwords of an account or from an address.
    Failures,
    /// The answer to a request that may be repeated.
    Answer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::SignIn, Self::ApiKey, Self::Failures, Self::Answer];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::ApiKey => "api-key",
            Self::Failures => "failures",
            Self::Answer => "answer",
        }
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id, of its kind.
    pub id: String,
    /// What it holds.
    pub value: Vec<u8>,
    /// Gone from this moment on.
    pub expires: Option<Timestamp>,
}

/// The store. Records that have run out are not handed out, and go in time.
#[async_trait]
pub trait Registry: Send + Sync + std::fmt::Debug {
    /// Every record of `kind`, by its id.
    async fn all(&self, kind: Kind) -> Result<Vec<Record>, StoreError>;
    /// The record of `kind` and `id`.
    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Record>, StoreError>;
    /// Writes a record over the one before; on disk when this returns.
    async fn put(&self, kind: Kind, record: Record) -> Result<(), StoreError>;
    /// Writes a record unless there is one; whether it was written.
    async fn claim(&self, kind: Kind, record: Record) -> Result<bool, StoreError>;
    /// Removes a record; whether it was there.
    async fn delete(&self, kind: Kind, id: &str) -> Result<bool, StoreError>;
}
