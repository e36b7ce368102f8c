//! Where a node's host key is known from.
//!
//! Proxmox since 8.x keeps one file a node in its cluster file system, with a
//! line that is keyed by the node's name and not by its address
//! (pve-cluster, `PVE::SSHInfo`).

use std::path::{Path, PathBuf};

use jarvis_domain::NodeName;

use super::settings::{SshSettings, Verify};

/// The most that is read of a file of known hosts, bytes.
const READ: usize = 1 << 20;

/// The name of our own file.
const OWN: &str = "known_hosts";

/// Which file, under which name the node stands in it, and whether a key that
/// is not in it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) file: PathBuf,
    /// None: under its address.
    pub(super) alias: Option<String>,
    pub(super) verify: Verify,
}

/// The settings' file, else Proxmox's own, else ours.
pub(super) fn known(settings: &SshSettings, node: &NodeName, pve: &Path, own: &Path) -> Known {
    let name = node.as_str().to_lowercase();
    if let Some(file) = &settings.known_hosts {
        let first_use = settings.verify == Verify::FirstUse;
        // Files that people put together have addresses in them, copies of
        // Proxmox's have names; what we write has names, which outlast
        // addresses.
        // A key that is known under an address is not to be taken anew under
        // the name.
        let empty = std::fs::metadata(file).map_or(true, |found| found.len() == 0);
        let alias = (has(file, &name) || (first_use && empty)).then_some(name);
        return Known { file: file.clone(), alias, verify: settings.verify };
    }
    let theirs = pve.join(node.as_str()).join("ssh_known_hosts");
    if theirs.is_file() {
        // The cluster's own word; nothing is to be taken on trust.
        return Known { file: theirs, alias: Some(name), verify: Verify::Strict };
    }
    Known { file: own.join(OWN), alias: Some(name), verify: settings.verify }
}

/// Whether a line of `file` is for the host `name`, written in clear.
fn has(file: &Path, name: &str) -> bool {
    use std::io::Read;
    let mut text = Vec::new();
    let read = std::fs::File::open(file)
        .and_then(|file| file.take(READ as u64).read_to_end(&mut text).map(|_| ()));
    if read.is_err() {
        return false;
    }
    let text = String::from_utf8_lossy(&text);
    let hosts = |line: &str| {
        let mut words = line.split_whitespace();
        let first = words.next()?.to_owned();
        // `@cert-authority` and `@revoked` stand before the hosts.
        if first.starts_with('@') { words.next().map(str::to_owned) } else { Some(first) }
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(hosts)
        .any(|hosts| hosts.split(',').any(|host| host == name))
}

#[cfg(test)]
mod tests {
    use super::super::settings::tests::settings;
    use super::*;

    #[test]
    fn the_settings_come_before_proxmox_and_proxmox_before_ours() {
        let folder = tempfile::tempdir().unwrap();
        let (pve, own) = (folder.path().join("nodes"), folder.path().join("own"));
        let node: NodeName = "PVE1".parse().unwrap();
        let name = Some("pve1".to_owned());
        let first_use = SshSettings { verify: Verify::FirstUse, ..settings() };

        let ours = known(&first_use, &node, &pve, &own);
        let expected = Known { file: own.join(OWN), alias: name.clone(), verify: Verify::FirstUse };
        assert_eq!(ours, expected);

        let file = pve.join("PVE1/ssh_known_hosts");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "pve1 ssh-rsa AAAA\n").unwrap();
        let theirs = known(&first_use, &node, &pve, &own);
        assert_eq!(theirs, Known { file, alias: name.clone(), verify: Verify::Strict });

        let file = folder.path().join("mine");
        let named = SshSettings { known_hosts: Some(file.clone()), ..settings() };
        for (text, alias) in [
            ("192.0.2.1 ssh-ed25519 AAAA\n", None),
            ("# pve1\n192.0.2.1,pve1 ssh-ed25519 AAAA\n", name.clone()),
            ("|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA\n", None),
            ("pve10 ssh-ed25519 AAAA\n", None),
            ("@cert-authority pve1 ssh-ed25519 AAAA\n", name),
        ] {
            std::fs::write(&file, text).unwrap();
            let known = known(&named, &node, &pve, &own);
            assert_eq!(known.alias, alias, "{text}");
            assert_eq!((known.file, known.verify), (file.clone(), Verify::Strict));
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(known(&named, &node, &pve, &own).alias, None);
        // What is known under an address is looked for there on first use too.
        let first_use = SshSettings { known_hosts: Some(file.clone()), ..first_use };
        assert_eq!(known(&first_use, &node, &pve, &own).alias.as_deref(), Some("pve1"));
        std::fs::write(&file, "192.0.2.1 ssh-ed25519 AAAA\n").unwrap();
        assert_eq!(known(&first_use, &node, &pve, &own).alias, None);
    }
}
