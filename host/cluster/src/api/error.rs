//! What can go wrong on the way to the HTTPS API, beside what Proxmox itself
//! answers, which means the same by whichever door it comes.

use std::time::Duration;

use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Explain, Row};

use super::rows;
use super::settings::Fingerprint;

/// Why the API did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No endpoint could be reached.
    #[error("the Proxmox API cannot be reached: {tried}")]
    Unreachable {
        /// Each endpoint, and why not.
        tried: String,
    },
    /// The certificate is not the pinned one.
    #[error(
        "{endpoint} shows the certificate {seen}, and not the one that the settings name, {known}"
    )]
    FingerprintChanged {
        /// Who showed it.
        endpoint: String,
        /// What it showed.
        seen: Fingerprint,
        /// What was expected.
        known: String,
    },
    /// The certificate is not one that the authorities have signed for it.
    #[error("the certificate of {endpoint} is not trusted")]
    Untrusted {
        /// Who showed it.
        endpoint: String,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
    /// There is no TLS to be had there.
    #[error("{endpoint} does not speak TLS as jarvis does")]
    Tls {
        /// Where.
        endpoint: String,
        /// What went wrong.
        #[source]
        source: rustls::Error,
    },
    /// There is nobody to trust.
    #[error("no authority for certificates can be read from {from}: {why}")]
    NoAuthority {
        /// The file, or this machine.
        from: String,
        /// What is wrong.
        why: String,
    },
    /// The settings name no host.
    #[error("the settings name no host of the Proxmox API")]
    NoEndpoint,
    /// The token is not accepted.
    #[error("Proxmox does not accept the API token {who}: {message}")]
    TokenRefused {
        /// The token.
        who: String,
        /// Proxmox's own words.
        message: String,
    },
    /// The password is not accepted.
    #[error("Proxmox refuses the login of {who}: {message}")]
    LoginRefused {
        /// The user.
        who: String,
        /// Proxmox's own words.
        message: String,
    },
    /// The account asks for a second factor, which jarvis does not have.
    #[error("the account {who} has a second factor, so jarvis cannot log in as it")]
    NeedsTfa {
        /// The user.
        who: String,
    },
    /// A secret that no header can carry.
    #[error("the secret of {who} has a character that cannot be in one")]
    BadSecret {
        /// Whose.
        who: String,
    },
    /// The account may not do it.
    #[error("{who} may not do {what}: {missing}")]
    Forbidden {
        /// The call.
        what: String,
        /// The user or token.
        who: String,
        /// The privilege and the path, or Proxmox's own words.
        missing: String,
    },
    /// The account sees nothing where there must be something.
    #[error("{who} does not have the privilege {privilege} on {path}, so {what} shows it nothing")]
    NoRights {
        /// The call.
        what: String,
        /// The user or token.
        who: String,
        /// What it lacks.
        privilege: &'static str,
        /// Where.
        path: &'static str,
    },
    /// There is nobody to write as.
    #[error("the settings name nobody who may change things over the API, so not {what}")]
    ReadOnly {
        /// The call.
        what: String,
    },
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer to {what} was complete")]
    Interrupted {
        /// The call.
        what: String,
        /// How.
        #[source]
        source: hyper::Error,
    },
    /// A deadline passed.
    #[error("the Proxmox API gave no answer to {what} within {} s", after.as_secs_f64())]
    TimedOut {
        /// The call.
        what: String,
        /// The deadline.
        after: Duration,
    },
    /// Proxmox does not redirect; somebody else answers.
    #[error("what answers {what} is not Proxmox: it redirects, with status {status}")]
    Redirected {
        /// The call.
        what: String,
        /// The status.
        status: u16,
    },
    /// The node that had to answer fell silent.
    #[error("the node that had to answer {what} does not: {message} (status {status})")]
    NodeSilent {
        /// The call.
        what: String,
        /// 595 to 599, or what a proxy says.
        status: u16,
        /// Proxmox's own words.
        message: String,
    },
    /// A secret would have become visible in a URL.
    #[error("{what} carries a secret in {field:?}, which would show in the log of the node")]
    SecretInUrl {
        /// The call.
        what: String,
        /// The field.
        field: String,
    },
}

impl ApiError {
    /// What a program can make of it.
    pub(crate) fn kind(&self) -> CallErrorKind {
        match self {
            Self::Unreachable { .. }
            | Self::FingerprintChanged { .. }
            | Self::Untrusted { .. }
            | Self::Tls { .. }
            | Self::NoAuthority { .. }
            | Self::NoEndpoint
            | Self::Interrupted { .. }
            | Self::NodeSilent { .. } => CallErrorKind::Unavailable,
            Self::TokenRefused { .. }
            | Self::LoginRefused { .. }
            | Self::NeedsTfa { .. }
            | Self::BadSecret { .. } => CallErrorKind::Failed(401),
            Self::Forbidden { .. } | Self::NoRights { .. } | Self::ReadOnly { .. } => {
                CallErrorKind::Failed(403)
            }
            Self::SecretInUrl { .. } => CallErrorKind::Failed(400),
            Self::TimedOut { .. } => CallErrorKind::TimedOut,
            Self::Redirected { .. } => CallErrorKind::Garbled,
        }
    }
}

impl Explain for ApiError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unreachable { .. } => &rows::UNREACHABLE,
            Self::FingerprintChanged { .. } => &rows::FINGERPRINT,
            Self::Untrusted { .. } => &rows::UNTRUSTED,
            Self::Tls { .. } => &rows::TLS,
            Self::NoAuthority { .. } => &rows::NO_AUTHORITY,
            Self::NoEndpoint => &rows::NO_ENDPOINT,
            Self::TokenRefused { .. } => &rows::TOKEN,
            Self::LoginRefused { .. } => &rows::LOGIN,
            Self::NeedsTfa { .. } => &rows::TFA,
            Self::BadSecret { .. } => &rows::SECRET,
            Self::Forbidden { .. } => &rows::FORBIDDEN,
            Self::NoRights { .. } => &rows::NO_RIGHTS,
            Self::ReadOnly { .. } => &rows::READ_ONLY,
            Self::Interrupted { .. } => &rows::INTERRUPTED,
            Self::TimedOut { .. } => &rows::TIMEOUT,
            Self::Redirected { .. } => &rows::REDIRECTED,
            Self::NodeSilent { .. } => &rows::NODE_SILENT,
            Self::SecretInUrl { .. } => &rows::SECRET_IN_URL,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Forbidden { who, missing, .. } => Some(format!(
                "Give {who} a role with it ({missing}), under Datacenter, Permissions; a token with privilege separation needs a permission of its own."
            )),
            Self::NoRights { who, privilege, path, .. } => Some(format!(
                "Give {who} a role with {privilege} on {path}, PVEAuditor for example; a token with privilege separation needs a permission of its own."
            )),
            Self::NeedsTfa { who } => Some(format!(
                "Make an API token for {who} (pveum user token add {who} jarvis) and set it as token: and secret: in place of user: and password:."
            )),
            _ => None,
        }
    }
}
