use jarvis_domain::sensors::Sensors;

use crate::testing::{Act, Bench};

#[tokio::test]
async fn doors_are_tried_one_by_one() {
    let bench = Bench::new();
    bench.script.on("get /nodes/pve1/status", Act::prints("{}"));
    bench.script.on("pve1: true", Act::fails(127, "true: not found\n"));
    bench.script.on(
        "get /nodes/pve3/status",
        Act::fails(255, "proxy handler failed: ssh: connect to host x\n"),
    );
    bench.script.on("pve3: true", Act::fails(255, "ssh: connect to host x\n"));
    let up = bench.cluster.reach(&"pve1".parse().unwrap()).await.unwrap();
    assert!(up.api && up.shell && up.round_trip_ms.is_some());
    let down = bench.cluster.reach(&"pve3".parse().unwrap()).await.unwrap();
    assert!(!down.api && !down.shell && down.round_trip_ms.is_none());
}
