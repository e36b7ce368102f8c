//! What a person could see change between two snapshots.
//!
//! Uptimes grow and loads waver all the time; told each time, they would be
//! all that is told on a large cluster. A load counts from one hundredth on, an
//! amount from one hundredth of the whole, an uptime only where it began anew.

use jarvis_domain::inventory::{Guest, Node, Snapshot, Storage};
use jarvis_domain::{NodeName, Timestamp, Vmid};
use serde::Serialize;

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Change {
    /// When the newer snapshot was asked for.
    pub(super) as_of: Timestamp,
    /// Whether the cluster has its quorum, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quorate: Option<bool>,
    /// Nodes that came or changed, whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) nodes: Vec<Node>,
    /// Guests that came or changed, whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) guests: Vec<Guest>,
    /// Storages that came or changed, whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) storages: Vec<Storage>,
    /// Nodes that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gone_nodes: Vec<NodeName>,
    /// Guests that are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gone_guests: Vec<Vmid>,
    /// Storages that are gone, with their node unless they are shared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gone_storages: Vec<(Option<NodeName>, String)>,
}

/// Something in a snapshot that is told apart by a key.
trait Thing: Clone {
    type Key: Ord;
    fn key(&self) -> Self::Key;
    fn looks_like(&self, before: &Self) -> bool;
}

impl Change {
    /// What `now` has that `before` had not; none where nobody would see it.
    pub(super) fn between(before: &Snapshot, now: &Snapshot) -> Option<Self> {
        let (nodes, gone_nodes) = differ(&before.nodes, &now.nodes);
        let (guests, gone_guests) = differ(&before.guests, &now.guests);
        let (storages, gone_storages) = differ(&before.storages, &now.storages);
        let quorate = now.quorate.filter(|_| now.quorate != before.quorate);
        let empty = Self { as_of: now.as_of, ..Self::default() };
        let change = Self {
            as_of: now.as_of,
            quorate,
            nodes,
            guests,
            storages,
            gone_nodes,
            gone_guests,
            gone_storages,
        };
        (change != empty).then_some(change)
    }
}

/// What came or changed, and the keys of what is gone.
fn differ<T: Thing>(before: &[T], now: &[T]) -> (Vec<T>, Vec<T::Key>) {
    let sorted = |things: &[T]| {
        let mut keyed: Vec<(T::Key, usize)> =
            things.iter().enumerate().map(|(place, thing)| (thing.key(), place)).collect();
        keyed.sort();
        keyed
    };
    let (old, new) = (sorted(before), sorted(now));
    let at = |keyed: &[(T::Key, usize)], key: &T::Key| {
        let found = keyed.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
        keyed.get(found).map(|(_, place)| *place)
    };
    let is_news = |thing: &&T| {
        let known = at(&old, &thing.key()).and_then(|place| before.get(place));
        known.is_none_or(|known| !thing.looks_like(known))
    };
    let came = now.iter().filter(is_news).cloned().collect();
    let gone = old.into_iter().map(|(key, _)| key).filter(|key| at(&new, key).is_none());
    (came, gone.collect())
}

impl Thing for Node {
    type Key = NodeName;

    fn key(&self) -> NodeName {
        self.name.clone()
    }

    fn looks_like(&self, before: &Self) -> bool {
        let alike =
            Self { cpu: before.cpu, memory: before.memory, uptime: before.uptime, ..self.clone() };
        alike == *before
            && same_load(self.cpu, before.cpu)
            && same_amount(self.memory, before.memory, self.memory_total)
            && runs_on(self.uptime, before.uptime)
    }
}

impl Thing for Guest {
    type Key = Vmid;

    fn key(&self) -> Vmid {
        self.vmid
    }

    fn looks_like(&self, before: &Self) -> bool {
        self.node == before.node
            && self.state == before.state
            && self.name == before.name
            && self.kind == before.kind
            && self.template == before.template
            && self.tags == before.tags
            && self.lock == before.lock
            && self.ha == before.ha
            && self.memory_total == before.memory_total
            && same_load(self.cpu, before.cpu)
            && same_amount(self.memory, before.memory, self.memory_total)
            && runs_on(self.uptime, before.uptime)
    }
}

