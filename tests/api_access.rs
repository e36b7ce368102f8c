//! A host that reaches its cluster by the HTTPS API, against the simulator's
//! doors: certificates, tokens and what goes wrong on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use support::{Demo, Ran};

/// The secrets of the simulator's tokens (`host/simulator/src/access/people.rs`).
const READ: &str = "5e1ec7ed-0000-4000-8000-000000000001";
const ACT: &str = "5e1ec7ed-0000-4000-8000-000000000002";
const BARE: &str = "5e1ec7ed-0000-4000-8000-000000000003";

/// A simulated cluster with its HTTPS doors, and the settings that name them.
struct Lab {
    demo: Demo,
    simulator: Child,
    /// The nodes' names, addresses and fingerprints.
    doors: Vec<[String; 3]>,
}

impl Lab {
    fn open() -> Self {
        let demo = Demo::alone();
        let socket = demo.folder().join("simulator.sock");
        let authority = demo.root().join("ca.pem");
        let (socket, authority) = (socket.to_str().unwrap(), authority.to_str().unwrap());
        let serve = ["simulate", "serve", "--socket", socket, "--with-stdin"];
        let mut command = demo.command(&serve);
        command.args(["--https", "127.0.0.1:0", "--authority", authority]);
        let mut simulator = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
        let lines = lines.map(Result::unwrap).take_while(|line| line != "ready");
        let door = |line: String| {
            let words: Vec<&str> = line.split(' ').collect();
            let ["https", node, address, fingerprint] = words[..] else { panic!("{line}") };
            [node, address, fingerprint].map(str::to_owned)
        };
        let doors = lines.map(door).collect();
        for (name, secret) in [("read", READ), ("act", ACT), ("bare", BARE)] {
            let file = demo.file(name, secret);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self { demo, simulator, doors }
    }

    /// Both of the first two nodes, the authority, one token to read and one
    /// to act.
    fn usual(&self) -> String {
        format!(
            "endpoints: [\"{}\", \"{}\"]\n    ca: {}/ca.pem\n    {}\n    {}",
            self.doors[0][1],
            self.doors[1][1],
            self.demo.root().display(),
            self.token("read", "jarvis@pve!read"),
            self.token("act", "jarvis@pve!act"),
        )
    }

    /// The settings of a credential, whose secret is in a file of this name.
    fn token(&self, name: &str, token: &str) -> String {
        let file = if token.ends_with("bare") { "bare" } else { name };
        let root = self.demo.root().display();
        format!("{name}: {{token: {token}, secret: \"file:{root}/{file}\"}}")
    }

    /// Runs `jarvis ask` with this `cluster.api`, and the shipped grants.
    fn ask(&self, api: &str, words: &[&str]) -> Ran {
        self.ask_beside(api, "", words)
    }

    /// The same with these settings too.
    fn ask_beside(&self, api: &str, more: &str, words: &[&str]) -> Ran {
        let shipped = include_str!("../config/jarvis.yaml");
        let (_, rest) = shipped.split_once("# --- Skills").unwrap();
        let (skills, _) = rest.split_once("# --- The host").unwrap();
        let root = self.demo.root().display();
        let settings = format!(
            "cluster:\n  access: api\n  read_timeout: 3s\n  proxied_read_timeout: 3s\n  api:\n    {api}\nstate: {{folder: {root}/state}}\n\
             control: {{socket: {root}/control.sock}}\nlog: {{level: error}}\n{more}\n# --- Skills{skills}"
        );
        let config = self.demo.file("jarvis.yaml", &settings);
        let mut args = vec!["ask", "--config", config.to_str().unwrap()];
        args.extend(words);
        self.demo.run(&args)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Its standard input ends, and with it the simulator, which takes its
        // socket away.
        drop(self.simulator.stdin.take());
        let _ = self.simulator.wait();
    }
}

#[test]
fn what_is_read_and_done_goes_over_https_alone() {
    let lab = Lab::open();
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("mediaserver");
    let calls = lab.demo.fault(&["calls"]);
    assert!(calls.contains("/cluster/resources"), "{calls}");
    let healthy = lab.ask(&lab.usual(), &["is the cluster healthy"]).ended(0);
    assert!(!healthy.says("healthy").stdout.contains("jarvis runs here"), "on no node of it");
    lab.ask(&lab.usual(), &["start the web server"]).ended(0).says("Started webserver-01");
    assert_eq!(lab.demo.state_of(102), "running");
    lab.ask(&lab.usual(), &["--yes", "stop the web server"]).ended(0);
    assert_eq!(lab.demo.state_of(102), "stopped");
}

#[test]
fn several_clusters_are_told_apart_by_name() {
    let (home, lab) = (Lab::open(), Lab::open());
    let more = format!(
        "clusters:\n  - id: lab\n    names: [the lab, test bench]\n    access: api\n    api:\n    {}",
        lab.usual().replace("endpoints", "  endpoints").replace("\n    ", "\n      ")
    );
    let ask = |words: &[&str]| home.ask_beside(&home.usual(), &more, words);
    ask(&["start the web server in the lab"]).ended(0).says("In lab: Started webserver-01");
    assert_eq!(home.demo.state_of(102), "stopped");
    assert_eq!(lab.demo.state_of(102), "running");
    ask(&["is the web server running"]).ended(0).says("webserver-01 is stopped");
    ask(&["on the test bench, is the web server running"]).ended(0).says("In lab: ");
    // What would be lost is asked about by its place.
    ask(&["stop the web server in the lab"]).ended(4).says("In lab: ");
    ask(&["--cluster", "lab", "--yes", "stop the web server"]).ended(0);
    assert_eq!(lab.demo.state_of(102), "stopped");
    ask(&["--cluster", "moon", "what is running"]).ended(2).says("skill-other-cluster");
}

#[test]
fn a_node_that_is_off_is_asked_nothing() {
    let lab = Lab::open();
    lab.demo.fault(&["node", &lab.doors[0][0], "down"]);
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("nextcloud");
}

#[test]
fn only_the_pinned_certificate_will_do() {
    let lab = Lab::open();
    let [node, address, fingerprint] = &lab.doors[0];
    let pinned = |fingerprint: &str| {
        let read = lab.token("read", "jarvis@pve!read");
        format!("endpoints: [\"{address}\"]\n    fingerprint: [\"{fingerprint}\"]\n    {read}")
    };
    lab.ask(&pinned(fingerprint), &["what is running"]).ended(0).says("mediaserver");
    lab.demo.fault(&["certificate", node, "new"]);
    let refused = lab.ask(&pinned(fingerprint), &["what is running"]).ended(1);
    refused.says(fingerprint).says("hint:");
}

#[test]
fn without_a_credential_to_act_nothing_is_changed() {
    let lab = Lab::open();
    let api = lab.usual();
    let (read_only, _) = api.rsplit_once("\n    act:").unwrap();
    let ran = lab.ask(read_only, &["start the web server"]);
    ran.ended(1).says("the settings name nobody who may change things over the API");
    assert_eq!(lab.demo.state_of(102), "stopped");
}

#[test]
fn missing_rights_are_not_an_empty_cluster() {
    let lab = Lab::open();
    let api = lab
        .usual()
        .replace(&lab.token("read", "jarvis@pve!read"), &lab.token("read", "operator@pve!bare"));
    let ran = lab.ask(&api, &["what is running"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says("Audit");
}

#[test]
fn whatever_a_door_does_no_answer_is_made_up() {
    let lab = Lab::open();
    for trouble in ["babble", "hang", "garbage", "half", "flood"] {
        lab.demo.fault(&["https", trouble]);
        let ran = lab.ask(&lab.usual(), &["what is running"]);
        assert_eq!(ran.code, 1, "{trouble}: {ran:?}");
        ran.says("hint:");
        lab.demo.fault(&["https", "ok"]);
    }
    lab.ask(&lab.usual(), &["what is running"]).ended(0).says("mediaserver");
}

#[test]
fn an_action_whose_answer_is_lost_is_found_among_the_tasks() {
    let lab = Lab::open();
    // Acts, and says nothing: what began is found and followed all the same.
    lab.demo.fault(&["https", "lose"]);
    let ran = lab.ask(&lab.usual(), &["start the web server"]);
    assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
    lab.demo.fault(&["https", "ok"]);
    if ran.code == 0 {
        assert_eq!(lab.demo.state_of(102), "running", "{ran:?}");
    }
}
