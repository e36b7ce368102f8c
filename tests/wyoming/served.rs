//! A host that serves by Wyoming, on a simulated cluster.
#![allow(dead_code, reason = "shared by test crates, each of which uses its own part")]

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::lab::{Host, Lab};
use crate::support::speech::{models, python};
use crate::support::{Demo, Ran, free, jarvis, until};

/// It ends when dropped.
pub(crate) struct Served {
    // Ended first.
    host: Host,
    lab: Lab,
    pub(crate) address: SocketAddr,
    /// Where its API is.
    pub(crate) http: String,
    config: String,
    _models: TempDir,
}

impl Served {
    /// Whose recogniser is at `stt`; peers have this role.
    pub(crate) fn start(stt: &str, role: &str) -> Self {
        Self::with(stt, role, "")
    }

    /// The same with these settings too.
    pub(crate) fn with(stt: &str, role: &str, more: &str) -> Self {
        Self::set(&heard_by(stt), &format!("role: {role}"), more)
    }

    /// One without anything that hears, if nothing was built in.
    pub(crate) fn deaf() -> Self {
        Self::set("", "role: viewer", "")
    }

    /// One whose language model is at `ollama`.
    pub(crate) fn talking(stt: &str, ollama: String, more: &str) -> Self {
        let mut lab = Lab::open();
        lab.ollama = ollama;
        Self::of(lab, &heard_by(stt), "role: viewer", more)
    }

    /// One that tells the network where it is.
    pub(crate) fn announced(stt: &str) -> Self {
        Self::set(&heard_by(stt), "announce: true", "")
    }

    fn set(stt: &str, wyoming: &str, more: &str) -> Self {
        Self::of(Lab::open(), stt, wyoming, more)
    }

    fn of(lab: Lab, stt: &str, wyoming: &str, more: &str) -> Self {
        let (models, address) = (models(), free());
        let folder = models.path().display();
        // Said by a synthesiser it is not always found at first.
        let wake = if more.contains("wake:") { "" } else { "wake: {sensitivity: 0.8}\n" };
        let more = format!(
            "wyoming: {{listen: \"tcp://{address}\", {wyoming}}}\nserver: {{port: 0}}\n{stt}\
             models: {{folder: {folder}}}\n{wake}{more}"
        );
        let config = lab.config(&lab.usual(), &more);
        let host = lab.serve(&config);
        assert_eq!(host.served["wyoming"], format!("tcp://{address}"));
        let config = config.to_str().unwrap().to_owned();
        let http = host.served["http"].as_str().unwrap().to_owned();
        Self { host, lab, address, http, config, _models: models }
    }

    pub(crate) fn demo(&self) -> &Demo {
        &self.lab.demo
    }

    /// A connection, as anybody has it.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// What the reference library is told when it asks for `what`.
    pub(crate) fn peer(&self, what: &str, given: &[&str]) -> Vec<Value> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/wyoming/peer.py");
        let mut command = Command::new(python());
        command.args(["-B", script, &format!("tcp://{}", self.address), what]).args(given);
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let told = String::from_utf8(ran.stdout).unwrap();
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A new key of this name.
    pub(crate) fn key(&self, name: &str, more: &[&str]) -> String {
        let make = ["key", "make", name, "--json", "--config", &self.config];
        let ran = self.lab.demo.run(&[&make[..], more].concat()).ended(0);
        let made: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
        made["secret"].as_str().unwrap().to_owned()
    }

    /// Ends it.
    pub(crate) fn revoke(&self, name: &str) {
        self.lab.demo.run(&["key", "revoke", name, "--config", &self.config]).ended(0);
    }

    /// Has `jarvis announce` do this.
    pub(crate) fn announce(&self, args: &[&str]) -> Ran {
        let announce = ["announce", "--config", &self.config];
        self.lab.demo.run(&[&announce, args].concat())
    }

    /// Waits until something can be said at all of `places`, which are sorted.
    pub(crate) fn can_say_at(&self, places: &[&str]) {
        let there = format!("there are {}", places.join(", "));
        until(&there, || self.announce(&["--to", "nowhere", "?!x"]).stderr.contains(&there));
    }

    /// `jarvis` with the settings of this host.
    pub(crate) fn command(&self, name: &str, args: &[&str]) -> Command {
        self.lab.demo.command(&[&[name, "--config", &self.config], args].concat())
    }

    pub(crate) fn id(&self) -> u32 {
        self.host.id()
    }

    /// What the satellites do, by their names.
    pub(crate) fn microphones(&self) -> Vec<Value> {
        let ran = self.lab.demo.run(&["microphones", "--json", "--config", &self.config]);
        let told: Value = serde_json::from_str(ran.ended(0).stdout.trim()).unwrap();
        told.as_array().cloned().unwrap_or_default()
    }

    /// Waits until one of them does so.
    pub(crate) fn until(&self, name: &str, attention: &str) {
        let is_so = |one: &Value| {
            one["name"].as_str().unwrap().contains(name) && one["attention"] == attention
        };
        until(&format!("{name} is {attention}"), || self.microphones().iter().any(is_so));
    }

    /// What the guest `vmid` does.
    pub(crate) fn state_of(&self, vmid: u64) -> String {
        self.lab.demo.state_of(vmid)
    }
}

/// The settings of a recogniser.
fn heard_by(stt: &str) -> String {
    format!("stt: {{address: \"{stt}\"}}\n")
}

/// What the network is told of a port on loopback, once it is.
pub(crate) fn browse(port: u16) -> String {
    let python = jarvis().ancestors().nth(2).unwrap().join("tools/wyoming-satellite/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/wyoming/browse.py");
    let ran = Command::new(python).args(["-B", script, &port.to_string()]).output();
    let ran = ran.expect("wyoming-satellite is not there: run script/setup");
    String::from_utf8(ran.stdout).unwrap()
}

/// Those of one type.
pub(crate) fn of<'a>(told: &'a [Value], kind: &str) -> Vec<&'a Value> {
    told.iter().filter(|one| one["type"] == kind).collect()
}
