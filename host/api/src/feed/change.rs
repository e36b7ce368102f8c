//! What a person could see change between what they were told and a snapshot.
//!
//! Uptimes grow and loads waver all the time; told each time, they would be
//! all that is told on a large cluster. A load counts from one hundredth on, an
//! amount from one hundredth of the whole, an uptime only where it began anew.
//! Loads and amounts are held against what was told, not against the last look,
//! so that what grows slowly is told as well.

use std::collections::BTreeMap;

use jarvis_domain::inventory::{Guest, Node, Snapshot, Storage};
use jarvis_domain::{NodeName, Timestamp, Vmid};
use serde::Serialize;

/// What changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Change {
    /// When the snapshot was asked for.
    pub(super) as_of: Timestamp,
    /// Whether the cluster has its quorum, where that changed; `null` where nobody
    /// knows any more.
    #[allow(clippy::option_option, reason = "left out is another word than null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quorate: Option<Option<bool>>,
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
    fn looks_like(&self, told: &Self) -> bool;
    /// As it is, with the load and the amount that were told.
    fn as_told(&self, told: &Self) -> Self;
}

/// What differs between the things that were told and those that there are.
struct Differ<T: Thing> {
    /// What came or changed.
    came: Vec<T>,
    gone: Vec<T::Key>,
    /// All that there is, as it is told once this is.
    told: Vec<T>,
}

impl Change {
    /// What `now` has that was not told yet, none where nobody would see it; and
    /// how things are told from then on, which the next one is held against.
    pub(super) fn between(told: &Snapshot, now: &Snapshot) -> (Option<Self>, Snapshot) {
        let nodes = Differ::of(&told.nodes, &now.nodes);
        let guests = Differ::of(&told.guests, &now.guests);
        let storages = Differ::of(&told.storages, &now.storages);
        let empty = Self { as_of: now.as_of, ..Self::default() };
        let change = Self {
            as_of: now.as_of,
            quorate: (now.quorate != told.quorate).then_some(now.quorate),
            nodes: nodes.came,
            guests: guests.came,
            storages: storages.came,
            gone_nodes: nodes.gone,
            gone_guests: guests.gone,
            gone_storages: storages.gone,
        };
        let told = Snapshot {
            cluster: now.cluster.clone(),
            as_of: now.as_of,
            quorate: now.quorate,
            nodes: nodes.told,
            guests: guests.told,
            storages: storages.told,
        };
        ((change != empty).then_some(change), told)
    }
}

impl<T: Thing> Differ<T> {
    fn of(before: &[T], now: &[T]) -> Self {
        let mut old: BTreeMap<T::Key, &T> =
            before.iter().map(|thing| (thing.key(), thing)).collect();
        let (mut came, mut told) = (Vec::new(), Vec::with_capacity(now.len()));
        for thing in now {
            match old.get(&thing.key()) {
                Some(known) if thing.looks_like(known) => told.push(thing.as_told(known)),
                _ => {
                    came.push(thing.clone());
                    told.push(thing.clone());
                }
            }
        }
        for thing in now {
            old.remove(&thing.key());
        }
        Self { came, gone: old.into_keys().collect(), told }
    }
}

impl Thing for Node {
    type Key = NodeName;

    fn key(&self) -> NodeName {
        self.name.clone()
    }

    fn looks_like(&self, told: &Self) -> bool {
        let alike = Self { uptime: told.uptime, ..self.as_told(told) };
        alike == *told
            && same_load(self.cpu, told.cpu)
            && same_amount(self.memory, told.memory, self.memory_total)
            && runs_on(self.uptime, told.uptime)
    }

    fn as_told(&self, told: &Self) -> Self {
        Self { cpu: told.cpu, memory: told.memory, ..self.clone() }
    }
}

impl Thing for Guest {
    type Key = Vmid;

    fn key(&self) -> Vmid {
        self.vmid
    }

    fn looks_like(&self, told: &Self) -> bool {
        self.node == told.node
            && self.state == told.state
            && self.name == told.name
            && self.kind == told.kind
            && self.template == told.template
            && self.tags == told.tags
            && self.lock == told.lock
            && self.ha == told.ha
            && self.memory_total == told.memory_total
            && same_load(self.cpu, told.cpu)
            && same_amount(self.memory, told.memory, self.memory_total)
            && runs_on(self.uptime, told.uptime)
    }

