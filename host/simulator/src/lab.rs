//! The cluster of a home lab, and larger ones grown from it by rule. What
//! happens on it is not decided here.

use std::collections::BTreeMap;
use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Vmid};

use crate::access::Seal;
use crate::apt::Apt;
use crate::cluster::{Cluster, Version};
use crate::error::SimulatorError;
use crate::guest::{Guest, Ha, Kind, Power, Quirk, Snapshot};
use crate::node::{Hardware, Node};
use crate::sensors::Board;
use crate::storage;

/// The most nodes a cluster can have.
pub(crate) const MOST_NODES: usize = 64;
/// The most guests.
pub(crate) const MOST_GUESTS: usize = 10_000;
/// The nodes of the home lab.
pub(crate) const NODES: usize = 4;
/// The guests of the home lab.
pub(crate) const GUESTS: usize = ROWS.len();

const GIB: u64 = 1 << 30;

const INTEL: Hardware = Hardware {
    model: "12th Gen Intel(R) Core(TM) i5-12500T",
    vendor: "GenuineIntel",
    cores: 6,
    threads: 12,
    memory: 64 * GIB,
    disk: 94 * GIB,
    board: Board::Intel,
};
const AMD: Hardware = Hardware {
    model: "AMD Ryzen 5 5600G with Radeon Graphics",
    vendor: "AuthenticAMD",
    cores: 6,
    threads: 12,
    memory: 32 * GIB,
    disk: 94 * GIB,
    board: Board::Amd,
};
const SMALL: Hardware = Hardware {
    model: "Intel(R) N100",
    vendor: "GenuineIntel",
    cores: 4,
    threads: 4,
    memory: 32 * GIB,
    disk: 94 * GIB,
    board: Board::Small,
};
const OLD: Hardware = Hardware {
    model: "Intel(R) Core(TM) i7-6700 CPU @ 3.40GHz",
    vendor: "GenuineIntel",
    cores: 4,
    threads: 8,
    memory: 32 * GIB,
    disk: 94 * GIB,
    board: Board::Absurd,
};

/// The first four nodes; the rest are called `pve5`, `pve6` …
const MACHINES: [(&str, Hardware); NODES] =
    [("home", INTEL), ("pve2", AMD), ("pve3", SMALL), ("pve4", OLD)];

/// Number, name, kind, node's index, runs, cores, GiB of memory, GiB of disk,
/// tags. Names are chosen so that "the web server" and "the media server" fit
/// one guest each.
type Line = (u32, &'static str, Kind, usize, bool, u32, u64, u64, &'static str);
const ROWS: &[Line] = &[
    (101, "mediaserver", Kind::Qemu, 0, true, 4, 8, 64, "media"),
    (102, "webserver-01", Kind::Qemu, 0, false, 2, 4, 32, "web"),
    (103, "database", Kind::Qemu, 0, true, 4, 8, 100, "critical;data"),
    (104, "pihole", Kind::Lxc, 0, true, 1, 1, 8, "dns;network"),
    (105, "nextcloud", Kind::Qemu, 1, true, 4, 6, 200, "cloud;web"),
    (106, "homeassistant", Kind::Qemu, 1, true, 2, 4, 32, "automation"),
    (107, "gitea", Kind::Lxc, 1, true, 2, 2, 20, "dev"),
    (108, "grafana", Kind::Lxc, 2, true, 1, 1, 10, "monitoring"),
    (109, "prometheus", Kind::Lxc, 2, true, 2, 2, 40, "monitoring"),
    (110, "nas", Kind::Qemu, 1, true, 2, 8, 32, "data"),
    (111, "reverse-proxy", Kind::Lxc, 0, true, 1, 1, 8, "network;web"),
    (112, "testbox", Kind::Qemu, 3, false, 2, 2, 20, "test"),
    (113, "minecraft", Kind::Qemu, 3, false, 4, 8, 50, "games"),
    (114, "photos", Kind::Lxc, 1, true, 4, 4, 250, "media"),
    (115, "firewall", Kind::Qemu, 2, true, 2, 4, 16, "critical;network"),
    (116, "vpn-gateway", Kind::Lxc, 3, true, 1, 1, 4, "network"),
    (117, "unifi", Kind::Lxc, 3, true, 2, 2, 16, "network"),
    (118, "mqtt", Kind::Lxc, 1, true, 1, 1, 4, "automation"),
    (119, "pbs", Kind::Qemu, 3, true, 2, 4, 32, "backup"),
    (120, "windows-desktop", Kind::Qemu, 2, false, 4, 8, 120, "desktop"),
    (121, "paperless", Kind::Lxc, 2, true, 2, 2, 30, "documents"),
    (900, "debian-13-template", Kind::Qemu, 0, false, 2, 2, 10, "template"),
];

