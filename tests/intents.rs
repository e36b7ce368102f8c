//! How words are understood: Home Assistant's sentences at the command line, in a folder
//! as that project lays it out (`tests/understanding/project`), the corpus, and names
//! that were misheard.

#[cfg(test)]
mod support;

use serde_json::{Value, json};
use support::Demo;

#[cfg(test)]
fn project() -> String {
    format!("{}/../../tests/understanding/project", env!("CARGO_MANIFEST_DIR"))
}

/// One in that project's newer layout.
#[cfg(test)]
fn combinations() -> String {
    format!("{}/../../tests/understanding/combinations", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_homes_sentences_are_recognized_a_line_each() {
    let demo = Demo::alone();
    let (sentences, fixtures) =
        (format!("{}/sentences/en", project()), format!("{}/tests/en/_fixtures.yaml", project()));
    let with = ["intents", "recognize", "--json", "--sentences", &sentences, "--fixtures"];
    let said = "turn on the desk lamp\nset desk lamp to 50 %\nopen the front door\n";
    let ran = demo.run_with(&[&with[..], &[&fixtures]].concat(), said).ended(3);
    let lines: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<Value> =
        lines.iter().map(|line| json!([line["intent"], line["slots"]])).collect();
    assert_eq!(
        shown,
        [
            json!(["HassTurnOn", { "name": "Desk Lamp" }]),
            json!(["HassLightSet", { "name": "Desk Lamp", "brightness": 50 }]),
            json!([null, {}]),
        ]
    );
    assert_eq!(lines[0]["template"], "<turn> on [<the>] {name}");
    assert!(lines[0]["us"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_projects_tests_decide_the_exit_code() {
    let demo = Demo::alone();
    let ran = demo.run(&["intents", "test", &project(), "--json"]).ended(0);
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["failed"], 0);
    assert_eq!(last["passed"], 20);

    let folder = demo.root().join("project");
    for part in ["sentences/en", "tests/en"] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for entry in std::fs::read_dir(format!("{}/{part}", project())).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(part).join(entry.file_name())).unwrap();
        }
    }
    let wrong = "language: en\ntests:\n- sentences: [open garage]\n  intent: {name: HassTurnOn, slots: {name: Garage}}\n";
    std::fs::write(folder.join("tests/en/wrong_HassTurnOn.yaml"), wrong).unwrap();
    let folder = folder.display().to_string();
    demo.run(&["intents", "test", &folder])
        .ended(1)
        .says("wrong_HassTurnOn.yaml: \"open garage\" is HassTurnOn: HassOpen was understood")
        .says("20 passed, 1 failed");
}

#[test]
fn a_project_of_the_newer_layout_is_read_as_it_is() {
    let demo = Demo::alone();
    let ran = demo.run(&["intents", "test", &combinations(), "--json"]).ended(0);
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({ "passed": 8, "failed": 0 }));

    let (sentences, fixtures) = (
        format!("{}/sentences/en", combinations()),
        format!("{}/tests/en/_fixtures.yaml", combinations()),
    );
    let with =
        ["intents", "recognize", "--json", "--sentences", &sentences, "--fixtures", &fixtures];
    let said = "turn on the desk lamp\nopen desk lamp\npaint the desk lamp grey\npaint desk lamp red\ndesk lamp on\nlet there be light\nturn on the lights\n";
    let ran = demo.run_with(&with, said).ended(3);
    let shown: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| json!([line["intent"], line["slots"]]))
        .collect();
    let nothing = || json!([null, {}]);
    assert_eq!(
        shown,
        [
            json!(["HassTurnOn", { "name": "Desk Lamp" }]),
            // A lamp is no cover.
            nothing(),
            // The language's list is in place of the one of all.
            nothing(),
            json!(["HassLightSet", { "name": "Desk Lamp", "color": "red" }]),
            // Only for a recogniser of a closed list; not in intents.yaml; no microphone.
            nothing(),
            nothing(),
            nothing(),
        ]
    );
}

