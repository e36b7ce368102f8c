//! A node that is rebooted, shut down or woken. Proxmox takes the request, runs
//! `sleep 2; reboot` in the background and starts no task, so the node itself is
//! the only witness: it goes away, and comes back with a young uptime.

use std::time::Duration;

use jarvis_domain::operation::OperationRecord;
use jarvis_domain::{ApiCall, NodeName, OperationEnd, Timestamp, Verb, Verified};
use serde_json::Value;

use super::Supervisor;
use super::attempt::Attempt;
use super::conclude::never_started;
use crate::ClusterError;
use crate::lenient::{count, field, flag, text};

/// What is to become of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeChange {
    node: NodeName,
    to: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Gone and back.
    Rebooted,
    /// Gone.
    Off,
    /// There.
    On,
}

/// A node at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Away,
    /// With the seconds since it booted, where they are known.
    There(Option<u64>),
    /// Whoever answers cannot know; the text says why.
    Untold(&'static str),
}

/// Why whoever answers cannot know: it has lost the others, or is about to.
const ALONE: &str = "is not seen by a node that has no quorum";
const UNDECIDED: &str = "is offline in one list of the cluster and not in another";

/// How much older than it says a node may be: `pvestatd` tells the cluster
/// every 10 s, and what it told last is shown until then.
const STALE: u64 = 15;

impl NodeChange {
    /// What `call` makes of a node; none for any other call.
    pub(super) fn of(call: &ApiCall) -> Option<Self> {
        let mut segments = call.path.segments().skip(2);
        let to = match (call.verb, segments.next()?, call.fields.get("command")) {
            (Verb::Create, "status", Some("reboot")) => Wanted::Rebooted,
            (Verb::Create, "status", Some("shutdown")) => Wanted::Off,
            (Verb::Create, "wakeonlan", _) => Wanted::On,
            _ => return None,
        };
        let node = call.path.node()?;
        segments.next().is_none().then_some(Self { node, to })
    }

    /// Whether it has come about, `elapsed` seconds after the request. A node
    /// that was `missed` in between needs no margin: its uptime is a new one.
    fn is_so(&self, seen: Seen, elapsed: u64, missed: bool) -> bool {
        let margin = if missed { 0 } else { STALE };
        let is_young = |uptime: Option<u64>| uptime.is_some_and(|up| up + margin < elapsed);
        match (self.to, seen) {
            (_, Seen::Untold(_)) | (Wanted::Rebooted | Wanted::On, Seen::Away) => false,
            (Wanted::Off, Seen::Away) | (Wanted::On, Seen::There(_)) => true,
            // One that was off, and is on again by now, was off.
            (Wanted::Rebooted | Wanted::Off, Seen::There(uptime)) => is_young(uptime),
        }
    }
}

impl Supervisor {
    /// The end of a call that turns a node on or off.
    pub(super) async fn of_node(
        &self,
        record: &OperationRecord,
        change: &NodeChange,
        attempt: Attempt,
    ) -> OperationEnd {
        let lost = match attempt {
            Attempt::Taken => None,
            Attempt::Refused(message) | Attempt::Doubtful(message) => {
                return OperationEnd::Failed { message };
            }
            Attempt::Never => return never_started(),
            // Its own node was shut down, and jarvis with it.
            Attempt::Lost(why) => Some(why),
        };
        match (self.settle_node(change, record.at, lost.is_some()).await, lost) {
            (Ok(()), _) => OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes },
            (Err(seen), None) => {
                OperationEnd::Succeeded { warnings: 0, verified: Verified::No { why: seen } }
            }
            (Err(seen), Some(why)) => OperationEnd::Unknown { why: format!("{why}; {seen}") },
        }
    }

    /// Waits until `change` is seen; what is seen instead when it is not in time.
    /// Of a request whose answer was `lost` nobody knows that it arrived: a node
    /// that is away may have lost its network, with the answer.
    async fn settle_node(
        &self,
        change: &NodeChange,
        asked: Timestamp,
        lost: bool,
    ) -> Result<(), String> {
        // From now: after a restart the request may be hours old.
        let until = self.clock.now().plus(self.timeouts.node_settle);
        let mut pause = Duration::from_secs(1);
        let mut missed = false;
        loop {
            let looked = self.look_at_node(&change.node).await;
            let now = self.clock.now();
            let elapsed = now.since(asked).as_secs();
            let shown = match looked {
                Ok(Seen::Away) if lost && change.to == Wanted::Off => {
                    let node = &change.node;
                    return Err(format!("node {node} is offline, for whichever reason"));
                }
                Ok(seen) if change.is_so(seen, elapsed, missed) => return Ok(()),
                Ok(Seen::Away) => {
                    missed = true;
                    "is offline".to_owned()
                }
                Ok(Seen::There(_)) if missed => {
                    "is online, but not known to have booted".to_owned()
                }
                Ok(Seen::There(_)) => "is still online".to_owned(),
                Ok(Seen::Untold(why)) => why.to_owned(),
                Err(error) => format!("cannot be looked at: {error}"),
            };
            if now >= until {
                return Err(format!("node {} {shown}, {elapsed} s after the request", change.node));
            }
            self.clock.sleep(pause).await;
            pause = self.timeouts.task_poll;
        }
    }

    /// One look: the node that answers tells by itself what the cluster knows
    /// of the others. One without quorum has lost its peers, whatever became of
    /// them.
    async fn look_at_node(&self, node: &NodeName) -> Result<Seen, ClusterError> {
        let nodes = self.access.read("/nodes", &[]).await?;
        let mut entries = nodes.as_array().into_iter().flatten();
        let entry = entries.find(|entry| text(entry, "node") == Some(node.as_str()));
        if let Some(entry) = entry
            && text(entry, "status") == Some("online")
        {
            return Ok(Seen::There(count(field(entry, "uptime"))));
        }
        // Asked second, so that it is no older than what it confirms.
        let status = self.access.read("/cluster/status", &[]).await?;
        Ok(missing(&status, node))
    }
}

/// What `/cluster/status` says of a node that is not online.
fn missing(status: &Value, node: &NodeName) -> Seen {
    let entries = || status.as_array().into_iter().flatten();
    let is_set = |entry: &Value, name: &str| flag(field(entry, name));
    // One that has just lost its cluster file system tells of no cluster at all.
    if !entries().any(|entry| is_set(entry, "quorate") == Some(true)) {
        return Seen::Untold(ALONE);
    }
    let named = |entry: &&Value| {
        text(entry, "type") == Some("node") && text(entry, "name") == Some(node.as_str())
    };
    match entries().find(named).and_then(|entry| is_set(entry, "online")) {
        Some(false) => Seen::Away,
        Some(true) | None => Seen::Untold(UNDECIDED),
    }
}

#[cfg(test)]
mod tests;
