//! Sign-ins and keys as the registry keeps them.

use std::collections::BTreeSet;

use jarvis_domain::identity::{Account, ApiKey, Shown, SignIn};
use jarvis_domain::registry::{Kind, Record, Registry};
use jarvis_domain::{Explain, Fault, Role};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::keys;
use super::live::{Ended, Live};
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

    /// That it has ended.
    pub(super) fn ended(&self) -> Ended {
        let SignIn { id, account, .. } = &self.sign_in;
        Ended { shown: Shown::Token(id.clone()), principal: account.principal() }
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

    /// That it has ended.
    pub(super) fn ended(&self) -> Ended {
        let ApiKey { id, name, may_confirm, .. } = &self.key;
        let shown = Shown::Key { id: id.clone(), may_confirm: *may_confirm };
        Ended { shown, principal: keys::principal(name) }
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

/// What an earlier life has left, and still holds under `roles`; and what does not,
/// which stays on disk until [`Gate::tell_departures`].
///
/// [`Gate::tell_departures`]: super::Gate::tell_departures
pub(super) async fn load(
    registry: &dyn Registry,
    roles: &Roles,
) -> Result<(Live, Vec<Ended>), Box<Fault>> {
    let (mut live, mut ended) = (Live::default(), Vec::new());
    for stored in all::<StoredSignIn>(registry, Kind::SignIn).await? {
        if stored.role_under(roles) == Some(stored.role) {
            live.add_sign_in(stored);
        } else {
            ended.push(stored.ended());
        }
    }
    for stored in all::<StoredKey>(registry, Kind::ApiKey).await? {
        match stored.role_under(roles) {
            Some(role) => live.add_key(stored, role),
            None => ended.push(stored.ended()),
        }
    }
    Ok((live, ended))
}

/// All that can be read; the others are forgotten.
async fn all<T: DeserializeOwned>(
    registry: &dyn Registry,
    kind: Kind,
) -> Result<Vec<T>, Box<Fault>> {
    let records = registry.all(kind).await.map_err(|error| error.fault())?;
    let mut all = Vec::new();
    for record in records {
        match serde_json::from_slice(&record.value) {
            Ok(one) => all.push(one),
            Err(error) => {
                let id = &record.id;
                tracing::error!(kind = kind.as_str(), id, %error, "a record is unreadable; it ends");
                registry.delete(kind, id).await.map_err(|error| error.fault())?;
            }
        }
    }
    Ok(all)
}