/// The VMs with a serial port; the second is stopped.
const SERIAL: [u32; 2] = [103, 102];
/// The one under HA, the one locked by a backup, and the template.
const UNDER_HA: u32 = 115;
const LOCKED: u32 = 110;
const TEMPLATE: u32 = 900;

impl Cluster {
    /// The home lab: nodes `home`, `pve2`, `pve3`, `pve4`, and its guests.
    #[cfg(test)]
    pub(crate) fn home(now: Timestamp) -> Self {
        Self::grow(NODES, GUESTS, Version::default(), now)
    }

    /// A cluster of any size: the first rows of the home lab, then more by
    /// rule, the same ones each time.
    pub(crate) fn sized(
        nodes: usize,
        guests: usize,
        version: Version,
        now: Timestamp,
    ) -> Result<Self, SimulatorError> {
        if !(1..=MOST_NODES).contains(&nodes) {
            return Err(SimulatorError::Size { what: "nodes", given: nodes, max: MOST_NODES });
        }
        if !(1..=MOST_GUESTS).contains(&guests) {
            return Err(SimulatorError::Size { what: "guests", given: guests, max: MOST_GUESTS });
        }
        Ok(Self::grow(nodes, guests, version, now))
    }

    fn grow(nodes: usize, guests: usize, version: Version, now: Timestamp) -> Self {
        let nodes: Vec<Node> = (0..nodes).filter_map(|index| node(index, version, now)).collect();
        let lines = ROWS.iter().copied();
        let mut all: BTreeMap<Vmid, Guest> =
            lines.take(guests).filter_map(|line| guest(&nodes, line, now)).collect();
        let more = (0_u32..).map(|n| 1000 + n).take(guests.saturating_sub(ROWS.len()));
        all.extend(more.filter_map(|number| grown(&nodes, number, now)));
        Self {
            version,
            nodes,
            guests: all,
            storages: storage::usual(),
            tasks: Vec::new(),
            terminals: Vec::new(),
            quorate: true,
            ha_stuck: false,
            program: None,
            calls: Vec::new(),
            changes: Vec::new(),
            seal: Seal::default(),
            authority: None,
            next_pid: 0x7690,
            repoid: "b9984c6d90a4bd80",
        }
    }
}

fn before(now: Timestamp, ago: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(0)))
}

/// The node with `index`, counted from 0; the first is the local one.
pub(crate) fn node(index: usize, version: Version, now: Timestamp) -> Option<Node> {
    let (name, hardware) = match MACHINES.get(index) {
        Some((name, hardware)) => ((*name).to_owned(), *hardware),
        None => (format!("pve{}", index + 1), if index.is_multiple_of(2) { INTEL } else { SMALL }),
    };
    let id = u32::try_from(index + 1).ok()?;
    Some(Node {
        name: name.parse().ok()?,
        id,
        ip: format!("192.0.2.{}", id + 10),
        hardware,
        booted: before(now, Duration::from_secs(200_000 + 41_003 * u64::from(id))),
        down: None,
        deaf: false,
        without_sensors: false,
        heat: None,
        mac: (index > 0).then(|| format!("BC:24:11:00:00:{id:02X}")),
        apt: Apt::new(index, version),
        identity: None,
        trouble: None,
        ssh_trouble: None,
        host_key: 0,
        cut: 0,
        connections: 0,
        units: BTreeMap::new(),
    })
}

/// A stopped guest without any trait.
pub(crate) fn plain(vmid: Vmid, kind: Kind, name: &str, node: &NodeName, now: Timestamp) -> Guest {
    Guest {
        vmid,
        kind,
        name: name.to_owned(),
        node: node.clone(),
        power: Power::Stopped,
        started: now,
        cores: 1,
        memory: GIB,
        disk: 8 * GIB,
        tags: String::new(),
        description: String::new(),
        template: false,
        serial: false,
        lock: None,
        ha: None,
        snapshots: Vec::new(),
        parent: None,
        quirks: Vec::new(),
        deaf: false,
        held: false,
        next: None,
        busy: false,
    }
}

