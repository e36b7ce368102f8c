//! A host that is killed: the audit chain verifies, no operation is lost, and
//! none is started twice.

#[cfg(test)]
mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{Demo, until};

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
        let (allowed, outcomes) = calls_in_the_log(&demo);
        let start = |line: &&Value| line["call"].to_string().contains("102/status/start");
        let start = allowed.iter().find(start).unwrap()["seq"].as_u64().unwrap();
        outcomes.iter().any(|line| line["of"] == start && line["result"] == "ok")
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
        let (mut allowed, mut outcomes) = (Vec::new(), Vec::new());
        until("every call has its outcome", || {
            (allowed, outcomes) = calls_in_the_log(&demo);
            allowed.len() == outcomes.len()
        });
        for line in &allowed {
            let of = |outcome: &&Value| outcome["of"] == line["seq"];
            assert_eq!(outcomes.iter().filter(of).count(), 1, "round {round}: {line}");
        }
        // Each write that reached Proxmox is an operation with an outcome.
        let started = |line: &&Value| {
            !line["operation"].is_null()
                && !line["result"].as_str().unwrap().contains("never started")
        };
        let sent = demo.fault(&["calls"]).lines().filter(|call| call.contains("create")).count();
        assert_eq!(outcomes.iter().filter(started).count(), sent, "round {round}: {outcomes:?}");
        let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
        let open = |run: &&Value| run["end"].is_null();
        assert_eq!(runs.as_array().unwrap().iter().filter(open).count(), 0, "{runs}");
    }
    demo.ask("list all machines").ended(0);
}

/// The lines of calls that were let through, and those of their outcomes.
#[cfg(test)]
fn calls_in_the_log(demo: &Demo) -> (Vec<Value>, Vec<Value>) {
    let ran = demo.run(&["audit", "show", "--demo", "--json", "--limit", "10000"]).ended(0);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines =
        lines.filter(|line| ["allowed", "outcome"].contains(&line["event"].as_str().unwrap()));
    lines.partition(|line| line["event"] == "allowed")
}

#[test]
fn a_run_whose_host_died_says_so() {
    let mut demo = Demo::serving(&[]);
    demo.fault(&["worker", "102", "hang"]);
    let mut asking = demo
        .command(&["ask", "--demo", "start the web server"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the task runs", || !active_tasks(&demo).is_empty());
    demo.run(&["runs", "--demo"]).ended(0).says("still runs");
    demo.kill();
    asking.wait().unwrap();
    demo.start(&[]);
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    let id = runs[0]["id"].as_str().unwrap();
    assert_eq!(runs[0]["end"]["failed"]["code"], "state-run-cut-off", "{runs}");
    demo.run(&["runs", "--demo"]).says("the host ended while this run went on");
    demo.run(&["audit", "show", "--demo", "--run", id]).ended(0).says("102/status/start");
    demo.fault(&["worker", "102", "go"]);
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
    ran.says("are missing");
    let nowhere = demo.run(&["audit", "verify", "--folder", "/nonexistent/folder"]);
    assert_ne!(nowhere.code, 0, "{nowhere:?}");
}

#[cfg(test)]
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
