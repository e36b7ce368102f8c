//! How much is asked of the cluster at once: a few things in all, and two of
//! any one node. Each `pvesh` costs about 40 MB and a second of a core.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::NodeName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// At once, in all.
const ALL: usize = 8;
/// At once, for each node.
const PER_NODE: usize = 2;
/// Nodes without a read are forgotten once this many are known; names come
/// from callers and need not exist.
const KNOWN: usize = 64;

/// The free places.
#[derive(Debug)]
pub(crate) struct Slots {
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
    pub(crate) fn new() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL)), nodes: Mutex::default() }
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
        let fresh = || Arc::new(Semaphore::new(PER_NODE));
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
    async fn a_node_has_two_places_and_does_not_hold_up_others() {
        let slots = Slots::new();
        let (one, two) = ("pve1".parse().unwrap(), "pve2".parse().unwrap());
        let held = (slots.take(Some(&one)).await, slots.take(Some(&one)).await);
        assert!(!is_free(&slots, Some(&one)).await);
        assert!(is_free(&slots, Some(&two)).await && is_free(&slots, None).await);
        drop(held);
        assert!(is_free(&slots, Some(&one)).await);
    }

    #[tokio::test]
    async fn names_that_do_not_exist_are_forgotten() {
        let slots = Slots::new();
        let held = slots.take(Some(&"real".parse().unwrap())).await;
        for number in 0..1000 {
            slots.take(Some(&format!("n{number}").parse().unwrap())).await;
        }
        let nodes = slots.nodes.lock().unwrap();
        assert!(nodes.len() <= KNOWN && nodes.contains_key(&"real".parse().unwrap()));
        drop((nodes, held));
    }
}
