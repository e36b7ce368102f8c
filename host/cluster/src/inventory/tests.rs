use super::*;
use crate::testing::{Act, Bench};
use jarvis_domain::inventory::Inventory;

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
    let bench = bench();
    let contents = Contents::new(
        "home".parse().unwrap(),
        Arc::new(Access::Pvesh(Box::new(crate::pvesh::Pvesh {
            launch: Arc::clone(&bench.script) as Arc<dyn crate::launch::Launch>,
            slots: Arc::new(crate::slots::Slots::new()),
            clock: Arc::new(jarvis_domain::ManualClock::at(Timestamp(0))),
            timeouts: crate::Timeouts::standard(),
        }))),
        Arc::new(jarvis_domain::ManualClock::at(Timestamp(0))),
        Arc::new(jarvis_domain::event::NobodyListens),
    );
    contents.snapshot(SECOND).await.unwrap();
    contents.snapshot(SECOND).await.unwrap();
    assert_eq!(bench.script.count("get /cluster/resources"), 1);
    contents.invalidate();
    contents.snapshot(SECOND).await.unwrap();
    assert_eq!(bench.script.count("get /cluster/resources"), 2);
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
async fn nobody_looks_for_nobody() {
    let bench = bench();
    let clock = Arc::new(jarvis_domain::ManualClock::at(Timestamp(0)));
    let contents = Contents::new(
        "home".parse().unwrap(),
        Arc::new(Access::Pvesh(Box::new(crate::pvesh::Pvesh {
            launch: Arc::clone(&bench.script) as Arc<dyn crate::launch::Launch>,
            slots: Arc::new(crate::slots::Slots::new()),
            clock: clock.clone(),
            timeouts: crate::Timeouts::standard(),
        }))),
        clock.clone(),
        Arc::new(jarvis_domain::event::NobodyListens),
    );
    let time_passes = async {
        for _ in 0..10 {
            clock.advance(LOOK);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = contents.watch() => panic!("it never ends"),
        () = time_passes => {}
    }
    assert_eq!(bench.script.count("get"), 0);
}
