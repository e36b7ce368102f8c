use jarvis_domain::{Digest, EventId, OperationId, Timestamp};
use serde_json::json;

use super::*;
use crate::tables::set_up;

/// How many events wait for a skill here.
const MOST: u64 = 5;

struct Bench {
    root: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> EventStore {
        let lock = Arc::new(crate::folder::lock(self.root.path()).unwrap());
        let store = Store::open(&self.root.path().join("db"), lock, set_up).unwrap();
        EventStore::open(Arc::new(store), MOST).unwrap()
    }
}

fn skill(id: &str) -> SkillId {
    id.parse().unwrap()
}

fn event(topic: Topic, n: u64) -> Event {
    let data = json!({ "n": n }).as_object().unwrap().clone();
    Event { id: EventId::new(), topic, at: Timestamp(n), subject: "home/guest/101".into(), data }
}

async fn subscribe(queue: &EventStore, wanted: &[(&str, &[Topic])], kept: &[&str]) {
    let wanted = wanted.iter().map(|(id, topics)| (skill(id), topics.iter().copied().collect()));
    let kept = kept.iter().map(|id| skill(id)).collect();
    queue.subscribe(wanted.collect(), kept).await.unwrap();
}

/// Takes and settles all that waits for `id`; the moments.
async fn drain(queue: &EventStore, id: &str) -> Vec<u64> {
    let mut moments = Vec::new();
    while let Some(waiting) = queue.take(&skill(id)).await.unwrap() {
        moments.push(waiting.event.at.0);
        queue.settle(&skill(id), waiting.place, Settled::Taken).await.unwrap();
    }
    moments
}

async fn standing(queue: &EventStore, id: &str) -> Standing {
    queue.standing(&skill(id)).await.unwrap()
}

#[tokio::test]
async fn each_skill_gets_what_it_wants_in_order_also_after_a_restart() {
    let bench = Bench::new();
    let queue = bench.open();
    let both = [Topic::GuestState, Topic::NodeState];
    subscribe(&queue, &[("a", &both), ("ab", &[Topic::NodeState])], &[]).await;
    assert!(queue.wants(Topic::GuestState) && !queue.wants(Topic::OperationEnded));
    for (n, topic) in
        [Topic::GuestState, Topic::NodeState, Topic::OperationEnded, Topic::GuestState]
            .into_iter()
            .enumerate()
    {
        queue.publish(event(topic, n as u64)).await.unwrap();
    }
    drop(queue);
    // Before anybody says who wants what, it is as it was.
    let queue = bench.open();
    assert!(queue.wants(Topic::GuestState) && !queue.wants(Topic::OperationEnded));
    queue.publish(event(Topic::NodeState, 9)).await.unwrap();
    assert_eq!(standing(&queue, "a").await.waiting, 4);
    assert_eq!(drain(&queue, "a").await, [0, 1, 3, 9]);
    assert_eq!(drain(&queue, "ab").await, [1, 9]);
    assert_eq!(drain(&queue, "b").await, [0; 0]);
    assert_eq!(standing(&queue, "a").await, Standing::default());
}

#[tokio::test]
async fn an_event_stays_until_it_is_settled_and_each_try_is_counted() {
    let bench = Bench::new();
    let queue = bench.open();
    subscribe(&queue, &[("a", &[Topic::GuestState])], &[]).await;
    let first = event(Topic::GuestState, 1);
    queue.publish(first.clone()).await.unwrap();
    queue.publish(event(Topic::GuestState, 2)).await.unwrap();
    for tries in 1..=2 {
        let waiting = queue.take(&skill("a")).await.unwrap().unwrap();
        assert_eq!((waiting.tries, &waiting.event), (tries, &first));
    }
    drop(queue);
    let queue = bench.open();
    let waiting = queue.take(&skill("a")).await.unwrap().unwrap();
    assert_eq!((waiting.tries, waiting.event), (3, first));
    let now = queue.settle(&skill("a"), waiting.place, Settled::GivenUp).await.unwrap();
    assert_eq!((now.waiting, now.given_up, now.given_up_in_a_row), (1, 1, 1));
    // Settled twice, it takes no other with it.
    queue.settle(&skill("a"), waiting.place, Settled::GivenUp).await.unwrap();
    let waiting = queue.take(&skill("a")).await.unwrap().unwrap();
    assert_eq!((waiting.tries, waiting.event.at), (1, Timestamp(2)));
    let now = queue.settle(&skill("a"), waiting.place, Settled::Taken).await.unwrap();
    assert_eq!((now.waiting, now.given_up, now.given_up_in_a_row), (0, 2, 0));
}

