//! A host that reaches the shells of its nodes over SSH, against a real sshd
//! for each: host keys, and what goes wrong on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;
use support::http::Visitor;
use support::{Demo, Ran, first_line, jarvis, until};
use terminal::Terminal;

/// The secret of the simulator's token for what jarvis does
/// (`host/simulator/src/access/people.rs`).
const ACT: &str = "5e1ec7ed-0000-4000-8000-000000000002";

/// A simulated cluster with HTTPS doors and sshd.
struct Lab {
    demo: Demo,
    simulator: Child,
    host: Option<Child>,
    /// Where the first node's API is.
    api: String,
    /// The nodes' names, and where their sshd are.
    shells: Vec<[String; 2]>,
}

impl Lab {
    fn open() -> Self {
        let demo = Demo::alone();
        let socket = demo.folder().join("simulator.sock");
        let authority = demo.root().join("ca.pem");
        let mut command = demo.command(&["simulate", "serve", "--with-stdin", "--socket"]);
        command.arg(&socket).args(["--https", "127.0.0.1:0", "--sshd", "127.0.0.1:0"]);
        command.arg("--authority").arg(&authority);
        let mut simulator = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
        let lines: Vec<String> = lines.map(Result::unwrap).collect_until("ready");
        let of = |kind: &str| -> Vec<[String; 2]> {
            let words = lines.iter().map(|line| line.split(' ').collect::<Vec<_>>());
            let wanted = words.filter(|words| words[0] == kind);
            wanted.map(|words| [words[1], words[2]].map(str::to_owned)).collect()
        };
        let (api, shells) = (of("https")[0][1].clone(), of("ssh"));
        let secret = demo.file("act", ACT);
        std::fs::set_permissions(secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self { demo, simulator, host: None, api, shells }
    }

    /// The folder of the simulator's keys.
    fn keys(&self) -> PathBuf {
        self.demo.folder().join("ssh")
    }

    /// The key, and the hosts that the simulator wrote down.
    fn usual(&self) -> String {
        let keys = self.keys();
        format!("{{key: {0}/id, known_hosts: {0}/known_hosts}}", keys.display())
    }

    /// A settings file with this `cluster.ssh`, none where it is empty.
    fn settings(&self, ssh: &str) -> PathBuf {
        let root = self.demo.root().display();
        let token = format!("{{token: \"jarvis@pve!act\", secret: \"file:{root}/act\"}}");
        let access = format!(
            "access: api\n  api:\n    endpoints: [\"{}\"]\n    ca: {root}/ca.pem\n    read: {token}\n    act: {token}",
            self.api
        );
        self.reached_by(&access, ssh)
    }

    /// The same where jarvis runs on a node, and reaches the others as Proxmox does.
    fn settings_on_a_node(&self) -> PathBuf {
        let access = format!("pvesh: {}", self.demo.pvesh_program().display());
        self.reached_by(&access, &self.usual())
    }

    fn reached_by(&self, access: &str, ssh: &str) -> PathBuf {
        let shipped = include_str!("../config/jarvis.yaml");
        let (_, rest) = shipped.split_once("# --- Skills").unwrap();
        let (skills, _) = rest.split_once("# --- The host").unwrap();
        let root = self.demo.root().display();
        let user = std::env::var("USER").unwrap_or_default();
        let me = if rustix::process::geteuid().is_root() { "root" } else { &user };
        let ssh = match ssh.strip_prefix('{') {
            Some(ssh) => format!("  ssh: {{user: {me}, {ssh}\n"),
            None => String::new(),
        };
        let nodes: Vec<String> =
            self.shells.iter().map(|[node, at]| format!("{node}: \"{at}\"")).collect();
        let settings = format!(
            "cluster:\n  {access}\n{ssh}  nodes: {{{}}}\nserver: {{roles: {{users: {{root@pam: admin}}}}}}\n\
             state: {{folder: {root}/state}}\ncontrol: {{socket: {root}/control.sock}}\nlog: {{level: error}}\n# --- Skills{skills}",
            nodes.join(", "),
        );
        self.demo.file("jarvis.yaml", &settings)
    }

    /// Runs `jarvis ask` with this `cluster.ssh`.
    fn ask(&self, ssh: &str, words: &[&str]) -> Ran {
        let config = self.settings(ssh);
        let mut args = vec!["ask", "--config", config.to_str().unwrap()];
        args.extend(words);
        self.demo.run(&args)
    }

    /// A host that stays, with the usual settings.
    fn serve(&mut self) {
        self.serve_with(&self.settings(&self.usual()));
    }

    /// The same with those of `config`; a visitor at its door.
    fn serve_with(&mut self, config: &Path) -> Visitor {
        let mut command = self.demo.command(&["serve", "--json", "--config"]);
        command.arg(config).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut host = command.spawn().unwrap();
        let line = first_line(&mut host);
        assert!(line.contains("serving"), "the host did not start: {line:?}");
        self.host = Some(host);
        let served: Value = serde_json::from_str(&line).unwrap();
        Visitor::at(served["http"].as_str().unwrap())
    }

    /// Kills the host.
    fn kill(&mut self) {
        let mut host = self.host.take().unwrap();
        host.kill().unwrap();
        host.wait().unwrap();
    }

    /// A program that leaves a mark where it is really run, and the mark.
    fn canary(&self) -> [PathBuf; 2] {
        let mark = self.demo.root().join("mark");
        let canary = self.demo.file("canary", &format!("#!/bin/sh\ntouch {}\n", mark.display()));
        std::fs::set_permissions(&canary, std::fs::Permissions::from_mode(0o755)).unwrap();
        [canary, mark]
    }

    /// What nodes' shells were asked, as the simulator saw it.
    fn commands(&self) -> Vec<String> {
        let calls = self.demo.fault(&["calls"]);
        calls.lines().filter(|line| line.contains("\"shell\"")).map(str::to_owned).collect()
    }
}

/// Lines up to one that says that all has been said.
trait CollectUntil: Iterator<Item = String> + Sized {
    fn collect_until(self, last: &str) -> Vec<String> {
        self.take_while(|line| line != last).collect()
    }
}

impl<I: Iterator<Item = String>> CollectUntil for I {}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(host) = &mut self.host {
            let pid = rustix::process::Pid::from_child(host);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = host.wait();
        }
        // Its standard input ends, and with it the simulator and every sshd.
        drop(self.simulator.stdin.take());
        let _ = self.simulator.wait();
    }
}

