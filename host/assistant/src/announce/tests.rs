use async_trait::async_trait;
use jarvis_domain::announce::{Nowhere, Place};
use jarvis_domain::invocation::Answer;
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::{
    Caller, Door, EventId, Invocation, ManualClock, Origin, Outcome, Reply, RequestId, RunId,
};
use jarvis_skill_host::testing::FakeStore;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::queue::AGAIN;
use super::*;

/// Speaks at two places, and remembers what it said.
#[derive(Debug)]
struct House {
    places: Mutex<Vec<Place>>,
    news: watch::Sender<u64>,
    said: Mutex<Vec<String>>,
    /// Told of each.
    heard: Notify,
    fails: Mutex<bool>,
}

impl House {
    fn new(names: &[&str]) -> Arc<Self> {
        let place = |name: &&str| Place { name: (*name).to_owned(), busy: false };
        Arc::new(Self {
            places: Mutex::new(names.iter().map(place).collect()),
            news: watch::Sender::new(0),
            said: Mutex::default(),
            heard: Notify::new(),
            fails: Mutex::default(),
        })
    }

    fn busy(&self, busy: bool) {
        self.places.lock().unwrap().iter_mut().for_each(|place| place.busy = busy);
        self.news.send_modify(|number| *number += 1);
    }

    fn said(&self) -> Vec<String> {
        let mut said = std::mem::take(&mut *self.said.lock().unwrap());
        said.sort();
        said
    }
}

#[async_trait]
impl Announcer for House {
    fn places(&self) -> Vec<Place> {
        self.places.lock().unwrap().clone()
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    async fn say(&self, place: &str, text: &str) -> bool {
        let fails = *self.fails.lock().unwrap();
        self.said.lock().unwrap().push(format!("{place}: {text}"));
        self.heard.notify_one();
        !fails
    }
}

struct Rig {
    house: Arc<House>,
    clock: Arc<ManualClock>,
    store: Arc<FakeStore>,
    announcements: Arc<Announcements>,
}

/// 08:00 in the morning.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn rig(names: &[&str], rules: Rules) -> Rig {
    let clock = Arc::new(ManualClock::at(NOW));
    let (house, store) = (House::new(names), Arc::new(FakeStore::new(clock.clone())));
    let announcements = Announcements::new(AnnouncementParts {
        language: jarvis_domain::Language::English,
        rules,
        main: "home".parse().unwrap(),
        runs: store.clone(),
        shown: Arc::new(Nowhere),
        clock: clock.clone(),
        zone: TimeZone::UTC,
    });
    announcements.speak_through(vec![house.clone()]);
    Rig { house, clock, store, announcements }
}

fn all_rules() -> Rules {
    let say = Matter::ALL.iter().map(|(_, matter)| (*matter, matter.priority()));
    Rules { say: say.collect(), ..Rules::default() }
}

impl Rig {
    fn put(&self, text: &str, priority: Priority) {
        let by = Principal(format!("uid:{text}"));
        self.announcements.message(text, None, priority, &by).unwrap();
    }

    /// Lets it be said, until nothing more happens by itself.
    async fn runs(&self) -> Vec<String> {
        let settled = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = self.announcements.run() => unreachable!("it goes on for ever"),
            () = settled => {}
        }
        self.house.said()
    }

    async fn later(&self, wait: Duration) -> Vec<String> {
        self.clock.advance(wait);
        self.runs().await
    }

    fn saw(&self, topic: Topic, data: Value) {
        let Value::Object(data) = data else { panic!("{data}") };
        let subject = "home/node/pve1".to_owned();
        self.announcements.saw(&Event { id: EventId::new(), topic, at: NOW, subject, data });
    }
}

