//! Events on their way through the built program: what happens on the cluster
//! reaches a skill, also over a host that is killed.

#[cfg(test)]
mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jarvis_domain::event::Paused;
use jarvis_domain::{SystemClock, Timestamp};
use jarvis_state::State;
use serde_json::Value;
use support::{Demo, copy, jarvis, until};

/// The shipped skills and the one that counts events, in a folder of this
/// test's own.
#[cfg(test)]
fn skills(demo: &Demo) -> PathBuf {
    let folder = demo.root().join("skills");
    for (built, id) in [("skills", "vm-lifecycle"), ("test-skills", "event-counter")] {
        let from = jarvis().with_file_name(built).join(id);
        assert!(from.is_dir(), "{} is not built: run script/build-skills", from.display());
        copy(&from, &folder.join(id));
    }
    folder
}

/// The lines of `event-counter.list`: `topic subject from to id`.
#[cfg(test)]
fn took(demo: &Demo) -> Vec<String> {
    let ran = demo.run(&["invoke", "--demo", "--json", "event-counter.list"]).ended(0).json();
    let lines = ran["answer"]["detail"].as_str().unwrap_or_default();
    lines.lines().map(str::to_owned).collect()
}

/// The events that the skill was told of, by the run records, oldest first:
/// topic, id, and whether it took them.
#[cfg(test)]
fn told(demo: &Demo) -> Vec<(String, String, bool)> {
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_events = |run: &&Value| run["invocation"]["command"] == "event-counter.on-event";
    let mut told: Vec<_> = runs
        .as_array()
        .unwrap()
        .iter()
        .filter(of_events)
        .map(|run| {
            let arguments = &run["invocation"]["arguments"];
            (
                text(&arguments["topic"]),
                text(&arguments["event"]),
                run["end"]["answered"].is_object(),
            )
        })
        .collect();
    told.reverse();
    told
}

/// What a command prints, line by line as it comes.
#[cfg(test)]
struct Followed {
    command: Child,
    lines: Receiver<String>,
}

#[cfg(test)]
impl Followed {
    fn new(mut command: Command) -> Self {
        let mut command = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let out = BufReader::new(command.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().try_for_each(|line| told.send(line.unwrap())));
        Self { command, lines }
    }

    /// Waits for a line with `words`.
    fn until(&self, words: &str) {
        while !self.lines.recv_timeout(Duration::from_secs(60)).expect(words).contains(words) {}
    }
}

#[cfg(test)]
impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.command.kill();
        let _ = self.command.wait();
    }
}

#[test]
fn what_a_skill_prints_is_followed_as_it_comes() {
    let mut demo = Demo::alone();
    let folder = skills(&demo);
    demo.start(&["--skills", folder.to_str().unwrap()]);
    let logs = ["skill", "--demo", "logs", "event-counter"];
    let followed = Followed::new(demo.command(&[&logs[..], &["-f"]].concat()));
    demo.ask("start the web server").ended(0);
    followed.until("stdout: took guest.state demo/guest/102 stopped running");
    demo.ask_yes("stop the web server").ended(0);
    followed.until("stdout: took guest.state demo/guest/102 running stopped");
    demo.run(&[&logs[..], &["--lines", "1"]].concat()).ended(0).says("took ");
}

#[test]
fn what_happens_on_the_cluster_reaches_a_skill() {
    let mut demo = Demo::alone();
    let folder = skills(&demo);
    let folder = folder.to_str().unwrap();
    demo.run(&["skill", "check", &format!("{folder}/event-counter")])
        .ended(0)
        .says("takes guest.state: to list it");
    demo.start(&["--skills", folder]);
    demo.ask("start the web server").ended(0);
    // Others come too: what waits on the nodes is looked at when a host starts.
    let of = |topic: &str| took(&demo).iter().any(|line| line.starts_with(topic));
    until("both events arrive", || of("guest.state") && of("operation.ended"));
    let lines = took(&demo);
    let starts = |beginning: &str| lines.iter().any(|line| line.starts_with(beginning));
    assert!(starts("guest.state demo/guest/102 stopped running "), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("operation.ended demo/operation/")
                && line.contains(" - ok ")),
        "{lines:?}"
    );

    // What happens past jarvis is told too, without anybody asking.
    demo.fault_unseen(&["node", "pve3", "down"]);
    until("the node's end arrives", || {
        took(&demo).iter().any(|line| line.starts_with("node.state demo/node/pve3 online offline "))
    });
    // The node took its guests along.
    until("all is taken", || {
        let show = demo.run(&["skill", "show", "event-counter", "--demo"]).ended(0);
        show.says("guest.state: to list it").stdout.contains("0 waiting, 0 given up, 0 dropped")
    });
    assert!(took(&demo).iter().any(|line| line.contains(" running unknown ")));
    demo.run(&["audit", "verify", "--demo"]).ended(0);
}

