//! Who comes through the doors that people sign in to: accounts, sign-ins and
//! keys, and the ports between those who ask (`api`), those who decide
//! (`auth`) and those who know the accounts (`auth`'s PAM, `cluster`).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{CallError, Caller, Fault, Principal, Role, Timestamp};

/// An account of the cluster, `alice@pam`: a name of up to 64 characters, the
/// realm after the last `@` (pve-access-control, `PVE::Auth::Plugin`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Account(String);

/// A text that is no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an account with its realm: alice@pam")]
pub struct BadAccount(String);

/// A password or a code: never shown, never written down.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What somebody typed to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Whose account.
    pub account: Account,
    /// The password.
    pub password: Secret,
    /// The code of a second factor, where the account has one.
    pub code: Option<Secret>,
    /// Where it comes from.
    pub address: IpAddr,
}

/// A sign-in that was let through. The token is shown this once.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// To be sent with each request, as `Authorization: Bearer`.
    pub token: Secret,
    /// Who it is.
    pub person: Person,
}

/// Somebody whom a token or a key stands for.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who asks, with the role that they have now: `user:alice@pam`, `key:backup`.
    pub caller: Caller,
    /// What they have shown.
    pub shown: Shown,
    /// Good until then; a key may be good for ever.
    pub expires: Option<Timestamp>,
    /// Ends when the sign-in does, or the role is lost.
    pub life: Life,
}

/// What stands behind a caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// A sign-in of a person, by its id (`jti`).
    Token(String),
    /// A key that a program holds.
    Key {
        /// Its id.
        id: String,
        /// It was made with the right to confirm.
        may_confirm: bool,
    },
}

/// How long somebody is there. What is open for them ends with it.
#[derive(Debug, Clone)]
pub struct Life(watch::Receiver<bool>);

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, which is in the key itself.
    pub id: String,
    /// What it is for, for a person.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Its yes counts for what was typed as such.
    pub may_confirm: bool,
    /// When it was made.
    pub made: Timestamp,
    /// By whom.
    pub by: Principal,
    /// Good until then.
    pub expires: Option<Timestamp>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do at most; no more than its maker may.
    pub role: Role,
    /// Its yes counts for what was typed as such.
    pub may_confirm: bool,
    /// For how many days it is good, 1 to 3650; for ever without.
    pub valid_for_days: Option<u32>,
}

/// A key that was made. The secret is shown this once.
#[derive(Debug, Clone)]
pub struct MadeKey {
    /// What is known of it from now on.
    pub key: ApiKey,
    /// To be sent with each request, as `Authorization: Bearer`.
    pub secret: Secret,
}

/// A sign-in that goes on, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Its id (`jti`).
    pub id: String,
    /// Whose.
    pub account: Account,
    /// Since when.
    pub since: Timestamp,
    /// Good until then.
    pub expires: Timestamp,
    /// Where it came from.
    pub address: IpAddr,
    /// The account's groups then.
    pub groups: BTreeSet<String>,
}

/// Who is at the door. Refusals are faults, made by `auth`, which say no more
/// than they may.
#[async_trait]
pub trait Identity: Send + Sync + std::fmt::Debug {
    /// Checks a password and begins a sign-in.
    async fn sign_in(&self, attempt: Attempt) -> Result<SignedIn, Box<Fault>>;
    /// Whom a token or a key stands for.
    fn who(&self, bearer: &str) -> Result<Person, Box<Fault>>;
    /// Ends the sign-in of `person`.
    async fn sign_out(&self, person: &Person) -> Result<(), Box<Fault>>;
    /// Ends every sign-in of `account`, and says how many there were.
    async fn sign_out_everywhere(
        &self,
        account: &Account,
        by: &Caller,
    ) -> Result<usize, Box<Fault>>;
    /// The sign-ins that go on, newest first.
    fn sign_ins(&self) -> Vec<SignIn>;
    /// Every key, by its id.
    fn keys(&self) -> Vec<ApiKey>;
    /// Makes a key.
    async fn make_key(&self, wanted: NewKey, by: &Caller) -> Result<MadeKey, Box<Fault>>;
    /// Ends a key.
    async fn revoke_key(&self, id: &str, by: &Caller) -> Result<(), Box<Fault>>;
    /// A single-use text of 30 seconds that stands for `person` where a header
    /// cannot be sent: a browser's WebSocket.
    fn ticket(&self, person: &Person) -> Secret;
    /// Whom a ticket stands for; used up by this.
    fn redeem(&self, ticket: &str) -> Result<Person, Box<Fault>>;
}

/// Whether a password is right.
#[async_trait]
pub trait Passwords: Send + Sync + std::fmt::Debug {
    /// Asks whoever keeps the password. Unknown, disabled and expired accounts
    /// are [`Checked::Wrong`].
    ///
    /// # Errors
    /// Whoever keeps it cannot be asked.
    async fn check(
        &self,
        account: &Account,
        password: &Secret,
        code: Option<&Secret>,
    ) -> Result<Checked, Box<Fault>>;
}