#[tokio::test]
async fn it_is_said_once_at_each_place_and_what_is_urgent_first() {
    let rig = rig(&["kitchen"], Rules::default());
    rig.put("first", Priority::Normal);
    rig.put("second", Priority::Normal);
    rig.put("fire", Priority::Urgent);
    rig.put("first", Priority::Normal);
    rig.house.busy(true);
    assert_eq!(rig.runs().await, [""; 0], "nobody is interrupted");
    assert_eq!(rig.announcements.last(Some("kitchen")), None);
    rig.house.busy(false);
    let said = rig.runs().await;
    assert_eq!(said, ["kitchen: fire", "kitchen: first", "kitchen: second"]);
    assert_eq!(rig.runs().await, [""; 0]);
    assert_eq!(rig.announcements.last(Some("kitchen")).as_deref(), Some("second"));
    assert_eq!(rig.announcements.last(Some("cellar")), None);
}

#[tokio::test]
async fn what_is_urgent_is_said_once_more_unless_somebody_answers() {
    let rig = rig(&["cellar", "kitchen"], Rules::default());
    rig.put("fire", Priority::Urgent);
    assert_eq!(rig.runs().await, ["cellar: fire", "kitchen: fire"]);
    assert!(rig.announcements.answered("kitchen"));
    assert!(!rig.announcements.answered("kitchen"), "it was answered already");
    assert_eq!(rig.later(AGAIN - Duration::from_secs(1)).await, [""; 0]);
    assert_eq!(rig.later(Duration::from_secs(1)).await, ["cellar: Once more: fire"]);
    assert_eq!(rig.later(AGAIN * 2).await, [""; 0], "twice is enough");
    assert_eq!(rig.announcements.state().queue.len(), 0);
}

#[tokio::test]
async fn quiet_hours_keep_what_is_not_urgent() {
    let quiet = Some(Quiet { from: 22 * 60, to: 8 * 60 + 5 });
    let rig = rig(&["kitchen"], Rules { quiet, ..Rules::default() });
    rig.put("dinner", Priority::Normal);
    rig.put("fire", Priority::Urgent);
    assert_eq!(rig.runs().await, ["kitchen: fire"]);
    rig.announcements.answered("kitchen");
    assert_eq!(rig.later(Duration::from_secs(5 * 60)).await, ["kitchen: dinner"]);
    for (from, to, minute, holds) in
        [(60, 120, 60, true), (60, 120, 120, false), (1320, 420, 0, true), (1320, 420, 420, false)]
    {
        assert_eq!(Quiet { from, to }.holds(minute), holds, "{from} {to} {minute}");
    }
}

#[tokio::test]
async fn an_alarm_is_no_secret_of_quiet_hours_and_what_ran_in_them_is_told_after() {
    let quiet = Some(Quiet { from: 22 * 60, to: 9 * 60 });
    let rig = rig(&["kitchen"], Rules { quiet, ..Rules::default() });
    for (matter, text) in [
        (Matter::Timer, "The alarm is over."),
        (Matter::Scheduled, "As you asked: web is off."),
        (Matter::Message, "dinner"),
    ] {
        let (text, priority) = (text.to_owned(), Priority::Normal);
        rig.announcements.announce(Announcement { at: NOW, matter, priority, text, place: None });
    }
    assert_eq!(rig.runs().await, ["kitchen: The alarm is over."]);
    for _ in 0..11 {
        assert_eq!(rig.later(Duration::from_secs(5 * 60)).await, [""; 0]);
    }
    // A message is of no use by then.
    let said = rig.later(Duration::from_secs(5 * 60)).await;
    assert_eq!(said, ["kitchen: As you asked: web is off."]);
}

