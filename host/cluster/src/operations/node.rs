//! A node that is rebooted, shut down or woken. Proxmox takes the request, runs
//! `sleep 2; reboot` in the background and starts no task, so the node itself is
//! the only witness: it goes away, and comes back with a young uptime.

use std::time::Duration;

use jarvis_domain::operation::OperationRecord;
use jarvis_domain::{ApiCall, NodeName, OperationEnd, Timestamp, Verb, Verified};

use super::Supervisor;
use super::attempt::Attempt;
use super::conclude::never_started;
use crate::ClusterError;
use crate::lenient::{count, field, text};

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
}

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
            (Wanted::Rebooted, Seen::Away) | (Wanted::On, Seen::Away) => false,
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
        let why = match attempt {
            Attempt::Taken => None,
            Attempt::Refused(message) | Attempt::Doubtful(message) => {
                return OperationEnd::Failed { message };
            }
            Attempt::Never => return never_started(),
            // Its own node was shut down, and jarvis with it.
            Attempt::Lost(why) => Some(why),
        };
        match (self.settle_node(change, record.at).await, why) {
            (Ok(()), _) => OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes },
            (Err(seen), None) => {
                OperationEnd::Succeeded { warnings: 0, verified: Verified::No { why: seen } }
            }
            (Err(seen), Some(why)) => OperationEnd::Unknown { why: format!("{why}; {seen}") },
        }
    }

    /// Waits until `change` is seen; what is seen instead when it is not in time.
    async fn settle_node(&self, change: &NodeChange, asked: Timestamp) -> Result<(), String> {
        // From now: after a restart the request may be hours old.
        let until = self.clock.now().plus(self.timeouts.node_settle);
        let mut pause = Duration::from_secs(1);
        let mut missed = false;
        loop {
            let looked = self.look_at_node(&change.node).await;
            let now = self.clock.now();
            let elapsed = now.since(asked).as_secs();
            let shown = match looked {
                Ok(seen) if change.is_so(seen, elapsed, missed) => return Ok(()),
                Ok(Seen::Away) => {
                    missed = true;
                    "is offline".to_owned()
                }
                Ok(Seen::There(_)) if missed => {
                    "is online, but not known to have booted".to_owned()
                }
                Ok(Seen::There(_)) => "is still online".to_owned(),
                Err(error) => format!("cannot be looked at: {error}"),
            };
            if now >= until {
                return Err(format!("node {} {shown}, {elapsed} s after the request", change.node));
            }
            self.clock.sleep(pause).await;
            pause = self.timeouts.task_poll;
        }
    }

    /// One look: this node answers by itself what the cluster knows of the
    /// others.
    async fn look_at_node(&self, node: &NodeName) -> Result<Seen, ClusterError> {
        let nodes = self.access.read("/nodes", &[]).await?;
        let mut entries = nodes.as_array().into_iter().flatten();
        let entry = entries.find(|entry| text(entry, "node") == Some(node.as_str()));
        let Some(entry) = entry else { return Ok(Seen::Away) };
        Ok(match text(entry, "status") {
            Some("online") => Seen::There(count(field(entry, "uptime"))),
            _ => Seen::Away,
        })
    }
}

#[cfg(test)]
mod tests;
