//! Where a remote engine is: `tcp://host:port` or `unix:///path`.

use std::path::PathBuf;
use std::str::FromStr;

/// Checked once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host by name or number, and its port.
    Tcp(String, u16),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// Text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address of an engine: {1}")]
pub struct BadAddress(String, &'static str);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = |why| BadAddress(jarvis_domain::text::shown(text, 80), why);
        if let Some(path) = text.strip_prefix("unix://") {
            if !path.starts_with('/') || path.contains('\0') {
                return Err(bad("after unix:// comes an absolute path"));
            }
            return Ok(Self::Unix(path.into()));
        }
        let Some(rest) = text.strip_prefix("tcp://") else {
            return Err(bad("it begins with tcp:// or unix://"));
        };
        let Some((host, port)) = rest.trim_end_matches('/').rsplit_once(':') else {
            return Err(bad("a port is missing, as in tcp://127.0.0.1:10300"));
        };
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| bad("its port is not from 1 to 65535"))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let fits = match bare {
            Some(six) => six.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.len() <= 253 && host.chars().all(plain),
        };
        if !fits {
            return Err(bad("its host is no name and no number"));
        }
        Ok(Self::Tcp(bare.unwrap_or(host).to_owned(), port))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "tcp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for text in
            ["tcp://127.0.0.1:10300", "tcp://whisper.lan:1", "tcp://[::1]:10300", "unix:///run/a b"]
        {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "whisper",
            "http://a:1",
            "tcp://a",
            "tcp://a:0",
            "tcp://a:65536",
            "tcp://:1",
            "tcp://a b:1",
            "tcp://u@a:1",
            "tcp://[x]:1",
            "tcp://::1:1",
            "unix://",
            "unix://run/x",
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.to_string().contains("no address"), "{text}");
        }
    }
}
