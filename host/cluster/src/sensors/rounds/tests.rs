use jarvis_domain::ManualClock;
use jarvis_domain::inventory::NodeState;

use super::*;
use crate::inventory::tests::settle;
use crate::testing::{Act, Bench, NOW};

const MINUTE: Duration = Duration::from_secs(60);

/// Rounds over the nodes of a bench, by a clock that stands still.
struct Stage {
    bench: Bench,
    clock: Arc<ManualClock>,
    rounds: Arc<Rounds>,
}

impl Stage {
    fn new() -> Self {
        let bench = Bench::new();
        let clock = Arc::new(ManualClock::at(NOW));
        let rounds = Arc::new(Rounds {
            cluster: "home".parse().unwrap(),
            thermometer: Arc::new(bench.cluster.thermometer(clock.clone())),
            contents: bench.cluster.contents(),
            events: Arc::clone(&bench.events) as Arc<dyn EventSink>,
            clock: clock.clone(),
            thermals: Thermals::standard(),
            known: Known::default(),
        });
        Self { bench, clock, rounds }
    }

    /// One round over these nodes, half a minute after the one before.
    async fn round(&self, nodes: &[(&str, NodeState)]) {
        let node = |(name, state): &(&str, NodeState)| Node::new(name.parse().unwrap(), *state);
        let snapshot = Snapshot {
            cluster: "home".parse().unwrap(),
            as_of: self.clock.now(),
            quorate: None,
            nodes: nodes.iter().map(node).collect(),
            guests: Vec::new(),
            storages: Vec::new(),
        };
        self.rounds.round(&snapshot).await;
        self.clock.advance(Duration::from_secs(30));
    }