    fn as_told(&self, told: &Self) -> Self {
        Self { cpu: told.cpu, memory: told.memory, ..self.clone() }
    }
}

impl Thing for Storage {
    type Key = (Option<NodeName>, String);

    fn key(&self) -> Self::Key {
        (self.node.clone(), self.name.clone())
    }

    fn looks_like(&self, told: &Self) -> bool {
        self.kind == told.kind
            && self.available == told.available
            && self.total == told.total
            && same_amount(self.used, told.used, self.total)
    }

    fn as_told(&self, told: &Self) -> Self {
        Self { used: told.used, ..self.clone() }
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
        Change::between(&before, &now).0
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
        assert_eq!(change.quorate, Some(Some(false)));
        assert_eq!(change.nodes.len(), 1);
        assert_eq!(change.guests.len(), 1);
        assert_eq!(change.gone_guests, [Vmid::try_from(102).unwrap()]);
        assert_eq!(change.storages.len(), 1);
        assert_eq!(change.gone_storages, [(Some("one".parse().unwrap()), "local".to_owned())]);
    }

    #[test]
    fn what_changes_slowly_is_told_though_other_things_change_each_time() {
        let mut told = snapshot();
        // What somebody has who applies each change.
        let mut heard = told.clone();
        let mut now = told.clone();
        for look in 1..=40_u64 {
            now.as_of = Timestamp(1000 + look);
            // Each time by less than is told at once.
            now.nodes[0].memory = Some(50_000 + 900 * look);
            now.nodes[1].cpu = Some(if look % 2 == 0 { 0.1 } else { 0.9 });
            now.guests[0].cpu = Some(0.1 + 0.009 * f64::from(u32::try_from(look).unwrap()));
            now.storages[0].used = Some(10 + 900 * look);
            let (change, base) = Change::between(&told, &now);
            told = base;
            let change = change.unwrap();
            for node in change.nodes {
                heard.nodes.retain(|had| had.name != node.name);
                heard.nodes.push(node);
            }
            for guest in change.guests {
                heard.guests.retain(|had| had.vmid != guest.vmid);
                heard.guests.push(guest);
            }
            heard.storages.extend(change.storages);
            let one = heard.node(&now.nodes[0].name).unwrap();
            let memory = one.memory.unwrap();
            assert!(memory.abs_diff(50_000 + 900 * look) < 1000, "{memory} at look {look}");
            let cpu = heard.guest(now.guests[0].vmid).unwrap().cpu.unwrap();
            assert!((now.guests[0].cpu.unwrap() - cpu).abs() < 0.01, "{cpu} at look {look}");
            let used = heard.storages.last().unwrap().used.unwrap();
            assert!(used.abs_diff(10 + 900 * look) < 1000, "{used} at look {look}");
        }
    }

    #[test]
    fn a_restart_is_seen_however_long_nothing_else_was() {
        let told = snapshot();
        let mut now = told.clone();
        now.guests[0].uptime = Some(9000);
        let (change, told) = Change::between(&told, &now);
        assert_eq!(change, None);
        // More than when it was told first.
        now.guests[0].uptime = Some(60);
        assert_eq!(Change::between(&told, &now).0.unwrap().guests.len(), 1);
    }

    #[test]
    fn a_quorum_that_nobody_knows_any_more_is_told() {
        let change = after(|now| now.quorate = None).unwrap();
        let told = serde_json::to_value(&change).unwrap();
        assert_eq!(told.get("quorate"), Some(&serde_json::Value::Null));
        let change = after(|now| now.guests[0].cpu = None).unwrap();
        let told = serde_json::to_value(&change).unwrap();
        assert_eq!(told.get("quorate"), None, "it is left out where it is as before");
    }

    #[test]
    fn a_restart_and_a_figure_that_went_missing_are_seen() {
        assert!(after(|now| now.guests[0].uptime = Some(3)).is_some());
        assert!(after(|now| now.guests[0].cpu = None).is_some());
        assert!(after(|now| now.nodes[0].memory = Some(60_000)).is_some());
    }
}
