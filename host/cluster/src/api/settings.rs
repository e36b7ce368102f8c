//! How the HTTPS API is reached: where, whom to trust there, and as whom.
//! Secrets are in here by value, and are never shown.

use std::path::PathBuf;
use std::str::FromStr;

/// All of it.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Nodes of the cluster, any of which answers for all. The next is asked
    /// when one cannot be reached. Never empty.
    pub endpoints: Vec<Endpoint>,
    /// Which certificate is theirs.
    pub trust: Trust,
    /// Who reads.
    pub read: Credential,
    /// Who writes; without it nothing is written.
    pub act: Option<Credential>,
    /// Jarvis runs on none of its nodes, whatever this machine is called.
    pub elsewhere: bool,
}

/// A host and a port: `pve1.lan`, `192.0.2.1:443`, `[2001:db8::1]:8006`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port; Proxmox's own is [`Endpoint::PORT`].
    pub port: u16,
}

/// How the cluster's certificate is known. There is no "not at all".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Its SHA-256 is one of these; its name and its dates do not count.
    Pinned(Vec<Fingerprint>),
    /// An authority in this PEM file has signed it, for the host's name.
    Authority(PathBuf),
    /// One of this machine's authorities has.
    System,
}

/// The SHA-256 of a certificate, written as Proxmox writes it:
/// `AB:CD:…`, 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// Who jarvis is to Proxmox.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API token.
    Token {
        /// `user@realm!name`.
        id: TokenId,
        /// Its secret.
        secret: SecretText,
    },
    /// A user, who gets a ticket for a password. No second factor.
    Password {
        /// `user@realm`.
        user: UserId,
        /// The password.
        password: SecretText,
    },
}

/// `user@realm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserId(String);

/// `user@realm!name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenId(String);

/// A secret by value, which is never shown.
#[derive(Clone)]
pub struct SecretText(String);

/// Why a text is not what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadApiSetting {
    /// Not an endpoint.
    #[error("{0:?} is not a host, or a host and a port: pve1.lan, 192.0.2.1:8006")]
    Endpoint(String),
    /// Not a fingerprint.
    #[error("a SHA-256 fingerprint has 32 bytes, written as AB:CD:…")]
    Fingerprint,
    /// Not a user.
    #[error("{0:?} is not a user with a realm: jarvis@pve")]
    User(String),
    /// Not a token's id.
    #[error("{0:?} is not the id of an API token: jarvis@pve!read")]
    Token(String),
}

impl Endpoint {
    /// Where `pveproxy` listens.
    pub const PORT: u16 = 8006;
}

impl FromStr for Endpoint {
    type Err = BadApiSetting;

    fn from_str(text: &str) -> Result<Self, BadApiSetting> {
        let bad = || BadApiSetting::Endpoint(jarvis_domain::text::shown(text, 80));
        let (host, port) = host_and_port(text).ok_or_else(bad)?;
        Ok(Self { host: host.to_owned(), port: port.unwrap_or(Self::PORT) })
    }
}

