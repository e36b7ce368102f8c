//! What is otherwise in a newer snapshot than in the one before, as events.

use std::cmp::Ordering;
use std::sync::Arc;

use jarvis_domain::event::EventSink;
use jarvis_domain::inventory::{Guest, Node, Snapshot};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Event, EventId, Topic, Trouble};
use serde_json::{Map, Value, json};

/// The snapshot up to which everything was told.
#[derive(Debug)]
pub(super) struct Changes {
    told: Option<Arc<Snapshot>>,
    /// Whether changes cannot be told at the moment.
    trouble: Trouble,
    events: Arc<dyn EventSink>,
}

impl Changes {
    pub(super) fn new(events: Arc<dyn EventSink>) -> Self {
        Self { told: None, trouble: Trouble::default(), events }
    }

    /// Tells what is otherwise than before; of the first snapshot, nothing.
    /// What cannot be handed in is told with the next snapshot. Returns whether
    /// anything was otherwise.
    pub(super) async fn tell(&mut self, now: &Arc<Snapshot>) -> bool {
        let Some(before) = &self.told else {
            self.told = Some(Arc::clone(now));
            return false;
        };
        let events = between(before, now);
        let changed = !events.is_empty();
        for event in events {
            if let Err(error) = self.publish(event).await {
                if self.trouble.begins() {
                    tracing::error!(%error, "a change of the cluster cannot be told yet");
                }
                return changed;
            }
        }
        if self.trouble.ends() {
            tracing::info!("all changes of the cluster are told again");
        }
        self.told = Some(Arc::clone(now));
        changed
    }

    async fn publish(&self, event: Event) -> Result<(), StoreError> {
        if self.events.wants(event.topic) { self.events.publish(event).await } else { Ok(()) }
    }
}

/// What is otherwise in `now`: the quorum first, which explains the most, then
/// nodes, since a node takes its guests along.
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
    let mut events = Vec::new();
    if before.quorate != now.quorate {
        let data = json!({ "before": before.quorate, "after": now.quorate });
        events.push(event(Topic::QuorumState, format!("cluster/{}", now.cluster), data));
    }
    pairs(
        &before.nodes,
        &now.nodes,
        |node: &Node| &node.name,
        |name, was, is| {
            let (was, is) = (was.map(|node| node.state), is.map(|node| node.state));
            if was != is {
                let data = json!({ "node": name.as_str(), "before": was, "after": is });
                events.push(event(Topic::NodeState, format!("node/{name}"), data));
            }
        },
    );
    pairs(
        &before.guests,
        &now.guests,
        |guest: &Guest| &guest.vmid,
        |vmid, was, is| {
            let Some(shown) = is.or(was) else { return };
            let (was, is) = (was.map(|guest| guest.state), is.map(|guest| guest.state));
            if was != is {
                let data = json!({
                    "guest": vmid.get(),
                    "name": shown.name,
                    "kind": shown.kind,
                    "node": shown.node.as_str(),
                    "before": was,
                    "after": is,
                });
                events.push(event(Topic::GuestState, format!("guest/{vmid}"), data));
            }
        },
    );
    events
}

/// Every key of either side, with what each has there. Both are sorted by it,
/// as snapshots are; with ten thousand guests this is done every few seconds.
fn pairs<'a, T, K: Ord + 'a>(
    before: &'a [T],
    now: &'a [T],
    key: impl Fn(&'a T) -> &'a K,
    mut each: impl FnMut(&'a K, Option<&'a T>, Option<&'a T>),
) {
    let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
    loop {
        let order = match (before.peek(), now.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(was), Some(is)) => key(was).cmp(key(is)),
        };
        let was = if order.is_le() { before.next() } else { None };
        let is = if order.is_ge() { now.next() } else { None };
        if let Some(key) = was.or(is).map(&key) {
            each(key, was, is);
        }
    }
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

    #[test]
    fn a_quorum_that_is_lost_and_won_is_told_before_the_nodes() {
        let at = |at, quorate, state| {
            let snapshot = snapshot(at, vec![node("pve1", state)], Vec::new());
            Snapshot { quorate, ..(*snapshot).clone() }
        };
        let (whole, lost) =
            (at(1, Some(true), NodeState::Online), at(2, Some(false), NodeState::Offline));
        let events = between(&whole, &lost);
        let subjects: Vec<_> = events.iter().map(|event| event.subject.as_str()).collect();
        assert_eq!(subjects, ["home/cluster/home", "home/node/pve1"]);
        assert_eq!(Value::Object(events[0].data.clone()), json!({"before": true, "after": false}));
        let alone = at(3, None, NodeState::Offline);
        let events = between(&lost, &alone);
        assert_eq!(events.len(), 1);
        assert_eq!(Value::Object(events[0].data.clone()), json!({"before": false, "after": null}));
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