    fn shows(&self, node: &str, celsius: f64) {
        let report = format!(r#"{{"coretemp":{{"Package id 0":{{"temp1_input":{celsius}}}}}}}"#);
        self.bench.script.replace(&format!("{node}: sh -c sensors -j;"), Act::prints(&report));
    }

    fn asked(&self, node: &str) -> usize {
        self.bench.script.count(&format!("{node}: "))
    }
}

#[tokio::test]
async fn a_wait_for_a_place_is_not_the_nodes_own() {
    let stage = Stage::new();
    let hangs = "pve1: sh -c sensors -j;";
    stage.bench.script.on(hangs, Act::Hangs).on(hangs, Act::Hangs);
    stage
        .bench
        .script
        .on(hangs, Act::prints(r#"{"coretemp":{"Package id 0":{"temp1_input":45.0}}}"#));
    let node = "pve1".parse().unwrap();
    let ask = || stage.rounds.thermometer.temperatures(&node);
    let time_passes = async {
        settle().await;
        stage.clock.advance(Duration::from_secs(5));
    };
    let (one, two, three, ()) = tokio::join!(ask(), ask(), ask(), time_passes);
    assert!(one.is_err() && two.is_err(), "they hang");
    assert_eq!(three.unwrap().readings[0].celsius, 45.0);
}

const ONLINE: [(&str, NodeState); 1] = [("pve1", NodeState::Online)];

#[tokio::test]
async fn crossings_are_told_once_and_the_day_is_kept() {
    let stage = Stage::new();
    for celsius in [60.0, 81.0, 79.0, 82.0, 96.0, 70.0, 70.0] {
        stage.shows("pve1", celsius);
        stage.round(&ONLINE).await;
    }
    let told: Vec<_> = stage
        .bench
        .events
        .all()
        .iter()
        .map(|event| {
            let text = |name: &str| event.data[name].as_str().unwrap().to_owned();
            assert_eq!(
                (event.topic, event.subject.as_str()),
                (Topic::TemperatureCrossed, "home/node/pve1")
            );
            assert_eq!((text("node").as_str(), text("sensor").as_str()), ("pve1", "Package id 0"));
            format!("{}>{} {}", text("before"), text("after"), event.data["celsius"])
        })
        .collect();
    assert_eq!(told, ["normal>warm 81.0", "warm>critical 96.0", "critical>normal 70.0"]);
    let day = stage.rounds.history(&"pve1".parse().unwrap(), Timestamp(0));
    let celsius: Vec<f64> = day.iter().map(|sample| sample.celsius).collect();
    assert_eq!(celsius.len(), 4, "one a minute: {celsius:?}");
    assert_eq!(celsius.iter().copied().fold(0.0, f64::max), 96.0);
    assert_eq!(stage.asked("pve1"), 7, "one program a round");
    assert!(stage.rounds.history(&"pve9".parse().unwrap(), Timestamp(0)).is_empty());
}

#[tokio::test]
async fn what_cannot_be_handed_in_is_told_by_the_next_round() {
    let stage = Stage::new();
    stage.shows("pve1", 85.0);
    stage.bench.events.fail(true);
    stage.round(&ONLINE).await;
    stage.bench.events.fail(false);
    stage.round(&ONLINE).await;
    stage.round(&ONLINE).await;
    assert_eq!(stage.bench.events.subjects(), ["home/node/pve1"]);
}

#[tokio::test]
async fn a_node_without_sensors_is_asked_more_and_more_seldom() {
    let stage = Stage::new();
    stage.bench.script.replace("pve1: ", Act::prints(""));
    let mut rounds = Vec::new();
    for round in 0..120 {
        let before = stage.asked("pve1");
        stage.round(&ONLINE).await;
        if stage.asked("pve1") > before {
            rounds.push(round);
        }
    }
    assert_eq!(rounds, [0, 2, 6, 14, 30, 60, 90], "1, 2, 4, 8 and then every 15 minutes");
}

#[tokio::test]
async fn a_node_that_is_away_is_not_asked_and_one_that_is_back_at_once() {
    let stage = Stage::new();
    stage.bench.script.replace("pve1: ", Act::fails(255, "ssh: connect to host x\n"));
    stage.round(&ONLINE).await;
    assert_eq!(stage.asked("pve1"), 1);
    stage.round(&[("pve1", NodeState::Offline)]).await;
    assert_eq!(stage.asked("pve1"), 1);
    stage.round(&ONLINE).await;
    assert_eq!(stage.asked("pve1"), 2);
    stage.round(&[]).await;
    assert!(stage.rounds.known.all().is_empty(), "a node that left is forgotten");
}

#[tokio::test]
async fn a_round_is_one_program_a_node_whatever_source_it_has() {
    let stage = Stage::new();
    let zone =
        "/sys/class/thermal/thermal_zone0/type:x\n/sys/class/thermal/thermal_zone0/temp:41000\n";
    stage.bench.script.replace("pve1: sh -c sensors -j;", Act::prints(zone));
    for rounds in 1..4 {
        stage.round(&ONLINE).await;
        assert_eq!(stage.asked("pve1"), rounds);
    }
}

#[tokio::test]
async fn nobody_goes_round_where_nobody_wants_it() {
    for (history, expected) in [(true, true), (false, false)] {
        let stage = Stage::new();
        stage.shows("pve1", 50.0);
        let resources = r#"[{"type":"node","node":"pve1","status":"online"}]"#;
        stage.bench.script.replace("get /cluster/resources", Act::prints(resources));
        stage.bench.script.replace("get /cluster/status", Act::prints("[]"));
        stage.rounds.contents.snapshot(MINUTE).await.unwrap();
        let rounds = Arc::new(Rounds {
            cluster: "home".parse().unwrap(),
            thermometer: Arc::clone(&stage.rounds.thermometer),
            contents: Arc::clone(&stage.rounds.contents),
            events: Arc::new(jarvis_domain::event::NobodyListens),
            clock: stage.clock.clone(),
            thermals: Thermals { history, ..Thermals::standard() },
            known: Known::default(),
        });
        tokio::select! {
            biased;
            () = rounds.watch() => panic!("it never ends"),
            () = settle() => {}
        }
        assert_eq!(stage.asked("pve1") > 0, expected);
    }
}
