//! The cluster's whole state. Only the engine holds its lock; nothing here
//! waits, and nothing here knows how `pvesh` speaks.

use std::collections::BTreeMap;
use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Upid, Vmid};
use serde::Serialize;

use crate::access::{Caller, Seal};
use crate::apt::AptTrouble;
use crate::fault::{BadFault, Fault, Misbehaviour};
use crate::guest::{Guest, Ha, Kind, Power};
use crate::https::Authority;
use crate::node::Node;
use crate::storage::Storage;
use crate::task::Task;
use crate::terminal::Terminal;
use crate::truth::{Change, Portrait};
use crate::worker::Job;

/// How many argvs are remembered; the oldest go first.
const CALLS: usize = 100_000;

/// Which Proxmox VE the cluster runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 8.4: no `memhost`, no pressure figures, no `available` memory.
    V8_4,
    /// 9.2.
    #[default]
    V9_2,
}

/// One call that came in, as [`Fault::Calls`] tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "program")]
pub(crate) enum Seen {
    /// The `pvesh` program.
    Pvesh {
        /// Its arguments, its own name left out.
        argv: Vec<String>,
    },
    /// The HTTPS API; neither query nor body, where passwords are.
    Https {
        /// The node whose door it was.
        node: String,
        /// `GET`, `POST` …
        method: String,
        /// As it was sent.
        path: String,
    },
    /// A node's shell.
    Shell {
        /// Which node.
        node: String,
        /// Program and arguments.
        argv: Vec<String>,
    },
}

/// A Proxmox cluster in memory.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) version: Version,
    /// By node id; the first is the one that `pvesh` runs on.
    pub(crate) nodes: Vec<Node>,
    pub(crate) guests: BTreeMap<Vmid, Guest>,
    pub(crate) storages: Vec<Storage>,
    /// Oldest first.
    pub(crate) tasks: Vec<Task>,
    /// Those that wait for their client.
    pub(crate) terminals: Vec<Terminal>,
    /// Whether no fault keeps the nodes apart.
    pub(crate) quorate: bool,
    pub(crate) ha_stuck: bool,
    pub(crate) program: Option<(Misbehaviour, Option<String>)>,
    pub(crate) calls: Vec<Seen>,
    /// Oldest first; see `truth`.
    pub(crate) changes: Vec<Change>,
    /// What tickets are signed with.
    pub(crate) seal: Seal,
    /// What signs the nodes' certificates; none without an HTTPS door.
    pub(crate) authority: Option<Authority>,
    pub(crate) next_pid: u32,
    /// The build in `/version`.
    pub(crate) repoid: &'static str,
}

impl Version {
    /// `release` and `version` of `/version`.
    pub(crate) fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::V8_4 => ("8.4", "8.4.14"),
            Self::V9_2 => ("9.2", "9.2.11"),
        }
    }
}

impl Cluster {
    /// The node that `pvesh` runs on.
    pub(crate) fn local(&self) -> Option<&Node> {
        self.nodes.first()
    }

