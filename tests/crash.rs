//! A host that is killed: the audit chain verifies, no operation is lost, and
//! none is started twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Stdio;

use serde_json::Value;
use support::Demo;

#[test]
fn an_operation_in_flight_is_found_again_after_a_kill() {
    let mut demo = Demo::serving(&[]);
    demo.fault(&["worker", "102", "hang"]);
    let mut asking = demo
        .command(&["ask", "--demo", "start the web server"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the task runs", || !active_tasks(&demo).is_empty());
    demo.kill();
    assert!(!asking.wait().unwrap().success());
    demo.run(&["audit", "verify", "--demo"]).ended(0);
    demo.start(&[]);
    demo.fault(&["worker", "102", "go"]);
    until("the operation ends", || {
        demo.run(&["audit", "show", "--demo"]).stdout.contains("of an earlier host ended: ok")
    });
    assert_eq!(demo.state_of(102), "running");
    demo.run(&["audit", "verify", "--demo"]).ended(0);
    let starts =
        demo.fault(&["calls"]).lines().filter(|call| call.contains("102/status/start")).count();
    assert_eq!(starts, 1, "started once");
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    assert!(
        runs.as_array()
            .unwrap()
            .iter()
            .any(|run| run["invocation"]["command"] == "vm-lifecycle.start")
    );
}

#[test]
fn a_kill_at_any_point_leaves_a_chain_that_verifies() {
    let mut demo = Demo::serving(&[]);
    for round in 0..6 {
        let mut asking = demo
            .command(&[
                "ask",
                "--demo",
                "--yes",
                if round % 2 == 0 { "start the web server" } else { "stop the web server" },
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Some calls of the simulator later: a different point each time.
        for _ in 0..round {
            demo.fault(&["calls"]);
        }
        demo.kill();
        asking.wait().unwrap();
        demo.run(&["audit", "verify", "--demo"]).ended(0);
        demo.start(&[]);
        demo.run(&["audit", "verify", "--demo"]).ended(0);
    }
    demo.ask("list all machines").ended(0);
}

#[test]
fn lines_cut_off_after_a_kill_are_missed() {
    let mut demo = Demo::serving(&[]);
    demo.ask_yes("stop the media server").ended(0);
    demo.kill();
    let log = demo.folder().join("state/audit/000001.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 3, "{text}");
    std::fs::write(&log, format!("{}\n", lines[0])).unwrap();
    let ran = demo.run(&["audit", "verify", "--demo"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says("entry");
    let nowhere = demo.run(&["audit", "verify", "--folder", "/nonexistent/folder"]);
    assert_ne!(nowhere.code, 0, "{nowhere:?}");
}

fn active_tasks(demo: &Demo) -> Vec<Value> {
    let ran = demo.run(&[
        "simulate",
        "pvesh",
        "--",
        "get",
        "/nodes/home/tasks",
        "--source=active",
        "--output-format",
        "json",
    ]);
    serde_json::from_str(&ran.stdout).unwrap_or_default()
}

/// Asks again and again, each time with a process of its own, until `done`.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if done() {
            return;
        }
    }
    panic!("{what}: never");
}
