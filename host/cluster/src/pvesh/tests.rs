use super::*;
use crate::access::{Access, Door};
use crate::launch::Captured;
use crate::testing::{Act, Bench};
use jarvis_domain::read::{CallErrorKind, ClusterReader};
use jarvis_domain::sensors::Sensors;
use jarvis_domain::{Explain, Fault};

async fn get(bench: &Bench, path: &str) -> Result<Value, (CallErrorKind, Fault)> {
    let answer = bench.cluster.get(&path.parse().unwrap(), &Fields::none()).await;
    answer.map_err(|error| (error.kind, error.fault))
}

#[tokio::test]
async fn a_read_is_one_program_with_its_arguments() {
    let bench = Bench::new();
    bench.script.on("get /version", Act::prints("{\"release\":\"9.2\"}\n"));
    assert_eq!(get(&bench, "/version").await.unwrap()["release"], "9.2");
    assert_eq!(bench.script.started(), ["get /version --output-format=json"]);
}

#[tokio::test]
async fn a_read_that_hangs_is_given_up_later_for_other_nodes() {
    let bench = Bench::new();
    bench.script.on("get", Act::Hangs);
    for (path, seconds) in [
        ("/cluster/resources", "10 s"),
        ("/nodes/pve1/rrddata", "10 s"),
        ("/nodes/pve1/status", "20 s"),
    ] {
        let (kind, fault) = get(&bench, path).await.unwrap_err();
        assert_eq!((kind, fault.code.as_str()), (CallErrorKind::TimedOut, "cluster-pvesh-timeout"));
        assert!(fault.sentence.contains(seconds), "{path}: {}", fault.sentence);
    }
}

#[tokio::test]
async fn a_read_that_finds_no_place_says_that_it_is_busy() {
    let bench = Bench::new();
    let slots = Arc::new(Slots::new(crate::slots::PVESH));
    let pvesh = Pvesh {
        launch: Arc::clone(&bench.script) as Arc<dyn Launch>,
        slots: Arc::clone(&slots),
        clock: Arc::new(crate::testing::SkippingClock::new()),
        timeouts: Timeouts::standard(),
    };
    let node = "pve1".parse().unwrap();
    let held = (slots.take(Some(&node)).await, slots.take(Some(&node)).await);
    let clock = Arc::clone(&pvesh.clock);
    let access = Access::new(Door::Pvesh(Box::new(pvesh)), clock);
    let error = access.read("/nodes/pve1/status", &[]).await.unwrap_err();
    assert!(matches!(error, ClusterError::Busy { .. }), "{error}");
    assert!(bench.script.started().is_empty());
    drop(held);
}

#[tokio::test]
async fn every_way_to_fail_has_its_code_and_kind() {
    for (act, code, kind) in [
        (Act::IsMissing, "cluster-pvesh-missing", CallErrorKind::Unavailable),
        (Act::prints("┌──┐"), "cluster-garbled", CallErrorKind::Garbled),
        (Act::fails(137, ""), "cluster-pvesh-died", CallErrorKind::Failed(0)),
        (
            Act::fails(1, "No 'get' handler defined for '/x'\n"),
            "cluster-not-found",
            CallErrorKind::NotFound,
        ),
        (
            Act::fails(255, "cluster not ready - no quorum?\n"),
            "cluster-no-quorum",
            CallErrorKind::Unavailable,
        ),
        (Act::fails(255, "please run as root\n"), "cluster-not-root", CallErrorKind::Failed(403)),
        (Act::fails(13, "VM is locked (backup)\n"), "cluster-locked", CallErrorKind::Busy(10_000)),
        (Act::fails(2, "something new\n"), "cluster-refused", CallErrorKind::Failed(0)),
    ] {
        let bench = Bench::new();
        bench.script.on("get", act);
        let (seen, fault) = get(&bench, "/x").await.unwrap_err();
        assert_eq!((fault.code.as_str(), seen), (code, kind));
        assert!(!fault.hint.is_empty());
    }
}

#[tokio::test]
async fn a_password_is_refused_before_anything_starts() {
    let bench = Bench::new();
    let (_, fault) = get(&bench, "/access/ticket").await.unwrap_err();
    assert_eq!(fault.code, "cluster-secret-in-argv");
    assert!(bench.script.started().is_empty());
}