fn guest(nodes: &[Node], line: Line, now: Timestamp) -> Option<(Vmid, Guest)> {
    let (number, name, kind, at, runs, cores, memory, disk, tags) = line;
    let node = nodes.get(at % nodes.len())?;
    let vmid = Vmid::try_from(number).ok()?;
    let guest = Guest {
        power: if runs { Power::Running } else { Power::Stopped },
        started: before(now, Duration::from_secs(90_000 + u64::from(number) * 311)),
        cores,
        memory: memory * GIB,
        disk: disk * GIB,
        tags: tags.to_owned(),
        description: String::new(),
        template: number == TEMPLATE,
        serial: SERIAL.contains(&number),
        lock: (number == LOCKED).then_some("backup"),
        ha: (number == UNDER_HA).then_some(Ha::Started),
        quirks: match name {
            "testbox" => vec![Quirk::Says("generating cloud-init ISO\n")],
            "minecraft" => vec![Quirk::Warns("iothread is only valid with virtio disk")],
            _ => Vec::new(),
        },
        ..plain(vmid, kind, name, &node.name, now)
    };
    let mut guest = guest;
    if name == "nextcloud" {
        guest.snapshots.push(Snapshot {
            name: "before-upgrade".to_owned(),
            description: "before the upgrade".to_owned(),
            at: before(now, Duration::from_secs(600_000)),
            parent: None,
            with_memory: false,
            power: Power::Stopped,
            state: None,
        });
        guest.parent = Some("before-upgrade".to_owned());
    }
    Some((vmid, guest))
}

/// A guest beyond the home lab's.
fn grown(nodes: &[Node], number: u32, now: Timestamp) -> Option<(Vmid, Guest)> {
    const KINDS: [(&str, Kind); 4] =
        [("worker", Kind::Lxc), ("build", Kind::Qemu), ("cache", Kind::Lxc), ("queue", Kind::Qemu)];
    let index = usize::try_from(number).ok()?;
    let (word, kind) = *KINDS.get(index % KINDS.len())?;
    let node = nodes.get(index % nodes.len())?;
    let vmid = Vmid::try_from(number).ok()?;
    let guest = Guest {
        power: if number.is_multiple_of(5) { Power::Stopped } else { Power::Running },
        started: before(now, Duration::from_secs(u64::from(number) * 17)),
        tags: word.to_owned(),
        description: String::new(),
        ..plain(vmid, kind, &format!("{word}-{number}"), &node.name, now)
    };
    Some((vmid, guest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_468_823_000);

    #[test]
    fn the_home_lab_has_one_of_each_special_guest() {
        let cluster = Cluster::home(NOW);
        let count = |test: fn(&Guest) -> bool| cluster.guests.values().filter(|g| test(g)).count();
        assert_eq!(count(|g| g.ha.is_some()), 1);
        assert_eq!(count(|g| g.template), 1);
        assert_eq!(count(|g| g.lock == Some("backup")), 1);
        assert!(count(|g| g.tags.contains("media") && g.power == Power::Running) >= 2);
        let named = |n: u32| cluster.guests[&Vmid::try_from(n).unwrap()].clone();
        assert_eq!((named(101).name.as_str(), named(101).power), ("mediaserver", Power::Running));
        assert_eq!((named(102).name.as_str(), named(102).power), ("webserver-01", Power::Stopped));
        assert_eq!(count(|g| g.name.contains("server")), 2);
        let names: Vec<_> = cluster.nodes.iter().map(|n| n.name.to_string()).collect();
        assert_eq!(names, ["home", "pve2", "pve3", "pve4"]);
    }

    #[test]
    fn clusters_grow_by_rule_to_their_limits() {
        let sized = |n, g| Cluster::sized(n, g, Version::V9_2, NOW);
        let large = sized(64, 10_000).unwrap();
        assert_eq!((large.nodes.len(), large.guests.len()), (64, 10_000));
        let small = sized(1, 1).unwrap();
        assert_eq!((small.nodes.len(), small.guests.len()), (1, 1));
        for (nodes, guests) in [(0, 1), (65, 1), (1, 0), (1, 10_001)] {
            assert!(sized(nodes, guests).is_err(), "{nodes} {guests}");
        }
    }
}
