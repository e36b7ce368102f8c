//! What is otherwise in a newer snapshot than in the one before, as events.

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_domain::event::EventSink;
use jarvis_domain::inventory::{Guest, Node, Snapshot};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Event, EventId, Topic};
use serde_json::{Map, Value, json};

/// The snapshot up to which everything was told.
#[derive(Debug)]
pub(super) struct Changes {
    told: Option<Arc<Snapshot>>,
    events: Arc<dyn EventSink>,
}

impl Changes {
    pub(super) fn new(events: Arc<dyn EventSink>) -> Self {
        Self { told: None, events }
    }

    /// Whether anybody wants to know.
    pub(super) fn are_wanted(&self) -> bool {
        self.events.wants(Topic::GuestState) || self.events.wants(Topic::NodeState)
    }

    /// Tells what is otherwise than before; of the first snapshot, nothing.
    /// What cannot be handed in is told with the next snapshot.
    pub(super) async fn tell(&mut self, now: &Arc<Snapshot>) {
        if let Some(before) = &self.told {
            for event in between(before, now) {
                if let Err(error) = self.publish(event).await {
                    tracing::error!(%error, "a change of the cluster cannot be told yet");
                    return;
                }
            }
        }
        self.told = Some(Arc::clone(now));
    }

    async fn publish(&self, event: Event) -> Result<(), StoreError> {
        if self.events.wants(event.topic) { self.events.publish(event).await } else { Ok(()) }
    }
}

/// What is otherwise in `now`: nodes first, since a node takes its guests
/// along.
fn between(before: &Snapshot, now: &Snapshot) -> Vec<Event> {
    let event = |topic: Topic, subject: String, data: Value| Event {
        id: EventId::new(),
        topic,
        at: now.as_of,
        subject: format!("{}/{subject}", now.cluster),
        data: match data {
            Value::Object(data) => data,
            _ => Map::new(),
        },
    };
    let nodes = pairs(&before.nodes, &now.nodes, |node| node.name.clone());
    let nodes = nodes.filter_map(|(name, was, is)| {
        let (was, is) = (was.map(|node: &Node| node.state), is.map(|node: &Node| node.state));
        let data = json!({ "node": name.as_str(), "before": was, "after": is });
        (was != is).then(|| event(Topic::NodeState, format!("node/{name}"), data))
    });
    let guests = pairs(&before.guests, &now.guests, |guest| guest.vmid);
    let guests = guests.filter_map(|(vmid, was, is)| {
        let shown: &Guest = is.or(was)?;
        let (was, is) = (was.map(|guest| guest.state), is.map(|guest| guest.state));
        let data = json!({
            "guest": vmid.get(),
            "name": shown.name,
            "kind": shown.kind,
            "node": shown.node.as_str(),
            "before": was,
            "after": is,
        });
        (was != is).then(|| event(Topic::GuestState, format!("guest/{vmid}"), data))
    });
    nodes.chain(guests).collect()
}

/// Every key of either side, with what each has there.
fn pairs<'a, T, K: Ord + Clone>(
    before: &'a [T],
    now: &'a [T],
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = (K, Option<&'a T>, Option<&'a T>)> {
    let mut all: BTreeMap<K, (Option<&'a T>, Option<&'a T>)> = BTreeMap::new();
    for item in before {
        all.entry(key(item)).or_default().0 = Some(item);
    }
    for item in now {
        all.entry(key(item)).or_default().1 = Some(item);
    }
    all.into_iter().map(|(key, (before, now))| (key, before, now))
}

#[cfg(test)]
mod tests {
    use jarvis_domain::inventory::{GuestKind, GuestState, NodeState};
    use jarvis_domain::{Timestamp, Vmid};

    use super::*;
    use crate::testing::HeardEvents;

    fn node(name: &str, state: NodeState) -> Node {
        Node::new(name.parse().unwrap(), state)
    }

    fn guest(vmid: u32, state: GuestState) -> Guest {
        let (vmid, node) = (Vmid::try_from(vmid).unwrap(), "pve1".parse().unwrap());
        Guest { name: format!("g{vmid}"), ..Guest::new(vmid, GuestKind::Vm, node, state) }
    }

    fn snapshot(at: u64, nodes: Vec<Node>, guests: Vec<Guest>) -> Arc<Snapshot> {
        Arc::new(Snapshot {
            cluster: "home".parse().unwrap(),
            as_of: Timestamp(at),
            quorate: None,
            nodes,
            guests,
            storages: Vec::new(),
        })
    }

    #[test]
    fn what_came_went_and_changed_is_told_with_both_states() {
        use GuestState::{Running, Stopped, Unknown};
        use NodeState::{Offline, Online};
        let mut moved = guest(100, Running);
        moved.cpu = Some(0.5);
        let before = snapshot(
            1,
            vec![node("pve1", Online), node("pve2", Online)],
            vec![
                guest(100, Running),
                guest(101, Running),
                guest(102, Stopped),
                guest(103, Running),
            ],
        );
        let now = snapshot(
            2,
            vec![node("pve1", Offline), node("pve2", Online)],
            vec![moved, guest(101, Unknown), guest(103, Running), guest(104, Stopped)],
        );
        let events = between(&before, &now);
        let told: Vec<_> = events
            .iter()
            .map(|event| {
                let state = |name: &str| event.data[name].as_str().unwrap_or("-").to_owned();
                format!("{} {} {}>{}", event.topic, event.subject, state("before"), state("after"))
            })
            .collect();
        assert_eq!(
            told,
            [
                "node.state home/node/pve1 online>offline",
                "guest.state home/guest/101 running>unknown",
                "guest.state home/guest/102 stopped>-",
                "guest.state home/guest/104 ->stopped",
            ]
        );
        assert!(events.iter().all(|event| event.at == Timestamp(2)));
        let last = Value::Object(events[3].data.clone());
        let data = json!({
            "guest": 104, "name": "g104", "kind": "vm", "node": "pve1", "before": null,
            "after": "stopped",
        });
        assert_eq!(last, data);
        assert!(between(&now, &now).is_empty());
    }

    #[tokio::test]
    async fn the_first_snapshot_tells_nothing_and_a_failure_is_made_up_for() {
        let heard = Arc::new(HeardEvents::default());
        let mut changes = Changes::new(Arc::clone(&heard) as Arc<dyn EventSink>);
        let at = |at: u64, state| snapshot(at, Vec::new(), vec![guest(100, state)]);
        changes.tell(&at(1, GuestState::Running)).await;
        assert!(heard.subjects().is_empty());
        heard.fail(true);
        changes.tell(&at(2, GuestState::Stopped)).await;
        heard.fail(false);
        changes.tell(&at(3, GuestState::Stopped)).await;
        changes.tell(&at(4, GuestState::Stopped)).await;
        assert_eq!(heard.subjects(), ["home/guest/100"]);
    }
}
