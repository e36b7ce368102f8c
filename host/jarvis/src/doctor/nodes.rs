//! The nodes' clocks and shells.

use std::time::Duration;

use jarvis_domain::inventory::{Node, Snapshot};
use jarvis_domain::read::{CallErrorKind, ClusterReader};
use jarvis_domain::sensors::Sensors;
use jarvis_domain::{ApiPath, Clock, Fields};

use super::{Finding, Health, Patient};
use crate::settings::Access;

const CLOCK: &str = "clock";
const SSH: &str = "ssh";
/// The difference from which codes of a second factor fail, and times in
/// records mislead.
const APART: Duration = Duration::from_secs(30);

fn online(snapshot: &Snapshot) -> impl Iterator<Item = &Node> {
    snapshot.nodes.iter().filter(|node| node.is_online())
}

/// Compares each node's clock with this machine's.
pub(super) async fn clocks(
    cluster: &dyn ClusterReader,
    snapshot: &Snapshot,
    clock: &dyn Clock,
) -> Finding {
    let mut apart = Vec::new();
    let mut silent = Vec::new();
    for node in online(snapshot) {
        let Ok(path) = format!("/nodes/{}/time", node.name).parse::<ApiPath>() else { continue };
        let told = cluster.get(&path, &Fields::none()).await;
        let theirs = told.ok().and_then(|time| time.get("time").and_then(|time| time.as_u64()));
        match theirs {
            Some(theirs) => {
                let off = theirs.abs_diff(clock.now().0 / 1000);
                if off > APART.as_secs() {
                    apart.push(format!("{} by {off} s", node.name));
                }
            }
            None => silent.push(node.name.as_str()),
        }
    }
    if !apart.is_empty() {
        let says = format!("clocks differ from this machine's: {}", apart.join(", "));
        return Finding::ill(CLOCK, says, "Let chrony or systemd-timesyncd keep them: timedatectl");
    }
    if !silent.is_empty() {
        let says = format!("no time was told by {}", silent.join(", "));
        return Finding::without(CLOCK, says, "Reading /nodes/NODE/time needs Sys.Audit.");
    }
    Finding::well(CLOCK, "the nodes' clocks are this machine's")
}

/// Whether a program can be run on each node: temperatures come by one.
pub(super) async fn shells(patient: &Patient<'_>, snapshot: &Snapshot) -> Option<Finding> {
    let cluster = patient.cluster.as_ref().ok()?;
    let settings = &patient.settings.cluster;
    if settings.access == Access::Api && settings.shells().is_none() {
        return Some(Finding::without(
            SSH,
            "no programs are run on nodes: there are no temperatures, and no updates to install",
            "Name a key and the host keys in the settings: cluster.ssh",
        ));
    }
    Some(temperatures(cluster.as_ref(), snapshot).await)
}

async fn temperatures(cluster: &dyn Sensors, snapshot: &Snapshot) -> Finding {
    let mut faults = Vec::new();
    let mut bare = Vec::new();
    let mut well = 0;
    for node in online(snapshot) {
        match cluster.temperatures(&node.name).await {
            Ok(_) => well += 1,
            // It answered: it has no sensors.
            Err(error) if error.kind == CallErrorKind::NotFound => bare.push(node.name.as_str()),
            Err(error) => faults.push(error.fault),
        }
    }
    if let Some(first) = faults.first() {
        let all: Vec<String> = faults.iter().map(|fault| fault.sentence.clone()).collect();
        return Finding { says: all.join("; "), ..Finding::of(SSH, first) };
    }
    let says = format!("programs run on {} nodes", well + bare.len());
    if bare.is_empty() {
        return Finding::well(SSH, says);
    }
    let hint = "apt install lm-sensors there, where the node has any.";
    let says = format!("{says}; no sensors on {}", bare.join(", "));
    Finding { state: Health::Without, hint: Some(hint.to_owned()), ..Finding::well(SSH, says) }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use jarvis_domain::inventory::NodeState;
    use jarvis_domain::read::CallErrorKind;
    use jarvis_domain::sensors::{Reach, Readings};
    use jarvis_domain::{CallError, Fault, ManualClock, NodeName, Row, Timestamp};
    use serde_json::{Value, json};

    use super::*;

    const ROW: Row =
        Row { code: "ssh-key-unknown", meaning: "", hint: "Add its key.", exit: 1, status: 502 };
    const NOW: Timestamp = Timestamp(1_795_468_823_000);

    /// Nodes whose clocks are so many seconds ahead, and whose sensors fail so.
    #[derive(Debug)]
    struct Nodes {
        ahead: u64,
        fails: Option<CallErrorKind>,
    }

    fn refused(kind: CallErrorKind) -> CallError {
        CallError { kind, fault: Fault::new(&ROW, "the key of pve2 is not known") }
    }

    #[async_trait]
    impl ClusterReader for Nodes {
        async fn get(&self, _: &ApiPath, _: &Fields) -> Result<Value, CallError> {
            Ok(json!({ "time": NOW.0 / 1000 + self.ahead }))
        }
    }

    #[async_trait]
    impl Sensors for Nodes {
        async fn temperatures(&self, node: &NodeName) -> Result<Readings, CallError> {
            match self.fails {
                Some(kind) => Err(refused(kind)),
                None => Ok(Readings {
                    node: node.clone(),
                    as_of: NOW,
                    source: "hwmon".to_owned(),
                    readings: Vec::new(),
                }),
            }
        }

        async fn reach(&self, _: &NodeName) -> Result<Reach, CallError> {
            Err(refused(CallErrorKind::TimedOut))
        }
    }

    fn snapshot() -> Snapshot {
        Snapshot {
            cluster: "home".parse().unwrap(),
            as_of: NOW,
            quorate: None,
            nodes: vec![Node::new("pve2".parse().unwrap(), NodeState::Online)],
            guests: Vec::new(),
            storages: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_apart_is_named() {
        let clock = ManualClock::at(NOW);
        let near = Nodes { ahead: 20, fails: None };
        assert_eq!(clocks(&near, &snapshot(), &clock).await.state, Health::Well);
        let far = Nodes { ahead: 45, fails: None };
        let found = clocks(&far, &snapshot(), &clock).await;
        assert_eq!(found.state, Health::Ill);
        assert!(found.says.contains("pve2 by 45 s"), "{found:?}");
    }

    #[tokio::test]
    async fn a_shell_that_is_out_of_reach_is_told_with_its_hint() {
        for (fails, state) in [
            (None, Health::Well),
            (Some(CallErrorKind::NotFound), Health::Without),
            (Some(CallErrorKind::Unavailable), Health::Ill),
        ] {
            let found = temperatures(&Nodes { ahead: 0, fails }, &snapshot()).await;
            assert_eq!(found.state, state, "{found:?}");
            if state == Health::Ill {
                assert_eq!(found.hint.as_deref(), Some("Add its key."));
                assert!(found.says.contains("pve2"), "{found:?}");
            }
        }
    }
}
