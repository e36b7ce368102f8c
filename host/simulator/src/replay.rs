//! What was recorded of the real `pvesh` is said again here: every case of
//! `pvesh-transcript.txt` and `pvesh-signals.txt` in the folder that
//! `JARVIS_PVE_SAMPLES` names. Without it there is nothing to compare with.
//!
//! The recordings are of upstream's Perl over a stub of a cluster. Where they
//! show the stub and not `pvesh`, [`Exception`] says so, with the reason.

mod recorded;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{ManualClock, Timestamp, Upid};
use serde_json::Value;
use tokio::sync::watch;

use crate::cluster::{Cluster, Timing, Version};
use crate::engine::{Ran, Simulator};
use crate::guest::{Kind, Power, Quirk};
use crate::lab;
use crate::pvesh::reprint;
use crate::sink::{Chunk, Interrupts, Sink};
use crate::wire::Signal;
use recorded::{Case, Interrupted, normal, upids};

const NOW: Timestamp = Timestamp(1_795_468_775_000);
const FOLDER: &str = "JARVIS_PVE_SAMPLES";

/// Why a case's standard output is not compared byte by byte. Its exit code
/// and standard error always are.
#[derive(Debug, PartialEq, Eq)]
enum Exception {
    /// The stub returned an abridged object; compared are that ours has `cpu`
    /// 0 and texts for the load, and that the recorded value, printed by our
    /// printer, is the recorded text.
    Abridged,
    /// The stub's list of nodes lacks pve2, which its proxy reached all the
    /// same, and knows nothing below a node: compared are the other names.
    Listing,
    /// All stub nodes shared one machine's list of tasks: compared are pve1's.
    OneMachine,
}

fn exception(argv: &[String]) -> Option<Exception> {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["get", "/nodes", ..] => Some(Exception::Abridged),
        ["get", path, ..] if path.ends_with("/status") && !path.contains("/tasks/") => {
            Some(Exception::Abridged)
        }
        ["ls", "/nodes"] => Some(Exception::Listing),
        ["get", "/nodes/pve1/tasks", ..] => Some(Exception::OneMachine),
        _ => None,
    }
}

/// pve1 is local, pve2 far, pve3 without power; guests 100 to 107 do what the
/// stub's did.
fn cluster() -> Cluster {
    let nodes = ["pve1", "pve2", "pve3"].iter().enumerate();
    let nodes: Vec<_> = nodes
        .map(|(index, name)| {
            let mut node = lab::node(index, Version::default(), NOW).unwrap();
            node.name = name.parse().unwrap();
            node
        })
        .collect();
    let quirks = |number: u32| match number {
        103 => vec![Quirk::Says("generating cloud-init ISO\nsecond line\n")],
        104 => vec![Quirk::Warns("iothread is only valid with virtio disk")],
        105 => vec![Quirk::Says("partial without newline")],
        106 => vec![
            Quirk::Says("about to fail\n"),
            Quirk::Fails("start failed: QEMU exited with code 1"),
        ],
        107 => vec![Quirk::Ticks],
        _ => Vec::new(),
    };
    let guests = (100..108).map(|number| {
        let vmid = number.try_into().unwrap();
        let mut guest = lab::plain(vmid, Kind::Qemu, &format!("vm{number}"), &nodes[0].name, NOW);
        guest.quirks = quirks(number);
        guest.lock = (number == 102).then_some("backup");
        (vmid, guest)
    });
    let guests = guests.collect();
    let mut cluster = Cluster::sized(1, 1, Version::V9_2, NOW).unwrap();
    cluster.guests = guests;
    cluster.nodes = nodes;
    cluster.repoid = "abc";
    cluster.nodes[2].down = Some(Timestamp(0));
    cluster
}

/// The stub kept no state, and had each guest on every node: before each case
/// all is as at first, on the node that the case names.
fn reset(simulator: &Simulator, case: &Case) {
    simulator.with(|cluster, _| {
        // This one call was made while the stub said that there is no quorum.
        cluster.quorate = !case.stderr.contains("no quorum");
        let far = case.argv.iter().any(|word| word.starts_with("/nodes/pve2/"));
        let node = cluster.nodes[usize::from(far)].name.clone();
        for guest in cluster.guests.values_mut() {
            guest.power = if guest.vmid.get() == 101 { Power::Running } else { Power::Stopped };
            guest.node = node.clone();
        }
    });
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {FOLDER} names no folder with recordings");
    }
    folder
}

