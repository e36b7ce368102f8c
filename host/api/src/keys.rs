//! The keys that programs hold, as every door shows and ends them.

use std::sync::Arc;

use jarvis_domain::identity::{ApiKey, Identity};
use jarvis_domain::{Caller, Explain, Fault, Role};
use tokio::sync::OwnedMutexGuard;

use crate::http::HttpError;

/// Those of `caller`; for an admin all.
pub(crate) fn seen_by(caller: &Caller, identity: &dyn Identity) -> Vec<ApiKey> {
    let mut keys = identity.keys();
    if caller.role != Some(Role::Admin) {
        keys.retain(|key| key.by == caller.principal);
    }
    keys
}

/// Ends a key, to the end also when the caller has hung up; nobody changes another
/// until then.
pub(crate) async fn revoke(
    id: &str,
    caller: &Caller,
    identity: &Arc<dyn Identity>,
    changing: OwnedMutexGuard<()>,
) -> Result<(), Box<Fault>> {
    let (identity, id, caller) = (Arc::clone(identity), id.to_owned(), caller.clone());
    let ended = tokio::spawn(async move {
        let _changing = changing;
        identity.revoke_key(&id, &caller).await
    });
    ended.await.unwrap_or_else(|_| Err(HttpError::Broken.fault()))
}