#[tokio::test]
async fn an_event_that_waits_is_not_taken_in_again() {
    let bench = Bench::new();
    let queue = bench.open();
    subscribe(&queue, &[("a", &[Topic::OperationEnded])], &[]).await;
    let id = EventId::from(OperationId::new());
    let ended = || Event { id, ..event(Topic::OperationEnded, 1) };
    queue.publish(ended()).await.unwrap();
    queue.publish(ended()).await.unwrap();
    assert_eq!(drain(&queue, "a").await, [1]);
    // What was taken is not remembered: at least once, not once.
    queue.publish(ended()).await.unwrap();
    assert_eq!(drain(&queue, "a").await, [1]);
}

#[tokio::test]
async fn a_full_queue_loses_its_oldest_and_says_how_many() {
    let bench = Bench::new();
    let queue = bench.open();
    subscribe(&queue, &[("slow", &[Topic::GuestState]), ("quick", &[Topic::GuestState])], &[])
        .await;
    for n in 0..MOST + 3 {
        queue.publish(event(Topic::GuestState, n)).await.unwrap();
        assert_eq!(drain(&queue, "quick").await, [n]);
    }
    let now = standing(&queue, "slow").await;
    assert_eq!((now.waiting, now.dropped), (MOST, 3));
    let waiting = queue.take(&skill("slow")).await.unwrap().unwrap();
    assert_eq!(waiting.event.at, Timestamp(3));
    assert_eq!(standing(&queue, "quick").await.dropped, 0);
}

#[tokio::test]
async fn who_is_gone_is_forgotten_and_who_is_kept_is_not() {
    let bench = Bench::new();
    let queue = bench.open();
    let topics = [Topic::GuestState];
    subscribe(&queue, &[("a", &topics), ("b", &topics), ("c", &topics)], &[]).await;
    queue.publish(event(Topic::GuestState, 1)).await.unwrap();
    subscribe(&queue, &[("a", &[Topic::NodeState])], &["b"]).await;
    queue.publish(event(Topic::GuestState, 2)).await.unwrap();
    assert_eq!(drain(&queue, "a").await, [1]);
    assert_eq!(drain(&queue, "b").await, [1, 2]);
    subscribe(&queue, &[("c", &topics)], &[]).await;
    assert_eq!(drain(&queue, "c").await, [0; 0]);
    assert!(!queue.wants(Topic::NodeState));
}

#[tokio::test]
async fn a_pause_outlives_the_store_and_events_go_on_waiting() {
    let bench = Bench::new();
    let queue = bench.open();
    subscribe(&queue, &[("a", &[Topic::GuestState])], &[]).await;
    let paused =
        Paused { revision: Digest::of(b"r"), at: Timestamp(5), reason: "it crashed".to_owned() };
    queue.pause(&skill("a"), Some(paused.clone())).await.unwrap();
    queue.publish(event(Topic::GuestState, 1)).await.unwrap();
    drop(queue);
    let queue = bench.open();
    subscribe(&queue, &[("a", &[Topic::GuestState])], &[]).await;
    let now = standing(&queue, "a").await;
    assert_eq!((now.paused, now.waiting), (Some(paused), 1));
    let mut news = queue.news();
    queue.pause(&skill("a"), None).await.unwrap();
    assert!(news.has_changed().unwrap());
    news.mark_unchanged();
    assert_eq!(standing(&queue, "a").await.paused, None);
    queue.publish(event(Topic::GuestState, 2)).await.unwrap();
    assert!(news.has_changed().unwrap());
}

#[tokio::test]
async fn what_is_too_large_or_unreadable_does_not_stop_the_queue() {
    let bench = Bench::new();
    let queue = bench.open();
    subscribe(&queue, &[("a", &[Topic::GuestState])], &[]).await;
    let subject = "x".repeat(MAX_EVENT);
    queue.publish(Event { subject, ..event(Topic::GuestState, 1) }).await.unwrap_err();
    // As a later version might write it.
    let later = br#"{"id":"x","topic":"moon.phase"}"#;
    queue
        .store
        .change("testing", Urgency::Now, |transaction| {
            table::append(transaction, "x", Topic::GuestState, later, MOST)
        })
        .await
        .unwrap();
    queue.publish(event(Topic::GuestState, 2)).await.unwrap();
    assert_eq!(drain(&queue, "a").await, [2]);
    assert_eq!(standing(&queue, "a").await.dropped, 1);
}
