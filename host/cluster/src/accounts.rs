//! What the cluster knows of its accounts.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::identity::{Account, AccountEntry, Directory, Passwords};
use jarvis_domain::{ApiPath, CallError, Timestamp};
use serde_json::Value;

use crate::access::Door;
use crate::lenient::{count, field, flag};
use crate::{Cluster, ClusterError};

/// Proxmox's words, by either door.
const UNKNOWN: &str = "no such user";

impl Cluster {
    /// Who checks passwords where the cluster is reached by its HTTPS API.
    /// None for `pvesh`, to which a password could only be given in its argv.
    #[must_use]
    pub fn passwords(&self) -> Option<Arc<dyn Passwords>> {
        match &self.access.door {
            Door::Api(api) => Some(Arc::clone(api) as _),
            Door::Pvesh(_) => None,
        }
    }
}

#[async_trait]
impl Directory for Cluster {
    async fn look_up(&self, account: &Account) -> Result<Option<AccountEntry>, CallError> {
        let path = format!("/access/users/{account}");
        // Proxmox has no such names either.
        if path.parse::<ApiPath>().is_err() {
            return Ok(None);
        }
        match self.access.read(&path, &[]).await {
            Ok(data) => Ok(Some(entry(&data, self.doors.clock.now()))),
            Err(ClusterError::NotFound { message, .. }) if message.contains(UNKNOWN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is not said to be enabled is not.
fn entry(data: &Value, now: Timestamp) -> AccountEntry {
    let enabled = flag(field(data, "enable")).unwrap_or_default();
    let expire = match field(data, "expire") {
        // Never, as 0 is.
        Value::Null => Some(0),
        expire => count(expire),
    };
    let is_over = expire.is_none_or(|expire| expire > 0 && expire <= now.0 / 1000);
    let groups = match field(data, "groups") {
        Value::Array(groups) => groups.iter().filter_map(Value::as_str).collect::<Vec<_>>(),
        Value::String(groups) => groups.split([',', ' ']).collect(),
        _ => Vec::new(),
    };
    let groups = groups.into_iter().filter(|group| !group.is_empty()).map(str::to_owned);
    AccountEntry { enabled: enabled && !is_over, groups: groups.collect() }
}

#[cfg(test)]
mod tests;
