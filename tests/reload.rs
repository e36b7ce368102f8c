//! Skills dropped into, broken in and taken out of a host that runs.

#[cfg(test)]
mod support;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::{Demo, copy, jarvis};

#[test]
fn skills_come_break_and_go_while_the_host_runs() {
    let mut demo = Demo::alone();
    let skills = demo.root().join("skills");
    fs::create_dir(&skills).unwrap();
    demo.start(&["--skills", skills.to_str().unwrap()]);
    demo.ask("list all machines").ended(3);

    copy(&built("vm-lifecycle"), &skills.join("vm-lifecycle"));
    until(&demo, "vm-lifecycle", |skill| skill["state"] == "active");
    demo.ask("list all machines").ended(0).says("mediaserver");

    let component = skills.join("vm-lifecycle/vm-lifecycle.wasm");
    let whole = fs::read(&component).unwrap();
    fs::write(&component, &whole[..whole.len() / 2]).unwrap();
    let held = until(&demo, "vm-lifecycle", |skill| !skill["fault"].is_null());
    assert_eq!(held["state"], "held-back", "{held}");
    assert_eq!(held["fault"]["code"], "skill-not-a-component");
    demo.run(&["skill", "list", "--demo"]).ended(0).says("cannot be compiled");
    demo.ask("list all machines").ended(0).says("mediaserver");

    fs::write(&component, whole).unwrap();
    until(&demo, "vm-lifecycle", |skill| skill["state"] == "active");
    demo.ask("list all machines").ended(0);
    fs::remove_dir_all(skills.join("vm-lifecycle")).unwrap();
    until(&demo, "vm-lifecycle", Value::is_null);
    demo.ask("list all machines").ended(3);
}

#[test]
fn a_broken_skill_at_the_start_does_not_stop_the_host() {
    let mut demo = Demo::alone();
    let skills = demo.root().join("skills");
    fs::create_dir_all(skills.join("empty")).unwrap();
    copy(&built("temperatures"), &skills.join("temperatures"));
    let skills = skills.to_str().unwrap();
    demo.start(&["--skills", skills]);
    demo.ask("how hot is node three?").ended(0);
    demo.run(&["skill", "list", "--demo"]).ended(0).says("skill.yaml");
    // Who begins to talk hears of it at once, and programs do not.
    let told = "This skill cannot serve: empty. jarvis skill list says why.";
    let alone = ["ask", "--demo", "--skills", skills, "how hot is node three?"];
    demo.run(&alone).ended(0).says(told);
    let quiet = demo.run(&[&alone[..], &["--json"]].concat()).ended(0);
    assert!(!quiet.stderr.contains(told), "{quiet:?}");
}

#[test]
fn grants_are_given_and_taken_by_hand() {
    let demo = Demo::serving(&[]);
    let temperatures =
        |words: &[&str]| demo.run(&[&["skill", "--demo"], words, &["temperatures"]].concat());
    temperatures(&["grants"]).ended(0).says("granted by the settings").says("sensors");
    temperatures(&["revoke", "--as", "viewer"]).ended(5).says("api-not-allowed");
    temperatures(&["revoke"]).ended(0).says("asks for more").says("jarvis skill approve");
    demo.ask("how hot is node three?").ended(3);
    temperatures(&["approve"]).ended(4).says("To allow it: jarvis skill approve temperatures ");
    let approve = |digest: &str| demo.run(&["skill", "--demo", "approve", "temperatures", digest]);
    approve("0123456789ab").ended(2).says("look again");
    let looked_at = temperatures(&["grants", "--json"]).ended(0).json()["revision"].clone();
    approve(&looked_at.as_str().unwrap()[..12]).ended(0).says("granted by hand, by uid:");
    demo.ask("how hot is node three?").ended(0);
    let shown = temperatures(&["show", "--json"]).ended(0).json();
    assert_eq!(shown["figures"]["calls"], 1, "{shown}");
    assert!(shown["figures"]["host_calls"].as_u64().unwrap() > 1, "{shown}");
    temperatures(&["show"]).ended(0).says("1 calls, half of them within");
    temperatures(&["disable"]).ended(0).says("disabled by uid:");
    demo.ask("how hot is node three?").ended(3);
    demo.run(&["skill", "list", "--demo"]).ended(0).says("  disabled  ");
    temperatures(&["enable"]).ended(0);
    temperatures(&["revoke", "--to-settings"]).ended(0).says("granted by the settings");
    demo.ask("how hot is node three?").ended(0);
    demo.run(&["skill", "disable", "--demo", "temperature"]).ended(1).says("api-not-found");
    demo.run(&["audit", "show", "--demo"]).ended(0).says("decided").says("approved temperatures");
}

#[test]
fn an_update_that_asks_for_more_waits_and_says_for_what() {
    let mut demo = Demo::alone();
    let skills = demo.root().join("skills");
    copy(&built("temperatures"), &skills.join("temperatures"));
    let log = demo.start_logged(&["--skills", skills.to_str().unwrap()]);
    let temperatures =
        |words: &[&str]| demo.run(&[&["skill", "--demo"], words, &["temperatures"]].concat());
    // A demo grants what is asked for until somebody decides.
    let looked_at = temperatures(&["grants", "--json"]).ended(0).json()["revision"].clone();
    let digest = &looked_at.as_str().unwrap()[..12];
    demo.run(&["skill", "--demo", "approve", "temperatures", digest]).ended(0);

    let manifest = skills.join("temperatures/skill.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    let more = "requests:\n  - capability: kv\n    reason: to remember the hottest day\n";
    fs::write(&manifest, text.replace("requests:\n", more)).unwrap();
    let held = until(&demo, "temperatures", |skill| !skill["fault"].is_null());
    assert_eq!(
        (&held["state"], &held["fault"]["code"]),
        (&"held-back".into(), &"skill-asks-more".into())
    );
    demo.ask("how hot is node three?").ended(0);

    let mut logged = String::new();
    support::until("it is logged", || {
        logged = fs::read_to_string(&log).unwrap();
        logged.contains("the hottest day")
    });
    let listed = demo.run(&["skill", "list", "--demo"]).ended(0).stdout;
    for told in [&logged, &listed] {
        for words in ["asks for more than the one that serves", "capability: kv", "the hottest day"]
        {
            assert!(told.contains(words), "{words:?} is not in {told}");
        }
    }
    let shown = temperatures(&["grants"]).ended(0).stdout;
    let (_, missing) = shown.split_once("asks for more").unwrap();
    assert!(missing.contains("kv") && missing.contains("the hottest day"), "{shown}");
    assert!(!missing.contains("sensors"), "{shown}");
}

/// Asks until the skill is as it should be; what it is then.
#[cfg(test)]
fn until(demo: &Demo, id: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    support::until(id, || {
        let skills = demo.run(&["skill", "list", "--demo", "--json"]).ended(0).json();
        let all = skills.as_array().unwrap();
        last = all.iter().find(|skill| skill["id"] == id).cloned().unwrap_or_default();
        is(&last)
    });
    last
}

#[cfg(test)]
fn built(id: &str) -> PathBuf {
    jarvis().with_file_name("skills").join(id)
}
