//! What a line comes to, with no sshd in between; with one, the whole program
//! is tried in `tests/ssh_access.rs`.

use std::sync::Arc;

use jarvis_domain::{ManualClock, Timestamp};

use super::*;
use crate::cluster::{Cluster, Timing};
use crate::engine::Simulator;
use crate::fault::Fault;
use crate::sink::{Chunk, Sink};

const NOW: Timestamp = Timestamp(1_795_468_823_000);

fn simulator() -> Simulator {
    Simulator::new(Cluster::home(NOW), Arc::new(ManualClock::at(NOW)), Timing::INSTANT)
}

fn fault(simulator: &Simulator, words: &[&str]) {
    simulator.fault(&Fault::parse(words).unwrap()).unwrap();
}

/// The exit code of `line` on pve2, and what it printed there.
async fn ran(simulator: &Simulator, line: &str) -> (i32, String, String) {
    let (sink, mut output) = Sink::new();
    let code = run(simulator, "pve2", line, &sink).await;
    drop(sink);
    let (mut out, mut err) = (String::new(), String::new());
    while let Ok(chunk) = output.try_recv() {
        match chunk {
            Chunk::Out(text) => out.push_str(&text),
            Chunk::Err(text) => err.push_str(&text),
        }
    }
    (code, out, err)
}

#[tokio::test]
async fn a_line_is_answered_from_the_nodes_table() {
    let simulator = simulator();
    for (line, code, out) in [
        ("hostname", 0, "pve2\n"),
        ("LC_ALL=C.UTF-8 timeout -k 5 6 'printf' '%s' 'a;b'", 0, "a;b"),
        ("hostname; whoami", 0, "pve2\nroot\n"),
        ("'sh' '-c' 'hostname; true'", 0, "pve2\n"),
        ("", 0, ""),
        ("false", 1, ""),
        ("/bin/touch /tmp/x", 127, ""),
        ("hostname | cat", 2, ""),
    ] {
        let (ended, printed, _) = ran(&simulator, line).await;
        assert_eq!((ended, printed.as_str()), (code, out), "{line}");
    }
    let (code, ..) = ran(&simulator, "sh -c 'hostname > /tmp/x'").await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn a_question_for_temperatures_names_the_files_that_it_wants() {
    let simulator = simulator();
    let line = "grep -rs . --include=name --include='temp*_input' /sys/class/hwmon/hwmon0";
    let (code, out, _) = ran(&simulator, line).await;
    assert!(code == 0 && out.contains("hwmon0/name:") && out.contains("temp1_input:"), "{out}");
    assert!(!out.contains("_label") && !out.contains("hwmon1"), "{out}");
}

#[tokio::test]
async fn faults_answer_in_place_of_the_shell_until_they_are_taken_back() {
    let simulator = simulator();
    fault(&simulator, &["ssh", "garbage", "pve2"]);
    let (code, out, _) = ran(&simulator, "hostname").await;
    assert!(code == 0 && !out.contains("pve2"), "{out:?}");
    fault(&simulator, &["ssh", "flood"]);
    assert!(ran(&simulator, "hostname").await.1.len() > 2 << 20);
    // No connection is open that could be cut.
    fault(&simulator, &["ssh", "drop", "pve2"]);
    assert_eq!(ran(&simulator, "hostname").await, (255, String::new(), String::new()));
    fault(&simulator, &["ssh", "hang", "pve2"]);
    let hanging = tokio::spawn({
        let simulator = simulator.clone();
        async move { ran(&simulator, "hostname").await }
    });
    tokio::task::yield_now().await;
    assert!(!hanging.is_finished());
    fault(&simulator, &["ssh", "ok"]);
    assert_eq!(hanging.await.unwrap().1, "pve2\n");
}
