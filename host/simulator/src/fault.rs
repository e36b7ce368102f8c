//! What can be made to go wrong, in the words of `jarvis simulate fault …`.
//! How the cluster then behaves is the other modules' business.

use std::str::FromStr;

use jarvis_domain::{NodeName, Vmid, text};
use serde::{Deserialize, Serialize};

use crate::apt::AptTrouble;
use crate::somebody::Deed;

/// Everything that may be said, one line each.
pub const FAULTS: &str = "\
node NODE down|up
node NODE apt broken|locked|hang|ok
node NODE deaf|hears
sensors NODE missing|ok
sensors NODE hot DEGREES
sensors NODE cool
https silent|babble|hang|garbage|half|lose|flood|ok [NODE]
https slow MILLISECONDS [NODE]
certificate NODE new
ssh silent|babble|refuse|hang|garbage|flood|drop|ok [NODE]
hostkey NODE new
tickets expire
quorum lost|back
ha stuck|ok
pvesh hang|garbage|die|lose-upid|noise [get|set|create|delete]
pvesh ok
task VMID warn|ok|\"error text\"
worker VMID hang|go
guest VMID name TEXT
guest VMID tags TEXT
guest VMID deaf|hears
somebody VMID start|stop|shutdown|reboot
calls
truth";

/// How the `pvesh` program itself misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misbehaviour {
    /// Says nothing until the fault is taken back.
    Hang,
    /// Prints what is no JSON, and exits with 0.
    Garbage,
    /// Ends half-way: a read with half of its output, an action without a
    /// word and with its worker orphaned.
    Die,
    /// Does everything, but prints no UPID.
    LoseUpid,
    /// Prints warnings on standard error, and works.
    Noise,
}

/// How a node's HTTPS door misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoorTrouble {
    /// Takes connections, and says nothing on them, not even for TLS, until
    /// the fault is taken back.
    Silent,
    /// Answers in TLS with what is no HTTP.
    Babble,
    /// Takes requests, and says nothing until the fault is taken back.
    Hang,
    /// Answers 200 with what is no JSON.
    Garbage,
    /// Does what it is asked, and breaks off in the middle of the answer.
    Half,
    /// Does what it is asked, and closes the connection without an answer.
    Lose,
    /// Answers 200 with what begins as JSON and never ends.
    Flood,
    /// Answers after so many milliseconds.
    Slow(u32),
}

/// How a node's sshd misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SshTrouble {
    /// Takes connections, and says nothing on them until the fault is taken
    /// back.
    Silent,
    /// Answers with what is no SSH.
    Babble,
    /// Accepts nobody's key.
    Refuse,
    /// Takes commands, and says nothing until the fault is taken back.
    Hang,
    /// Answers every command with what no program prints.
    Garbage,
    /// Answers every command with 3 MiB.
    Flood,
    /// Takes a command, and cuts the connection in the middle of it.
    Drop,
}

/// What the next worker for a guest does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextTask {
    /// Ends with one warning.
    Warns,
    /// Fails with this text.
    Fails(String),
}