#[tokio::test]
async fn whoever_has_something_said_is_told_whether_it_will_be_heard() {
    let quiet = Some(Quiet { from: 7 * 60, to: 9 * 60 });
    let rules = |places: &[&str], quiet| {
        let places = places.iter().map(|place| (*place).to_owned()).collect();
        Rules { places, quiet, ..Rules::default() }
    };
    let (normal, urgent) = (Priority::Normal, Priority::Urgent);
    for (there, rules, priority, expected) in [
        (&["kitchen"][..], rules(&["kitchen"], None), normal, Prospect::Soon),
        (&["cellar"], rules(&["kitchen"], None), normal, Prospect::Nobody),
        (&[], rules(&[], None), normal, Prospect::Nobody),
        (&["cellar"], rules(&[], None), normal, Prospect::Soon),
        (&["cellar"], rules(&[], quiet), normal, Prospect::Quiet),
        (&["cellar"], rules(&[], quiet), urgent, Prospect::Soon),
        (&[], rules(&[], quiet), normal, Prospect::Nobody),
    ] {
        let by = Principal("uid:1".to_owned());
        let rig = rig(there, rules);
        let told = rig.announcements.message("dinner", None, priority, &by).unwrap();
        assert_eq!(told, expected, "{there:?} {priority:?}");
        let said = rig.runs().await;
        assert_eq!(!said.is_empty(), expected == Prospect::Soon, "{said:?}");
    }
}

#[tokio::test]
async fn it_goes_where_it_was_asked_for_or_where_the_settings_say() {
    let places = vec!["kitchen".to_owned()];
    let rig = rig(&["cellar", "kitchen"], Rules { places, ..Rules::default() });
    rig.put("dinner", Priority::Normal);
    let to = |place: &str| {
        rig.announcements.message(
            "tea",
            Some(place.to_owned()),
            Priority::Normal,
            &Principal("uid:1".to_owned()),
        )
    };
    to("cellar").unwrap();
    let attic = to("attic").unwrap_err();
    assert_eq!(
        attic.to_string(),
        "nothing can be said at \"attic\" now; there are cellar, kitchen"
    );
    assert_eq!(rig.runs().await, ["cellar: tea", "kitchen: dinner"]);
    // A timer of a place that is gone is told where the settings say.
    rig.announcements.announce(Announcement {
        at: NOW,
        matter: Matter::Timer,
        priority: Priority::Normal,
        text: "The timer is over.".to_owned(),
        place: Some("attic".to_owned()),
    });
    assert_eq!(rig.runs().await, ["kitchen: The timer is over."]);
}

#[tokio::test]
async fn what_could_not_be_said_is_tried_again_and_given_up_in_time() {
    let rig = rig(&["kitchen"], Rules::default());
    *rig.house.fails.lock().unwrap() = true;
    rig.put("dinner", Priority::Normal);
    assert_eq!(rig.runs().await, ["kitchen: dinner"]);
    assert_eq!(rig.runs().await, [""; 0], "not again and again");
    assert_eq!(rig.later(Duration::from_secs(5)).await, ["kitchen: dinner"]);
    assert_eq!(rig.later(Duration::from_secs(3600)).await, [""; 0]);
    assert_eq!(rig.announcements.state().queue.len(), 0);
}

#[tokio::test]
async fn odd_words_and_floods_are_refused_and_nothing_grows() {
    let rig = rig(&[], all_rules());
    let by = Principal("key:bot".to_owned());
    let say = |text: &str| rig.announcements.message(text, None, Priority::Normal, &by);
    assert_eq!(say(""), Err(AnnounceError::Empty));
    assert_eq!(say(" \u{1b}\n…"), Err(AnnounceError::Empty));
    assert_eq!(say(&"a".repeat(401)), Err(AnnounceError::Long { most: 400 }));
    for _ in 0..A_MINUTE {
        say("dinner \u{202e}is\nready").unwrap();
    }
    assert_eq!(say("dinner"), Err(AnnounceError::Often { most: A_MINUTE }));
    assert_eq!(rig.announcements.state().queue.len(), 1, "the same is one");
    rig.clock.advance(MINUTE);
    say("dinner").unwrap();
    for number in 0..1000 {
        rig.announcements.announce(Announcement {
            at: NOW,
            matter: Matter::Timer,
            priority: Priority::Normal,
            text: format!("timer {number}"),
            place: None,
        });
        rig.saw(
            Topic::NodeState,
            json!({ "node": "pve1", "before": "online", "after": "offline" }),
        );
    }
    assert_eq!(rig.announcements.state().queue.len(), 64);
    assert_eq!(rig.announcements.state().events.len(), MOST_EVENTS);
    for number in 0..1000 {
        rig.announcements.state().keeps_pace(&Principal(format!("uid:{number}")), NOW);
    }
    assert!(rig.announcements.state().paces.len() <= MOST_PEOPLE);
}

