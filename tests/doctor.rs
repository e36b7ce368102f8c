//! `jarvis doctor` as a new user would run it, each fault set up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use support::lab::Lab;
use support::{Ran, copy, jarvis};

/// What doctor says with this `cluster.api` and these settings beside it.
fn doctor(lab: &Lab, api: &str, more: &str, options: &[&str]) -> Ran {
    let config = lab.config(api, more);
    let mut args = vec!["doctor", "--json", "--config", config.to_str().unwrap()];
    args.extend(options);
    // The port that the settings name counts here.
    let output = lab.demo.command(&args).env_remove("PORT").output().unwrap();
    Ran::from(output)
}

/// The finding of `check`.
fn finding(ran: &Ran, check: &str) -> Value {
    let findings = ran.json()["findings"].clone();
    let all = findings.as_array().unwrap();
    let found = all.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("no {check} in {ran:?}")).clone()
}

#[track_caller]
fn is(ran: &Ran, check: &str, state: &str, says: &str) {
    let found = finding(ran, check);
    assert_eq!(found["state"], state, "{found}");
    assert!(found["says"].as_str().unwrap().contains(says), "{found}");
    assert!(state == "well" || found["hint"].is_string(), "{found}");
}

#[test]
fn where_nothing_is_wrong_nothing_is_ill() {
    let lab = Lab::open();
    let ran = doctor(&lab, &lab.usual(), "", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    is(&ran, "access", "well", "the cluster answers by the HTTPS API: 4 nodes");
    is(&ran, "clock", "well", "");
    is(&ran, "skills", "well", "4 of 4 skills");
    is(&ran, "state", "well", "");
    is(&ran, "pam", "well", "Proxmox");
    // What one can do without is told, with what would bring it.
    is(&ran, "ssh", "without", "no programs are run on nodes");
    is(&ran, "roles", "without", "nobody may sign in");
    is(&ran, "ollama", "without", "no language model at http://127.0.0.1:1");
    for (check, says, command) in [
        ("hears", "nothing turns sound into words", "jarvis models pull base.en"),
        (
            "speaks",
            "espeak-ng speaks in place of",
            "jarvis models pull en_US-ryan-high onnxruntime-",
        ),
        ("wakes", "there is no wake word", "jarvis models pull porcupine-"),
    ] {
        is(&ran, check, "without", says);
        let hint = finding(&ran, check)["hint"].as_str().unwrap().to_owned();
        assert!(hint.starts_with(command) && !hint.contains('\n'), "{hint}");
    }
}

#[test]
fn a_cluster_that_cannot_be_trusted_is_told_with_its_code() {
    let lab = Lab::open();
    let other = ["AB"; 32].join(":");
    let api = format!(
        "endpoints: [\"{}\"]\n    fingerprint: [\"{other}\"]\n    {}",
        lab.doors[0][1],
        lab.token("read", "jarvis@pve!read")
    );
    let ran = doctor(&lab, &api, "", &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "access", "ill", "[cluster-api-fingerprint-changed]");
}

#[test]
fn a_node_whose_shell_is_out_of_reach_is_named() {
    let lab = Lab::open();
    let nodes: Vec<String> =
        lab.doors.iter().map(|[name, ..]| format!("{name}: \"127.0.0.1:1\"")).collect();
    let key = lab.demo.file("key", "none");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let api = format!(
        "{}\n  nodes: {{{}}}\n  ssh: {{key: {}}}",
        lab.usual(),
        nodes.join(", "),
        key.display()
    );
    let ran = doctor(&lab, &api, "", &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "ssh", "ill", &lab.doors[0][0]);
}

#[test]
fn folders_that_are_open_to_others_or_empty_are_ill() {
    let lab = Lab::open();
    let state = lab.demo.root().join("state");
    std::fs::create_dir(&state).unwrap();
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
    let empty = lab.demo.root().join("no-skills");
    std::fs::create_dir(&empty).unwrap();
    let ran = doctor(&lab, &lab.usual(), "", &["--skills", empty.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "state", "ill", "mode 0755");
    assert!(finding(&ran, "state")["hint"].as_str().unwrap().starts_with("chmod 0700"));
    is(&ran, "skills", "ill", "there is no skill");
}

#[test]
fn a_door_in_use_a_role_and_a_missing_model_are_seen() {
    let lab = Lab::open();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let more = format!(
        "server: {{port: {port}, roles: {{users: {{root@pam: admin}}}}}}\nstt: {{model: /nowhere/model.bin}}\n"
    );
    let ran = doctor(&lab, &lab.usual(), &more, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "door", "without", "something listens");
    is(&ran, "roles", "well", "1 accounts");
    is(&ran, "hears", "ill", "stt.model: there is no file /nowhere/model.bin");
}

#[test]
fn an_account_with_a_role_that_cannot_sign_in_is_named() {
    let lab = Lab::open();
    let more = "server: {roles: {users: {root@pam: admin, rot@pam: admin, retired@pve: viewer}}}\n";
    let ran = doctor(&lab, &lab.usual(), more, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "roles", "ill", "retired@pve is disabled there, rot@pam is not there");
}

#[test]
fn a_skill_that_cannot_serve_is_told_with_its_reason() {
    let lab = Lab::open();
    let skills = lab.demo.root().join("skills");
    let shipped = jarvis().with_file_name("skills").join("temperatures");
    copy(&shipped, &skills.join("temperatures"));
    lab.demo.file("skills/broken/skill.yaml", "id: broken\nversoin: 1\ncommands: {}\n");
    let ran = doctor(&lab, &lab.usual(), "", &["--skills", skills.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    is(&ran, "skills", "well", "1 of 2 skills in");
    ran.says("skills/broken cannot serve").says("versoin");
}

#[test]
fn settings_with_mistakes_are_told_before_all_else() {
    let lab = Lab::open();
    let ran = doctor(&lab, &lab.usual(), "serfer: {}\nstt: {device: gpu}\n", &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("serfer") && told.contains("gpu"), "{told}");
}

/// It was called ready once, and failed at the first sentence.
#[test]
fn engines_that_do_not_answer_are_found() {
    let lab = Lab::open();
    let nobody = "{address: 'tcp://127.0.0.1:9'}";
    let ran = doctor(&lab, &lab.usual(), &format!("stt: {nobody}\ntts: {nobody}\n"), &[]);
    is(&ran, "hears", "ill", "tcp://127.0.0.1:9 cannot be reached");
    let says =
        "espeak-ng speaks in place of tcp://127.0.0.1:9: tcp://127.0.0.1:9 cannot be reached";
    is(&ran, "speaks", "without", says);
}

/// Both were called well once: files of these names were there.
#[test]
fn an_own_model_and_an_own_library_that_are_none_are_found() {
    let lab = Lab::open();
    let mut folder = tempfile::Builder::new();
    let folder = folder.permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let model = file("ggml-own.bin", b"no model at all");
    let library = file("libpv_porcupine.so", b"no library at all");
    let settings = format!("stt: {{model: {model}}}\nwake: {{library: {library}}}\n");
    let ran = doctor(&lab, &lab.usual(), &settings, &[]);
    is(&ran, "hears", "ill", "ggml-own.bin");
    is(&ran, "wakes", "ill", "libpv_porcupine.so");
}

/// It was called ready once, and failed at the first sentence.
#[test]
fn an_own_voice_that_is_cut_off_is_found() {
    let lab = Lab::open();
    let mut folder = tempfile::Builder::new();
    // Engines are somebody else, who has to find it.
    let folder = folder.permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("own.onnx"), "cut").unwrap();
    let json = r#"{"audio": {"sample_rate": 16000},
        "phoneme_id_map": {"^": [1], "$": [2], "_": [0], "a": [3]}}"#;
    std::fs::write(at("own.onnx.json"), json).unwrap();
    let wheel = support::jarvis().ancestors().nth(2).unwrap().join("tools/onnxruntime-1.32.0");
    let wheel = wheel.join("onnxruntime");
    std::fs::create_dir(at("onnxruntime")).unwrap();
    for (file, name) in
        [("capi/libonnxruntime.so.1.32.0", "libonnxruntime.so"), ("LICENSE", "LICENSE")]
    {
        let to = at("onnxruntime").join(name);
        std::fs::copy(wheel.join(file), &to).expect("run script/setup");
        std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let here = folder.path().display();
    let settings = format!("tts: {{voice: own, voices: {here}}}\nmodels: {{folder: {here}}}\n");
    let ran = doctor(&lab, &lab.usual(), &settings, &[]);
    is(&ran, "speaks", "without", "espeak-ng speaks in place of own: ");
    is(&ran, "speaks", "without", "own.onnx");
}