#[tokio::test]
async fn every_recorded_case_of_pvesh_is_answered_alike() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("pvesh-transcript.txt")).unwrap();
    let cases = recorded::cases(&text);
    assert!(cases.len() > 50, "only {} cases were found", cases.len());
    let clock = Arc::new(ManualClock::at(NOW));
    let simulator = Simulator::new(cluster(), clock, Timing::INSTANT);
    let mut same: Vec<(String, String)> = Vec::new();
    let mut wrong = Vec::new();
    for case in &cases {
        reset(&simulator, case);
        let argv: Vec<String> = case.argv.iter().map(|word| ours(word, &same)).collect();
        let words: Vec<&str> = argv.iter().map(String::as_str).collect();
        let ran = simulator.run(&words).await;
        same.extend(upids(&case.stdout).into_iter().zip(upids(&ran.stdout)));
        if let Some(difference) = difference(case, &ran) {
            wrong.push(format!("pvesh {}\n{difference}", case.argv.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A recorded word as it is said here: the stub had its ticket at another
/// path, and the ids of tasks are ours.
fn ours(word: &str, same: &[(String, String)]) -> String {
    if word == "/ticket" {
        return "/access/ticket".to_owned();
    }
    same.iter().fold(word.to_owned(), |word, (theirs, ours)| word.replace(theirs, ours))
}

fn difference(case: &Case, ran: &Ran) -> Option<String> {
    let stdout = match exception(&case.argv) {
        _ if case.code != 0 => normal(&case.stdout) == normal(&ran.stdout),
        None => normal(&case.stdout) == normal(&ran.stdout),
        Some(Exception::Abridged) => abridged(&case.stdout, &ran.stdout),
        Some(Exception::Listing) => {
            let names = |text: &str| -> Vec<String> {
                let last = text.lines().filter_map(|line| line.split_whitespace().next_back());
                last.filter(|name| *name != "pve2").map(str::to_owned).collect()
            };
            names(&case.stdout) == names(&ran.stdout)
        }
        Some(Exception::OneMachine) => {
            let own = |text: &str| -> Vec<Value> {
                let list: Vec<Value> = serde_json::from_str(&normal(text)).unwrap_or_default();
                list.into_iter().filter(|task| task["node"] == "pve1").collect()
            };
            own(&case.stdout) == own(&ran.stdout) && !own(&ran.stdout).is_empty()
        }
    };
    let fine = stdout && case.code == ran.code && normal(&case.stderr) == normal(&ran.stderr);
    (!fine).then(|| {
        format!(
            "  recorded {:?}\n  answered {:?}",
            (case.code, &case.stdout, &case.stderr),
            (ran.code, &ran.stdout, &ran.stderr)
        )
    })
}

fn abridged(theirs: &str, ours: &str) -> bool {
    let (Ok(value), Ok(mine)) =
        (serde_json::from_str::<Value>(theirs), serde_json::from_str::<Value>(ours))
    else {
        return false;
    };
    let pretty = theirs.starts_with("{\n");
    let alike = match (&value, &mine) {
        (Value::Array(theirs), Value::Array(ours)) => theirs.iter().all(|node| {
            ours.iter().any(|o| o["node"] == node["node"] && o["status"] == node["status"])
        }),
        (value, mine) => {
            mine["cpu"] == value["cpu"]
                && mine["loadavg"].as_array().is_some_and(|load| load.iter().all(Value::is_string))
        }
    };
    alike && reprint(&value, pretty) == theirs && reprint(&mine, pretty) == ours
}

#[tokio::test]
async fn every_recorded_signal_ends_a_worker_alike() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("pvesh-signals.txt")).unwrap();
    let cases = recorded::signals(&text);
    assert_eq!(cases.len(), 4);
    for case in cases {
        replay_signal(&case).await;
    }
}

async fn replay_signal(case: &Interrupted) {
    let clock = Arc::new(ManualClock::at(NOW));
    let simulator = Simulator::new(cluster(), clock.clone(), Timing::INSTANT);
    let (sink, mut output) = Sink::new();
    let signals = watch::Sender::new(None);
    let interrupts = Interrupts::from(&signals);
    let program = tokio::spawn({
        let simulator = simulator.clone();
        let argv = case.argv.clone();
        async move { simulator.pvesh(&argv, &sink, interrupts).await }
    });
    let mut stdout = String::new();
    while !stdout.ends_with("tick 3\n") {
        match output.try_recv() {
            Ok(Chunk::Out(text)) => stdout.push_str(&text),
            Ok(Chunk::Err(text)) => panic!("{text}"),
            Err(_) => pass(&clock).await,
        }
    }
    let sent = match case.signal.as_str() {
        "TERM" => Some(Signal::Term),
        "INT" => Some(Signal::Int),
        _ => None,
    };
    match sent {
        Some(signal) => {
            signals.send(Some(signal)).unwrap();
            assert_eq!(program.await.unwrap(), case.code, "{case:?}");
            let mut stderr = String::new();
            while let Ok(chunk) = output.try_recv() {
                match chunk {
                    Chunk::Out(text) => stdout.push_str(&text),
                    Chunk::Err(text) => stderr.push_str(&text),
                }
            }
            assert_eq!(stderr, case.stderr, "{case:?}");
        }
        // HUP and KILL end the program itself, with a code that the system
        // makes: what is left to compare is what becomes of the worker.
        None => {
            program.abort();
            drop(output);
        }
    }
    assert_eq!(normal(&stdout), normal(&case.stdout), "{case:?}");
    let ended = |simulator: &Simulator| {
        simulator.look(|cluster, _| {
            let task = cluster.tasks.last().unwrap();
            task.ended.is_some().then(|| (task.log.clone(), task.status(), task.upid.clone()))
        })
    };
    let (log, status, upid): (String, Value, Upid) = loop {
        match ended(&simulator) {
            Some(ended) => break ended,
            None => pass(&clock).await,
        }
    };
    assert_eq!(log, case.log, "{case:?}");
    assert_eq!(normal(&status.to_string()), normal(&case.status), "{case:?}");
    assert_eq!(upid.kind(), "qmstart");
}

/// Lets a little time pass and everybody act on it.
async fn pass(clock: &ManualClock) {
    clock.advance(Duration::from_millis(100));
    tokio::task::yield_now().await;
}
