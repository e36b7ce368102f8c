//! The nodes: the list from the snapshot, what only a node itself knows from
//! the node.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use jarvis_domain::{ApiPath, Fields as CallFields, NodeName, Role, Timestamp};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ClusterQuery;
use crate::http::error::HttpError;
use crate::http::input::{At, Fields, Input, Params};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::{Shared, Site};
use crate::http::who::Who;
use crate::http::wire::{
    NodeStatus, NodeStorage, NodeStorages, NodeUpdates, Nodes, OneNode, StatusOf, Temperature,
    Update,
};

/// Of how many hours temperatures are told, if nobody says.
const HOURS: u32 = 24;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(status))
        .routes(routes!(storage))
        .routes(routes!(temperature))
        .routes(routes!(updates))
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct TemperatureQuery {
    /// Of how many hours back `history` tells, 1 to 24.
    #[param(minimum = 1, maximum = 24)]
    hours: Option<u32>,
    /// Another cluster than the main one.
    cluster: Option<String>,
}

impl Input for TemperatureQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let hours: Option<u32> = fields.text("hours");
        if hours.is_some_and(|hours| !(1..=24).contains(&hours)) {
            fields.wrong("hours", "it has to be 1 to 24");
        }
        Some(Self { hours, cluster: fields.optional("cluster") })
    }
}

/// The nodes of a cluster.
#[utoipa::path(get, path = "/api/nodes", tag = "nodes", params(ClusterQuery),
    responses((status = 200, body = Nodes)))]
async fn list(
    State(state): State<Shared>,
    who: Who,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the list of nodes")?;
    let snapshot = state.site(query.cluster.as_deref())?.snapshot().await?;
    let nodes = snapshot.nodes.clone();
    let (cluster, as_of) = (snapshot.cluster.clone(), snapshot.as_of);
    Ok(Json(Nodes { cluster, as_of, nodes }).into_response())
}

/// One node, with its guests.
#[utoipa::path(get, path = "/api/nodes/{node}", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    responses((status = 200, body = OneNode)))]
async fn one(
    State(state): State<Shared>,
    who: Who,
    At(name): At<NodeName>,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "looking at a node")?;
    let snapshot = state.site(query.cluster.as_deref())?.snapshot().await?;
    let node = snapshot.node(&name).cloned().ok_or_else(|| unknown(&name))?;
    let guests = snapshot.guests.iter().filter(|guest| guest.node == name).cloned().collect();
    let (cluster, as_of) = (snapshot.cluster.clone(), snapshot.as_of);
    Ok(Json(OneNode { cluster, as_of, node, guests }).into_response())
}

/// How one node is: load, memory, disk, versions. Asked of the node itself.
#[utoipa::path(get, path = "/api/nodes/{node}/status", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    responses((status = 200, body = StatusOf)))]
async fn status(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the state of a node")?;
    let site = known(&state, &query, &node).await?;
    let (as_of, status) = ask::<NodeStatus>(&state, site, &node, "status").await?;
    let cluster = site.doors.cluster.clone();
    Ok(Json(StatusOf { cluster, node, as_of, status }).into_response())
}

/// The storages that a node can use. Asked of the node itself.
#[utoipa::path(get, path = "/api/nodes/{node}/storage", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    responses((status = 200, body = NodeStorages)))]
async fn storage(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the storages of a node")?;
    let site = known(&state, &query, &node).await?;
    let (as_of, storages) = ask::<Vec<NodeStorage>>(&state, site, &node, "storage").await?;
    let cluster = site.doors.cluster.clone();
    Ok(Json(NodeStorages { cluster, node, as_of, storages }).into_response())
}

/// How hot a node is, and was.
#[utoipa::path(get, path = "/api/nodes/{node}/temperature", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), TemperatureQuery),
    responses((status = 200, body = Temperature)))]
async fn temperature(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(TemperatureQuery { hours, cluster }): Params<TemperatureQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the temperature of a node")?;
    let hours = hours.unwrap_or(HOURS);
    let site = known(&state, &ClusterQuery { cluster }, &node).await?;
    let back = Duration::from_secs(u64::from(hours) * 3600).as_millis();
    let back = u64::try_from(back).unwrap_or(u64::MAX);
    let since = Timestamp(state.parts.clock.now().0.saturating_sub(back));
    let readings = site.doors.sensors.temperatures(&node).await?;
    let history = site.doors.sensors.history(&node, since).await?;
    let answer = Temperature {
        cluster: site.doors.cluster.clone(),
        node,
        as_of: readings.as_of,
        source: readings.source,
        readings: readings.readings,
        hours,
        history,
    };
    Ok(Json(answer).into_response())
}

/// Which package updates wait on a node. Asked of the node itself.
#[utoipa::path(get, path = "/api/nodes/{node}/updates", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    responses((status = 200, body = NodeUpdates)))]
async fn updates(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the updates of a node")?;
    let site = known(&state, &query, &node).await?;
    let (as_of, updates) = ask::<Vec<Update>>(&state, site, &node, "apt/update").await?;
    let cluster = site.doors.cluster.clone();
    Ok(Json(NodeUpdates { cluster, node, as_of, updates }).into_response())
}

/// The cluster, once it is known to have this node: no name from outside goes
/// on to it otherwise.
pub(super) async fn known<'a>(
    state: &'a Shared,
    query: &ClusterQuery,
    node: &NodeName,
) -> Answer<Site<'a>> {
    let site = state.site(query.cluster.as_deref())?;
    match site.snapshot().await?.node(node) {
        Some(_) => Ok(site),
        None => Err(unknown(node).into()),
    }
}

fn unknown(node: &NodeName) -> HttpError {
    HttpError::Unknown { kind: "node", id: node.to_string(), list: "/api/nodes" }
}

/// What a node says of itself, and when it was asked.
async fn ask<T: DeserializeOwned>(
    state: &Shared,
    site: Site<'_>,
    node: &NodeName,
    what: &str,
) -> Answer<(Timestamp, T)> {
    let path: ApiPath = format!("/nodes/{node}/{what}").parse().map_err(|_| HttpError::Broken)?;
    let as_of = state.parts.clock.now();
    let value = site.doors.reader.get(&path, &CallFields::none()).await?;
    let read = serde_json::from_value(value);
    let read = read.map_err(|error| HttpError::Odd { path, why: error.to_string() })?;
    Ok((as_of, read))
}
