use crate::testing::{Act, Bench};
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::sensors::Sensors;

const REPORT: &str = r#"{"coretemp-isa-0000":{"Package id 0":{"temp1_input":45.0}}}"#;

#[tokio::test]
async fn lm_sensors_is_asked_first_and_may_fail_with_a_good_report() {
    let bench = Bench::new();
    let act = Act::Ends { status: 1, out: REPORT.to_owned(), err: "I/O error".to_owned() };
    bench.script.on("pve1: sh -c sensors -j;", act);
    let readings = bench.cluster.temperatures(&"pve1".parse().unwrap()).await.unwrap();
    assert_eq!((readings.source.as_str(), readings.readings[0].celsius), ("lm-sensors", 45.0));
    assert_eq!(bench.script.started().len(), 1);
}

#[tokio::test]
async fn a_forced_command_answers_in_its_own_way() {
    let zone =
        "/sys/class/thermal/thermal_zone0/type:x\n/sys/class/thermal/thermal_zone0/temp:41000\n";
    let wrapped = format!("{{\"sensors\":{REPORT},\"smart\":[]}}");
    for (printed, source) in [(zone, "thermal-zone"), (&wrapped, "lm-sensors")] {
        let bench = Bench::new();
        bench.script.on("pve1: sh -c sensors -j;", Act::prints(printed));
        let readings = bench.cluster.temperatures(&"pve1".parse().unwrap()).await.unwrap();
        assert_eq!((readings.source.as_str(), bench.script.started().len()), (source, 1));
    }
}

#[tokio::test]
async fn nothing_to_read_and_nobody_there_are_told_apart() {
    for (act, code, kind) in [
        (Act::prints(""), "cluster-no-sensors", CallErrorKind::NotFound),
        (Act::fails(127, "sh: not found\n"), "cluster-no-sensors", CallErrorKind::NotFound),
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