/// One change to how the cluster behaves. Each lasts until it is taken back,
/// save for [`Fault::Task`], which the next worker uses up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A node loses its power, or has it back.
    Node {
        /// Which.
        node: NodeName,
        /// Whether it is down.
        down: bool,
    },
    /// `apt-get` misbehaves on a node.
    Apt {
        /// Which.
        node: NodeName,
        /// How; none is well.
        how: Option<AptTrouble>,
    },
    /// A node takes requests to reboot or shut down, and stays as it is; nor
    /// does it wake.
    DeafNode {
        /// Which.
        node: NodeName,
        /// Whether it does not hear.
        deaf: bool,
    },
    /// The program `sensors` is not installed on a node.
    Sensors {
        /// Which.
        node: NodeName,
        /// Whether it is missing.
        missing: bool,
    },
    /// A node's processor has another temperature than it would have.
    Heat {
        /// Which.
        node: NodeName,
        /// Degrees Celsius; none for its own.
        celsius: Option<u8>,
    },
    /// The cluster has lost its quorum.
    Quorum {
        /// Whether it is lost.
        lost: bool,
    },
    /// HA accepts requests and then does nothing.
    Ha {
        /// Whether it is stuck.
        stuck: bool,
    },
    /// `pvesh` misbehaves.
    Pvesh {
        /// How; none is well.
        how: Option<Misbehaviour>,
        /// Only for this sub-command.
        only: Option<String>,
    },
    /// The HTTPS door misbehaves.
    Https {
        /// At which node; none is all.
        node: Option<NodeName>,
        /// How; none is well.
        how: Option<DoorTrouble>,
    },
    /// A node gets another certificate, and closes its connections.
    Certificate {
        /// Which.
        node: NodeName,
    },
    /// The sshd misbehaves.
    Ssh {
        /// On which node; none is all.
        node: Option<NodeName>,
        /// How; none is well.
        how: Option<SshTrouble>,
    },
    /// A node gets another host key, as after an installation, and its SSH
    /// connections are cut.
    HostKey {
        /// Which.
        node: NodeName,
    },
    /// Every ticket so far is invalid.
    Tickets,
    /// The next worker for a guest.
    Task {
        /// Which.
        guest: Vmid,
        /// What it does; none is its work.
        next: Option<NextTask>,
    },
    /// Workers for a guest stay running until they may go on.
    Worker {
        /// Which.
        guest: Vmid,
        /// Whether they stay.
        hang: bool,
    },
    /// A guest gets another name, however hostile.
    Name {
        /// Which.
        guest: Vmid,
        /// The name, unchecked.
        name: String,
    },
    /// A guest gets other tags.
    Tags {
        /// Which.
        guest: Vmid,
        /// The tags, parted by `;`, unchecked.
        tags: String,
    },
    /// A guest does not react to a graceful shutdown.
    Deaf {
        /// Which.
        guest: Vmid,
        /// Whether it does not hear.
        deaf: bool,
    },
    /// No fault: somebody else does something to a guest.
    Somebody {
        /// Which.
        guest: Vmid,
        /// What.
        does: Deed,
    },
    /// No fault: tells every argv seen so far, one JSON object a line.
    Calls,
    /// No fault: tells what really happened to each guest and how each task
    /// really ended, one JSON object a line.
    Truth,
}

/// Words that name no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    /// Not in the table.
    #[error("{0:?} is no fault; what may be said is\n{FAULTS}")]
    Unknown(String),
    /// A node that the cluster does not have, or no node's name.
    #[error("the simulated cluster has no node {0:?}")]
    Node(String),
    /// There is no HTTPS door, or it cannot have another certificate.
    #[error("{0}")]
    Door(String),
    /// A guest that the cluster does not have, or no guest's number.
    #[error("the simulated cluster has no guest {0:?}")]
    Guest(String),
}

impl Fault {
    /// Reads a fault from its words: `["node", "pve3", "down"]`.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self, BadFault> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let unknown = || BadFault::Unknown(text::cut(&words.join(" "), 120));
        let node = |text: &str| text.parse().map_err(|_| BadFault::Node(text.to_owned()));
        let guest = |text: &str| text.parse().map_err(|_| BadFault::Guest(text.to_owned()));
        Ok(match words.as_slice() {
            ["node", name, state @ ("down" | "up")] => {
                Self::Node { node: node(name)?, down: *state == "down" }
            }
            ["node", name, "apt", "ok"] => Self::Apt { node: node(name)?, how: None },
            ["node", name, "apt", how] => {
                let how = match *how {
                    "broken" => AptTrouble::Broken,
                    "locked" => AptTrouble::Locked,
                    "hang" => AptTrouble::Hang,
                    _ => return Err(unknown()),
                };
                Self::Apt { node: node(name)?, how: Some(how) }
            }
            ["node", name, state @ ("deaf" | "hears")] => {
                Self::DeafNode { node: node(name)?, deaf: *state == "deaf" }
            }
            ["sensors", name, state @ ("missing" | "ok")] => {
                Self::Sensors { node: node(name)?, missing: *state == "missing" }
            }
            ["sensors", name, "hot", degrees] => {
                let celsius = Some(degrees.parse().map_err(|_| unknown())?);
                Self::Heat { node: node(name)?, celsius }
            }
            ["sensors", name, "cool"] => Self::Heat { node: node(name)?, celsius: None },
            ["quorum", state @ ("lost" | "back")] => Self::Quorum { lost: *state == "lost" },
            ["ha", state @ ("stuck" | "ok")] => Self::Ha { stuck: *state == "stuck" },
            ["pvesh", "ok"] => Self::Pvesh { how: None, only: None },
            ["pvesh", how] => {
                Self::Pvesh { how: Some(how.parse().map_err(|()| unknown())?), only: None }
            }
            ["pvesh", how, only @ ("get" | "set" | "create" | "delete")] => Self::Pvesh {
                how: Some(how.parse().map_err(|()| unknown())?),
                only: Some((*only).to_owned()),
            },
            ["https", words @ ..] => door(words)?.ok_or_else(unknown)?,
            ["ssh", how, rest @ ..] => Self::Ssh {
                how: ssh_trouble(how).ok_or_else(unknown)?,
                node: match rest {
                    [] => None,
                    [name] => Some(node(name)?),
                    _ => return Err(unknown()),
                },
            },
            ["hostkey", name, "new"] => Self::HostKey { node: node(name)? },
            ["certificate", name, "new"] => Self::Certificate { node: node(name)? },
            ["tickets", "expire"] => Self::Tickets,
            ["task", vmid, "ok"] => Self::Task { guest: guest(vmid)?, next: None },
            ["task", vmid, "warn"] => {
                Self::Task { guest: guest(vmid)?, next: Some(NextTask::Warns) }
            }
            ["task", vmid, text] if !text.is_empty() => {
                Self::Task { guest: guest(vmid)?, next: Some(NextTask::Fails((*text).to_owned())) }
            }
            ["worker", vmid, state @ ("hang" | "go")] => {
                Self::Worker { guest: guest(vmid)?, hang: *state == "hang" }
            }
            ["guest", vmid, "name", text] => {
                Self::Name { guest: guest(vmid)?, name: (*text).to_owned() }
            }
            ["guest", vmid, "tags", text] => {
                Self::Tags { guest: guest(vmid)?, tags: (*text).to_owned() }
            }
            ["guest", vmid, state @ ("deaf" | "hears")] => {
                Self::Deaf { guest: guest(vmid)?, deaf: *state == "deaf" }
            }
            ["somebody", vmid, deed] => {
                Self::Somebody { guest: guest(vmid)?, does: deed.parse().map_err(|()| unknown())? }
            }
            ["calls"] => Self::Calls,
            ["truth"] => Self::Truth,
            _ => return Err(unknown()),
        })
    }
}

