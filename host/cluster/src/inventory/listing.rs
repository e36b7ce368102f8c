//! `/cluster/resources`, read in one pass: nodes, guests and storages.
//!
//! Entries that cannot be read are left out and noted, never fatal. `cpu` is
//! taken from here and from nowhere else: this is what `pvestatd` measured,
//! where a call that asks a node itself is told 0 (two samples are needed).

use std::collections::BTreeMap;
use std::fmt;

use jarvis_domain::inventory::{Guest, GuestKind, GuestState, Node, NodeState, Snapshot, Storage};
use jarvis_domain::{ClusterId, NodeName, Timestamp, Vmid};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::loose::Loose;

/// What the list says, before the nodes' states are known for certain.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) nodes: BTreeMap<NodeName, Node>,
    guests: Vec<Guest>,
    storages: BTreeMap<(String, Option<NodeName>), Storage>,
}

impl Listing {
    pub(super) fn has_nodes(&self) -> bool {
        !self.nodes.is_empty()
    }

    pub(super) fn has_guests(&self) -> bool {
        !self.guests.is_empty()
    }

    /// The snapshot that it makes up. Proxmox keeps what it last heard of a
    /// guest for up to five minutes after its node has died, so a guest is
    /// judged together with its node.
    pub(super) fn into_snapshot(
        self,
        cluster: ClusterId,
        as_of: Timestamp,
        quorate: Option<bool>,
    ) -> Snapshot {
        let Self { nodes, mut guests, storages } = self;
        for guest in &mut guests {
            if !nodes.get(&guest.node).is_some_and(Node::is_online) {
                guest.state = GuestState::Unknown;
            }
        }
        guests.sort_by_key(|guest| guest.vmid);
        // Of two with one number the later counts.
        guests.dedup_by(|later, kept| {
            let same = later.vmid == kept.vmid;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        // It is kept for long, and grew by doubling.
        guests.shrink_to_fit();
        let (nodes, storages) = (nodes.into_values().collect(), storages.into_values().collect());
        Snapshot { cluster, as_of, quorate, nodes, guests, storages }
    }

    fn take(&mut self, entry: &Entry<'_>) {
        match entry.kind.text() {
            Some("node") => {
                if let Some(node) = node(entry) {
                    self.nodes.insert(node.name.clone(), node);
                }
            }
            Some("qemu") => self.guests.extend(guest(GuestKind::Vm, entry)),
            Some("lxc") => self.guests.extend(guest(GuestKind::Container, entry)),
            Some("storage") => self.take_storage(entry),
            _ => {}
        }
    }

    /// A shared storage comes once for each node; a node that sees it says
    /// more than one that does not.
    fn take_storage(&mut self, entry: &Entry<'_>) {
        let (Some(name), Some(node)) = (entry.storage.owned(), node_name(&entry.node)) else {
            return;
        };
        let shared = entry.shared.flag().unwrap_or_default();
        let storage = Storage {
            name: name.clone(),
            node: (!shared).then_some(node),
            kind: entry.plugintype.owned().unwrap_or_default(),
            available: entry.status.text() == Some("available"),
            used: entry.disk.count(),
            total: entry.maxdisk.count(),
        };
        match self.storages.get_mut(&(name.clone(), storage.node.clone())) {
            Some(known) if storage.available && !known.available => *known = storage,
            Some(_) => {}
            None => drop(self.storages.insert((name, storage.node.clone()), storage)),
        }
    }
}

impl<'de> Deserialize<'de> for Listing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Listing;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Listing, A::Error> {
        let mut listing = Listing::default();
        while let Some(entry) = entries.next_element::<Entry<'de>>()? {
            listing.take(&entry);
        }
        Ok(listing)
    }
}