#[test]
fn heat_quorum_and_updates_are_told() {
    let mut demo = Demo::alone();
    let folder = skills(&demo);
    demo.start(&["--skills", folder.to_str().unwrap()]);
    let arrives = |beginning: &str| {
        until(beginning, || took(&demo).iter().any(|line| line.starts_with(beginning)));
    };
    arrives("updates.found demo/node/pve2 ");
    demo.fault_unseen(&["quorum", "lost"]);
    arrives("quorum.state demo/cluster/");
    // Nobody is asked for heat who is not seen.
    arrives("node.state demo/node/pve3 online offline ");
    demo.fault_unseen(&["quorum", "back"]);
    arrives("node.state demo/node/pve3 offline online ");
    demo.fault_unseen(&["sensors", "pve3", "hot", "97"]);
    arrives("temperature.crossed demo/node/pve3 normal critical ");
    demo.fault_unseen(&["sensors", "pve3", "cool"]);
    arrives("temperature.crossed demo/node/pve3 critical normal ");
}

#[test]
fn enabling_a_skill_ends_the_pause_of_its_events() {
    let mut demo = Demo::alone();
    let folder = skills(&demo);
    demo.start(&["--skills", folder.to_str().unwrap()]);
    let show = |demo: &Demo| {
        demo.run(&["skill", "show", "event-counter", "--demo", "--json"]).ended(0).json()
    };
    let revision = show(&demo)["revision"].as_str().unwrap().parse().unwrap();
    demo.kill();
    let reason = "3 events in a row were given up".to_owned();
    let paused = Paused { revision, at: Timestamp(0), reason };
    let id = "event-counter".parse().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let state = State::open(&demo.folder().join("state"), Arc::new(SystemClock)).unwrap();
        state.events().pause(&id, Some(paused)).await.unwrap();
    });
    demo.start(&["--skills", folder.to_str().unwrap()]);
    assert!(show(&demo)["events"]["paused"].as_str().unwrap().contains("3 events in a row"));
    demo.run(&["skill", "enable", "event-counter", "--demo"]).ended(0);
    assert!(show(&demo)["events"]["paused"].is_null());
}

#[test]
fn what_was_not_taken_before_a_kill_comes_after_it() {
    let mut demo = Demo::alone();
    let folder = skills(&demo);
    let manifest = folder.join("event-counter/skill.yaml");
    let sound = std::fs::read_to_string(&manifest).unwrap();
    // Those come at each start.
    let sound = sound.replace("  - topic: updates.found\n    reason: to list it\n", "");
    // One call of the host is too few for it to note anything.
    let hasty = sound.replace("  time: 60s", "  time: 60s\n  calls: 1");
    std::fs::write(&manifest, hasty).unwrap();
    demo.start(&["--skills", folder.to_str().unwrap()]);
    demo.ask("start the web server").ended(0);
    until("it was tried in vain", || !told(&demo).is_empty());
    let (_, id, taken) = told(&demo).remove(0);
    assert!(!taken);
    until("both wait", || {
        let show = demo.run(&["skill", "show", "event-counter", "--demo", "--json"]).ended(0);
        show.json()["events"]["waiting"] == 2
    });
    demo.kill();

    std::fs::write(&manifest, sound).unwrap();
    demo.start(&["--skills", folder.to_str().unwrap()]);
    until("what waited arrives", || took(&demo).len() >= 2);
    let lines = took(&demo);
    assert!(lines[0].ends_with(&id), "the first one first: {id} {lines:?}");
    for topic in ["guest.state demo/guest/102", "operation.ended demo/operation/"] {
        assert_eq!(lines.iter().filter(|line| line.starts_with(topic)).count(), 1, "{lines:?}");
    }
    demo.run(&["audit", "verify", "--demo"]).ended(0);
}