#[test]
fn every_node_tells_its_temperature_over_ssh_in_one_call() {
    let lab = Lab::open();
    let told = lab.ask(&lab.usual(), &["how hot are all nodes"]).ended(0);
    for [node, _] in &lab.shells {
        let name = node.as_str();
        assert!(told.stdout.contains(name), "{name} is not in {told:?}");
    }
    told.says("°C");
    let asked = lab.commands();
    assert_eq!(asked.len(), lab.shells.len(), "{asked:#?}");
}

#[test]
fn without_a_word_about_ssh_the_answer_says_what_to_set() {
    let lab = Lab::open();
    let ran = lab.ask("", &["how hot is pve2"]);
    ran.ended(1).says("cluster.ssh").says("hint:");
    assert!(lab.commands().is_empty());
}

#[test]
fn a_changed_host_key_is_refused_before_anything_is_sent() {
    let lab = Lab::open();
    lab.ask(&lab.usual(), &["how hot is pve2"]).ended(0);
    let before = lab.commands().len();
    lab.demo.fault(&["hostkey", "pve2", "new"]);
    let ran = lab.ask(&lab.usual(), &["how hot is pve2"]).ended(1);
    let ran = ran.says("another host key").says("SHA256:").says("known_hosts:2");
    ran.says("cluster-ssh-key-changed").says("hint: If pve2 was installed anew");
    assert_eq!(lab.commands().len(), before);
}

#[test]
fn an_unknown_host_key_is_taken_once_and_only_where_that_was_asked_for() {
    let lab = Lab::open();
    let key = lab.keys().join("id");
    let strict = format!("{{key: {}}}", key.display());
    lab.ask(&strict, &["how hot is pve2"]).ended(1).says("state/ssh/known_hosts");
    let first_use = format!("{{key: {}, verify: first-use}}", key.display());
    lab.ask(&first_use, &["how hot is pve2"]).ended(0).says("°C");
    let known = std::fs::read_to_string(lab.demo.root().join("state/ssh/known_hosts")).unwrap();
    assert!(known.starts_with("pve2 ssh-ed25519 ") && known.lines().count() == 1, "{known}");
    // What was taken is known from now on, and holds against another.
    lab.ask(&strict, &["how hot is pve2"]).ended(0);
    lab.demo.fault(&["hostkey", "pve2", "new"]);
    for ssh in [&strict, &first_use] {
        lab.ask(ssh, &["how hot is pve2"]).ended(1).says("another host key");
    }
}

