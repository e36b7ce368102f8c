//! `cluster.api:`: the HTTPS API of Proxmox, where `cluster.access` is `api`.

use std::path::PathBuf;

use jarvis_cluster::{
    ApiSettings, Credential, Endpoint, Fingerprint, SecretText, TokenId, Trust, UserId,
};
use jarvis_document::{Cursor, Keys};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::read::absolute;
use super::secret::{Secret, SecretError};

/// Where the API is, whom to trust there, and as whom. Secrets are in here by
/// name only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsClusterApi)]
pub(crate) struct Api {
    /// Nodes, any of which answers for all.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = Vec<String>)]
    pub(crate) endpoints: Vec<Endpoint>,
    /// Which certificate is theirs.
    #[serde(flatten)]
    pub(crate) trust: Trusted,
    /// Who reads.
    pub(crate) read: Account,
    /// Who writes; without it nothing is written.
    #[schema(required)]
    pub(crate) act: Option<Account>,
}

/// How the certificate is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SettingsTrust)]
pub(crate) enum Trusted {
    /// `fingerprint:`.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = Vec<String>)]
    Fingerprint(Vec<Fingerprint>),
    /// `ca:`.
    #[schema(value_type = String)]
    Ca(PathBuf),
    /// `system_roots: true`.
    SystemRoots(bool),
}

/// Who jarvis is to Proxmox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SettingsCredential)]
pub(crate) enum Account {
    /// `token:` and `secret:`.
    Token {
        /// Its id.
        #[serde(serialize_with = "word")]
        #[schema(value_type = String)]
        token: TokenId,
        /// Where its secret is.
        secret: Secret,
    },
    /// `user:` and `password:`.
    Password {
        /// The user.
        #[serde(serialize_with = "word")]
        #[schema(value_type = String)]
        user: UserId,
        /// Where the password is.
        password: Secret,
    },
}

impl Api {
    pub(crate) fn read(keys: Keys<'_>) -> Option<Self> {
        let endpoints = keys.required("endpoints").and_then(|c| endpoints(&c));
        let trust = trusted(&keys);
        let read = keys.required("read").and_then(|c| Account::read(&c));
        let act = keys.optional("act").map(|c| Account::read(&c));
        keys.finish();
        // A mistake in `act` must not become "nobody writes".
        let act = match act {
            Some(act) => Some(act?),
            None => None,
        };
        Some(Self { endpoints: endpoints?, trust: trust?, read: read?, act })
    }

    /// What the room of the cluster takes: the secrets by value.
    pub(crate) fn reveal(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ApiSettings, SecretError> {
        let trust = match &self.trust {
            Trusted::Fingerprint(known) => Trust::Pinned(known.clone()),
            Trusted::Ca(path) => Trust::Authority(path.clone()),
            Trusted::SystemRoots(_) => Trust::System,
        };
        let act = self.act.as_ref().map(|act| act.reveal(env)).transpose()?;
        let (endpoints, read) = (self.endpoints.clone(), self.read.reveal(env)?);
        Ok(ApiSettings { endpoints, trust, read, act, elsewhere: false })
    }
}

impl Account {
    fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let keys = cursor.mapping()?;
        let token = keys.optional("token").map(|c| c.parsed());
        let secret = keys.optional("secret").map(|c| Secret::elsewhere(&c));
        let user = keys.optional("user").map(|c| c.parsed());
        let password = keys.optional("password").map(|c| Secret::elsewhere(&c));
        keys.finish();
        match (token, secret, user, password) {
            (Some(token), Some(secret), None, None) => {
                Some(Self::Token { token: token?, secret: secret? })
            }
            (None, None, Some(user), Some(password)) => {
                Some(Self::Password { user: user?, password: password? })
            }
            _ => {
                cursor.problem(
                    "here belong token: and secret: of an API token, or user: and password:",
                );
                None
            }
        }
    }

    fn reveal(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Credential, SecretError> {
        let value = |secret: &Secret| secret.reveal(env).map(SecretText::new);
        Ok(match self {
            Self::Token { token, secret } => {
                Credential::Token { id: token.clone(), secret: value(secret)? }
            }
            Self::Password { user, password } => {
                Credential::Password { user: user.clone(), password: value(password)? }
            }
        })
    }
}

fn endpoints(cursor: &Cursor<'_>) -> Option<Vec<Endpoint>> {
    let endpoints = cursor.one_or_more()?;
    if endpoints.is_empty() {
        cursor.problem("at least one host belongs here");
        return None;
    }
    // All of them are read, so that all mistakes are shown.
    let read: Vec<Option<Endpoint>> = endpoints.iter().map(|c| c.parsed()).collect();
    read.into_iter().collect()
}

fn trusted(keys: &Keys<'_>) -> Option<Trusted> {
    let fingerprint = keys.optional("fingerprint").map(|c| {
        let listed = c.one_or_more()?;
        if listed.is_empty() {
            c.problem("at least one fingerprint belongs here");
            return None;
        }
        // All of them are read, so that all mistakes are shown.
        let all: Vec<Option<Fingerprint>> = listed.iter().map(|c| c.parsed()).collect();
        all.into_iter().collect::<Option<Vec<Fingerprint>>>().map(Trusted::Fingerprint)
    });
    let ca = keys.optional("ca").map(|c| absolute(&c).map(Trusted::Ca));
    let system = keys.optional("system_roots").map(|c| match c.boolean()? {
        true => Some(Trusted::SystemRoots(true)),
        false => {
            c.problem("true belongs here; jarvis always checks the certificate");
            None
        }
    });
    let mut named = [fingerprint, ca, system].into_iter().flatten();
    match (named.next(), named.next()) {
        (Some(one), None) => one,
        _ => {
            keys.cursor().problem(
                "how its certificate is known belongs here, one of: fingerprint (pvenode cert info shows it), ca, system_roots: true",
            );
            None
        }
    }
}

fn shown<T: std::fmt::Display, S: Serializer>(all: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(ToString::to_string))
}

fn word<T: std::fmt::Display, S: Serializer>(one: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(one)
}

#[cfg(test)]
mod tests;
