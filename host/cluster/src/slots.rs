//! How much is asked of the cluster at once: a few things in all, and fewer of
//! any one node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::NodeName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many places there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// In all.
    all: usize,
    /// For each node.
    per_node: usize,
}

/// For `pvesh` and for programs on nodes: each `pvesh` costs this node about
/// 40 MB and a second of a core, and the far node another one.
pub(crate) const PVESH: Places = Places { all: 8, per_node: 2 };
/// For the HTTPS API. A node's `pvedaemon` works on three requests at once
/// (`max_workers` in PVE/Service/pvedaemon.pm); a fourth would wait there, where it
/// could not be told from a node that hangs.
pub(crate) const API: Places = Places { all: 16, per_node: 3 };
/// Nodes without a read are forgotten once this many are known; names come
/// from callers and need not exist.
const KNOWN: usize = 64;

/// The free places.
#[derive(Debug)]
pub(crate) struct Slots {
    per_node: usize,
    all: Arc<Semaphore>,
    nodes: Mutex<BTreeMap<NodeName, Arc<Semaphore>>>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    _node: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Slots {
    pub(crate) fn new(places: Places) -> Self {
        let Places { all, per_node } = places;
        Self { per_node, all: Arc::new(Semaphore::new(all)), nodes: Mutex::default() }
    }

    /// Waits for a place for a read of `node`, or one that this node answers.
    pub(crate) async fn take(&self, node: Option<&NodeName>) -> Slot {
        // The node's own place comes first, so that those who queue for a
        // node that hangs hold no place that others could use. The
        // semaphores are never closed.
        let of_node = match node {
            Some(node) => self.node(node).acquire_owned().await.ok(),
            None => None,
        };
        Slot { _node: of_node, _all: Arc::clone(&self.all).acquire_owned().await.ok() }
    }

    fn node(&self, node: &NodeName) -> Arc<Semaphore> {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        if nodes.len() >= KNOWN {
            nodes.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        let fresh = || Arc::new(Semaphore::new(self.per_node));
        Arc::clone(nodes.entry(node.clone()).or_insert_with(fresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_free(slots: &Slots, node: Option<&NodeName>) -> bool {
        let mut take = Box::pin(slots.take(node));
        tokio::select! { biased; _ = &mut take => true, () = std::future::ready(()) => false }
    }

    #[tokio::test]
    async fn a_node_has_its_places_and_does_not_hold_up_others() {
        for places in [PVESH, API] {
            let slots = Slots::new(places);
            let (one, two) = ("pve1".parse().unwrap(), "pve2".parse().unwrap());
            let mut held = Vec::new();
            for _ in 0..places.per_node {
                held.push(slots.take(Some(&one)).await);
            }
            assert!(!is_free(&slots, Some(&one)).await, "{places:?}");
            assert!(is_free(&slots, Some(&two)).await && is_free(&slots, None).await);
            for _ in places.per_node..places.all {
                held.push(slots.take(None).await);
            }
            assert!(!is_free(&slots, Some(&two)).await, "{places:?}");
            drop(held);
            assert!(is_free(&slots, Some(&one)).await);
        }
    }

    #[tokio::test]
    async fn names_that_do_not_exist_are_forgotten() {
        let slots = Slots::new(PVESH);
        let held = slots.take(Some(&"real".parse().unwrap())).await;
        for number in 0..1000 {
            slots.take(Some(&format!("n{number}").parse().unwrap())).await;
        }
        let nodes = slots.nodes.lock().unwrap();
        assert!(nodes.len() <= KNOWN && nodes.contains_key(&"real".parse().unwrap()));
        drop((nodes, held));
    }
}