impl Fault {
    /// The node it names.
    pub(crate) fn node(&self) -> Option<String> {
        match self {
            Self::Node { node, .. }
            | Self::DeafNode { node, .. }
            | Self::Apt { node, .. }
            | Self::Sensors { node, .. }
            | Self::Heat { node, .. }
            | Self::Certificate { node }
            | Self::HostKey { node }
            | Self::Ssh { node: Some(node), .. }
            | Self::Https { node: Some(node), .. } => Some(node.to_string()),
            _ => None,
        }
    }

    /// The guest it names.
    pub(crate) fn guest(&self) -> Option<String> {
        match self {
            Self::Task { guest, .. }
            | Self::Worker { guest, .. }
            | Self::Name { guest, .. }
            | Self::Tags { guest, .. }
            | Self::Somebody { guest, .. }
            | Self::Deaf { guest, .. } => Some(guest.to_string()),
            _ => None,
        }
    }
}

/// Reads what follows `https`; none when it is no fault.
fn door(words: &[&str]) -> Result<Option<Fault>, BadFault> {
    let (how, rest) = match words {
        ["slow", time, rest @ ..] => match time.parse() {
            Ok(time) => (Some(DoorTrouble::Slow(time)), rest),
            Err(_) => return Ok(None),
        },
        ["silent", rest @ ..] => (Some(DoorTrouble::Silent), rest),
        ["babble", rest @ ..] => (Some(DoorTrouble::Babble), rest),
        ["flood", rest @ ..] => (Some(DoorTrouble::Flood), rest),
        ["hang", rest @ ..] => (Some(DoorTrouble::Hang), rest),
        ["garbage", rest @ ..] => (Some(DoorTrouble::Garbage), rest),
        ["half", rest @ ..] => (Some(DoorTrouble::Half), rest),
        ["lose", rest @ ..] => (Some(DoorTrouble::Lose), rest),
        ["ok", rest @ ..] => (None, rest),
        _ => return Ok(None),
    };
    let node = match rest {
        [] => None,
        [name] => Some(name.parse().map_err(|_| BadFault::Node((*name).to_owned()))?),
        _ => return Ok(None),
    };
    Ok(Some(Fault::Https { node, how }))
}

/// How an sshd misbehaves, by its word; the inner none is well.
#[allow(clippy::option_option, reason = "the outer one says whether there is such a word")]
fn ssh_trouble(word: &str) -> Option<Option<SshTrouble>> {
    Some(Some(match word {
        "silent" => SshTrouble::Silent,
        "babble" => SshTrouble::Babble,
        "refuse" => SshTrouble::Refuse,
        "hang" => SshTrouble::Hang,
        "garbage" => SshTrouble::Garbage,
        "flood" => SshTrouble::Flood,
        "drop" => SshTrouble::Drop,
        "ok" => return Some(None),
        _ => return None,
    }))
}

impl FromStr for Misbehaviour {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Ok(match word {
            "hang" => Self::Hang,
            "garbage" => Self::Garbage,
            "die" => Self::Die,
            "lose-upid" => Self::LoseUpid,
            "noise" => Self::Noise,
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests;