/// One entry, of whatever type.
#[derive(Debug, Default)]
struct Entry<'a> {
    kind: Loose<'a>,
    node: Loose<'a>,
    status: Loose<'a>,
    vmid: Loose<'a>,
    name: Loose<'a>,
    template: Loose<'a>,
    tags: Loose<'a>,
    lock: Loose<'a>,
    hastate: Loose<'a>,
    cpu: Loose<'a>,
    maxcpu: Loose<'a>,
    mem: Loose<'a>,
    maxmem: Loose<'a>,
    uptime: Loose<'a>,
    storage: Loose<'a>,
    plugintype: Loose<'a>,
    shared: Loose<'a>,
    disk: Loose<'a>,
    maxdisk: Loose<'a>,
}

impl<'a> Entry<'a> {
    fn field(&mut self, name: &str) -> Option<&mut Loose<'a>> {
        Some(match name {
            "type" => &mut self.kind,
            "node" => &mut self.node,
            "status" => &mut self.status,
            "vmid" => &mut self.vmid,
            "name" => &mut self.name,
            "template" => &mut self.template,
            "tags" => &mut self.tags,
            "lock" => &mut self.lock,
            "hastate" => &mut self.hastate,
            "cpu" => &mut self.cpu,
            "maxcpu" => &mut self.maxcpu,
            "mem" => &mut self.mem,
            "maxmem" => &mut self.maxmem,
            "uptime" => &mut self.uptime,
            "storage" => &mut self.storage,
            "plugintype" => &mut self.plugintype,
            "shared" => &mut self.shared,
            "disk" => &mut self.disk,
            "maxdisk" => &mut self.maxdisk,
            _ => return None,
        })
    }
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Fields)
    }
}

/// Reads an entry; what is no object is an entry without fields.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Entry<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Entry<'de>, A::Error> {
        let mut entry = Entry::default();
        while let Some(Loose::Text(name)) = fields.next_key()? {
            match entry.field(&name) {
                Some(field) => *field = fields.next_value()?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(entry)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_unit<E>(self) -> Result<Entry<'de>, E> {
        Ok(Entry::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entry<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry::default())
    }
}

fn node(entry: &Entry<'_>) -> Option<Node> {
    let state = match entry.status.text() {
        Some("online") => NodeState::Online,
        Some("offline") => NodeState::Offline,
        _ => NodeState::Unknown,
    };
    Some(Node {
        cpu: share(entry),
        cpus: entry.maxcpu.count().and_then(|cpus| u32::try_from(cpus).ok()),
        memory: entry.mem.count(),
        memory_total: entry.maxmem.count(),
        uptime: entry.uptime.count(),
        ..Node::new(node_name(&entry.node)?, state)
    })
}

fn guest(kind: GuestKind, entry: &Entry<'_>) -> Option<Guest> {
    let vmid = entry.vmid.count().and_then(|number| u32::try_from(number).ok());
    let vmid = vmid.and_then(|number| Vmid::try_from(number).ok());
    let (Some(vmid), Some(node)) = (vmid, node_name(&entry.node)) else {
        tracing::debug!(?entry, "left out a guest that cannot be read");
        return None;
    };
    let state = match entry.status.text() {
        Some("running") => GuestState::Running,
        Some("stopped") => GuestState::Stopped,
        Some("paused" | "suspended") => GuestState::Paused,
        _ => GuestState::Unknown,
    };
    Some(Guest {
        name: entry.name.owned().unwrap_or_default(),
        template: entry.template.flag().unwrap_or_default(),
        tags: tags(entry.tags.text().unwrap_or_default()),
        lock: entry.lock.owned(),
        ha: entry.hastate.owned(),
        cpu: share(entry),
        memory: entry.mem.count(),
        memory_total: entry.maxmem.count(),
        uptime: entry.uptime.count(),
        ..Guest::new(vmid, kind, node, state)
    })
}

fn node_name(name: &Loose<'_>) -> Option<NodeName> {
    name.text()?.parse().ok()
}

/// The used share of processors: containers come slightly below 0, and a
/// guest can be counted a little above all that it has.
fn share(entry: &Entry<'_>) -> Option<f64> {
    entry.cpu.number().map(|share| share.clamp(0.0, 1.0))
}

/// Proxmox 8 and later writes `;`; older ones and people write `,` and spaces.
fn tags(text: &str) -> Vec<String> {
    text.split([';', ',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