fn run(outcome: Outcome) -> RunRecord {
    let id = RunId::new();
    RunRecord {
        id,
        at: NOW,
        invocation: Invocation {
            request: RequestId::new(),
            cluster: "home".parse().unwrap(),
            command: "vm-lifecycle.start".parse().unwrap(),
            arguments: serde_json::Map::new(),
            origin: Origin::Template,
            locale: "en".to_owned(),
            words: Some("Start the web server.".to_owned()),
            confirmed: false,
            chosen: None,
        },
        caller: Caller { principal: Principal("uid:1".to_owned()), door: Door::Voice, role: None },
        revision: None,
        calls: Vec::new(),
        end: Some(RunEnd::Answered(Answer::Reply(Reply {
            outcome,
            speech: String::new(),
            detail: None,
            data: None,
            as_of: None,
            run: id,
        }))),
        took_us: 1,
        heard: Vec::new(),
        turn: None,
    }
}

#[tokio::test]
async fn what_happened_is_said_in_the_hosts_own_words() {
    let rig = rig(&["k"], all_rules());
    let (started, done) = (run(Outcome::Started), run(Outcome::Done));
    for record in [&started, &done] {
        rig.store.put(record).await.unwrap();
    }
    let node = |before: Value, after: Value| json!({ "node": "pve\u{1b}1", "before": before, "after": after });
    let heat = |before: &str, after: &str| json!({ "node": "pve1", "celsius": 91.6, "before": before, "after": after });
    let ended = |run: &RunRecord, ended: &str| json!({ "run": run.id, "ended": ended });
    for (topic, data, expected) in [
        (
            Topic::NodeState,
            node("online".into(), "offline".into()),
            Some("The node pve1 does not answer any more."),
        ),
        (Topic::NodeState, node("offline".into(), "online".into()), Some("The node pve1 is back.")),
        (Topic::NodeState, node(Value::Null, "online".into()), None),
        (
            Topic::QuorumState,
            json!({ "before": true, "after": false }),
            Some("The cluster has lost its quorum."),
        ),
        (
            Topic::QuorumState,
            json!({ "before": false, "after": true }),
            Some("The cluster has its quorum again."),
        ),
        (Topic::QuorumState, json!({ "before": null, "after": true }), None),
        (
            Topic::TemperatureCrossed,
            heat("warm", "critical"),
            Some("The node pve1 is too hot: 92 degrees."),
        ),
        (
            Topic::TemperatureCrossed,
            heat("critical", "warm"),
            Some("The node pve1 is no longer too hot."),
        ),
        (Topic::TemperatureCrossed, heat("normal", "warm"), None),
        (Topic::OperationEnded, ended(&started, "ok"), Some("It is done: Start the web server.")),
        (
            Topic::OperationEnded,
            ended(&started, "failed"),
            Some("It failed: Start the web server."),
        ),
        (Topic::OperationEnded, ended(&done, "ok"), None),
        (Topic::OperationEnded, json!({ "run": "x" }), None),
        (Topic::GuestState, json!({}), None),
    ] {
        rig.saw(topic, data.clone());
        let said = rig.runs().await;
        rig.announcements.answered("k");
        let expected: Vec<String> = expected.iter().map(|text| format!("k: {text}")).collect();
        assert_eq!(said, expected, "{data}");
    }
}

#[tokio::test]
async fn what_the_settings_do_not_ask_for_is_not_said() {
    let rig = rig(&["kitchen"], Rules::default());
    assert!(!rig.announcements.cares(Topic::QuorumState));
    rig.saw(Topic::QuorumState, json!({ "before": true, "after": false }));
    assert_eq!(rig.runs().await, [""; 0]);
}
