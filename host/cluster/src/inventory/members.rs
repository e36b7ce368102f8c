//! `/cluster/status`: the quorum, and what corosync knows of the nodes.

use std::time::Duration;

use jarvis_domain::inventory::{Node, NodeState};
use jarvis_domain::{NodeName, Timestamp};
use serde_json::Value;

use super::listing::Listing;
use crate::ClusterError;
use crate::lenient::{count, field, flag, text};

pub(super) const PATH: &str = "/cluster/status";

/// What it said, and when.
#[derive(Debug)]
pub(super) struct Members {
    as_of: Timestamp,
    /// Whether there is a quorum; none where there is no cluster.
    pub(super) quorate: Option<bool>,
    nodes: Vec<Member>,
    /// The nodes as the list of resources had them at the same time.
    listed: Vec<(NodeName, NodeState)>,
}

#[derive(Debug)]
struct Member {
    name: NodeName,
    id: Option<u32>,
    address: Option<String>,
    local: bool,
    online: Option<bool>,
}

impl Members {
    pub(super) fn read(
        status: &Value,
        listing: &Listing,
        as_of: Timestamp,
    ) -> Result<Self, ClusterError> {
        let entries = status.as_array().ok_or_else(|| ClusterError::Garbled {
            what: format!("get {PATH}"),
            why: "it is not a list".to_owned(),
        })?;
        let of_type = |kind| entries.iter().filter(move |entry| text(entry, "type") == Some(kind));
        Ok(Self {
            as_of,
            quorate: of_type("cluster").find_map(|entry| flag(field(entry, "quorate"))),
            nodes: of_type("node").filter_map(member).collect(),
            listed: listed(listing),
        })
    }

    /// Whether it need not be asked again for its age. Without a quorum it is
    /// what everybody waits for.
    pub(super) fn is_good(&self, now: Timestamp, for_long: Duration) -> bool {
        self.quorate != Some(false) && now.since(self.as_of) < for_long
    }

    /// Whether the nodes are still as they were. Where the two differ on a node
    /// it went or came between the two questions, or one of them lags: then
    /// nothing is taken for known.
    pub(super) fn fits(&self, listing: &Listing) -> bool {
        let agrees = |member: &Member| {
            let listed = self.listed.iter().find(|(name, _)| *name == member.name);
            match (listed, member.online) {
                (Some((_, state)), Some(online)) => (*state == NodeState::Online) == online,
                _ => true,
            }
        };
        self.listed == listed(listing) && self.nodes.iter().all(agrees)
    }

    /// Adds what it knows. corosync knows within seconds who is there; the
    /// list may lag.
    pub(super) fn complete(&self, listing: &mut Listing) {
        for member in &self.nodes {
            let fresh = || Node::new(member.name.clone(), NodeState::Unknown);
            let node = listing.nodes.entry(member.name.clone()).or_insert_with(fresh);
            node.id = member.id;
            node.address.clone_from(&member.address);
            node.local = member.local;
            match member.online {
                Some(true) => node.state = NodeState::Online,
                Some(false) => node.state = NodeState::Offline,
                None => {}
            }
        }
    }
}

fn member(entry: &Value) -> Option<Member> {
    let id = count(field(entry, "nodeid")).and_then(|id| u32::try_from(id).ok());
    Some(Member {
        name: text(entry, "name")?.parse().ok()?,
        // 0 stands for a machine without a cluster.
        id: id.filter(|id| *id > 0),
        address: text(entry, "ip").map(str::to_owned),
        local: flag(field(entry, "local")).unwrap_or_default(),
        online: flag(field(entry, "online")),
    })
}

fn listed(listing: &Listing) -> Vec<(NodeName, NodeState)> {
    listing.nodes.values().map(|node| (node.name.clone(), node.state)).collect()
}
