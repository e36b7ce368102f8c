use std::sync::Arc;

use jarvis_domain::{ManualClock, Timestamp};
use serde_json::Value;

use super::*;
use crate::cluster::{Cluster, Timing};
use crate::fault::Fault;

const NOW: Timestamp = Timestamp(1_795_468_823_000);
const UPGRADE: [&str; 6] = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-y",
    "-oDpkg::Options::=--force-confold",
    "dist-upgrade",
];

fn home() -> Simulator {
    Simulator::new(Cluster::home(NOW), Arc::new(ManualClock::at(NOW)), Timing::INSTANT)
}

fn make(simulator: &Simulator, words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    simulator.fault(&Fault::parse(&words).unwrap()).unwrap();
}

async fn get(simulator: &Simulator, path: &str) -> Value {
    let ran = simulator.run(&["get", path, "--output-format", "json"]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{path}");
    serde_json::from_str(&ran.stdout).unwrap()
}

async fn pending(simulator: &Simulator, node: &str) -> Vec<String> {
    let list = get(simulator, &format!("/nodes/{node}/apt/update")).await;
    let name = |package: &Value| package["Package"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn only_what_changes_packages_is_taken_for_it() {
    let sure = Some(Wanted::Upgrade { sure: true });
    for (argv, expected) in [
        ("apt-get -y dist-upgrade", sure),
        ("env DEBIAN_FRONTEND=noninteractive apt-get -q -y full-upgrade", sure),
        ("apt-get -y -oDpkg::Options::=--force-confold dist-upgrade", sure),
        ("apt-get dist-upgrade", Some(Wanted::Upgrade { sure: false })),
        ("apt-get update", Some(Wanted::Refresh)),
        ("apt-get -s dist-upgrade", None),
        ("apt list --upgradable", None),
        ("apt-get -y install x", None),
        ("env", None),
        ("reboot", None),
    ] {
        let argv: Vec<String> = argv.split(' ').map(str::to_owned).collect();
        assert_eq!(wanted(&argv), expected, "{argv:?}");
    }
}

#[tokio::test]
async fn an_upgrade_installs_everything_and_leaves_a_kernel_to_boot() {
    let simulator = home();
    let dry = simulator.run_on("pve2", &["apt-get", "-s", "dist-upgrade"]).await.stdout;
    assert!(
        dry.contains(
            "Inst openssl [3.5.1-1] (3.5.4-1~deb13u1 Debian-Security:13/stable-security [amd64])\n"
        ),
        "{dry}"
    );
    assert!(dry.contains("3 upgraded, 1 newly installed, 0 to remove"), "{dry}");
    assert_eq!(pending(&simulator, "pve2").await.len(), 4);

    let ran = simulator.run_on("pve2", &UPGRADE).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for line in ["Unpacking openssl (3.5.4-1~deb13u1) over (3.5.1-1) ...", "Setting up tzdata"] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    assert!(pending(&simulator, "pve2").await.is_empty());
    let kernel = |status: &Value| status["current-kernel"]["release"].as_str().unwrap().to_owned();
    assert_eq!(kernel(&get(&simulator, "/nodes/pve2/status").await), "7.0.2-6-pve");
    let versions = get(&simulator, "/nodes/pve2/apt/versions").await.to_string();
    assert!(versions.contains("proxmox-kernel-7.0.2-8-pve-signed"), "{versions}");
    let flag = ["test", "-e", "/var/run/reboot-required"];
    assert_eq!(simulator.run_on("pve2", &flag).await.code, 0);

    make(&simulator, "node pve2 down");
    make(&simulator, "node pve2 up");
    assert_eq!(kernel(&get(&simulator, "/nodes/pve2/status").await), "7.0.2-8-pve");
    assert_eq!(simulator.run_on("pve2", &flag).await.code, 1);
    let again = simulator.run_on("pve2", &UPGRADE).await;
    assert!(again.stdout.contains("0 upgraded, 0 newly installed"), "{again:?}");
}

#[tokio::test]
async fn a_refresh_finds_what_the_lists_did_not_know() {
    let simulator = home();
    assert_eq!(pending(&simulator, "pve4").await, ["tzdata"]);
    let ran = simulator.run(&["create", "/nodes/pve4/apt/update"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(pending(&simulator, "pve4").await, ["tzdata", "curl"]);
    assert_eq!(simulator.run_on("pve3", &["apt-get", "update"]).await.code, 0);
    assert!(pending(&simulator, "pve3").await.contains(&"curl".to_owned()));
}

#[tokio::test]
async fn apt_fails_as_the_real_one_does() {
    for (fault, code, stderr, left) in [
        ("node pve2 apt locked", 100, "Unable to acquire the dpkg frontend lock", 4),
        ("node pve2 apt broken", 100, "error processing package tzdata", 1),
        ("node pve2 down", 255, "No route to host", 4),
    ] {
        let simulator = home();
        make(&simulator, fault);
        let ran = simulator.run_on("pve2", &UPGRADE).await;
        assert_eq!(ran.code, code, "{fault}: {ran:?}");
        assert!(ran.stderr.contains(stderr), "{fault}: {ran:?}");
        make(&simulator, "node pve2 up");
        make(&simulator, "node pve2 apt ok");
        assert_eq!(pending(&simulator, "pve2").await.len(), left, "{fault}");
        assert_eq!(simulator.run_on("pve2", &UPGRADE).await.code, 0, "{fault}");
    }
    let asked = home().run_on("pve2", &["apt-get", "dist-upgrade"]).await;
    assert_eq!((asked.code, asked.stdout.contains("Abort.")), (1, true));
}

#[tokio::test]
async fn a_second_upgrade_meets_the_lock_of_the_first() {
    let simulator = home();
    make(&simulator, "node pve2 apt hang");
    let first = tokio::spawn({
        let simulator = simulator.clone();
        async move { simulator.run_on("pve2", &UPGRADE).await }
    });
    let mut changes = simulator.changes();
    while simulator.look(|cluster, _| cluster.node("pve2").unwrap().apt.lock.is_none()) {
        changes.changed().await.unwrap();
    }
    let second = simulator.run_on("pve2", &UPGRADE).await;
    assert_eq!(second.code, 100, "{second:?}");
    assert!(second.stderr.contains("(apt-get)"), "{second:?}");
    make(&simulator, "node pve2 apt ok");
    assert_eq!(first.await.unwrap().code, 0);
    // An upgrade that is killed leaves no lock behind.
    make(&simulator, "node pve3 apt hang");
    let killed = tokio::spawn({
        let simulator = simulator.clone();
        async move { simulator.run_on("pve3", &UPGRADE).await }
    });
    while simulator.look(|cluster, _| cluster.node("pve3").unwrap().apt.lock.is_none()) {
        changes.changed().await.unwrap();
    }
    killed.abort();
    assert!(killed.await.is_err());
    make(&simulator, "node pve3 apt ok");
    assert_eq!(simulator.run_on("pve3", &UPGRADE).await.code, 0);
}
