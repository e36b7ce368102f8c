use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::inventory::{Node, NodeState};
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{
    CallError, Caller, Door, EventId, ManualClock, MicrophoneId, Role, Row, Topic,
};
use serde_json::{Map, Value};

use super::*;
use crate::{Attention, Microphone};

/// A cluster that is as a test says.
#[derive(Debug)]
pub(crate) struct Given(pub(crate) Mutex<Result<Arc<Snapshot>, CallError>>);

#[async_trait]
impl Inventory for Given {
    async fn snapshot(&self, _: Duration) -> Result<Arc<Snapshot>, CallError> {
        self.0.lock().unwrap().clone()
    }
}

const SILENT: Row = Row { code: "cluster-silent", meaning: "", hint: "", exit: 1, status: 503 };

pub(crate) fn with_nodes(as_of: u64, names: &[&str]) -> Arc<Snapshot> {
    let node = |name: &&str| Node::new(name.parse().unwrap(), NodeState::Online);
    Arc::new(Snapshot {
        cluster: "home".parse().unwrap(),
        as_of: Timestamp(as_of),
        quorate: Some(true),
        nodes: names.iter().map(node).collect(),
        guests: Vec::new(),
        storages: Vec::new(),
    })
}

pub(crate) fn event(subject: &str) -> Event {
    Event {
        id: EventId::new(),
        topic: Topic::NodeState,
        at: Timestamp(5),
        subject: subject.to_owned(),
        data: Map::new(),
    }
}

pub(crate) struct Rig {
    pub(crate) given: Arc<Given>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) hub: Arc<Hub>,
}

pub(crate) fn rig() -> Rig {
    let given = Arc::new(Given(Mutex::new(Ok(with_nodes(1, &["one"])))));
    let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
    let site = FeedSite { cluster: "home".parse().unwrap(), inventory: given.clone() };
    let hub = Hub::new(clock.clone());
    hub.tell_of(vec![site]);
    Rig { given, clock, hub }
}

impl Rig {
    pub(crate) async fn is_now(&self, seen: Result<Arc<Snapshot>, CallError>) {
        *self.given.0.lock().unwrap() = seen;
        self.hub.look(&self.hub.sites()[0]).await;
    }
}

fn json(messages: &[Utf8Bytes]) -> Vec<Value> {
    messages.iter().map(|message| serde_json::from_str(message).unwrap()).collect()
}

fn types(messages: &[Utf8Bytes]) -> Vec<String> {
    json(messages).iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
}

fn silent() -> CallError {
    CallError { kind: CallErrorKind::Unavailable, fault: Fault::new(&SILENT, "nobody answers") }
}

#[tokio::test]
async fn a_listener_gets_how_things_stand_and_then_each_change_once() {
    let rig = rig();
    let (mut listener, first) = rig.hub.join(None).await;
    assert_eq!(types(&first), ["hello", "snapshot", "microphones"]);
    assert_eq!(json(&first)[1]["snapshot"]["nodes"][0]["name"], "one");
    rig.is_now(Ok(with_nodes(2, &["one"]))).await;
    assert!(listener.take().is_empty(), "nothing changed");
    rig.is_now(Ok(with_nodes(3, &["two"]))).await;
    rig.hub.tell(&event("home/node/two"));
    listener.news().await;
    let told = json(&listener.take());
    assert_eq!((&told[0]["type"], &told[0]["seq"]), (&"change".into(), &1.into()));
    assert_eq!(
        (&told[0]["nodes"][0]["name"], &told[0]["gone_nodes"][0]),
        (&"two".into(), &"one".into())
    );
    assert_eq!(
        (&told[1]["event"]["subject"], &told[1]["seq"]),
        (&"home/node/two".into(), &2.into())
    );
    assert!(listener.take().is_empty());
}

#[tokio::test]
async fn an_older_look_takes_nothing_back() {
    let rig = rig();
    let (mut listener, _) = rig.hub.join(None).await;
    rig.is_now(Ok(with_nodes(5, &["two"]))).await;
    rig.is_now(Ok(with_nodes(4, &["one"]))).await;
    assert_eq!(types(&listener.take()), ["change"]);
    let (_, first) = rig.hub.join(None).await;
    assert_eq!(json(&first)[1]["snapshot"]["nodes"][0]["name"], "two");
}