    pub(crate) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name.as_str() == name)
    }

    pub(crate) fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.name.as_str() == name)
    }

    /// A guest that is of that kind and on that node.
    pub(crate) fn guest(&self, node: &NodeName, kind: Kind, vmid: Vmid) -> Option<&Guest> {
        self.guests.get(&vmid).filter(|guest| guest.kind == kind && guest.node == *node)
    }

    /// The guests on a node.
    pub(crate) fn guests_on<'a>(&'a self, node: &'a NodeName) -> impl Iterator<Item = &'a Guest> {
        self.guests.values().filter(move |guest| guest.node == *node)
    }

    pub(crate) fn task(&self, upid: &Upid) -> Option<&Task> {
        self.tasks.iter().rev().find(|task| task.upid == *upid)
    }

    pub(crate) fn task_mut(&mut self, upid: &Upid) -> Option<&mut Task> {
        self.tasks.iter_mut().rev().find(|task| task.upid == *upid)
    }

    /// Writes down the task of `job` and of `caller` that begins now.
    pub(crate) fn begin(&mut self, job: &Job, caller: Caller, now: Timestamp) -> Option<Upid> {
        let node = &job.node;
        self.next_pid = self.next_pid.wrapping_add(9) & 0x003f_ffff;
        let booted = self.node(node.as_str()).map_or(now, |node| node.booted);
        // The kernel counts a process's start in hundredths of a second.
        let pstart = u64::try_from(now.since(booted).as_millis() / 10).unwrap_or(0) & 0xf_ffff_ffff;
        let task = Task::begin(job, caller.id(), self.next_pid, pstart, now)?;
        let upid = task.upid.clone();
        self.tasks.push(task);
        Some(upid)
    }

    /// Remembers a call.
    pub(crate) fn saw(&mut self, seen: Seen) {
        if self.calls.len() >= CALLS {
            self.calls.drain(..CALLS / 10);
        }
        self.calls.push(seen);
    }

    /// Whether more than half of the nodes are there, and no fault says
    /// otherwise. A machine without a cluster needs no other.
    pub(crate) fn is_quorate(&self) -> bool {
        let up = self.nodes.iter().filter(|node| node.is_up()).count();
        self.quorate && (self.nodes.len() == 1 || up > self.nodes.len() / 2)
    }

    /// Whether the node at place `here` sees `node` in its cluster. Where a
    /// fault took the quorum, each node has lost all others.
    pub(crate) fn hears(&self, here: usize, node: &Node) -> bool {
        let itself = self.nodes.get(here).is_some_and(|own| own.name == node.name);
        node.is_up() && (self.quorate || itself)
    }

    /// Takes a node's power away, or gives it back; what ran on it runs again
    /// after it, as guests that start at boot do.
    pub(crate) fn set_power(&mut self, name: &str, down: bool, now: Timestamp) {
        let before = self.portraits(|guest| guest.node.as_str() == name);
        self.switch(name, down, now);
        self.compare(before, None, now);
    }

    fn switch(&mut self, name: &str, down: bool, now: Timestamp) {
        let Some(node) = self.node_mut(name) else { return };
        match (node.down, down) {
            (None, true) => node.down = Some(now),
            (Some(_), false) => {
                node.down = None;
                node.booted = now;
                node.apt.boot();
                for guest in self.guests.values_mut().filter(|g| g.node.as_str() == name) {
                    guest.started = now;
                    if guest.power == Power::Paused {
                        guest.power = Power::Running;
                    }
                }
            }
            _ => {}
        }
    }

    /// Makes `fault` so; what a person is told.
    pub(crate) fn make(&mut self, fault: &Fault, now: Timestamp) -> Result<String, BadFault> {
        let done = match fault {
            Fault::Node { node, down } => {
                self.node(node.as_str()).ok_or_else(|| BadFault::Node(node.to_string()))?;
                self.set_power(node.as_str(), *down, now);
                format!("node {node} is {}", if *down { "down" } else { "up" })
            }
            Fault::DeafNode { node, deaf } => {
                let found = self.node_mut(node.as_str());
                found.ok_or_else(|| BadFault::Node(node.to_string()))?.deaf = *deaf;
                format!("node {node} {}", if *deaf { "is deaf" } else { "hears again" })
            }
            Fault::Sensors { node, missing } => {
                let found = self.node_mut(node.as_str());
                found.ok_or_else(|| BadFault::Node(node.to_string()))?.without_sensors = *missing;
                format!("sensors {} on {node}", if *missing { "are missing" } else { "are there" })
            }
            Fault::Heat { node, celsius } => {
                let found = self.node_mut(node.as_str());
                found.ok_or_else(|| BadFault::Node(node.to_string()))?.heat = *celsius;
                match celsius {
                    Some(celsius) => format!("the processor of {node} has {celsius} degrees"),
                    None => format!("the processor of {node} is as hot as it is"),
                }
            }
            Fault::Apt { node, how } => {
                let found = self.node_mut(node.as_str());
                found.ok_or_else(|| BadFault::Node(node.to_string()))?.apt.trouble = *how;
                match how {
                    Some(AptTrouble::Broken) => format!("an upgrade of {node} fails at its end"),
                    Some(AptTrouble::Locked) => format!("dpkg is locked on {node}"),
                    Some(AptTrouble::Hang) => format!("upgrades of {node} hang"),
                    None => format!("apt is well on {node}"),
                }
            }
            Fault::Quorum { lost } => {
                self.quorate = !lost;
                format!("the quorum is {}", if *lost { "lost" } else { "back" })
            }
            Fault::Ha { stuck } => {
                self.ha_stuck = *stuck;
                if !stuck {
                    self.settle_ha(now);
                }
                format!("HA is {}", if *stuck { "stuck" } else { "well" })
            }
            Fault::Pvesh { how, only } => {
                self.program = how.map(|how| (how, only.clone()));
                match how {
                    Some(how) => format!("pvesh misbehaves: {how:?}"),
                    None => "pvesh is well".to_owned(),
                }
            }
            Fault::Https { node, how } => {
                if let Some(name) = node {
                    self.node(name.as_str()).ok_or_else(|| BadFault::Node(name.to_string()))?;
                }
                let wanted = |own: &&mut Node| node.as_ref().is_none_or(|name| own.name == *name);
                self.nodes.iter_mut().filter(wanted).for_each(|node| node.trouble = *how);
                let where_ = node.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
                match how {
                    Some(how) => format!("the HTTPS door{where_} misbehaves: {how:?}"),
                    None => format!("the HTTPS door{where_} is well"),
                }
            }
            Fault::Certificate { node } => {
                let closed = || {
                    BadFault::Door(
                        "the simulated cluster has no HTTPS door; start it with --https".to_owned(),
                    )
                };
                let authority = self.authority.clone().ok_or_else(closed)?;
                let found = self.node_mut(node.as_str());
                let found = found.ok_or_else(|| BadFault::Node(node.to_string()))?;
                let made =
                    authority.identify(found).map_err(|error| BadFault::Door(error.to_string()))?;
                let told = format!("{node} has the certificate {}", made.fingerprint());
                found.identity = Some(made);
                told
            }
            Fault::Ssh { node, how } => {
                if let Some(name) = node {
                    self.node(name.as_str()).ok_or_else(|| BadFault::Node(name.to_string()))?;
                }
                let wanted = |own: &&mut Node| node.as_ref().is_none_or(|name| own.name == *name);
                self.nodes.iter_mut().filter(wanted).for_each(|node| node.ssh_trouble = *how);
                let where_ = node.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
                match how {
                    Some(how) => format!("the sshd{where_} misbehaves: {how:?}"),
                    None => format!("the sshd{where_} is well"),
                }
            }
            Fault::HostKey { node } => {
                let found = self.node_mut(node.as_str());
                let found = found.ok_or_else(|| BadFault::Node(node.to_string()))?;
                found.host_key += 1;
                found.cut += 1;
                format!("{node} has another host key")
            }
            Fault::Tickets => {
                self.seal = self.seal.next();
                "every ticket has expired".to_owned()
            }
            Fault::Task { guest, next } => {
                self.fault_guest(*guest)?.next.clone_from(next);
                format!("the next task of {guest} is set")
            }
            Fault::Worker { guest, hang } => {
                self.fault_guest(*guest)?.held = *hang;
                format!("workers of {guest} {}", if *hang { "hang" } else { "go on" })
            }
            Fault::Name { guest, name } => {
                self.fault_guest(*guest)?.name.clone_from(name);
                format!("{guest} has another name")
            }
            Fault::Tags { guest, tags } => {
                self.fault_guest(*guest)?.tags.clone_from(tags);
                format!("{guest} has other tags")
            }
            Fault::Deaf { guest, deaf } => {
                self.fault_guest(*guest)?.deaf = *deaf;
                format!("{guest} {}", if *deaf { "is deaf to shutdowns" } else { "hears again" })
            }
            // It takes an engine to run it.
            Fault::Somebody { .. } => String::new(),
            Fault::Truth => self.truth(now),
            Fault::Calls => {
                let lines: Vec<String> =
                    self.calls.iter().map(|seen| serde_json::json!(seen).to_string()).collect();
                lines.join("\n")
            }
        };
        Ok(done)
    }

    /// How `pvesh` misbehaves on `command`.
    pub(crate) fn misbehaves(&self, command: &str) -> Option<Misbehaviour> {
        let (how, only) = self.program.as_ref()?;
        only.as_ref().is_none_or(|only| only == command).then_some(*how)
    }

    /// HA does what it was asked for and had not yet done.
    pub(crate) fn settle_ha(&mut self, now: Timestamp) {
        if self.ha_stuck {
            return;
        }
        let before = self.portraits(|guest| guest.ha.is_some());
        for guest in self.guests.values_mut() {
            match guest.ha {
                Some(Ha::Starting) => {
                    guest.ha = Some(Ha::Started);
                    guest.power = Power::Running;
                    guest.started = now;
                }
                Some(Ha::Stopping) => {
                    guest.ha = Some(Ha::Stopped);
                    guest.power = Power::Stopped;
                }
                _ => {}
            }
        }
        self.compare(before, None, now);
    }

    fn portraits(&self, which: impl Fn(&Guest) -> bool) -> Vec<Portrait> {
        let chosen = self.guests.values().filter(|guest| which(guest));
        chosen.filter_map(|guest| self.portrait(guest.vmid)).collect()
    }

    fn fault_guest(&mut self, vmid: Vmid) -> Result<&mut Guest, BadFault> {
        self.guests.get_mut(&vmid).ok_or_else(|| BadFault::Guest(vmid.to_string()))
    }
}

/// How long things take. All of it passes on the engine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Added to each `pvesh` call; 0.3 s is the measured lower bound.
    pub latency: Duration,
    /// Added to a call that goes to another node.
    pub hop: Duration,
    /// Until ssh, or a node's API, gives up on a node without power.
    pub dead_node: Duration,
    /// Added to each HTTPS answer with status 401; pve-http-server takes 3 s.
    pub refusal: Duration,
    /// Percent of the usual time that workers take; 0 makes them instant.
    pub work: u32,
}

impl Timing {
    /// Nothing takes any time.
    pub const INSTANT: Self = Self {
        latency: Duration::ZERO,
        hop: Duration::ZERO,
        dead_node: Duration::ZERO,
        refusal: Duration::ZERO,
        work: 0,
    };

    /// `usual`, as workers take it here.
    pub(crate) fn work(self, usual: Duration) -> Duration {
        usual * self.work / 100
    }
}
