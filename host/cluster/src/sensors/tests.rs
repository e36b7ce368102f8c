use crate::testing::{Act, Bench};
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::sensors::Sensors;

const REPORT: &str = r#"{"coretemp-isa-0000":{"Package id 0":{"temp1_input":45.0}}}"#;

#[tokio::test]
async fn lm_sensors_is_asked_first_and_may_fail_with_a_good_report() {
    let bench = Bench::new();
    let act = Act::Ends { status: 1, out: REPORT.to_owned(), err: "I/O error".to_owned() };
    bench.script.on("pve1: sensors -j", act);
    let readings = bench.cluster.temperatures(&"pve1".parse().unwrap()).await.unwrap();
    assert_eq!((readings.source.as_str(), readings.readings[0].celsius), ("lm-sensors", 45.0));
    assert_eq!(bench.script.started().len(), 1);
}

#[tokio::test]
async fn the_kernels_own_files_stand_in() {
    let zone =
        "/sys/class/thermal/thermal_zone0/type:x\n/sys/class/thermal/thermal_zone0/temp:41000\n";
    for first in [Act::IsMissing, Act::fails(127, "sensors: not found\n"), Act::prints("{}\n")] {
        let bench = Bench::new();
        bench.script.on("pve1: sensors -j", first);
        bench.script.on("pve1: grep -rs . --include=name", Act::fails(1, "no such folder"));
        bench.script.on("pve1: grep -rs . --include=type", Act::prints(zone));
        let readings = bench.cluster.temperatures(&"pve1".parse().unwrap()).await.unwrap();
        assert_eq!(
            (readings.source.as_str(), readings.readings[0].celsius),
            ("thermal-zone", 41.0)
        );
    }
}

#[tokio::test]
async fn nothing_to_read_and_nobody_there_are_told_apart() {
    for (act, code, kind) in [
        (Act::prints(""), "cluster-no-sensors", CallErrorKind::NotFound),
        (Act::Hangs, "cluster-pvesh-timeout", CallErrorKind::TimedOut),
        (
            Act::fails(255, "ssh: connect to host 192.0.2.13 port 22: No route to host\n"),
            "cluster-node-unreachable",
            CallErrorKind::Unavailable,
        ),
    ] {
        let bench = Bench::new();
        bench.script.on("pve1: ", act);
        let error = bench.cluster.temperatures(&"pve1".parse().unwrap()).await.unwrap_err();
        assert_eq!((error.fault.code.as_str(), error.kind), (code, kind));
    }
}

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
