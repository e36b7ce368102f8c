//! What `apt-get -s dist-upgrade` prints: the only place that tells which
//! updates come from Debian's security archive, for the API's `Origin` is the
//! same for both, and what an installation would remove. It also stands in for
//! the API's list where Proxmox does not show that.

use std::collections::BTreeMap;

/// The command, word by word as the grant has it.
pub(crate) const ARGV: [&str; 3] = ["apt-get", "-s", "dist-upgrade"];

/// What an installation would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Simulation {
    /// The packages it would install.
    pub(crate) installs: BTreeMap<String, Install>,
    /// The packages it would remove.
    pub(crate) removes: Vec<String>,
}

/// A package that would be installed, in apt's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Install {
    /// None for one that is new to the node.
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    /// As the API calls it: `Debian`, `Proxmox`.
    pub(crate) origin: Option<String>,
    pub(crate) security: bool,
}

impl Simulation {
    /// Reads lines such as `Inst openssl [3.5.1-1] (3.5.4-1~deb13u1
    /// Debian-Security:13/stable-security [amd64])` and `Remv pve-manager
    /// [9.2.11]`; all others are for people. None where it is not apt that
    /// answers: a key that is bound to another command prints what that prints,
    /// and all is well.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut simulation = Self::default();
        let mut is_apt = false;
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("Inst"), Some(name)) => {
                    simulation.installs.insert(name.to_owned(), Install::read(line));
                    is_apt = true;
                }
                (Some("Remv"), Some(name)) => {
                    simulation.removes.push(name.to_owned());
                    is_apt = true;
                }
                // `0 upgraded, …`: said also when nothing is to be done.
                (Some(count), Some(word)) if word.starts_with("upgraded") => {
                    is_apt |= count.parse::<u32>().is_ok();
                }
                _ => {}
            }
        }
        is_apt.then_some(simulation)
    }
}

impl Install {
    /// `Inst name [old] (new Label:Release/archive, … [architecture])`.
    fn read(line: &str) -> Self {
        let (before, archive) = line.split_once('(').unwrap_or((line, ""));
        let old = before.split_once('[').and_then(|(_, old)| old.split_once(']'));
        let (new, label) = archive.split_once(' ').unwrap_or((archive, ""));
        let label = label.split([':', '/', '[', ',']).next().unwrap_or_default().trim();
        // The label of an archive is longer than its origin.
        let origin = ["Debian", "Proxmox"].into_iter().find(|origin| label.starts_with(origin));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            old: old.and_then(|(old, _)| some(old)),
            new: some(new.trim_end_matches(')')),
            origin: some(origin.unwrap_or(label)),
            security: archive.to_ascii_lowercase().contains("security"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_people_are_left_out() {
        let text = "NOTE: This is only a simulation!\nReading package lists...\nThe following packages will be upgraded:\n  openssl\n1 upgraded, 1 newly installed, 1 to remove and 0 not upgraded.\nRemv old-thing [1.0]\nInst openssl [3.5.1-1] (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])\nInst both (1 Debian-Security:13/stable-security, Debian:13.4/stable [all])\nInst pve-manager [9.2.11] (9.2.12 Proxmox Debian Repository:stable [all]) []\nInst libssl-security-tools [1] (2 Debian:13.4/stable [amd64])\nConf openssl (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])\nInst\n";
        let read = Simulation::read(text).unwrap();
        let installs: Vec<_> =
            read.installs.iter().map(|(n, install)| (n.as_str(), install.security)).collect();
        let expected = [
            ("both", true),
            ("libssl-security-tools", false),
            ("openssl", true),
            ("pve-manager", false),
        ];
        assert_eq!(installs, expected);
        assert_eq!(read.removes, ["old-thing"]);
        let of = |name: &str| {
            let Install { old, new, origin, .. } = read.installs[name].clone();
            [old, new, origin].map(|text| text.unwrap_or("-".to_owned())).join(" ")
        };
        assert_eq!(of("openssl"), "3.5.1-1 3.5.4-1~deb13u1 Debian");
        assert_eq!(of("both"), "- 1 Debian");
        assert_eq!(of("pve-manager"), "9.2.11 9.2.12 Proxmox");
        let odd = "Inst a\nInst b [\nInst c ()\nInst d [1] (2)\nInst e [1] (2 Ceph 1.0 [x])\n";
        let odd = Simulation::read(odd).unwrap().installs;
        let shown = |name: &str| (odd[name].new.as_deref(), odd[name].origin.as_deref());
        assert_eq!([shown("a"), shown("b"), shown("c")], [(None, None); 3]);
        assert_eq!((shown("d"), shown("e")), ((Some("2"), None), (Some("2"), Some("Ceph 1.0"))));
        let nothing = "0 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.\n";
        assert_eq!(Simulation::read(nothing), Some(Simulation::default()));
        for strange in ["", "E: broken\n\u{0}(((\n", "{\"coretemp-isa-0000\":{}}\n", "Inst\n"] {
            assert_eq!(Simulation::read(strange), None, "{strange}");
        }
    }
}
