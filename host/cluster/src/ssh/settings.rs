//! How nodes' shells are reached: as whom, with which key, and how the nodes
//! prove who they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jarvis_domain::{NodeName, text};

use super::SshError;
use crate::api::host_and_port;

/// All of it.
#[derive(Debug, Clone)]
pub struct SshSettings {
    /// The `ssh` program, by absolute path.
    pub program: PathBuf,
    /// Who to be on the nodes.
    pub user: String,
    /// Where their `sshd` listens, unless an address says otherwise.
    pub port: u16,
    /// The private key; none tries those that `ssh` tries by itself, in the
    /// user's `~/.ssh`.
    pub key: Option<PathBuf>,
    /// The file of known host keys. None is Proxmox's own on a node
    /// (`/etc/pve/nodes/<node>/ssh_known_hosts`), and elsewhere a file of
    /// jarvis's in its state folder.
    pub known_hosts: Option<PathBuf>,
    /// What is done about a host key that is not known.
    pub verify: Verify,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// The same for what runs for long.
    pub long_connect: Duration,
    /// Addresses of nodes; the cluster knows those that are left out.
    pub addresses: BTreeMap<NodeName, SshAddress>,
}

/// What is done about a host key that is not known. There is no "nothing": a
/// changed key is always refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// It is refused.
    Strict,
    /// It is taken and written down.
    FirstUse,
}

/// A host, and a port where it is not the usual one: `pve1.lan`,
/// `192.0.2.1:2222`, `[2001:db8::1]:22`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshAddress {
    /// A name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host, or a host and a port: 192.0.2.1, pve1.lan:22")]
pub struct BadSshSetting(String);

/// The longest path of a Unix socket, bytes (unix(7)), less its final zero.
const SOCKET: usize = 107;
/// What `ssh` adds while it makes its control socket (mux.c), and our name of
/// it.
const ADDED: usize = 17 + 13;

impl SshSettings {
    /// The port of SSH.
    pub const PORT: u16 = 22;

    /// Refuses what `ssh` would understand as something else.
    pub(super) fn check(&self) -> Result<(), SshError> {
        let bad = |what: &'static str, why: String| Err(SshError::Setting { what, why });
        let odd = |c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c);
        if self.user.is_empty() || self.user.contains(odd) || self.user.starts_with('-') {
            return bad("user", format!("{:?} is no user name", text::shown(&self.user, 80)));
        }
        if self.port == 0 {
            return bad("port", "0 is no port".to_owned());
        }
        let paths =
            [("key", &self.key), ("known_hosts", &self.known_hosts)].map(|(w, p)| (w, p.as_ref()));
        for (what, path) in paths.into_iter().chain([("program", Some(&self.program))]) {
            if let Some(path) = path
                && let Err(why) = plain(path)
            {
                return bad(what, format!("{} {why}", path.display()));
            }
        }
        Ok(())
    }
}

/// Whether `ssh` takes a path as it stands: it expands `%` (which can be
/// escaped), `~` and `${NAME}`, and reads quotes (ssh_config(5)).
fn plain(path: &Path) -> Result<(), &'static str> {
    let text = path.to_str().ok_or("is not in UTF-8")?;
    if !path.is_absolute() {
        return Err("is not an absolute path");
    }
    if text.contains(|c: char| c.is_control() || "\"$'\\".contains(c)) {
        return Err("has a character in it that ssh would read as something else");
    }
    Ok(())
}

/// Whether control sockets fit into `folder`.
pub(super) fn fits(folder: &Path) -> Result<(), SshError> {
    let what = "state folder";
    let bad = |why: &str| SshError::Setting { what, why: format!("{} {why}", folder.display()) };
    plain(folder).map_err(bad)?;
    if folder.as_os_str().len() + ADDED > SOCKET {
        return Err(bad("is too long for the path of a socket"));
    }
    Ok(())
}

impl FromStr for SshAddress {
    type Err = BadSshSetting;

    fn from_str(text: &str) -> Result<Self, BadSshSetting> {
        let bad = || BadSshSetting(text::shown(text, 80));
        let (host, port) = host_and_port(text).ok_or_else(bad)?;
        // `ssh` would take it for an option.
        if host.starts_with('-') {
            return Err(bad());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for SshAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.host, self.port) {
            (host, None) => f.write_str(host),
            (host, Some(port)) if host.contains(':') => write!(f, "[{host}]:{port}"),
            (host, Some(port)) => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
pub(in crate::ssh) mod tests {
    use super::*;

    pub(in crate::ssh) fn settings() -> SshSettings {
        SshSettings {
            program: "/usr/bin/ssh".into(),
            user: "root".to_owned(),
            port: 22,
            key: Some("/etc/jarvis/key".into()),
            known_hosts: None,
            verify: Verify::Strict,
            connect: Duration::from_secs(5),
            long_connect: Duration::from_secs(10),
            addresses: BTreeMap::new(),
        }
    }

    #[test]
    fn addresses_have_a_port_or_none() {
        for (text, host, port) in [
            ("pve1", "pve1", None),
            ("192.0.2.1:2222", "192.0.2.1", Some(2222)),
            ("2001:db8::1", "2001:db8::1", None),
            ("[2001:db8::1]:22", "2001:db8::1", Some(22)),
        ] {
            let address: SshAddress = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
            assert_eq!(address.to_string(), text);
        }
        for bad in ["", "-oProxyCommand=x", "root@pve1", "pve1:0", "a b", "pve1:ssh"] {
            assert!(bad.parse::<SshAddress>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_ssh_would_read_as_something_else_is_refused() {
        settings().check().unwrap();
        let changes: [fn(&mut SshSettings); 9] = [
            |s| s.user = String::new(),
            |s| s.user = "-oProxyCommand=x".to_owned(),
            |s| s.user = "a b".to_owned(),
            |s| s.user = "root@x".to_owned(),
            |s| s.port = 0,
            |s| s.key = Some("~/.ssh/id".into()),
            |s| s.key = Some("/a\"b".into()),
            |s| s.known_hosts = Some("/a/${HOME}".into()),
            |s| s.program = "ssh".into(),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut settings = settings();
            change(&mut settings);
            assert!(settings.check().is_err(), "{number}");
        }
        assert!(fits(Path::new("/var/lib/jarvis/ssh")).is_ok());
        assert!(fits(Path::new(&format!("/{}", "x".repeat(80)))).is_err());
    }
}
