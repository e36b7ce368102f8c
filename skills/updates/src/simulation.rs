//! What `apt-get -s dist-upgrade` prints: the only place that tells which
//! updates come from Debian's security archive, for the API's `Origin` is the
//! same for both, and what an installation would remove.

use std::collections::BTreeMap;

/// The command, word by word as the grant has it.
pub(crate) const ARGV: [&str; 3] = ["apt-get", "-s", "dist-upgrade"];

/// What an installation would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Simulation {
    /// The packages it would install, and whether each is for security.
    pub(crate) installs: BTreeMap<String, bool>,
    /// The packages it would remove.
    pub(crate) removes: Vec<String>,
}

impl Simulation {
    /// Reads lines such as `Inst openssl [3.5.1-1] (3.5.4-1~deb13u1
    /// Debian-Security:13/stable-security [amd64])` and `Remv pve-manager
    /// [9.2.11]`; all others are for people.
    pub(crate) fn read(text: &str) -> Self {
        let mut simulation = Self::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("Inst"), Some(name)) => {
                    let archive = line.split_once('(').map_or("", |(_, archive)| archive);
                    let security = archive.to_ascii_lowercase().contains("security");
                    simulation.installs.insert(name.to_owned(), security);
                }
                (Some("Remv"), Some(name)) => simulation.removes.push(name.to_owned()),
                _ => {}
            }
        }
        simulation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_people_are_left_out() {
        let text = "NOTE: This is only a simulation!\nReading package lists...\nThe following packages will be upgraded:\n  openssl\n1 upgraded, 1 newly installed, 1 to remove and 0 not upgraded.\nRemv old-thing [1.0]\nInst openssl [3.5.1-1] (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])\nInst both (1 Debian-Security:13/stable-security, Debian:13.4/stable [all])\nInst pve-manager [9.2.11] (9.2.12 Proxmox Debian Repository:stable [all]) []\nInst libssl-security-tools [1] (2 Debian:13.4/stable [amd64])\nConf openssl (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])\nInst\n";
        let read = Simulation::read(text);
        let installs: Vec<_> = read.installs.iter().map(|(n, s)| (n.as_str(), *s)).collect();
        let expected = [
            ("both", true),
            ("libssl-security-tools", false),
            ("openssl", true),
            ("pve-manager", false),
        ];
        assert_eq!(installs, expected);
        assert_eq!(read.removes, ["old-thing"]);
        assert_eq!(Simulation::read("E: broken\n\u{0}(((\n"), Simulation::default());
    }
}
