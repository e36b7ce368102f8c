//! The arrows between rooms (ARCHITECTURE.md), read off `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Which rooms a room may use. A room that is not here fails the test.
const ALLOWED: &[(&str, &[&str])] = &[
    ("jarvis-domain", &[]),
    ("jarvis-document", &[]),
    ("jarvis-policy", &["jarvis-domain", "jarvis-document"]),
    ("jarvis-sentences", &["jarvis-domain", "jarvis-document"]),
    (
        "jarvis-skill-host",
        &["jarvis-domain", "jarvis-document", "jarvis-policy", "jarvis-sentences"],
    ),
    (
        "jarvis-assistant",
        &[
            "jarvis-domain",
            "jarvis-document",
            "jarvis-policy",
            "jarvis-sentences",
            "jarvis-skill-host",
        ],
    ),
    (
        "jarvis-api",
        &[
            "jarvis-domain",
            "jarvis-document",
            "jarvis-policy",
            "jarvis-sentences",
            "jarvis-skill-host",
            "jarvis-assistant",
        ],
    ),
    // For `Permit` and the ports that take one.
    ("jarvis-cluster", &["jarvis-domain", "jarvis-policy"]),
    ("jarvis-state", &["jarvis-domain"]),
    ("jarvis-auth", &["jarvis-domain"]),
    ("jarvis-simulator", &["jarvis-domain"]),
    ("jarvis-ollama", &["jarvis-domain"]),
    ("jarvis-voice", &["jarvis-domain"]),
    ("jarvis-skill", &[]),
    ("server-control", &["jarvis-skill"]),
    ("temperatures", &["jarvis-skill"]),
    ("updates", &["jarvis-skill"]),
    ("event-counter", &["jarvis-skill"]),
    ("vm-lifecycle", &["jarvis-skill"]),
];

/// The one room that knows all others.
const BINARY: &str = "jarvis";

#[test]
fn rooms_use_only_what_lies_to_their_right() {
    let packages = packages();
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = ALLOWED.iter().map(|(room, _)| *room).chain([BINARY]).collect();
    assert_eq!(names, known, "every room of the workspace has its arrows in this table");
    for (room, uses) in &packages {
        if room == BINARY {
            continue;
        }
        let allowed =
            ALLOWED.iter().find(|(name, _)| name == room).map_or(&[][..], |(_, uses)| uses);
        let stray: Vec<_> = uses.iter().filter(|used| !allowed.contains(&used.as_str())).collect();
        assert!(stray.is_empty(), "{room} may not use {stray:?}");
    }
}

#[test]
fn rooms_without_io_use_nothing_that_has_any() {
    let dependencies = dependencies();
    for room in ["jarvis-policy", "jarvis-sentences", "jarvis-document"] {
        for io in ["tokio", "rustix", "redb", "tempfile", "wasmtime"] {
            assert!(!dependencies[room].contains(io), "{room} uses {io}");
        }
    }
    for (room, uses) in &dependencies {
        let may = ["jarvis-skill-host"].contains(&room.as_str());
        assert!(may || !uses.contains("wasmtime"), "{room} uses wasmtime");
    }
}

/// What each package of the workspace uses of the workspace.
#[cfg(test)]
fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let all = dependencies();
    let names: BTreeSet<String> = all.keys().cloned().collect();
    all.into_iter()
        .map(|(room, uses)| (room, uses.intersection(&names).cloned().collect()))
        .collect()
}

/// What each package of the workspace uses in its shipped code.
#[cfg(test)]
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let shipped = |dependency: &&Value| dependency["kind"].is_null();
    let uses = |package: &Value| {
        let list = package["dependencies"].as_array().unwrap();
        list.iter().filter(shipped).map(name).collect()
    };
    packages.iter().map(|package| (name(package), uses(package))).collect()
}
