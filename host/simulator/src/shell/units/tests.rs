use std::sync::Arc;

use jarvis_domain::ManualClock;

use super::*;
use crate::cluster::{Cluster, Timing};
use crate::engine::Ran;
use crate::fault::Fault;

const NOW: Timestamp = Timestamp(1_795_468_823_000);

fn home() -> Simulator {
    Simulator::new(Cluster::home(NOW), Arc::new(ManualClock::at(NOW)), Timing::INSTANT)
}

fn make(simulator: &Simulator, words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    simulator.fault(&Fault::parse(&words).unwrap()).unwrap();
}

async fn start(simulator: &Simulator, argv: &[&str]) -> Ran {
    let begin = ["systemd-run", "--quiet", "--unit=u1", "--property=RemainAfterExit=yes", "--"];
    simulator.run_on("pve2", &[&begin, argv].concat()).await
}

async fn show(simulator: &Simulator) -> String {
    let properties = "--property=LoadState,ExecMainCode,ExecMainStatus";
    let ran = simulator.run_on("pve2", &["systemctl", "show", properties, "u1.service"]).await;
    ran.stdout.replace('\n', " ")
}

async fn log(simulator: &Simulator, cursor: &str) -> String {
    let argv = ["journalctl", "--output=cat", "--show-cursor", cursor, "_SYSTEMD_UNIT=u1.service"];
    simulator.run_on("pve2", &argv).await.stdout
}

/// Waits until the unit shows as `expected`.
async fn until(simulator: &Simulator, expected: &str) {
    let mut changes = simulator.changes();
    while show(simulator).await != expected {
        changes.changed().await.unwrap();
    }
}

const RUNS: &str = "LoadState=loaded ExecMainCode=0 ExecMainStatus=0 ";
const NONE: &str = "LoadState=not-found ExecMainCode=0 ExecMainStatus=0 ";

fn ended(status: i32) -> String {
    format!("LoadState=loaded ExecMainCode=1 ExecMainStatus={status} ")
}

#[tokio::test]
async fn a_unit_goes_on_by_itself_and_is_remembered_until_it_is_stopped() {
    let simulator = home();
    assert_eq!(show(&simulator).await, NONE);
    make(&simulator, "node pve2 apt hang");
    assert_eq!(start(&simulator, &["apt-get", "-y", "dist-upgrade"]).await.code, 0);
    assert_eq!(show(&simulator).await, RUNS);
    let again = start(&simulator, &["true"]).await;
    assert_eq!((again.code, again.stderr.contains("already loaded")), (1, true));
    // What runs is not forgotten.
    simulator.run_on("pve2", &["systemctl", "stop", "u1.service"]).await;
    assert_eq!(show(&simulator).await, RUNS);
    make(&simulator, "node pve2 apt ok");
    until(&simulator, &ended(0)).await;
    let all = log(&simulator, "--quiet").await;
    let (printed, cursor) = all.trim_end().rsplit_once("\n-- cursor: ").unwrap();
    assert!(printed.contains("Setting up"), "{all}");
    assert_eq!(log(&simulator, &format!("--after-cursor={cursor}")).await, "");
    simulator.run_on("pve2", &["systemctl", "stop", "u1.service"]).await;
    assert_eq!(show(&simulator).await, NONE);
}

#[tokio::test]
async fn words_arrive_as_they_were_and_a_failure_has_its_status() {
    let simulator = home();
    start(&simulator, &["echo", "$$HOME", "$${x}"]).await;
    until(&simulator, &ended(0)).await;
    assert!(log(&simulator, "--quiet").await.starts_with("$HOME ${x}\n"));
    simulator.run_on("pve2", &["systemctl", "stop", "u1.service"]).await;
    start(&simulator, &["no-such-program"]).await;
    until(&simulator, &ended(NOT_FOUND)).await;
}

#[tokio::test]
async fn a_node_that_is_started_anew_has_forgotten_its_units() {
    let clock = Arc::new(ManualClock::at(NOW));
    let simulator = Simulator::new(Cluster::home(NOW), Arc::clone(&clock) as _, Timing::INSTANT);
    make(&simulator, "node pve2 apt hang");
    start(&simulator, &["apt-get", "-y", "dist-upgrade"]).await;
    make(&simulator, "node pve2 down");
    clock.advance(std::time::Duration::from_secs(60));
    make(&simulator, "node pve2 up");
    assert_eq!(show(&simulator).await, NONE);
    assert_eq!(log(&simulator, "--quiet").await, "");
}
