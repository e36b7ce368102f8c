use super::*;
use crate::access::Door;
use crate::api::testing::Fake;
use crate::testing::{Act, Bench};
use jarvis_domain::ManualClock;
use jarvis_domain::inventory::{GuestState, Inventory};
use serde_json::json;

const SECOND: Duration = Duration::from_secs(1);

fn bench() -> Bench {
    let bench = Bench::new();
    let resources = r#"[{"type":"qemu","vmid":101,"node":"pve1","status":"running"},{"type":"node","node":"pve1","status":"online"}]"#;
    bench.script.on("get /cluster/resources", Act::prints(resources));
    bench
        .script
        .on("get /cluster/status", Act::prints(r#"[{"type":"node","name":"pve1","online":1}]"#));
    bench
}

/// Contents by a clock that stands still until it is moved.
pub(super) struct Still {
    pub(super) bench: Bench,
    pub(super) contents: Arc<Contents>,
    pub(super) clock: Arc<ManualClock>,
}

impl Still {
    pub(super) fn new() -> Self {
        let bench = bench();
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let door = Door::Pvesh(Box::new(crate::pvesh::Pvesh {
            launch: Arc::clone(&bench.script) as Arc<dyn crate::launch::Launch>,
            slots: Arc::new(crate::slots::Slots::new(crate::slots::PVESH)),
            clock: clock.clone(),
            timeouts: crate::Timeouts::standard(),
        }));
        let access = Arc::new(Access::new(door, clock.clone()));
        let events = Arc::clone(&bench.events) as Arc<dyn EventSink>;
        let contents = Contents::new("home".parse().unwrap(), access, clock.clone(), events);
        Self { bench, contents: Arc::new(contents), clock }
    }
}

/// Lets all others come to rest.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_request() {
    let bench = bench();
    let (one, two, three) = tokio::join!(
        bench.cluster.snapshot(SECOND),
        bench.cluster.snapshot(SECOND),
        bench.cluster.snapshot(SECOND)
    );
    assert_eq!(one.unwrap().guests.len(), 1);
    assert!(Arc::ptr_eq(&two.unwrap(), &three.unwrap()));
    assert_eq!(bench.script.count("get /cluster/resources"), 1);
}

#[tokio::test]
async fn no_age_at_all_asks_anew() {
    let bench = bench();
    for _ in 0..3 {
        bench.cluster.snapshot(Duration::ZERO).await.unwrap();
    }
    bench.cluster.snapshot(SECOND).await.unwrap();
    assert_eq!(bench.script.count("get /cluster/resources"), 3);
}

#[tokio::test]
async fn those_who_want_no_age_share_the_request_that_began_after_they_asked() {
    let bench = bench();
    let none = Duration::ZERO;
    let (first, second, third) = tokio::join!(
        bench.cluster.snapshot(none),
        bench.cluster.snapshot(none),
        bench.cluster.snapshot(none)
    );
    let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
    assert!(!Arc::ptr_eq(&first, &second), "the first began before the second asked");
    assert!(Arc::ptr_eq(&second, &third));
    assert_eq!(bench.script.count("get /cluster/resources"), 2);
}

#[tokio::test]
async fn a_change_makes_what_is_known_stale() {
    let Still { bench, contents, .. } = Still::new();
    contents.snapshot(SECOND).await.unwrap();
    contents.snapshot(SECOND).await.unwrap();
    assert_eq!(bench.script.count("get /cluster/resources"), 1);
    contents.invalidate();
    contents.snapshot(SECOND).await.unwrap();
    assert_eq!(bench.script.count("get /cluster/resources"), 2);
}

#[tokio::test]
async fn what_is_kept_is_served_while_the_cluster_is_asked() {
    let Still { bench, contents, .. } = Still::new();
    let kept = contents.snapshot(SECOND).await.unwrap();
    bench.script.replace("get /cluster/resources", Act::Hangs);
    let asks = contents.snapshot(Duration::ZERO);
    tokio::pin!(asks);
    tokio::select! {
        biased;
        _ = &mut asks => panic!("it hangs"),
        () = settle() => {}
    }
    assert!(Arc::ptr_eq(&contents.snapshot(SECOND).await.unwrap(), &kept));
}

#[tokio::test]
async fn the_quorum_is_asked_for_when_it_can_be_another() {
    let Still { bench, contents, clock } = Still::new();
    let asked = || {
        (bench.script.count("get /cluster/resources"), bench.script.count("get /cluster/status"))
    };
    let look = async |seconds: u64| {
        clock.advance(Duration::from_secs(seconds));
        contents.snapshot(SECOND).await.unwrap();
        asked()
    };
    assert_eq!(look(0).await, (1, 1));
    assert_eq!(look(5).await, (2, 1), "nothing has happened");
    let dead = r#"[{"type":"qemu","vmid":101,"node":"pve1","status":"running"},{"type":"node","node":"pve1","status":"offline"}]"#;
    bench.script.replace("get /cluster/resources", Act::prints(dead));
    let lost = r#"[{"type":"cluster","quorate":0},{"type":"node","name":"pve1","online":0}]"#;
    bench.script.replace("get /cluster/status", Act::prints(lost));
    assert_eq!(look(5).await, (3, 2), "a node is away");
    let snapshot = contents.snapshot(SECOND).await.unwrap();
    assert_eq!(snapshot.quorate, Some(false));
    assert_eq!(snapshot.guests[0].state, GuestState::Unknown, "what ran there is not known to run");
    assert_eq!(look(5).await, (4, 3), "everybody waits for the quorum");
    let whole = r#"[{"type":"cluster","quorate":1},{"type":"node","name":"pve1","online":0}]"#;
    bench.script.replace("get /cluster/status", Act::prints(whole));
    assert_eq!(look(5).await, (5, 4));
    assert_eq!(look(5).await, (6, 4));
    assert_eq!(look(30).await, (7, 5), "it may have been changed by hand");
    contents.snapshot(Duration::ZERO).await.unwrap();
    assert_eq!(asked(), (8, 6), "who wants it as of now gets it so");
}

#[tokio::test]
async fn a_node_that_is_back_rests_no_longer() {
    let Still { bench, contents, clock } = Still::new();
    let node = "pve1".parse().unwrap();
    let silence = ClusterError::NodeUnreachable { what: String::new(), message: String::new() };
    let circuits = &contents.access.circuits;
    (0..3).for_each(|_| circuits.note(&node, Some(&silence)));
    contents.snapshot(SECOND).await.unwrap();
    clock.advance(SECOND * 2);
    assert!(circuits.enter(&node, String::new).is_err(), "it was there all the while");
    for (online, rests) in [(0, true), (1, false)] {
        let status = format!(r#"[{{"type":"node","name":"pve1","online":{online}}}]"#);
        bench.script.replace("get /cluster/status", Act::prints(&status));
        contents.snapshot(Duration::ZERO).await.unwrap();
        assert_eq!(circuits.enter(&node, String::new).is_err(), rests);
    }
}

#[tokio::test]
async fn storages_that_nobody_may_see_are_told_from_none_and_stop_nothing_else() {
    let listed = json!([
        {"type": "node", "node": "pve1", "status": "online"},
        {"type": "lxc", "vmid": 101, "node": "pve1", "status": "running"},
    ]);
    let some = json!({"/": {"Sys.Audit": 1, "VM.Audit": 1}});
    let all = json!({"/": {"Sys.Audit": 1, "VM.Audit": 1, "Datastore.Audit": 1}});
    for (rights, expected) in [(some, Some("Datastore.Audit on /storage")), (all, None)] {
        let fake = Fake::new().await;
        fake.get("/cluster/resources", listed.clone()).get("/cluster/status", json!([]));
        fake.get("/access/permissions", rights);
        let bench = Bench::over(crate::Access::Api(fake.settings()));
        let snapshot = bench.cluster.snapshot(SECOND).await.unwrap();
        assert_eq!((snapshot.guests.len(), snapshot.storages.len()), (1, 0));
        let seen = bench.cluster.sees_storages().await;
        let said = seen.err().map(|error| (error.fault.code.clone(), error.fault.to_string()));
        assert_eq!(said.is_some(), expected.is_some(), "{said:?}");
        if let (Some((code, said)), Some(expected)) = (said, expected) {
            assert!(code == "cluster-api-no-rights" && said.contains(expected), "{code}: {said}");
        }
    }
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let bench = Bench::new();
    bench.script.on(
        "get /cluster/resources",
        Act::fails(255, "ipcc_send_rec[1] failed: Connection refused\n"),
    );
    bench.script.on("get /cluster/resources", Act::prints("[]"));
    bench.script.on("get /cluster/status", Act::prints("[]"));
    let error = bench.cluster.snapshot(SECOND).await.unwrap_err();
    assert_eq!(error.fault.code, "cluster-service-down");
    assert!(bench.cluster.snapshot(SECOND).await.unwrap().guests.is_empty());
}

#[tokio::test]
async fn those_who_wait_share_a_failure_too() {
    let Still { bench, contents, clock } = Still::new();
    bench.script.replace("get /cluster/resources", Act::Hangs);
    let ask = || contents.snapshot(SECOND);
    let time_passes = async {
        for _ in 0..2 {
            settle().await;
            clock.advance(SECOND * 10);
        }
    };
    let (one, two, three, four, ()) = tokio::join!(ask(), ask(), ask(), ask(), time_passes);
    for answer in [one, two, three, four] {
        assert_eq!(jarvis_domain::Explain::row(&answer.unwrap_err()).code, "cluster-pvesh-timeout");
    }
    // The first, and one that began after the others had asked.
    assert_eq!(bench.script.count("get /cluster/resources"), 2);
}

#[tokio::test]
async fn changes_are_watched_for_and_told_once() {
    let bench = bench();
    let changed = r#"[{"type":"qemu","vmid":101,"node":"pve1","status":"stopped"},{"type":"node","node":"pve1","status":"online"}]"#;
    bench.script.on("get /cluster/resources", Act::prints(changed));
    let looked = async {
        while bench.events.all().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = bench.cluster.watch() => panic!("it never ends"),
        () = looked => {}
    }
    for _ in 0..3 {
        bench.cluster.snapshot(Duration::ZERO).await.unwrap();
    }
    let told = bench.events.all();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].subject, "home/guest/101");
    assert_eq!(
        (&told[0].data["before"], &told[0].data["after"]),
        (&"running".into(), &"stopped".into())
    );
}

#[tokio::test]
async fn a_node_that_goes_between_two_questions_is_not_kept_as_there() {
    let still = Still::new();
    let listed = |status: &str| {
        Act::prints(&format!(r#"[{{"type":"node","node":"pve1","status":"{status}"}}]"#))
    };
    // The list had it offline already when corosync was asked for the last time.
    still.bench.script.replace("get /cluster/resources", listed("offline"));
    let first = still.contents.snapshot(SECOND).await.unwrap();
    assert!(first.nodes[0].is_online(), "corosync knows best");
    still.clock.advance(5 * SECOND);
    let gone = r#"[{"type":"node","name":"pve1","online":0}]"#;
    still.bench.script.replace("get /cluster/status", Act::prints(gone));
    let next = still.contents.snapshot(SECOND).await.unwrap();
    assert!(!next.nodes[0].is_online(), "it was asked again");
}