#[tokio::test]
async fn who_comes_back_goes_on_where_they_were() {
    let rig = rig();
    let (listener, first) = rig.hub.join(None).await;
    let epoch = json(&first)[0]["epoch"].as_str().unwrap().to_owned();
    drop(listener);
    for subject in ["a", "b"] {
        rig.hub.tell(&event(subject));
    }
    let since = Since { epoch, seen: 1 };
    let (mut listener, first) = rig.hub.join(Some(&since)).await;
    assert_eq!(types(&first), ["hello"]);
    assert_eq!(json(&listener.take())[0]["event"]["subject"], "b");
    for unknown in [Since { epoch: "other".to_owned(), seen: 1 }, Since { seen: 3, ..since }] {
        let (mut listener, first) = rig.hub.join(Some(&unknown)).await;
        assert_eq!(types(&first), ["hello", "snapshot", "microphones"], "{unknown:?}");
        assert!(listener.take().is_empty());
    }
}

#[tokio::test]
async fn who_is_too_slow_is_told_how_much_they_missed() {
    let rig = rig();
    let (mut listener, _) = rig.hub.join(None).await;
    let many = KEPT.messages as u64 + 10;
    for _ in 0..many {
        rig.hub.tell(&event("home/node/one"));
    }
    let told = listener.take();
    assert_eq!(types(&told), ["missed", "snapshot", "microphones"]);
    assert_eq!(json(&told)[0]["count"], many);
    rig.hub.tell(&event("home/node/one"));
    assert_eq!(types(&listener.take()), ["event"]);
}

#[tokio::test]
async fn a_silent_cluster_is_told_once_and_whole_when_it_is_back() {
    let rig = rig();
    let (mut listener, _) = rig.hub.join(None).await;
    for _ in 0..3 {
        rig.is_now(Err(silent())).await;
    }
    let told = json(&listener.take());
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["type"], &told[0]["fault"]["code"]),
        (&"silent".into(), &"cluster-silent".into())
    );
    let (_, first) = rig.hub.join(None).await;
    assert_eq!(types(&first), ["hello", "silent", "microphones"]);
    rig.is_now(Ok(with_nodes(2, &["one"]))).await;
    assert_eq!(types(&listener.take()), ["snapshot"]);
}

#[tokio::test]
async fn clusters_are_looked_at_only_while_somebody_listens() {
    let rig = rig();
    assert!(!rig.hub.is_heard());
    let hub = Arc::clone(&rig.hub);
    let running = tokio::spawn(async move { hub.run().await });
    let (mut listener, _) = rig.hub.join(None).await;
    assert!(rig.hub.is_heard());
    *rig.given.0.lock().unwrap() = Ok(with_nodes(2, &["one", "two"]));
    // However far its first look is, one is due within a cycle.
    while listener.take().is_empty() {
        rig.clock.advance(EVERY);
        tokio::task::yield_now().await;
    }
    drop(listener);
    assert!(!rig.hub.is_heard());
    running.abort();
}

#[tokio::test]
async fn microphones_are_told_as_they_come_change_and_go() {
    let rig = rig();
    let hub = Arc::clone(&rig.hub);
    let running = tokio::spawn(async move { hub.run().await });
    let (mut listener, first) = rig.hub.join(None).await;
    assert_eq!(json(&first)[2]["microphones"], Value::Array(Vec::new()));
    let me = Caller {
        principal: Principal("uid:1".to_owned()),
        door: Door::Voice,
        role: Some(Role::Viewer),
    };
    let id = MicrophoneId::new();
    let is =
        |attention, muted| Microphone { id, name: "desk".to_owned(), attention, muted, level: 1 };
    for (attention, muted) in
        [(Attention::Asleep, false), (Attention::Listening, false), (Attention::Asleep, true)]
    {
        rig.hub.microphones().report(&is(attention, muted), &me).unwrap();
        listener.news().await;
        let told = json(&listener.take());
        assert_eq!(told.len(), 1);
        let one = &told[0]["microphones"][0];
        assert_eq!((&one["name"], &one["muted"]), (&"desk".into(), &muted.into()));
    }
    // Nobody sits there any more, and says so or not.
    let mut told = Vec::new();
    while told.is_empty() {
        rig.clock.advance(EVERY);
        tokio::task::yield_now().await;
        told = listener.take();
    }
    assert_eq!(json(&told)[0]["microphones"], Value::Array(Vec::new()));
    running.abort();
}
