//! Where Ollama is.

use std::str::FromStr;

/// The port that Ollama listens on (its `envconfig`).
const PORT: u16 = 11434;

/// A host and a port, as `OLLAMA_HOST` and the settings write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is reached by something else than plain HTTP.
    #[error("{0:?} is not reached by http://, the one way that jarvis asks Ollama")]
    Scheme(String),
    /// It has no host, a bad port, or more than both.
    #[error("{0:?} is not an address of Ollama: http://localhost:11434")]
    Form(String),
}

impl Address {
    /// As a connection is made to.
    #[must_use]
    pub fn target(&self) -> (&str, u16) {
        (self.host.trim_matches(['[', ']']), self.port)
    }
}

/// As `Host` (RFC 9110, 7.2) has it.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    /// The port is 80 behind `http://` and 11434 without, as Ollama reads it.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress::Form(text.to_owned());
        let (rest, default) = match text.split_once("://") {
            Some(("http", rest)) => (rest, 80),
            Some(_) => return Err(BadAddress::Scheme(text.to_owned())),
            None => (text, PORT),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let behind = rest.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match rest.get(behind..).and_then(|rest| rest.rfind(':')) {
            Some(colon) => {
                let (host, port) = rest.split_at(behind + colon);
                (host, port.trim_start_matches(':').parse().map_err(|_| bad())?)
            }
            None => (rest, default),
        };
        // Ollama listens on all addresses by this one; nobody is reached by it.
        let host = if host == "0.0.0.0" { "127.0.0.1" } else { host };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let inner = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        let is_right = match inner {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(plain),
        };
        if is_right && port != 0 { Ok(Self { host: host.to_owned(), port }) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_ollama_reads_them() {
        for (text, expected) in [
            ("http://localhost:11434", Some("localhost:11434")),
            ("http://localhost:11434/", Some("localhost:11434")),
            ("localhost", Some("localhost:11434")),
            ("http://gpu", Some("gpu:80")),
            ("0.0.0.0:8080", Some("127.0.0.1:8080")),
            ("[::1]:11434", Some("[::1]:11434")),
            ("http://[::1]", Some("[::1]:80")),
            ("", None),
            ("http://", None),
            ("http://gpu:port", None),
            ("http://gpu:0", None),
            ("http://gpu/models", None),
            ("http://me@gpu", None),
            ("[1:2]", None),
            ("gpu\r\nx: y", None),
        ] {
            let found = text.parse::<Address>().ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text:?}");
        }
        let refused = "https://gpu".parse::<Address>();
        assert_eq!(refused, Err(BadAddress::Scheme("https://gpu".to_owned())));
    }
}
