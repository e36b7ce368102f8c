//! A node's packages: what is installed, what waits, and who holds dpkg's
//! lock. How `apt-get` and the API speak of them is not decided here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cluster::Version;

/// Where a package comes from, by the words of its archive's Release file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Archive {
    Debian,
    Security,
    Proxmox,
}

/// A package that waits to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) title: &'static str,
    /// None for one that is new: a dependency that was not there before.
    pub(crate) old: Option<String>,
    pub(crate) new: String,
    pub(crate) from: Archive,
}

/// How `apt-get` misbehaves on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AptTrouble {
    /// The last package of an upgrade cannot be configured.
    Broken,
    /// Another process holds dpkg's lock.
    Locked,
    /// An upgrade stays where it is until the fault is taken back.
    Hang,
}

/// The packages of one node.
#[derive(Debug, Clone)]
pub(crate) struct Apt {
    /// What the package lists know to be newer.
    pub(crate) pending: Vec<Package>,
    /// What a refresh of the lists will add.
    unseen: Vec<Package>,
    /// Versions of what is installed, by name.
    pub(crate) installed: BTreeMap<String, String>,
    /// Releases of installed kernels, oldest first.
    kernels: Vec<String>,
    /// The release of the kernel that runs.
    pub(crate) running: String,
    /// The pid of whoever holds dpkg's lock.
    pub(crate) lock: Option<u32>,
    pub(crate) trouble: Option<AptTrouble>,
}

/// The versions of one Proxmox VE release: the kernel series, the kernel that
/// runs and the one that waits, pve-manager's next version, and what Debian
/// adds to the version of a package that was mended.
struct Release {
    series: &'static str,
    kernel: &'static str,
    next_kernel: &'static str,
    next_manager: &'static str,
    mended: &'static str,
}

const V9: Release = Release {
    series: "7.0",
    kernel: "7.0.2-6",
    next_kernel: "7.0.2-8",
    next_manager: "9.2.12",
    mended: "~deb13u1",
};
const V8: Release = Release {
    series: "6.8",
    kernel: "6.8.12-15",
    next_kernel: "6.8.12-17",
    next_manager: "8.4.16",
    mended: "~deb12u1",
};

impl Archive {
    /// `Origin`, all that the API tells: Debian's security archive has the
    /// same as Debian itself.
    pub(crate) fn origin(self) -> &'static str {
        match self {
            Self::Debian | Self::Security => "Debian",
            Self::Proxmox => "Proxmox",
        }
    }

    /// `Label:Version/Suite`, as `apt-get -s` tells it.
    pub(crate) fn label(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Debian, Version::V9_2) => "Debian:13.4/stable",
            (Self::Debian, Version::V8_4) => "Debian:12.12/oldstable",
            (Self::Security, Version::V9_2) => "Debian-Security:13/stable-security",
            (Self::Security, Version::V8_4) => "Debian-Security:12/oldstable-security",
            (Self::Proxmox, _) => "Proxmox Debian Repository:stable",
        }
    }

    /// The suite, as `apt list` tells it.
    pub(crate) fn suite(self) -> &'static str {
        match self {
            Self::Debian | Self::Proxmox => "stable",
            Self::Security => "stable-security",
        }
    }
}

