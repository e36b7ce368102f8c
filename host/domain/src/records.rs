//! What was written down, for those who look into it: the doors. What writes
//! it uses the ports [`AuditLog`](crate::audit::AuditLog) and
//! [`Runs`](crate::run::Runs).

use async_trait::async_trait;

use crate::kv::StoreError;
use crate::verification::Verification;

/// What was written down.
#[async_trait]
pub trait Records: Send + Sync + std::fmt::Debug {
    /// Checks the audit log while this host writes it, its end included.
    ///
    /// # Errors
    /// The log cannot be read. A broken log is no error here, see
    /// [`Verification::broken`].
    async fn verify_audit(&self) -> Result<Verification, StoreError>;
}
