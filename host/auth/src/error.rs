//! What can go wrong at the gate.
//!
//! Refusals that a stranger meets say no more than they may: one text for
//! every reason, which stands in the audit log.

use std::path::PathBuf;
use std::time::Duration;

use jarvis_domain::{Explain, Role, Row};

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The account, its password, or its right to sign in is not there.
    #[error("the account or the password is wrong")]
    Refused,
    /// The password is right, and a code has to come with it.
    #[error("this account has a second factor, and its code is missing")]
    CodeNeeded,
    /// The password is right, and the account may do nothing here.
    #[error("{0} has no role in jarvis")]
    NoRole(String),
    /// Too many wrong passwords of late.
    #[error("there were too many wrong passwords")]
    Throttled {
        /// How long until the next one is looked at.
        wait: Duration,
    },
    /// Whoever keeps the passwords cannot be asked.
    #[error("passwords cannot be checked: {0}")]
    Unavailable(String),
    /// The same, as a stranger is told.
    #[error("nobody can sign in at the moment")]
    NotNow,
    /// The token was good once.
    #[error("the sign-in has run out")]
    Expired,
    /// No token of a sign-in that goes on, nor a key that is good.
    #[error("the token or key is not good, or not any more")]
    BadToken,
    /// No ticket, or one that was used or has run out.
    #[error("the ticket is not good, or not any more")]
    BadTicket,
    /// A key cannot be signed out.
    #[error("a key is not signed in, so it cannot be signed out")]
    NotSignedIn,
    /// Somebody else's, and not an administrator.
    #[error("{what} of somebody else needs the role admin")]
    NotYours {
        /// What was to be ended.
        what: &'static str,
    },
    /// More than the maker may.
    #[error("a key may do no more than its maker, who is {}", has.map_or_else(|| "without a role".to_owned(), |role| role.to_string()))]
    KeyRole {
        /// What the maker may do.
        has: Option<Role>,
    },
    /// A key would make a key.
    #[error("a key makes no keys")]
    KeyByKey,
    /// The name of a key is not one, or not free.
    #[error("{0:?} is no name for a key")]
    KeyName(String),
    /// A key of that name is there.
    #[error("there is a key named {0} already")]
    KeyTaken(String),
    /// A key that would be good for no time, or for longer than keys are.
    #[error("a key is good for 1 to {0} days, or for ever")]
    KeyDays(u32),
    /// There are as many keys as there may be.
    #[error("there are {0} keys already")]
    KeysFull(usize),
    /// There is no such key.
    #[error("there is no key {0}")]
    NoKey(String),
    /// What tokens would be signed with is too weak.
    #[error("tokens cannot be signed with this secret: {0}")]
    WeakSecret(&'static str),
    /// The file of the signing keys cannot be used.
    #[error("the file of the signing keys, {}, cannot be used: {why}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system has no random numbers, or no key can be made.
    #[error("no random numbers can be had")]
    Random,
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
}