impl Apt {
    /// The packages of the node with `index`, counted from 0: the first waits
    /// for everything, the fourth only for the time zones.
    pub(crate) fn new(index: usize, version: Version) -> Self {
        let release = match version {
            Version::V9_2 => V9,
            Version::V8_4 => V8,
        };
        let Release { series, kernel, next_kernel, next_manager, mended } = release;
        let (_, manager) = version.texts();
        let meta = format!("proxmox-kernel-{series}");
        let package = |name: &str, title, old: Option<&str>, new: &str, from| Package {
            name: name.to_owned(),
            title,
            old: old.map(str::to_owned),
            new: new.to_owned(),
            from,
        };
        let openssl = format!("3.5.4-1{mended}");
        let mut waiting = vec![
            vec![package(
                "pve-manager",
                "Proxmox Virtual Environment Management Tools",
                Some(manager),
                next_manager,
                Archive::Proxmox,
            )],
            vec![
                package(
                    &meta,
                    "Latest Proxmox Kernel Image",
                    Some(kernel),
                    next_kernel,
                    Archive::Proxmox,
                ),
                package(
                    &image(next_kernel),
                    "Proxmox Kernel Image (signed)",
                    None,
                    next_kernel,
                    Archive::Proxmox,
                ),
            ],
            vec![package(
                "openssl",
                "Secure Sockets Layer toolkit - cryptographic utility",
                Some("3.5.1-1"),
                &openssl,
                Archive::Security,
            )],
            vec![package(
                "tzdata",
                "time zone and daylight-saving time data",
                Some("2026a-1"),
                "2026b-1",
                Archive::Debian,
            )],
        ];
        let fewer = index % waiting.len();
        waiting.drain(..fewer);
        let curl = format!("8.14.1-2{mended}");
        let unseen = package(
            "curl",
            "command line tool for transferring data with URL syntax",
            Some("8.14.1-2"),
            &curl,
            Archive::Security,
        );
        let installed = [
            ("proxmox-ve", manager),
            ("pve-manager", manager),
            ("proxmox-kernel-helper", "9.0.4"),
            (&*meta, kernel),
            (&*image(kernel), kernel),
            ("corosync", "3.1.9-pve2"),
            ("curl", "8.14.1-2"),
            ("lxc-pve", "6.0.5-1"),
            ("openssl", "3.5.1-1"),
            ("pve-qemu-kvm", "10.1.2-1"),
            ("qemu-server", "9.2.6"),
            ("tzdata", "2026a-1"),
            ("zfsutils-linux", "2.3.4-pve1"),
        ]
        .map(|(name, version)| (name.to_owned(), version.to_owned()));
        let running = format!("{kernel}-pve");
        Self {
            pending: waiting.into_iter().flatten().collect(),
            unseen: vec![unseen],
            installed: installed.into(),
            kernels: vec![running.clone()],
            running,
            lock: None,
            trouble: None,
        }
    }

    /// The lists are fetched anew.
    pub(crate) fn refresh(&mut self) {
        self.pending.append(&mut self.unseen);
    }

    /// `package` is installed and waits no more.
    pub(crate) fn install(&mut self, package: &Package) {
        self.pending.retain(|waiting| waiting.name != package.name);
        self.installed.insert(package.name.clone(), package.new.clone());
        if package.name == image(&package.new) {
            self.kernels.push(format!("{}-pve", package.new));
        }
    }

    /// The node boots, with its newest kernel.
    pub(crate) fn boot(&mut self) {
        self.lock = None;
        if let Some(newest) = self.kernels.last() {
            self.running.clone_from(newest);
        }
    }

    /// Whether a newer kernel than the running one is installed.
    pub(crate) fn needs_reboot(&self) -> bool {
        self.kernels.last().is_some_and(|newest| *newest != self.running)
    }
}

/// The package of a kernel's image.
fn image(version: &str) -> String {
    format!("proxmox-kernel-{version}-pve-signed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_runs_only_after_a_boot() {
        let mut apt = Apt::new(0, Version::V9_2);
        assert!(!apt.needs_reboot());
        for package in apt.pending.clone() {
            apt.install(&package);
        }
        assert!(apt.pending.is_empty() && apt.needs_reboot());
        assert_eq!(apt.running, "7.0.2-6-pve");
        apt.boot();
        assert!(!apt.needs_reboot());
        assert_eq!(apt.running, "7.0.2-8-pve");
    }

    #[test]
    fn nodes_wait_for_different_packages() {
        let waiting = |index| Apt::new(index, Version::V9_2).pending.len();
        assert_eq!([0, 1, 2, 3, 4].map(waiting), [5, 4, 2, 1, 5]);
    }
}
