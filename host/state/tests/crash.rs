//! A host that is killed at any point leaves a log that verifies, and nothing
//! that was acknowledged is lost.
//!
//! The child is this very program, started again to run one test, which writes
//! until it is killed and says on its standard output what was acknowledged.
//! (A power cut is more than a kill: what only it leaves behind is made by hand
//! in the tests of the log's end.)
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test fail the test")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::operation::{OperationRecord, OperationState};
use jarvis_domain::records::Records;
use jarvis_domain::verification::HeadCheck;
use jarvis_domain::{Call, OperationId, RunId, ShellCall, SystemClock, Timestamp};
use jarvis_state::{Filter, State};

/// Where the child writes; without it, this is not the child.
const FOLDER: &str = "JARVIS_STATE_CRASH_TEST";
/// How often the child is killed.
const ROUNDS: usize = 24;
/// Writers in the child that wait for the disk at the same time.
const WRITERS: usize = 6;

fn entry(what: &str) -> AuditEntry {
    AuditEntry {
        run: Some(RunId::new()),
        cluster: "home".parse().unwrap(),
        caller: None,
        skill: None,
        // Long enough that a group spans several pages.
        event: AuditEvent::Host { what: format!("{what} {}", "x".repeat(700)) },
    }
}

fn operation() -> OperationRecord {
    OperationRecord {
        id: OperationId::new(),
        run: RunId::new(),
        cluster: "home".parse().unwrap(),
        call: Call::Shell(ShellCall {
            node: "home".parse().unwrap(),
            argv: vec!["true".to_owned()],
        }),
        at: Timestamp(1),
        upid: None,
        state: OperationState::Journaled,
    }
}

/// Writes until killed. Each line that it prints is an acknowledgement.
#[test]
fn child_writes_until_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let state = State::open(Path::new(&folder), Arc::new(SystemClock)).unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (audit, journal) = (state.audit(), state.journal());
            writers.spawn(async move {
                for turn in 0.. {
                    let what = format!("{writer}-{turn}");
                    let seq = audit.record(entry(&what)).await.unwrap();
                    say(&format!("audit {seq} {what}"));
                    if turn % 4 == 0 {
                        let record = operation();
                        journal.put(&record).await.unwrap();
                        say(&format!("operation {}", record.id));
                    }
                }
            });
        }
        writers.join_next().await;
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // One write each: what the parent reads was acknowledged as a whole.
    out.write_all(format!("\n# {line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// What the child had acknowledged when it was killed.
#[derive(Default)]
struct Acknowledged {
    lines: BTreeMap<u64, String>,
    operations: Vec<OperationId>,
}

impl Acknowledged {
    fn take(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["#", "audit", seq, what] => {
                let double = self.lines.insert(seq.parse().unwrap(), (*what).to_owned());
                assert_eq!(double, None, "number {seq} was given twice");
                true
            }
            ["#", "operation", id] => {
                self.operations.push(id.parse().unwrap());
                true
            }
            _ => false,
        }
    }
}

/// Starts the child, kills it after `after` acknowledgements, and reads on:
/// what it said before it died counts too.
fn run_child(folder: &Path, after: usize, acknowledged: &mut Acknowledged) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes_until_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut heard = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        heard += usize::from(acknowledged.take(&line.unwrap()));
        if heard == after {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(heard >= after, "the child ended by itself after {heard}: {status}");
}

#[test]
fn a_kill_at_any_point_loses_nothing_that_was_acknowledged() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("state");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        // Where in its work the child is hit is the scheduler's choice; how
        // much there is by then differs from round to round.
        run_child(&folder, 1 + (round * 37) % 90, &mut acknowledged);

        let last = *acknowledged.lines.keys().next_back().unwrap_or(&0);
        let state = State::open(&folder, Arc::new(SystemClock)).unwrap();
        let found = runtime.block_on(state.verify_audit()).unwrap();
        assert_eq!(found.broken, None, "round {round}");
        let next = runtime.block_on(state.audit().record(entry("parent"))).unwrap();
        assert!(next > last, "round {round}: {next} after {last}");
        acknowledged.lines.insert(next, "parent".to_owned());
        let journal = state.journal();
        for id in acknowledged.operations.drain(..) {
            let record = runtime.block_on(journal.get(id)).unwrap();
            assert!(record.is_some(), "round {round}: operation {id} is lost");
        }
    }

    let page = jarvis_state::read(&folder, &Filter::newest(usize::MAX)).unwrap();
    assert_eq!(page.unreadable, 0);
    let mut there = BTreeMap::new();
    for line in page.lines {
        let AuditEvent::Host { what } = line.entry.event else { panic!("a line nobody wrote") };
        assert_eq!(there.insert(line.seq, what), None);
    }
    for (seq, what) in &acknowledged.lines {
        let found = there.get(seq).and_then(|text| text.split(' ').next());
        assert_eq!(found, Some(what.as_str()), "line {seq}");
    }
    let found = jarvis_state::verify(&folder).unwrap();
    assert_eq!(found.breaks, 0);
    assert!(matches!(found.kept, HeadCheck::Agrees { .. }), "{found:?}");
}
