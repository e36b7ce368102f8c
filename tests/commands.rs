//! Every command of the shipped skills: from the sentence through the built
//! component and the `pvesh` program to the simulator's changed state.

#[cfg(test)]
mod support;

use serde_json::Value;
use support::Demo;

/// One sentence, the guest it is about, and what that guest does before and
/// after.
struct Case {
    words: &'static str,
    guest: u64,
    before: &'static str,
    after: &'static str,
}

const fn case(words: &'static str, guest: u64, before: &'static str, after: &'static str) -> Case {
    Case { words, guest, before, after }
}

/// In this order: each finds the cluster as the ones before left it.
const POWER: &[Case] = &[
    case("start the web server", 102, "stopped", "running"),
    case("shut down webserver-01", 102, "running", "stopped"),
    case("boot vm one hundred and two", 102, "stopped", "running"),
    case("pause the web server", 102, "running", "paused"),
    case("resume the web server", 102, "paused", "running"),
    case("restart the web server", 102, "running", "running"),
    case("pull the plug on the web server", 102, "running", "stopped"),
    case("stop pi-hole", 104, "running", "stopped"),
    case("start container 104", 104, "stopped", "running"),
    case("reboot pihole", 104, "running", "running"),
    case("force stop pihole", 104, "running", "stopped"),
    case("start the minecraft server", 113, "stopped", "running"),
    case("stop the firewall", 115, "running", "stopped"),
    case("start the firewall", 115, "stopped", "running"),
];

#[test]
fn power_commands_change_what_they_say() {
    let demo = Demo::serving(&[]);
    for Case { words, guest, before, after } in POWER {
        assert_eq!(demo.state_of(*guest), *before, "before {words:?}");
        demo.ask_yes(words).ended(0);
        assert_eq!(demo.state_of(*guest), *after, "after {words:?}");
    }
}

#[test]
fn what_is_so_already_changes_nothing() {
    let demo = Demo::serving(&[]);
    for words in ["start the media server", "stop the web server", "force stop webserver-01"] {
        let ran = demo.run(&["ask", "--demo", "--yes", "--json", words]).ended(0);
        assert_eq!(ran.json()["answer"]["outcome"], "nothing-changed", "{words:?}: {ran:?}");
    }
    let calls = demo.fault(&["calls"]);
    assert!(!calls.contains("create"), "{calls}");
}

#[test]
fn tags_name_several_guests_at_once() {
    let demo = Demo::serving(&[]);
    let question = demo.ask("shut down everything tagged monitoring").ended(4);
    assert!(
        question.stdout.contains("grafana") && question.stdout.contains("prometheus"),
        "{question:?}"
    );
    demo.ask_yes("shut down everything tagged monitoring").ended(0);
    assert_eq!((demo.state_of(108), demo.state_of(109)), ("stopped".into(), "stopped".into()));
    demo.ask("start everything tagged monitoring").ended(0);
    assert_eq!((demo.state_of(108), demo.state_of(109)), ("running".into(), "running".into()));
    demo.ask_yes("reboot everything tagged monitoring").ended(0);
    demo.ask_yes("force stop everything tagged monitoring").ended(0);
    assert_eq!((demo.state_of(108), demo.state_of(109)), ("stopped".into(), "stopped".into()));
    demo.ask_yes("suspend everything tagged cloud").ended(0);
    assert_eq!(demo.state_of(105), "paused");
    demo.ask("resume everything tagged cloud").ended(0);
    assert_eq!(demo.state_of(105), "running");
    // mqtt is a container; those cannot be suspended.
    demo.ask_yes("suspend everything tagged automation").ended(1).says("mqtt");
    assert_eq!((demo.state_of(106), demo.state_of(118)), ("paused".into(), "running".into()));
}

