//! A simulated cluster behind its HTTPS doors, and settings that name them.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::http::Visitor;
use super::{Demo, Ran, first_line};

/// The secrets of the simulator's tokens (`host/simulator/src/access/people.rs`).
const READ: &str = "5e1ec7ed-0000-4000-8000-000000000001";
const ACT: &str = "5e1ec7ed-0000-4000-8000-000000000002";
const BARE: &str = "5e1ec7ed-0000-4000-8000-000000000003";

/// A simulated cluster with its HTTPS doors, and the settings that name them.
pub struct Lab {
    pub demo: Demo,
    pub simulator: Child,
    /// The nodes' names, addresses and fingerprints.
    pub doors: Vec<[String; 3]>,
    /// Where the language model is; nowhere at first.
    pub ollama: String,
    /// How long a read of the cluster may take.
    pub read_timeout: &'static str,
}

/// A host on it that stays. It is killed when dropped.
pub struct Host {
    child: Child,
    /// What it said when it began to serve.
    pub served: Value,
}

impl Lab {
    pub fn open() -> Self {
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
        let ollama = "http://127.0.0.1:1".to_owned();
        Self { demo, simulator, doors, ollama, read_timeout: "60s" }
    }

    /// Both of the first two nodes, the authority, one token to read and one
    /// to act.
    pub fn usual(&self) -> String {
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
    pub fn token(&self, name: &str, token: &str) -> String {
        let file = if token.ends_with("bare") { "bare" } else { name };
        let root = self.demo.root().display();
        format!("{name}: {{token: {token}, secret: \"file:{root}/{file}\"}}")
    }

    /// Runs `jarvis ask` with this `cluster.api`, and the shipped grants.
    pub fn ask(&self, api: &str, words: &[&str]) -> Ran {
        self.ask_beside(api, "", words)
    }

    /// The same with these settings too.
    pub fn ask_beside(&self, api: &str, more: &str, words: &[&str]) -> Ran {
        let config = self.config(api, more);
        let mut args = vec!["ask", "--config", config.to_str().unwrap()];
        args.extend(words);
        self.demo.run(&args)
    }

    /// A host that serves with the settings in this file.
    pub fn serve(&self, config: &Path) -> Host {
        let mut command = self.demo.command(&["serve", "--json", "--config"]);
        command.arg(config).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let served = serde_json::from_str(&first_line(&mut child)).expect("the host serves");
        Host { child, served }
    }

    /// The settings with this `cluster.api`, the shipped grants, and these
    /// beside.
    pub fn config(&self, api: &str, more: &str) -> PathBuf {
        let shipped = include_str!("../../config/jarvis.yaml");
        let (_, rest) = shipped.split_once("# --- Skills").unwrap();
        let (skills, _) = rest.split_once("# --- The host").unwrap();
        let (root, ollama, patience) =
            (self.demo.root().display(), &self.ollama, self.read_timeout);
        let settings = format!(
            "cluster:\n  access: api\n  read_timeout: {patience}\n  proxied_read_timeout: {patience}\n  api:\n    {api}\nstate: {{folder: {root}/state}}\n\
             control: {{socket: {root}/control.sock}}\nlog: {{level: error}}\nllm: {{host: \"{ollama}\"}}\n{more}\n# --- Skills{skills}"
        );
        self.demo.file("jarvis.yaml", &settings)
    }
}

impl Host {
    /// Somebody at its door.
    pub fn visitor(&self) -> Visitor {
        Visitor::at(self.served["http"].as_str().unwrap())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, as systemd sends it, and its end in order.
    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
