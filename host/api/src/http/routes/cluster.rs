//! The clusters, and what is in one.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jarvis_domain::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ClusterQuery;
use crate::http::input::Params;
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{ClusterEntry, ClusterStatus, Clusters};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(clusters))
        .routes(routes!(status))
        .routes(routes!(resources))
}

/// The clusters that this host looks after.
#[utoipa::path(get, path = "/api/clusters", tag = "cluster", responses((status = 200, body = Clusters)))]
async fn clusters(State(state): State<Shared>, who: Who) -> Answer {
    who.needs(Role::Viewer, "the list of clusters")?;
    let entry = |(at, site): (usize, &crate::http::SiteDoors)| ClusterEntry {
        id: site.cluster.clone(),
        names: site.names.clone(),
        main: at == 0,
    };
    let clusters = state.parts.sites.iter().enumerate().map(entry).collect();
    Ok(Json(Clusters { clusters }).into_response())
}

/// How a cluster stands.
#[utoipa::path(get, path = "/api/cluster/status", tag = "cluster", params(ClusterQuery),
    responses((status = 200, body = ClusterStatus)))]
async fn status(
    State(state): State<Shared>,
    who: Who,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the state of the cluster")?;
    let snapshot = state.site(query.cluster.as_deref())?.snapshot().await?;
    Ok(Json(ClusterStatus::of(&snapshot)).into_response())
}

/// Everything in a cluster: nodes, guests and storages.
#[utoipa::path(get, path = "/api/cluster/resources", tag = "cluster", params(ClusterQuery),
    responses((status = 200, body = schema::Snapshot)))]
async fn resources(
    State(state): State<Shared>,
    who: Who,
    Params(query): Params<ClusterQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the contents of the cluster")?;
    let body = state.site(query.cluster.as_deref())?.body().await?;
    let mut response = Response::new(body.into());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