#[test]
fn a_key_that_the_node_does_not_accept_is_told() {
    let lab = Lab::open();
    lab.demo.fault(&["ssh", "refuse", "pve2"]);
    lab.ask(&lab.usual(), &["how hot is pve2"])
        .ended(1)
        .says("does not let")
        .says("Permission denied");
    lab.demo.fault(&["ssh", "ok"]);
    lab.ask(&lab.usual(), &["how hot is pve2"]).ended(0);
}

#[test]
fn whatever_a_node_does_it_costs_its_time_and_nothing_is_made_up() {
    let lab = Lab::open();
    // Where a connection is made, that may take its time on a busy machine.
    let usual = lab.usual().replace('}', ", connect_timeout: 60s}");
    let hasty = lab.usual().replace('}', ", connect_timeout: 1s}");
    for (trouble, says) in [
        ("silent", "did not answer in time"),
        ("babble", "cannot be reached"),
        ("drop", "the connection to pve2 broke"),
        ("garbage", "no temperature sensor"),
        ("flood", "no temperature sensor"),
        ("hang", "did not answer in time"),
    ] {
        lab.demo.fault(&["ssh", trouble, "pve2"]);
        let ssh = if trouble == "silent" { &hasty } else { &usual };
        let ran = lab.ask(ssh, &["how hot is pve2"]);
        assert_eq!(ran.code, 1, "{trouble}: {ran:?}");
        ran.says(says);
        lab.demo.fault(&["ssh", "ok"]);
    }
    lab.ask(&usual, &["how hot is pve2"]).ended(0).says("°C");
}

#[test]
fn a_silent_node_does_not_hold_up_the_others() {
    let lab = Lab::open();
    lab.demo.fault(&["ssh", "silent", "pve3"]);
    let usual = lab.usual().replace('}', ", connect_timeout: 1s}");
    let ran = lab.ask(&usual, &["how hot are all nodes"]);
    for node in ["home", "pve2", "pve4"] {
        assert!(ran.stdout.contains(node), "{node} is not in {ran:?}");
    }
}

#[test]
fn a_dead_session_is_opened_again_without_an_error() {
    let mut lab = Lab::open();
    lab.serve();
    let config = lab.settings(&lab.usual());
    let ask = |lab: &Lab| {
        let config = config.to_str().unwrap();
        lab.demo.run(&["ask", "--config", config, "how hot is pve2"])
    };
    ask(&lab).ended(0).says("°C");
    // The connections of a node without power are cut.
    lab.demo.fault(&["node", "pve2", "down"]);
    lab.demo.fault(&["node", "pve2", "up"]);
    ask(&lab).ended(0).says("°C");
}

#[test]
fn updates_are_installed_over_ssh() {
    let lab = Lab::open();
    let ran = lab.ask(&lab.usual(), &["--yes", "install the updates on pve2"]);
    ran.ended(0).says("pve2");
    let asked = lab.commands();
    let starts = |line: &&String| line.contains("systemd-run") && line.contains("dist-upgrade");
    assert_eq!(asked.iter().filter(starts).count(), 1, "{asked:#?}");
}

