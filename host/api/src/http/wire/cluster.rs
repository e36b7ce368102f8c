//! What shows a cluster. All of it says when it was so.

use jarvis_domain::inventory::{Guest, GuestState, Node, Snapshot};
use jarvis_domain::sensors::{Reading, Sample};
use jarvis_domain::{ClusterId, NodeName, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::schema;

/// The clusters.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clusters {
    /// The main one first: it is meant where none is named.
    pub clusters: Vec<ClusterEntry>,
}

/// A cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterEntry {
    /// Goes into `?cluster=`.
    #[schema(value_type = String)]
    pub id: ClusterId,
    /// What it is called beside that.
    pub names: Vec<String>,
    /// Whether it is meant where none is named.
    pub main: bool,
}

/// How a cluster stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterStatus {
    /// Which.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Whether it has its quorum; none where there is no cluster.
    pub quorate: Option<bool>,
    /// How many nodes it has.
    pub nodes: usize,
    /// How many of them take part.
    pub nodes_online: usize,
    /// How many guests it has, templates left out.
    pub guests: usize,
    /// How many of them run.
    pub guests_running: usize,
}

/// The nodes of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nodes {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// By name.
    #[schema(value_type = Vec<schema::Node>)]
    pub nodes: Vec<Node>,
}

/// One node, with its guests.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneNode {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The node.
    #[schema(value_type = schema::Node)]
    pub node: Node,
    /// The guests on it.
    #[schema(value_type = Vec<schema::Guest>)]
    pub guests: Vec<Guest>,
}

/// Guests of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct Guests {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// By number.
    #[schema(value_type = Vec<schema::Guest>)]
    pub guests: Vec<Guest>,
}

/// One guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneGuest {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The guest.
    #[schema(value_type = schema::Guest)]
    pub guest: Guest,
}

/// How hot a node is, and was.
#[derive(Debug, Serialize, ToSchema)]
pub struct Temperature {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// The node.
    #[schema(value_type = String)]
    pub node: NodeName,
    /// When its sensors were read.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Where from: `lm-sensors`, `hwmon`, `thermal-zone`.
    pub source: String,
    /// The sensors.
    #[schema(value_type = Vec<schema::Reading>)]
    pub readings: Vec<Reading>,
    /// Of how many hours `history` tells.
    pub hours: u32,
    /// How hot the processor was, oldest first; empty until the host has
    /// served for a while.
    #[schema(value_type = Vec<schema::Sample>)]
    pub history: Vec<Sample>,
}

impl ClusterStatus {
    /// How the cluster of `snapshot` stands.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let guests = || snapshot.guests.iter().filter(|guest| !guest.template);
        Self {
            cluster: snapshot.cluster.clone(),
            as_of: snapshot.as_of,
            quorate: snapshot.quorate,
            nodes: snapshot.nodes.len(),
            nodes_online: snapshot.nodes.iter().filter(|node| node.is_online()).count(),
            guests: guests().count(),
            guests_running: guests().filter(|guest| guest.state == GuestState::Running).count(),
        }
    }
}