#[test]
fn codes_are_unique_and_belong_to_this_room() {
    let mut codes: Vec<&str> = crate::ROWS.iter().map(|row| row.code).collect();
    assert!(codes.iter().all(|code| code.starts_with("cluster-")));
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all);
}

/// One recorded case: the command line after `$ pvesh`, and what came of it.
struct Case {
    words: String,
    captured: Captured,
}

fn cases(transcript: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in transcript.lines() {
        if let Some(words) = line.strip_prefix("$ pvesh ") {
            cases.push(Case { words: words.trim().to_owned(), captured: Captured::default() });
        }
        let Some(case) = cases.last_mut() else { continue };
        let text = |rest: &str| rest.replace('⏎', "\n").into_bytes();
        if let Some(status) = line.strip_prefix("  rc=") {
            case.captured.status = status.parse().unwrap();
        } else if let Some(rest) = line.strip_prefix("  stdout: ") {
            case.captured.stdout = text(rest);
        } else if let Some(rest) = line.strip_prefix("  stderr: ") {
            case.captured.stderr = text(rest);
        }
    }
    cases
}

/// The code that the client gives to a recorded failure.
fn expected_code(words: &str, stderr: &str) -> &'static str {
    match () {
        () if stderr.contains("handler defined") || stderr.contains("no such task") => {
            "cluster-not-found"
        }
        () if words.contains("--password") => "cluster-authentication",
        () if stderr.contains("no quorum") => "cluster-no-quorum",
        () if words.contains("/nodes/pve3/") || stderr.contains("hostname lookup") => {
            "cluster-node-unreachable"
        }
        () if words.starts_with("--noproxy") => "cluster-refused",
        () => "cluster-parameter",
    }
}

#[test]
fn the_recorded_transcript_is_understood() {
    let Some(folder) = std::env::var_os("JARVIS_PVE_SAMPLES") else {
        println!("skipped: JARVIS_PVE_SAMPLES is not set");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let file = [folder.join("pvesh-transcript.txt"), folder.join("samples/pvesh-transcript.txt")];
    let transcript = file.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap();
    let cases = cases(&transcript);
    assert!(cases.len() > 45, "{}", cases.len());
    for Case { words, captured } in &cases {
        let stderr = String::from_utf8_lossy(&captured.stderr);
        let stdout = String::from_utf8_lossy(&captured.stdout);
        if captured.status != 0 {
            let error = answer::read(words, captured).unwrap_err();
            assert_eq!(error.row().code, expected_code(words, &stderr), "{words}: {error}");
        } else if words.starts_with("get ") {
            let value = answer::read(words, captured).unwrap();
            assert_eq!(value, serde_json::from_str::<Value>(&stdout).unwrap(), "{words}");
        } else if words.starts_with("create ") {
            let named = upid::last(&captured.stdout, None);
            let silent = words.contains("--quiet") || words.contains("--command");
            assert_eq!(named.is_none(), silent, "{words}: {stdout}");
        }
    }
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_left_alone_but_not_by_who_has_to_know() {
    let bench = Bench::new();
    bench.script.on("get", Act::fails(255, "proxy handler failed: ssh: connect to host x\n"));
    let path = "/nodes/pve3/status";
    for _ in 0..3 {
        let (_, fault) = get(&bench, path).await.unwrap_err();
        assert_eq!(fault.code, "cluster-node-unreachable");
    }
    let (kind, fault) = get(&bench, path).await.unwrap_err();
    assert_eq!((kind, fault.code.as_str()), (CallErrorKind::Unavailable, "cluster-node-resting"));
    assert_eq!(bench.script.started().len(), 3, "it was not asked");
    // Its doors are tried all the same, and other nodes are not held back.
    assert!(!bench.cluster.reach(&"pve3".parse().unwrap()).await.unwrap().api);
    assert_eq!(bench.script.count("get /nodes/pve3"), 4);
    bench.script.replace("get", Act::prints("{}"));
    assert!(get(&bench, "/nodes/pve2/status").await.is_ok());
    assert!(get(&bench, "/nodes/pve3/rrddata").await.is_ok(), "this node answers it by itself");
    let (_, fault) = get(&bench, path).await.unwrap_err();
    assert_eq!(fault.code, "cluster-node-resting");
    assert!(bench.cluster.reach(&"pve3".parse().unwrap()).await.unwrap().api);
    assert!(get(&bench, path).await.is_ok(), "the first answer ended it");
}