#[test]
fn several_guests_are_asked_about_once_and_shut_down_one_after_the_other() {
    let demo = Demo::serving(&[]);
    let question = demo.run(&["ask", "--demo", "--json", "shut down everything tagged media"]);
    let question = question.ended(4).json()["question"].clone();
    let text = question["text"].as_str().unwrap();
    assert!(text.contains("101 mediaserver") && text.contains("114 photos"), "{question}");
    assert_eq!(question["plan"].as_array().unwrap().len(), 2, "{question}");
    assert_eq!((demo.state_of(101), demo.state_of(114)), ("running".into(), "running".into()));
    demo.run(&["confirm", "--demo", question["id"].as_str().unwrap()]).ended(0);
    assert_eq!((demo.state_of(101), demo.state_of(114)), ("stopped".into(), "stopped".into()));

    let run = question["run"].as_str().unwrap();
    let audited = demo.run(&["audit", "show", "--demo", "--json", "--run", run]).ended(0).stdout;
    let lines = audited.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let what = |line: Value| {
        let path = line["call"]["path"].as_str().map(str::to_owned);
        let writes = path.is_some() || line["operation"].is_string();
        let event = line["event"].as_str().unwrap().to_owned();
        (writes || ["asked", "confirmed"].contains(&event.as_str())).then(|| path.unwrap_or(event))
    };
    let shut_down = ["/nodes/home/qemu/101/status/shutdown", "/nodes/pve2/lxc/114/status/shutdown"];
    assert_eq!(
        lines.filter_map(what).collect::<Vec<_>>(),
        ["asked", "confirmed", shut_down[0], "outcome", shut_down[1], "outcome"]
    );
}

#[test]
fn snapshots_are_taken_under_the_name_that_was_said() {
    let demo = Demo::serving(&[]);
    demo.ask("take a snapshot of the database called before upgrade").ended(0);
    let names = snapshots(&demo, "/nodes/home/qemu/103/snapshot");
    assert!(names.iter().any(|name| name.contains("before")), "{names:?}");
    demo.ask("take a snapshot of everything tagged monitoring").ended(0);
    assert!(snapshots(&demo, "/nodes/pve3/lxc/108/snapshot").len() > 1);
}

#[test]
fn reads_answer_from_the_cluster() {
    let demo = Demo::serving(&[]);
    for (words, expected) in [
        ("is the media server running", "mediaserver"),
        ("what is vm 102 doing", "webserver-01"),
        ("list all containers", "grafana"),
        ("which machines are running?", "nextcloud"),
        ("list the machines on node two", "nextcloud"),
        ("list everything tagged media", "photos"),
        ("how hot is node three?", "pve3"),
        ("what is the temperature of home", "home"),
        ("which node is the hottest", "pve"),
        ("how hot are the nodes", "pve4"),
    ] {
        demo.ask(words).ended(0).says(expected);
    }
}

#[test]
fn templates_and_locked_guests_are_explained() {
    let demo = Demo::serving(&[]);
    demo.ask("start debian-13-template").says("template");
    demo.ask_yes("stop the nas").says("backup");
    assert_eq!(demo.state_of(110), "running");
}

#[test]
fn commands_run_by_name_too() {
    let demo = Demo::serving(&[]);
    demo.run(&["invoke", "--demo", "vm-lifecycle.start", "guest=webserver-01"]).ended(0);
    assert_eq!(demo.state_of(102), "running");
    demo.run(&["invoke", "--demo", "vm-lifecycle.shut-down", "guest=102"]).ended(4);
    demo.run(&["invoke", "--demo", "--yes", "vm-lifecycle.shut-down", "guest=102"]).ended(0);
    assert_eq!(demo.state_of(102), "stopped");
    demo.run(&["invoke", "--demo", "vm-lifecycle.start"]).ended(4).says("Which");
    demo.run(&["invoke", "--demo", "vm-lifecycle.start", "gest=102"]).ended(2).says("guest");
    demo.run(&["invoke", "--demo", "vm-lifecycle.start", "guest=webserfer"])
        .ended(3)
        .says("webserver-01");
    demo.run(&["invoke", "--demo", "vm-lifecycle.fly", "guest=102"]).ended(2);
}

#[cfg(test)]
fn snapshots(demo: &Demo, path: &str) -> Vec<String> {
    let list = demo.pvesh(path);
    let name = |snapshot: &Value| snapshot["name"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}