/// The host in `text`, without brackets, and its port if it has one.
pub(crate) fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
        // More than one colon is an IPv6 address without a port.
        None if text.matches(':').count() > 1 => (text, None),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
        None => None,
    };
    rustls::pki_types::ServerName::try_from(host).ok()?;
    Some((host, port))
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl FromStr for Fingerprint {
    type Err = BadApiSetting;

    fn from_str(text: &str) -> Result<Self, BadApiSetting> {
        let mut bytes = [0; 32];
        let mut pairs = text.split(':');
        for byte in &mut bytes {
            let pair = pairs.next().filter(|pair| {
                pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit())
            });
            *byte = pair
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(BadApiSetting::Fingerprint)?;
        }
        if pairs.next().is_some() { Err(BadApiSetting::Fingerprint) } else { Ok(Self(bytes)) }
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Credential {
    /// As it stands in Proxmox's tasks and logs.
    #[must_use]
    pub fn who(&self) -> &str {
        match self {
            Self::Token { id, .. } => &id.0,
            Self::Password { user, .. } => &user.0,
        }
    }
}

impl FromStr for UserId {
    type Err = BadApiSetting;

    fn from_str(text: &str) -> Result<Self, BadApiSetting> {
        if is_user(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(BadApiSetting::User(jarvis_domain::text::shown(text, 80)))
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for TokenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TokenId {
    type Err = BadApiSetting;

    fn from_str(text: &str) -> Result<Self, BadApiSetting> {
        match text.split_once('!') {
            Some((user, name)) if is_user(user) && is_word(name, "-_.") => {
                Ok(Self(text.to_owned()))
            }
            // Not shown: people paste the whole of `id=secret` here.
            _ => Err(BadApiSetting::Token(jarvis_domain::text::shown(
                text.split('=').next().unwrap_or_default(),
                80,
            ))),
        }
    }
}

impl SecretText {
    /// A secret, from wherever it was kept.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself: for a header or a body, never for a text.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("********")
    }
}

/// Proxmox's user ids: a name of up to 64 characters, the realm after the last
/// `@` (pve-access-control, `PVE::Auth::Plugin`).
fn is_user(text: &str) -> bool {
    text.len() <= 64
        && text.rsplit_once('@').is_some_and(|(name, realm)| {
            let stray = |c: char| !c.is_ascii_graphic() || ":/!".contains(c);
            !name.is_empty() && !name.contains(stray) && is_word(realm, "-_.")
        })
}

fn is_word(text: &str, others: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_with_and_without_a_port() {
        for (text, host, port) in [
            ("pve1", "pve1", 8006),
            ("pve1.lan:443", "pve1.lan", 443),
            ("192.0.2.1", "192.0.2.1", 8006),
            ("192.0.2.1:8007", "192.0.2.1", 8007),
            ("2001:db8::1", "2001:db8::1", 8006),
            ("[2001:db8::1]", "2001:db8::1", 8006),
            ("[2001:db8::1]:443", "2001:db8::1", 443),
        ] {
            let endpoint = Endpoint { host: host.to_owned(), port };
            assert_eq!(text.parse(), Ok(endpoint.clone()), "{text}");
            assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
        }
        for bad in [
            "",
            ":",
            "pve1:",
            "pve1:0",
            "pve1:99999",
            "pve1:x",
            "https://pve1",
            "pve 1",
            "[::1]443",
            "[::1",
            "user@pve1",
            "pve1/x",
            "pve1\n",
        ] {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn fingerprints_are_those_that_proxmox_shows() {
        let text = ["AB"; 32].join(":");
        let fingerprint: Fingerprint = text.parse().unwrap();
        assert_eq!((fingerprint.to_string(), fingerprint.0), (text.clone(), [0xab; 32]));
        assert_eq!(text.to_lowercase().parse(), Ok(fingerprint));
        let sha1 = ["AB"; 20].join(":");
        for bad in [
            "",
            "AB",
            &sha1,
            &format!("{text}:AB"),
            &text.replace(':', ""),
            &text.replacen("AB", "+B", 1),
        ] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }

    #[test]
    fn users_and_tokens_have_a_realm() {
        for good in ["root@pam", "jarvis@pve", "a.b@c@my-realm"] {
            assert!(good.parse::<UserId>().is_ok(), "{good}");
            assert!(format!("{good}!read").parse::<TokenId>().is_ok(), "{good}");
        }
        for bad in ["", "root", "@pam", "root@", "ro ot@pam", "a:b@pam", "root@pam!x", "r\n@pam"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad:?}");
        }
        for bad in ["root@pam", "root@pam!", "root@pam!a!b", "!a", "root@pam!a b", "root@pam!1"] {
            assert!(bad.parse::<TokenId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = || SecretText::new("hunter2".to_owned());
        let token = Credential::Token { id: "a@pve!b".parse().unwrap(), secret: secret() };
        let user = Credential::Password { user: "a@pve".parse().unwrap(), password: secret() };
        let shown = format!("{token:?} {user:?}");
        assert!(!shown.contains("hunter2") && shown.contains("a@pve!b"), "{shown}");
        let error = "a@pve!b=hunter2".parse::<TokenId>().unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
