//! The HTTP API against its own description: schemathesis sends what the
//! document allows and what it does not, and holds every answer against it. What
//! it checks, and what not and why, stands in `schemathesis/schemathesis.toml`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use support::http::Visitor;
use support::{Demo, Ran};

/// What is not tested, and why stands in the settings.
const EXCLUDED: [&str; 2] = ["POST /api/auth/logout", "POST /api/auth/logout-everywhere"];
/// Seconds that it may take: some ten times what it needs on two busy cores.
const PATIENCE: &str = "600";

/// The program, at the versions that the tests are written for.
fn schemathesis() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tool = target.join("tools/schemathesis");
    let pinned = include_str!("schemathesis/requirements.txt");
    let there = std::fs::read_to_string(tool.join("requirements.txt")).unwrap_or_default();
    assert!(
        there == pinned,
        "{} is missing, or not of the versions that tests/schemathesis/requirements.txt names: \
         run script/setup, which makes it",
        tool.display()
    );
    tool.join("bin/schemathesis")
}

/// The operations that got an answer to a request of their own.
fn answered(events: &str) -> BTreeSet<String> {
    let mut operations = BTreeSet::new();
    for line in events.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let recorded = &event["ScenarioFinished"]["recorder"];
        let (Some(label), Some(sent)) =
            (recorded["label"].as_str(), recorded["interactions"].as_object())
        else {
            continue;
        };
        if sent.values().any(|one| one["response"]["status_code"].is_u64()) {
            operations.insert(label.to_owned());
        }
    }
    operations
}

/// The operations that the document has.
fn described(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_operation_is_as_described() {
    let program = schemathesis();
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let document = visitor.get("/api/openapi.json").is(200).body;
    let settings = demo.file("schemathesis.toml", include_str!("schemathesis/schemathesis.toml"));
    let events = demo.root().join("events.ndjson");

    let limit = ["--kill-after=5", PATIENCE];
    let mut command = demo.command_of(Path::new("/usr/bin/timeout"), &limit);
    command.arg(program).arg("--config-file").arg(settings).arg("run");
    command.arg(format!("http://{}/api/openapi.json", visitor.address()));
    // Selected by name, or it leaves out the path that the document came from.
    command.args(["--include-path-regex", ".*"]);
    command.arg("--report-ndjson-path").arg(&events);
    // Never an argument: those are there for everybody to see.
    command.env("JARVIS_TOKEN", visitor.bearer()).env("PYTHONUTF8", "1");
    let ran = Ran::from(command.stdin(Stdio::null()).output().unwrap());
    let report = format!("{}\n{}", ran.stdout, ran.stderr);
    assert_ne!(ran.code, 124, "it took more than {PATIENCE} s:\n{report}");
    assert_eq!(ran.code, 0, "{report}");

    visitor.get("/api/auth/me").is(200);
    let mut expected = described(&document);
    for excluded in EXCLUDED {
        assert!(expected.remove(excluded), "{excluded} is not described any more");
    }
    let tested = answered(&std::fs::read_to_string(events).unwrap());
    let left_out: Vec<_> = expected.difference(&tested).collect();
    assert!(left_out.is_empty(), "not tested: {left_out:?}\n{report}");
}