const REFUSED: Row = Row {
    code: "auth-refused",
    meaning: "A sign-in was refused: unknown account, wrong password, or an account that may not be used.",
    hint: "Check the account with its realm (alice@pam) and the password. Why it was refused stands in the audit log: jarvis audit",
    exit: 5,
    status: 401,
};
const CODE_NEEDED: Row = Row {
    code: "auth-code-needed",
    meaning: "The account has a second factor, and no code came with the password.",
    hint: "Sign in again with the password and the code that the second factor shows.",
    exit: 5,
    status: 401,
};
const NO_ROLE: Row = Row {
    code: "auth-no-role",
    meaning: "The password is right, but the account has no role in jarvis; nobody has one by default.",
    hint: "An administrator gives one in the settings, to the account under server: roles: users: or to one of its groups under server: roles: groups:",
    exit: 5,
    status: 403,
};
const THROTTLED: Row = Row {
    code: "auth-throttled",
    meaning: "After wrong passwords the next one is only looked at after a while.",
    hint: "Wait, and try again. The control socket of the host is never slowed.",
    exit: 5,
    status: 429,
};
const UNAVAILABLE: Row = Row {
    code: "auth-unavailable",
    meaning: "Whoever keeps the passwords cannot be asked, PAM or Proxmox.",
    hint: "Why stands in the audit log: jarvis audit. Often the file /etc/pam.d/jarvis is missing, or the cluster does not answer. The control socket works without.",
    exit: 1,
    status: 503,
};
const EXPIRED: Row = Row {
    code: "auth-token-expired",
    meaning: "A token was sent whose time is over.",
    hint: "Sign in again.",
    exit: 5,
    status: 401,
};
const BAD_TOKEN: Row = Row {
    code: "auth-token-refused",
    meaning: "What was sent is no token of a sign-in that goes on, nor a key that is good.",
    hint: "Sign in again, or make a new key. A sign-out, a lost role and a revoked key end at once.",
    exit: 5,
    status: 401,
};
const BAD_TICKET: Row = Row {
    code: "auth-ticket-refused",
    meaning: "A WebSocket was opened with a ticket that was used before, is older than 30 seconds, or is none.",
    hint: "Get a new ticket for each WebSocket.",
    exit: 5,
    status: 401,
};
const NOT_SIGNED_IN: Row = Row {
    code: "auth-not-signed-in",
    meaning: "A program with a key asked to be signed out.",
    hint: "Revoke the key instead.",
    exit: 2,
    status: 400,
};
const NOT_YOURS: Row = Row {
    code: "auth-not-yours",
    meaning: "Somebody who is no administrator wanted to end another's sign-ins or keys.",
    hint: "Ask an administrator.",
    exit: 5,
    status: 403,
};
const KEY_ROLE: Row = Row {
    code: "auth-key-role",
    meaning: "A key was asked for that may do more than its maker.",
    hint: "Ask for a key with your own role or a lower one.",
    exit: 5,
    status: 403,
};
const KEY_BY_KEY: Row = Row {
    code: "auth-key-by-key",
    meaning: "A key was used to make a key; only people make keys.",
    hint: "Sign in with an account, and make the key then.",
    exit: 5,
    status: 403,
};
const KEY_NAME: Row = Row {
    code: "auth-key-name",
    meaning: "The name of a key has other characters than it may, or is too long.",
    hint: "A name has 1 to 40 small letters, digits, dots and hyphens, and begins with a letter or a digit: backup-nas",
    exit: 2,
    status: 400,
};
const KEY_TAKEN: Row = Row {
    code: "auth-key-taken",
    meaning: "There is a key of that name.",
    hint: "Choose another name, or revoke the old key first.",
    exit: 2,
    status: 409,
};
const KEY_DAYS: Row = Row {
    code: "auth-key-days",
    meaning: "A key was asked for that is good for no time, or for very long.",
    hint: "Give another number of days, or none: the key is then good until it is revoked.",
    exit: 2,
    status: 400,
};
const KEYS_FULL: Row = Row {
    code: "auth-keys-full",
    meaning: "There are as many keys as there may be.",
    hint: "Revoke keys that nobody uses.",
    exit: 1,
    status: 409,
};
const NO_KEY: Row = Row {
    code: "auth-no-key",
    meaning: "There is no key of that id.",
    hint: "List the keys to see their ids.",
    exit: 1,
    status: 404,
};
const WEAK_SECRET: Row = Row {
    code: "auth-weak-secret",
    meaning: "The secret that tokens would be signed with can be guessed.",
    hint: "Make one with: openssl rand -hex 32. Or set none: jarvis then makes and renews its own keys.",
    exit: 2,
    status: 500,
};
const KEY_FILE: Row = Row {
    code: "auth-key-file",
    meaning: "The file of the keys that tokens are signed with cannot be read or written, or others may read it.",
    hint: "It belongs to the user that jarvis runs as, mode 0600. Removing it is safe: everybody signs in again.",
    exit: 2,
    status: 500,
};
const RANDOM: Row = Row {
    code: "auth-random",
    meaning: "The system gives no random numbers.",
    hint: "Check that the process may use getrandom(2).",
    exit: 1,
    status: 500,
};
const SIGNING: Row = Row {
    code: "auth-signing",
    meaning: "A token could not be signed.",
    hint: "This is a fault of jarvis; please report it with the cause.",
    exit: 1,
    status: 500,
};

/// The rows of this room.
pub const ROWS: &[&Row] = &[
    &REFUSED,
    &CODE_NEEDED,
    &NO_ROLE,
    &THROTTLED,
    &UNAVAILABLE,
    &EXPIRED,
    &BAD_TOKEN,
    &BAD_TICKET,
    &NOT_SIGNED_IN,
    &NOT_YOURS,
    &KEY_ROLE,
    &KEY_BY_KEY,
    &KEY_NAME,
    &KEY_TAKEN,
    &KEY_DAYS,
    &KEYS_FULL,
    &NO_KEY,
    &WEAK_SECRET,
    &KEY_FILE,
    &RANDOM,
    &SIGNING,
];

impl Explain for AuthError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Refused => &REFUSED,
            Self::CodeNeeded => &CODE_NEEDED,
            Self::NoRole(_) => &NO_ROLE,
            Self::Throttled { .. } => &THROTTLED,
            Self::Unavailable(_) | Self::NotNow => &UNAVAILABLE,
            Self::Expired => &EXPIRED,
            Self::BadToken => &BAD_TOKEN,
            Self::BadTicket => &BAD_TICKET,
            Self::NotSignedIn => &NOT_SIGNED_IN,
            Self::NotYours { .. } => &NOT_YOURS,
            Self::KeyRole { .. } => &KEY_ROLE,
            Self::KeyByKey => &KEY_BY_KEY,
            Self::KeyName(_) => &KEY_NAME,
            Self::KeyTaken(_) => &KEY_TAKEN,
            Self::KeyDays(_) => &KEY_DAYS,
            Self::KeysFull(_) => &KEYS_FULL,
            Self::NoKey(_) => &NO_KEY,
            Self::WeakSecret(_) => &WEAK_SECRET,
            Self::KeyFile { .. } => &KEY_FILE,
            Self::Random => &RANDOM,
            Self::Signing(_) => &SIGNING,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            // `domain::identity::retry_after` reads the seconds.
            Self::Throttled { wait } => Some(format!(
                "Try again in {} s. The control socket of the host is never slowed.",
                wait.as_millis().div_ceil(1000)
            )),
            _ => None,
        }
    }
}
