//! Whether the cluster answers, and to whom.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::inventory::{Inventory, NodeState, Snapshot};

use super::{Finding, Patient};
use crate::settings::Access;

const CHECK: &str = "access";

/// Asks the cluster what it consists of.
pub(super) async fn look(patient: &Patient<'_>) -> (Finding, Option<Arc<Snapshot>>) {
    let cluster = match &patient.cluster {
        Ok(cluster) => cluster,
        Err(fault) => return (Finding::of(CHECK, fault), None),
    };
    let snapshot = match cluster.snapshot(Duration::ZERO).await {
        Ok(snapshot) => snapshot,
        Err(error) => return (Finding::of(CHECK, &error.fault), None),
    };
    let way = match patient.settings.cluster.access {
        Access::Pvesh => "pvesh",
        Access::Api => "the HTTPS API",
    };
    let away: Vec<&str> = snapshot
        .nodes
        .iter()
        .filter(|node| node.state != NodeState::Online)
        .map(|node| node.name.as_str())
        .collect();
    let says = format!(
        "the cluster answers by {way}: {} nodes, {} guests, {} storages",
        snapshot.nodes.len(),
        snapshot.guests.len(),
        snapshot.storages.len()
    );
    let finding = if snapshot.quorate == Some(false) {
        Finding::ill(
            CHECK,
            format!("{says}; it has no quorum, so nothing can be started there"),
            "See which nodes are away: pvecm status",
        )
    } else if away.is_empty() {
        Finding::well(CHECK, says)
    } else {
        let hint = "What runs on a node that is away is not known, and cannot be asked.";
        Finding::without(CHECK, format!("{says}; away: {}", away.join(", ")), hint)
    };
    (finding, Some(snapshot))
}
