//! Secrets in the settings: where they are, never what they are.
//!
//! The value is read when it is needed and goes to the part that needs it; it
//! is not in the settings, in no log, no argv and no URL.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use jarvis_document::Cursor;
use serde::{Serialize, Serializer};

/// Where a secret is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Secret {
    /// In a file, whose final newline does not count: `file:/etc/jarvis/key`.
    File(PathBuf),
    /// In an environment variable: `env:JWT_SECRET`.
    Env(String),
    /// A systemd credential (`LoadCredential=`): `credential:jwt`.
    Credential(String),
    /// In the settings themselves; only in a file that nobody else may read.
    Literal(String),
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The file cannot be read.
    #[error("the secret file {} cannot be read", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// Others may read the file.
    #[error("the secret file {} may be read by others than its owner (chmod 0600)", .0.display())]
    Open(PathBuf),
    /// The variable is not set, or not text.
    #[error("the environment variable {0} is not set")]
    Env(String),
    /// systemd gave no credentials.
    #[error("systemd passed no credential {0}: the unit needs LoadCredential={0}:…")]
    Credential(String),
}

impl Secret {
    /// Reads `file:…`, `env:…`, `credential:…`, or a literal.
    pub(crate) fn read(cursor: &Cursor<'_>, private: bool) -> Option<Self> {
        let text = cursor.text()?;
        match text.split_once(':') {
            Some(("file", path)) if path.starts_with('/') => Some(Self::File(path.into())),
            Some(("file", _)) => {
                cursor.problem(
                    "a secret's file is named by its absolute path: file:/etc/jarvis/secret",
                );
                None
            }
            Some(("env", name)) => Some(Self::Env(name.to_owned())),
            Some(("credential", name)) if !name.is_empty() && !name.contains('/') => {
                Some(Self::Credential(name.to_owned()))
            }
            _ if private => Some(Self::Literal(text.to_owned())),
            _ => {
                cursor.problem(
                    "a secret may stand here only in a file of mode 0600; write file:/path, env:NAME or credential:NAME instead",
                );
                None
            }
        }
    }

    /// Reads `file:…`, `env:…` or `credential:…`. What stands here itself is
    /// refused, and not repeated.
    pub(crate) fn elsewhere(cursor: &Cursor<'_>) -> Option<Self> {
        match Self::read(cursor, true)? {
            Self::Literal(_) => {
                cursor.problem(
                    "a secret is not written here itself; write file:/path, env:NAME or credential:NAME",
                );
                None
            }
            secret => Some(secret),
        }
    }

    /// The secret's value. A file that others than its owner may read is
    /// refused; systemd sees to that for its credentials.
    pub(crate) fn reveal(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, SecretError> {
        let file = |path: PathBuf| match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(SecretError::File(path, error)),
        };
        match self {
            Self::File(path) => {
                let mode = std::fs::metadata(path)
                    .map_err(|error| SecretError::File(path.clone(), error))?
                    .mode();
                if mode & 0o077 != 0 {
                    return Err(SecretError::Open(path.clone()));
                }
                file(path.clone())
            }
            Self::Env(name) => env(name).ok_or_else(|| SecretError::Env(name.clone())),
            Self::Credential(name) => match env("CREDENTIALS_DIRECTORY") {
                Some(folder) => file(PathBuf::from(folder).join(name)),
                None => Err(SecretError::Credential(name.clone())),
            },
            Self::Literal(value) => Ok(value.clone()),
        }
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Credential(name) => write!(f, "credential:{name}"),
            Self::Literal(_) => f.write_str("********"),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
