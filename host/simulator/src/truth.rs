//! What really happened, for whoever wants to compare an answer with it: each
//! change of a guest with the task that made it, and the true end of each task.
//! No program of Proxmox tells this, so nothing of it is behind `pvesh` or HTTPS.

use jarvis_domain::{NodeName, Timestamp, Upid, Vmid};
use serde::Serialize;

use crate::cluster::Cluster;
use crate::guest::Power;
use crate::node::Node;

/// How many changes are remembered; the oldest go first.
const CHANGES: usize = 100_000;

/// How a guest is, as far as a client can have changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Portrait {
    guest: Vmid,
    node: NodeName,
    /// `running`, `stopped` or `paused`; `stopped` on a node without power.
    power: &'static str,
    /// When it was started last, milliseconds; means nothing while stopped.
    started: Timestamp,
    /// Those that are whole.
    snapshots: Vec<String>,
}

/// How a guest was from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    at: Timestamp,
    /// The task that changed it; none for HA, which comes after its task, and
    /// for a node that lost its power or has it back.
    by: Option<Upid>,
    #[serde(flatten)]
    portrait: Portrait,
}

/// One line of what is told.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
enum Line<'a> {
    Changed(&'a Change),
    /// How a guest is now.
    Now(Change),
    Task {
        upid: &'a Upid,
        /// None while it runs.
        ended: Option<Timestamp>,
        result: Option<String>,
    },
}

impl Cluster {
    /// The guest `vmid` as it is.
    pub(crate) fn portrait(&self, vmid: Vmid) -> Option<Portrait> {
        let guest = self.guests.get(&vmid)?;
        let is_up = self.node(guest.node.as_str()).is_some_and(Node::is_up);
        let power = if is_up { guest.power } else { Power::Stopped };
        let whole = guest.snapshots.iter().filter(|snapshot| snapshot.state.is_none());
        Some(Portrait {
            guest: vmid,
            node: guest.node.clone(),
            power: power.qmpstatus(),
            started: guest.started,
            snapshots: whole.map(|snapshot| snapshot.name.clone()).collect(),
        })
    }

    /// Writes down how each of `before` is now, where it is another way.
    pub(crate) fn compare(&mut self, before: Vec<Portrait>, by: Option<&Upid>, at: Timestamp) {
        for old in before {
            let Some(portrait) = self.portrait(old.guest).filter(|new| *new != old) else {
                continue;
            };
            if self.changes.len() >= CHANGES {
                self.changes.drain(..CHANGES / 10);
            }
            self.changes.push(Change { at, by: by.cloned(), portrait });
        }
    }

    /// All that happened, one JSON object a line: the changes of guests, oldest
    /// first, how each guest is now, and the tasks.
    pub(crate) fn truth(&self, now: Timestamp) -> String {
        let changed = self.changes.iter().map(Line::Changed);
        let portraits = self.guests.keys().filter_map(|vmid| self.portrait(*vmid));
        let present = portraits.map(|portrait| Line::Now(Change { at: now, by: None, portrait }));
        let tasks = self.tasks.iter().map(|one| Line::Task {
            upid: &one.upid,
            ended: one.ended,
            result: one.result(),
        });
        let lines = changed.chain(present).chain(tasks);
        let lines: Vec<String> = lines.map(|line| serde_json::json!(line).to_string()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jarvis_domain::{Clock, ManualClock};
    use serde_json::Value;

    use crate::cluster::Timing;
    use crate::engine::Simulator;
    use crate::fault::Fault;

    use super::*;

    fn told(simulator: &Simulator) -> Vec<Value> {
        let told = simulator.fault(&Fault::Truth).unwrap();
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn each_change_is_told_with_its_task_and_each_task_with_its_end() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
        let cluster = Cluster::home(clock.now());
        let simulator = Simulator::new(cluster, clock, Timing::INSTANT);
        let fault = |words: &[&str]| simulator.fault(&Fault::parse(words).unwrap()).unwrap();
        simulator.run(&["create", "/nodes/home/qemu/102/status/start"]).await;
        fault(&["task", "102", "no space left"]);
        simulator.run(&["create", "/nodes/home/qemu/102/status/stop"]).await;
        fault(&["node", "pve3", "down"]);
        let lines = told(&simulator);
        let of = |what: &'static str| lines.iter().filter(move |line| line["what"] == what);
        let started: Vec<_> = of("changed").filter(|line| line["guest"] == 102).collect();
        assert_eq!(started.len(), 1, "what failed changed nothing: {started:?}");
        assert_eq!(started[0]["power"], "running");
        let tasks: Vec<_> = of("task").collect();
        assert_eq!(tasks[0]["upid"], started[0]["by"]);
        assert_eq!(
            (&tasks[0]["result"], &tasks[1]["result"]),
            (&"OK".into(), &"no space left".into())
        );
        let cut: Vec<_> = of("changed").filter(|line| line["by"].is_null()).collect();
        assert!(!cut.is_empty() && cut.iter().all(|line| line["node"] == "pve3"), "{cut:?}");
        assert!(
            of("now").filter(|line| line["node"] == "pve3").all(|line| line["power"] == "stopped")
        );
    }
}