#[test]
fn mistakes_of_the_newer_layout_are_named_with_their_file() {
    let demo = Demo::alone();
    let folder = demo.root().join("newer");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let sentences = folder.join("sentences/en").display().to_string();
    let recognize = ["intents", "recognize", "hello", "--sentences", &sentences];
    write(
        "sentences/en/Hello/plain.yaml",
        "language: en\ndata:\n- sentences: [hello]\n  name_domains: all\n",
    );
    demo.run(&recognize).ended(2).says("intents.yaml cannot be read");
    write("intents.yaml", "Hello: {slot_combinations: {plain: {slots: []}}}\n");
    demo.run(&recognize).ended(2).says("Hello/plain.yaml").says("no such set of domains");
    write("sentences/en/Hello/plain.yaml", "language: en\ndata:\n- sentences: [hello <all>]\n");
    demo.run(&recognize).ended(2).says("Hello/plain.yaml").says("there is no rule <all>");
    write("rules/en/all.yaml", "language: en\nexpansion_rules: {all: '[all]'}\n");
    demo.run(&recognize).ended(0).says("Hello");
}

#[test]
fn mistakes_of_a_folder_are_named_with_their_file() {
    let demo = Demo::alone();
    let folder = demo.root().join("sentences");
    std::fs::create_dir_all(&folder).unwrap();
    let shown = folder.display().to_string();
    let recognize = ["intents", "recognize", "hello", "--sentences", &shown];
    demo.run(&recognize).ended(2).says("intents-empty");
    let bad = "language: en\nintents: {A: {data: [{sentences: ['go <nowhere>']}]}}\n";
    std::fs::write(folder.join("a.yaml"), bad).unwrap();
    demo.run(&recognize).ended(2).says("a.yaml").says("there is no rule <nowhere>");
    demo.run(&["intents", "test", &format!("{shown}/none")]).ended(2).says("intents-unreadable");
}

#[test]
fn what_only_sounds_like_a_name_is_asked_about_before_anything_stops() {
    let demo = Demo::serving(&[]);
    demo.ask("stop the pie hole")
        .ended(4)
        .says("By \"pie hole\", do you mean container 104 pihole?");
    let said = "stop the pie hole\nyes\nno\nstop the pie hole\nno\n";
    let ran = demo.run_with(&["chat", "--demo"], said).ended(0);
    ran.says("Shall I shut down container 104 pihole on home?").says("Then I leave it as it is.");
    assert_eq!(demo.state_of(104), "running");
    demo.ask("is the pie hole running").ended(0).says("pihole is running");
    demo.run_with(&["chat", "--demo"], "stop the pie hole\nyes\nyes\n").ended(0);
    assert_eq!(demo.state_of(104), "stopped");
}

#[test]
fn what_is_nearly_a_name_is_never_acted_on_without_asking() {
    let demo = Demo::serving(&[]);
    demo.ask("start the web sever").ended(4).says("Did you mean VM 102 webserver-01?");
    assert_eq!(demo.state_of(102), "stopped");
    demo.run_with(&["chat", "--demo"], "start the web sever\nno\n").ended(0);
    assert_eq!(demo.state_of(102), "stopped");
    demo.run_with(&["chat", "--demo"], "start the web sever\nyes\n").ended(0);
    assert_eq!(demo.state_of(102), "running");
}

#[test]
fn a_corpus_is_judged_by_the_skills_that_ship() {
    let demo = Demo::alone();
    let corpus = format!("{}/../../tests/understanding/corpus/en.txt", env!("CARGO_MANIFEST_DIR"));
    // As they stand here, built or not.
    let skills = format!("{}/../../skills", env!("CARGO_MANIFEST_DIR"));
    let ran = demo.run(&["intents", "corpus", &corpus, "--json", "--skills", &skills]).ended(0);
    let scores: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    let shown: Vec<&Value> = scores.as_array().unwrap().iter().map(|of| &of["speech"]).collect();
    assert_eq!(shown, ["plain", "sloppy", "misheard"]);
    assert!(scores.as_array().unwrap().iter().all(|score| score["held"] == true), "{scores}");
    let wrong = "[cluster]\nnode pve 1\nguest 101 web\n[plain]\nstart web | vm-lifecycle.reboot guest=101\nstop web | nothing\n";
    let wrong = demo.file("wrong.txt", wrong).display().to_string();
    demo.run(&["intents", "corpus", &wrong, "--skills", &skills])
        .ended(1)
        .says("line 5: \"start web\" is vm-lifecycle.start guest=101, not vm-lifecycle.reboot guest=101")
        .says("harmful");
}
