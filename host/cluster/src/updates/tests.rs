use jarvis_domain::ManualClock;
use jarvis_domain::event::NobodyListens;

use super::*;
use crate::api::testing::{Fake, Says};
use crate::inventory::tests::settle;
use crate::testing::{Act, Bench, NOW};

const LIST: &str = "get /nodes/pve1/apt/update";

struct Stage {
    bench: Bench,
    clock: Arc<ManualClock>,
    updates: Updates,
}

impl Stage {
    fn new() -> Self {
        Self::on(Bench::new())
    }

    fn on(bench: Bench) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let updates = Updates {
            cluster: "home".parse().unwrap(),
            access: bench.cluster.access(),
            shell: bench.cluster.thermometer(clock.clone()).shell,
            contents: bench.cluster.contents(),
            events: Arc::clone(&bench.events) as Arc<dyn EventSink>,
            clock: clock.clone(),
            known: Known::default(),
        };
        Self { bench, clock, updates }
    }

    /// A look an hour after the one before; what was told so far, in short.
    async fn look(&self, list: &str) -> Vec<String> {
        self.bench.script.replace(LIST, Act::prints(list));
        self.updates.look(&"pve1".parse().unwrap()).await;
        self.clock.advance(EVERY);
        let told = |event: Event| {
            assert_eq!(
                (event.topic, event.subject.as_str()),
                (Topic::UpdatesFound, "home/node/pve1")
            );
            let data = &event.data;
            format!("{} {} {}", data["updates"], data["new"], data["packages"])
        };
        self.bench.events.all().into_iter().map(told).collect()
    }
}

fn list(packages: &[(&str, &str)]) -> String {
    let entry = |(name, version): &(&str, &str)| json!({"Package": name, "Version": version});
    Value::Array(packages.iter().map(entry).collect()).to_string()
}

#[tokio::test]
async fn what_is_new_is_told_once() {
    let stage = Stage::new();
    assert!(stage.look("[]").await.is_empty());
    let one = [("libssl3", "3.0.17")];
    assert_eq!(stage.look(&list(&one)).await, [r#"1 1 ["libssl3"]"#]);
    assert_eq!(stage.look(&list(&one)).await.len(), 1);
    let two = [("libssl3", "3.0.18"), ("pve-manager", "9.2.11")];
    let told = stage.look(&list(&two)).await;
    assert_eq!(told[1..], [r#"2 2 ["libssl3","pve-manager"]"#], "a newer version is a new update");
    assert_eq!(stage.look("[]").await.len(), 2, "installed is not found");
}

#[tokio::test]
async fn names_are_bounded_and_on_one_line() {
    let stage = Stage::new();
    let names: Vec<String> = (0..50).map(|n| format!("p{n:02}\n\u{1b}[2J")).collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    stage.look(&list(&all)).await;
    let event = &stage.bench.events.all()[0];
    assert_eq!((&event.data["updates"], &event.data["new"]), (&json!(50), &json!(50)));
    let named = event.data["packages"].as_array().unwrap();
    assert_eq!(named.len(), NAMED);
    assert!(!named[0].as_str().unwrap().contains(['\n', '\u{1b}']), "{named:?}");
}

#[tokio::test]
async fn apt_is_asked_where_proxmox_does_not_show_its_list() {
    let forbidden = || Says::error(403, "Permission check failed (/nodes/pve1, Sys.Modify)");
    let plan = "Reading package lists...\nInst libssl3 [3.0.16] (3.0.17 Debian-Security:13/stable-security [amd64])\nConf libssl3 (3.0.17 x [amd64])\nInst odd\nInst new (1 Debian:13.4/stable [all])\n";
    for (says, act, expected) in [
        (forbidden(), Act::prints(plan), Some(json!(["libssl3", "new"]))),
        (forbidden(), Act::fails(100, "E: broken\n"), None),
        (forbidden(), Act::IsMissing, None),
        (forbidden(), Act::prints("{\"coretemp-isa-0000\":{}}"), None),
        (Says::error(500, "apt is broken"), Act::prints(plan), None),
    ] {
        let fake = Fake::new().await;
        fake.on("GET /api2/json/nodes/pve1/apt/update", says);
        let stage = Stage::on(Bench::over(crate::Access::Api(fake.settings())));
        stage.bench.script.on("pve1: apt-get -s dist-upgrade", act);
        let node = "pve1".parse().unwrap();
        stage.updates.look(&node).await;
        let told = stage.bench.events.all();
        assert_eq!(told.first().map(|event| event.data["packages"].clone()), expected);
        // Not at once again, and not as new the next time.
        stage.updates.look(&node).await;
        stage.clock.advance(EVERY);
        stage.updates.look(&node).await;
        assert_eq!(stage.bench.events.all().len(), told.len());
        assert_eq!(fake.heard().len(), 2);
    }
}

#[tokio::test]
async fn what_cannot_be_seen_is_not_told_and_not_asked_again_at_once() {
    let stage = Stage::new();
    let one = [("libssl3", "3.0.17")];
    assert_eq!(stage.look(&list(&one)).await.len(), 1);
    for answer in ["{}", "null", "\"text\"", "[null, 7, {\"Version\": \"1\"}]"] {
        assert_eq!(stage.look(answer).await.len(), 1, "{answer}");
    }
    let asked = stage.bench.script.count(LIST);
    stage.bench.script.replace(LIST, Act::fails(255, "proxy handler failed: ssh: x\n"));
    let node = "pve1".parse().unwrap();
    stage.updates.look(&node).await;
    stage.updates.look(&node).await;
    assert_eq!(stage.bench.script.count(LIST), asked + 1);
}

#[tokio::test]
async fn what_cannot_be_handed_in_is_told_by_the_next_look() {
    let stage = Stage::new();
    stage.bench.events.fail(true);
    let one = list(&[("libssl3", "3.0.17")]);
    assert!(stage.look(&one).await.is_empty());
    stage.bench.events.fail(false);
    assert_eq!(stage.look(&one).await.len(), 1);
}

#[tokio::test]
async fn nobody_looks_where_nobody_wants_to_be_told() {
    let Stage { bench, clock, updates } = Stage::new();
    let resources = r#"[{"type":"node","node":"pve1","status":"online"}]"#;
    bench.script.replace("get /cluster/resources", Act::prints(resources));
    bench.script.replace("get /cluster/status", Act::prints("[]"));
    bench.script.replace(LIST, Act::prints("[]"));
    updates.contents.snapshot(EVERY).await.unwrap();
    for (events, looks) in [
        (Arc::new(NobodyListens) as Arc<dyn EventSink>, 0),
        (Arc::clone(&bench.events) as Arc<dyn EventSink>, 1),
    ] {
        let updates = Updates {
            cluster: "home".parse().unwrap(),
            access: Arc::clone(&updates.access),
            shell: Arc::clone(&updates.shell),
            contents: Arc::clone(&updates.contents),
            events,
            clock: clock.clone(),
            known: Known::default(),
        };
        tokio::select! {
            biased;
            () = updates.watch() => panic!("it never ends"),
            () = settle() => {}
        }
        assert_eq!(bench.script.count(LIST), looks);
    }
}
