//! Sign-ins and keys as the registry keeps them.

use std::collections::BTreeSet;

use jarvis_domain::identity::{Account, ApiKey, SignIn};
use jarvis_domain::registry::{Kind, Record, Registry};
use jarvis_domain::{Explain, Fault, Role};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::live::Live;
use crate::roles::Roles;

/// A sign-in, and the role that it began with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    pub(super) sign_in: SignIn,
    pub(super) role: Role,
}

/// A key. Its secret is not kept, only the digest of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredKey {
    pub(super) key: ApiKey,
    /// SHA-256.
    pub(super) digest: String,
    /// The groups of its maker when it was made.
    pub(super) groups: BTreeSet<String>,
}

impl StoredSignIn {
    pub(super) fn role_under(&self, roles: &Roles) -> Option<Role> {
        roles.of(&self.sign_in.account, &self.sign_in.groups)
    }

    pub(super) fn record(&self) -> Record {
        Record {
            id: self.sign_in.id.clone(),
            value: serde_json::to_vec(self).unwrap_or_default(),
            expires: Some(self.sign_in.expires),
        }
    }
}

impl StoredKey {
    /// Never more than its maker may; none when its maker may nothing.
    pub(super) fn role_under(&self, roles: &Roles) -> Option<Role> {
        let of_maker = match self.key.by.0.split_once(':')? {
            ("user", account) => roles.of(&account.parse().ok()?, &self.groups),
            ("uid", uid) => roles.of_uid(uid.parse().ok()?),
            _ => None,
        };
        Role::lowered(of_maker, Some(self.key.role))
    }

    pub(super) fn record(&self) -> Record {
        Record {
            id: self.key.id.clone(),
            value: serde_json::to_vec(self).unwrap_or_default(),
            expires: self.key.expires,
        }
    }

    /// The account that has made it, if an account has.
    pub(super) fn maker(&self) -> Option<Account> {
        self.key.by.0.strip_prefix("user:")?.parse().ok()
    }
}

/// What an earlier life has left, and still holds under `roles`.
pub(super) async fn load(registry: &dyn Registry, roles: &Roles) -> Result<Live, Box<Fault>> {
    let mut live = Live::default();
    let mut over = Vec::new();
    for (id, stored) in all::<StoredSignIn>(registry, Kind::SignIn).await? {
        match stored {
            Some(stored) if stored.role_under(roles) == Some(stored.role) => {
                live.add_sign_in(stored);
            }
            _ => over.push((Kind::SignIn, id)),
        }
    }
    for (id, stored) in all::<StoredKey>(registry, Kind::ApiKey).await? {
        match stored.and_then(|stored| stored.role_under(roles).map(|role| (stored, role))) {
            Some((stored, role)) => live.add_key(stored, role),
            None => over.push((Kind::ApiKey, id)),
        }
    }
    for (kind, id) in over {
        registry.delete(kind, &id).await.map_err(|error| error.fault())?;
    }
    Ok(live)
}

async fn all<T: DeserializeOwned>(
    registry: &dyn Registry,
    kind: Kind,
) -> Result<Vec<(String, Option<T>)>, Box<Fault>> {
    let records = registry.all(kind).await.map_err(|error| error.fault())?;
    let read = |record: Record| {
        let value = serde_json::from_slice(&record.value).ok();
        if value.is_none() {
            tracing::error!(
                kind = kind.as_str(),
                id = record.id,
                "a record is unreadable; it ends"
            );
        }
        (record.id, value)
    };
    Ok(records.into_iter().map(read).collect())
}
