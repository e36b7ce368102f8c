//! `cluster.ssh:`, programs on nodes, and `cluster.nodes:`, where those are.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jarvis_cluster::{SshAddress, SshSettings, Verify};
use jarvis_document::{Cursor, Keys};
use jarvis_domain::NodeName;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::described;
use super::read::{absolute, millis};

/// How nodes' shells are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsSsh)]
pub(crate) struct Ssh {
    /// Who to be on the nodes.
    pub(crate) user: String,
    /// Where their sshd listens.
    pub(crate) port: u16,
    /// The private key; none lets ssh look for one.
    #[schema(value_type = Option<String>, required)]
    pub(crate) key: Option<PathBuf>,
    /// The known host keys; none takes the usual places.
    #[schema(value_type = Option<String>, required)]
    pub(crate) known_hosts: Option<PathBuf>,
    /// How host keys are checked. There is no "not at all".
    #[serde(serialize_with = "verify")]
    #[schema(value_type = described::HostKeys)]
    pub(crate) verify: Verify,
    /// How long a connection may take to come about.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) connect_timeout: Duration,
    /// The same for what runs for long.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) long_connect_timeout: Duration,
}

impl Default for Ssh {
    fn default() -> Self {
        Self {
            user: "root".to_owned(),
            port: SshSettings::PORT,
            key: None,
            known_hosts: None,
            verify: Verify::Strict,
            connect_timeout: Duration::from_secs(5),
            long_connect_timeout: Duration::from_secs(10),
        }
    }
}

impl Ssh {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let duration =
            |key, default| keys.optional(key).and_then(|c| c.duration()).unwrap_or(default);
        let port = |c: Cursor<'_>| u16::try_from(c.integer_in(1, i64::from(u16::MAX))?).ok();
        let verify = [("strict", Verify::Strict), ("first-use", Verify::FirstUse)];
        let ssh = Self {
            user: keys.optional("user").and_then(|c| user(&c)).unwrap_or(default.user),
            port: keys.optional("port").and_then(port).unwrap_or(default.port),
            key: keys.optional("key").and_then(|c| absolute(&c)),
            known_hosts: keys.optional("known_hosts").and_then(|c| absolute(&c)),
            verify: keys
                .optional("verify")
                .and_then(|c| c.one_of(&verify))
                .unwrap_or(default.verify),
            connect_timeout: duration("connect_timeout", default.connect_timeout),
            long_connect_timeout: duration("long_connect_timeout", default.long_connect_timeout),
        };
        keys.finish();
        ssh
    }

    /// What the room of the cluster takes.
    pub(crate) fn with(&self, addresses: &[NodeAddress]) -> SshSettings {
        let addresses = addresses.iter().map(|node| (node.name.clone(), node.address.clone()));
        SshSettings {
            program: "/usr/bin/ssh".into(),
            user: self.user.clone(),
            port: self.port,
            key: self.key.clone(),
            known_hosts: self.known_hosts.clone(),
            verify: self.verify,
            connect: self.connect_timeout,
            long_connect: self.long_connect_timeout,
            addresses: addresses.collect::<BTreeMap<NodeName, SshAddress>>(),
        }
    }
}

/// A node's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsNode)]
pub(crate) struct NodeAddress {
    /// The node.
    #[schema(value_type = String)]
    pub(crate) name: NodeName,
    /// Its address, with a port where that is not the usual one.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    pub(crate) address: SshAddress,
}

/// `cluster.nodes:`, a name and an address each.
pub(crate) fn nodes(cursor: &Cursor<'_>) -> Vec<NodeAddress> {
    let Some(keys) = cursor.mapping() else { return Vec::new() };
    let address = |(name, cursor): (&str, Cursor<'_>)| match name.parse() {
        Ok(name) => Some(NodeAddress { name, address: cursor.parsed()? }),
        Err(error) => {
            cursor.problem(format!("{error}"));
            None
        }
    };
    keys.entries().filter_map(address).collect()
}

fn user(cursor: &Cursor<'_>) -> Option<String> {
    let name = cursor.text()?;
    let odd = |c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c);
    if name.is_empty() || name.starts_with('-') || name.contains(odd) {
        cursor.problem("a user name belongs here, of letters, digits, dots and hyphens");
        return None;
    }
    Some(name.to_owned())
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn verify<S: Serializer>(how: &Verify, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(verified(*how))
}

/// As the settings have it.
pub(super) fn verified(how: Verify) -> &'static str {
    match how {
        Verify::Strict => "strict",
        Verify::FirstUse => "first-use",
    }
}

fn shown<S: Serializer>(address: &SshAddress, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn a_section_is_read_whole_and_shown_as_it_was_written() {
        let text = "cluster:\n  ssh: {user: jarvis, port: 2222, key: /k, known_hosts: /h, verify: first-use, connect_timeout: 3s}\n  nodes: {pve1: 192.0.2.1, pve2: 'pve2.lan:2200'}\n";
        let settings = Settings::read(text, false).unwrap_or_else(|all| panic!("{all}"));
        let ssh = settings.cluster.ssh.unwrap();
        let shown = serde_json::json!(ssh).to_string();
        assert!(shown.contains("\"first-use\"") && shown.contains("\"3s\""), "{shown}");
        let given = ssh.with(&settings.cluster.nodes);
        assert_eq!(
            (given.user.as_str(), given.port, given.verify),
            ("jarvis", 2222, Verify::FirstUse)
        );
        assert_eq!(given.addresses.len(), 2);
        assert_eq!(given.addresses[&"pve2".parse().unwrap()].port, Some(2200));
    }

    #[test]
    fn mistakes_have_their_lines() {
        let text = "cluster:\n  ssh:\n    user: -oProxyCommand=x\n    port: 0\n    key: id\n    verify: never\n  nodes:\n    pve1: root@x\n";
        let shown = Settings::read(text, false).unwrap_err().to_string();
        for expected in [
            "line 3: cluster.ssh.user: a user name belongs here",
            "line 4: cluster.ssh.port: 0 is not from 1 to 65535",
            "line 5: cluster.ssh.key: an absolute path belongs here",
            "line 6: cluster.ssh.verify: \"never\" is not one of strict, first-use",
            "line 8: cluster.nodes.pve1: \"root@x\" is not a host",
        ] {
            assert!(shown.contains(expected), "{expected}\nis not in\n{shown}");
        }
    }
}