impl Thing for Storage {
    type Key = (Option<NodeName>, String);

    fn key(&self) -> Self::Key {
        (self.node.clone(), self.name.clone())
    }

    fn looks_like(&self, before: &Self) -> bool {
        self.kind == before.kind
            && self.available == before.available
            && self.total == before.total
            && same_amount(self.used, before.used, self.total)
    }
}

fn same_load(now: Option<f64>, before: Option<f64>) -> bool {
    match (now, before) {
        (Some(now), Some(before)) => (now - before).abs() < 0.01,
        (now, before) => now.is_none() == before.is_none(),
    }
}

fn same_amount(now: Option<u64>, before: Option<u64>, whole: Option<u64>) -> bool {
    match (now, before) {
        (Some(now), Some(before)) => {
            now == before || now.abs_diff(before) < whole.unwrap_or_default() / 100
        }
        (now, before) => now == before,
    }
}

fn runs_on(now: Option<u64>, before: Option<u64>) -> bool {
    match (now, before) {
        (Some(now), Some(before)) => now >= before,
        (now, before) => now.is_none() == before.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::inventory::{GuestKind, GuestState, NodeState};

    use super::*;

    fn snapshot() -> Snapshot {
        let node = |name: &str| Node {
            cpu: Some(0.5),
            memory: Some(50_000),
            memory_total: Some(100_000),
            uptime: Some(100),
            ..Node::new(name.parse().unwrap(), NodeState::Online)
        };
        let guest = |vmid: u32| Guest {
            cpu: Some(0.1),
            uptime: Some(50),
            ..Guest::new(
                Vmid::try_from(vmid).unwrap(),
                GuestKind::Vm,
                "one".parse().unwrap(),
                GuestState::Running,
            )
        };
        let storage = Storage {
            name: "local".to_owned(),
            node: Some("one".parse().unwrap()),
            kind: "dir".to_owned(),
            available: true,
            used: Some(10),
            total: Some(100_000),
        };
        Snapshot {
            cluster: "home".parse().unwrap(),
            as_of: Timestamp(1000),
            quorate: Some(true),
            nodes: vec![node("one"), node("two")],
            guests: vec![guest(101), guest(102)],
            storages: vec![storage],
        }
    }

    fn after(change: impl FnOnce(&mut Snapshot)) -> Option<Change> {
        let before = snapshot();
        let mut now = before.clone();
        now.as_of = Timestamp(3000);
        change(&mut now);
        Change::between(&before, &now)
    }

    #[test]
    fn what_nobody_would_see_is_not_told() {
        assert_eq!(after(|_| {}), None);
        let wavered = after(|now| {
            now.nodes[0].cpu = Some(0.505);
            now.nodes[0].uptime = Some(102);
            now.nodes[1].memory = Some(50_900);
            now.guests[0].uptime = Some(52);
            now.storages[0].used = Some(500);
            now.guests.reverse();
        });
        assert_eq!(wavered, None);
    }

    #[test]
    fn what_came_changed_or_went_is_told_whole() {
        let change = after(|now| {
            now.nodes[0].cpu = Some(0.6);
            now.guests[0].state = GuestState::Stopped;
            now.guests.remove(1);
            now.storages[0].name = "other".to_owned();
            now.quorate = Some(false);
        });
        let change = change.unwrap();
        assert_eq!(change.as_of, Timestamp(3000));
        assert_eq!(change.quorate, Some(false));
        assert_eq!(change.nodes.len(), 1);
        assert_eq!(change.guests.len(), 1);
        assert_eq!(change.gone_guests, [Vmid::try_from(102).unwrap()]);
        assert_eq!(change.storages.len(), 1);
        assert_eq!(change.gone_storages, [(Some("one".parse().unwrap()), "local".to_owned())]);
    }

    #[test]
    fn a_restart_and_a_figure_that_went_missing_are_seen() {
        assert!(after(|now| now.guests[0].uptime = Some(3)).is_some());
        assert!(after(|now| now.guests[0].cpu = None).is_some());
        assert!(after(|now| now.nodes[0].memory = Some(60_000)).is_some());
    }
}