#[test]
fn an_installation_outlives_jarvis_and_is_found_again() {
    let mut lab = Lab::open();
    lab.demo.fault(&["node", "pve2", "apt", "hang"]);
    lab.serve();
    let config = lab.settings(&lab.usual());
    let config = config.to_str().unwrap();
    let mut asking = lab
        .demo
        .command(&["ask", "--config", config, "--yes", "install the updates on pve2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let asked = |lab: &Lab, words: &str| lab.commands().iter().any(|line| line.contains(words));
    until("it is followed", || asked(&lab, "journalctl"));
    lab.kill();
    assert!(!asking.wait().unwrap().success());
    lab.serve();
    lab.demo.fault(&["node", "pve2", "apt", "ok"]);
    let lines = || {
        let show = ["audit", "show", "--config", config, "--json", "--limit", "10000"];
        let ran = lab.demo.run(&show).ended(0);
        let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.collect::<Vec<_>>()
    };
    until("its end is known", || {
        let lines = lines();
        let write = lines
            .iter()
            .find(|line| line["event"] == "allowed" && line["call"].to_string().contains("-y"));
        lines.iter().any(|line| line["of"] == write.unwrap()["seq"] && line["result"] == "ok")
    });
    until("the node has forgotten it", || asked(&lab, "reset-failed"));
    let starts = lab.commands().iter().filter(|line| line.contains("systemd-run")).count();
    assert_eq!(starts, 1, "it is started once");
    let left = ["ask", "--config", config, "what updates are waiting on pve2"];
    lab.demo.run(&left).ended(0).says("up to date");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_containers_and_serial_ports_have_terminals_over_ssh() {
    let mut lab = Lab::open();
    // Whoever has signed in by Proxmox is so still where jarvis is on a node.
    let person = lab.serve_with(&lab.settings("")).signs_in("root@pam", "simulated");
    lab.kill();
    let person = lab.serve_with(&lab.settings_on_a_node()).with(person.bearer());
    let mut node = Terminal::open(&person, "node=pve2&cols=120&rows=40").await;
    node.shows("root@pve2:~# ").await;
    node.types("stty size\n").await;
    node.shows("40 120\r\nroot@pve2:~# ").await;
    // It is the simulated node's shell, which starts nothing.
    let [canary, mark] = lab.canary();
    node.types(&format!("{}\n", canary.display())).await;
    node.shows("command not found\r\nroot@pve2:~# ").await;
    assert!(!mark.exists());
    let mut container = Terminal::open(&person, "guest=107").await;
    container.shows("gitea login: ").await;
    let mut serial = Terminal::open(&person, "guest=103").await;
    serial.shows("starting serial terminal on interface serial0").await;
    serial.shows("database login: ").await;
    serial.types("root\n").await;
    serial.shows("root\r\nPassword: ").await;
    node.types("exit\n").await;
    node.shows("logout\r\n").await;
    assert_eq!(node.ends().await["exit"]["status"], 0);
    // A node that is gone takes its terminals along, and is told.
    lab.demo.fault(&["hostkey", "pve2", "new"]);
    assert_eq!(container.ends().await["exit"]["status"], 255);
    let mut refused = Terminal::open(&person, "guest=107").await;
    assert_eq!(refused.ends().await["error"]["code"], "cluster-ssh-key-changed");
    serial.types("nobody\n").await;
    serial.shows("database login: ").await;
}

#[test]
fn nothing_of_this_machine_is_started_over_ssh() {
    let lab = Lab::open();
    let [canary, mark] = lab.canary();
    let canary = canary.to_str().unwrap();
    let [_, address] = &lab.shells[1];
    let port = address.rsplit(':').next().unwrap();
    let root = rustix::process::geteuid().is_root();
    let me = if root { "root".to_owned() } else { std::env::var("USER").unwrap() };
    let run = |line: &str| {
        let keys = lab.keys();
        let mut command = std::process::Command::new("/usr/bin/ssh");
        command
            .args(["-F", "none", "-o", "BatchMode=yes", "-o", "HostKeyAlias=pve2", "-o"])
            .arg(format!("UserKnownHostsFile={}", keys.join("known_hosts").display()))
            .args(["-o", "IdentitiesOnly=yes", "-i"])
            .arg(keys.join("id"))
            .args(["-p", port, "-l", &me, "--", "127.0.0.1", line]);
        Ran::from(command.stdin(Stdio::null()).output().unwrap())
    };
    assert!(run("hostname").ended(0).stdout.starts_with("pve2"), "it is the node's shell");
    for line in [
        canary.to_owned(),
        format!("sh -c {canary}"),
        format!("hostname; {canary}"),
        format!("hostname && {canary}"),
        format!("$({canary})"),
        format!("hostname | {canary}"),
        format!("hostname\n{canary}"),
        format!("'; {canary}; '"),
    ] {
        run(&line);
        assert!(!mark.exists(), "{line:?} was really run");
    }
    assert_ne!(run("jarvis --version").code, 0);
    assert!(jarvis().is_absolute());
}