/// What became of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is right, and the account may be used.
    Right,
    /// It is not, or the account may not be used.
    Wrong,
    /// It is right, and a code of the second factor has to come with it.
    NeedsCode,
}

/// What the cluster knows of its accounts.
#[async_trait]
pub trait Directory: Send + Sync + std::fmt::Debug {
    /// What is known of `account`; none where the cluster does not have it.
    async fn look_up(&self, account: &Account) -> Result<Option<AccountEntry>, CallError>;
}

/// An account as the cluster has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountEntry {
    /// It may be used now.
    pub enabled: bool,
    /// Its groups.
    pub groups: BTreeSet<String>,
}

/// How long whoever was refused for coming too often has to wait: the seconds
/// that stand in the hint. None for every other fault.
#[must_use]
pub fn retry_after(fault: &Fault) -> Option<Duration> {
    if fault.status != 429 {
        return None;
    }
    let words = fault.hint.split_whitespace();
    let seconds = words.clone().zip(words.skip(1)).find(|(_, unit)| *unit == "s.")?.0;
    seconds.parse().ok().map(Duration::from_secs)
}

impl Account {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the realm.
    #[must_use]
    pub fn user(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(user, _)| user)
    }

    /// `pam`, `pve` …
    #[must_use]
    pub fn realm(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, realm)| realm)
    }

    /// The same in small letters: what several spellings of it have in common
    /// where a realm takes no notice of case (LDAP, Active Directory).
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.to_ascii_lowercase())
    }

    /// As whom it asks.
    #[must_use]
    pub fn principal(&self) -> Principal {
        Principal(format!("user:{}", self.0))
    }
}

impl std::str::FromStr for Account {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Self, BadAccount> {
        let stray = |c: char| !c.is_ascii_graphic() || ":/!".contains(c);
        let is_realm = |realm: &str| {
            realm.starts_with(|c: char| c.is_ascii_alphabetic())
                && realm.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match text.rsplit_once('@') {
            Some((user, realm))
                if text.len() <= 64
                    && !user.is_empty()
                    && !user.contains(stray)
                    && is_realm(realm) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(BadAccount(crate::text::shown(text, 80))),
        }
    }
}

impl TryFrom<String> for Account {
    type Error = BadAccount;

    fn try_from(text: String) -> Result<Self, BadAccount> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.0
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Secret {
    /// A secret, from wherever it came.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for whoever checks it, or for its owner's eyes once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("********")
    }
}

impl Person {
    /// Whether their yes is a person's, not a program's.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self.shown, Shown::Token(_))
    }
}

impl Life {
    /// A life, and what ends it: by `true`, or by being dropped.
    #[must_use]
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (ends, ended) = watch::channel(false);
        (ends, Self(ended))
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Completes when it is over.
    pub async fn ended(&mut self) {
        // An error says that whatever could end it is gone.
        let _ = self.0.wait_for(|over| *over).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_realm() {
        for (text, user, realm) in
            [("root@pam", "root", "pam"), ("a.b@c@my-realm", "a.b@c", "my-realm")]
        {
            let account: Account = text.parse().unwrap();
            assert_eq!((account.user(), account.realm()), (user, realm));
            assert_eq!(account.principal().0, format!("user:{text}"));
        }
        let long = format!("{}@pam", "a".repeat(61));
        for bad in
            ["", "root", "@pam", "root@", "ro ot@pam", "a:b@pam", "root@pam!x", "r\n@pam", &long]
        {
            assert!(bad.parse::<Account>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let attempt = Attempt {
            account: "root@pam".parse().unwrap(),
            password: Secret::new("hunter2"),
            code: Some(Secret::new("123456")),
            address: IpAddr::from([127, 0, 0, 1]),
        };
        let shown = format!("{attempt:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("123456"), "{shown}");
    }

    #[test]
    fn how_long_to_wait_stands_in_the_hint() {
        let fault = |status, hint: &str| Fault {
            code: "auth-throttled".to_owned(),
            sentence: String::new(),
            hint: hint.to_owned(),
            causes: Vec::new(),
            exit: 5,
            status,
            german: None,
        };
        for (status, hint, seconds) in [
            (429, "Try again in 12 s. The control socket is never slowed.", Some(12)),
            (429, "Wait a while.", None),
            (429, "It takes some s. and more", None),
            (401, "Try again in 12 s.", None),
        ] {
            let found = retry_after(&fault(status, hint)).map(|wait| wait.as_secs());
            assert_eq!(found, seconds, "{hint}");
        }
    }

    #[tokio::test]
    async fn a_life_ends_by_word_or_with_its_keeper() {
        let (ends, mut life) = Life::new();
        assert!(!life.is_over());
        ends.send_replace(true);
        assert!(life.is_over());
        life.ended().await;
        let (ends, mut life) = Life::new();
        drop(ends);
        assert!(life.is_over());
        life.ended().await;
    }
}
