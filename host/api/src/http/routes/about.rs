//! The host itself: whether it is well, what it counts, what is set.

use std::net::IpAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jarvis_domain::Role;
use jarvis_domain::registry::Kind;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::etag;
use crate::http::guard::Asked;
use crate::http::metrics::Rest;
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Engine, Errors, Health, HealthCheck, Models};

/// How old the newest look at the cluster may be for the host to be ready.
const FRESH: Duration = Duration::from_secs(60);
/// What a proxy adds. One that adds nothing cannot be told from this machine's
/// own programs: it has to keep `/metrics` to itself.
const FORWARDED: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_secs(3);

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
        .routes(routes!(settings))
        .routes(routes!(models))
        .routes(routes!(errors))
}

/// Whether the host lives.
#[utoipa::path(get, path = "/healthz", tag = "host", security(()),
    responses((status = 200, body = Health)))]
async fn healthz() -> Response {
    Json(Health { ok: true, checks: Vec::new() }).into_response()
}

/// Whether the host can serve: its store answers, its main cluster does, and
/// it is not about to end.
#[utoipa::path(get, path = "/readyz", tag = "host", security(()), responses(
    (status = 200, body = Health),
    (status = 503, description = "It cannot.", body = Health),
))]
async fn readyz(State(state): State<Shared>) -> Response {
    let clock = &state.parts.clock;
    let store = async { state.parts.registry.get(Kind::Answer, "ready").await.is_ok() };
    let cluster = async {
        match state.parts.sites.first() {
            Some(site) => site.inventory.snapshot(FRESH).await.is_ok(),
            None => false,
        }
    };
    let (store, cluster) = tokio::select! {
        biased;
        both = async { tokio::join!(store, cluster) } => both,
        () = clock.sleep(CHECK_TIME) => (false, false),
    };
    let checks = vec![
        HealthCheck { name: "serving", ok: !*state.closing.borrow() },
        HealthCheck { name: "store", ok: store },
        HealthCheck { name: "cluster", ok: cluster },
    ];
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { ok, checks })).into_response()
}

/// What the host counts, for Prometheus. From this machine it needs no sign-in.
#[utoipa::path(get, path = "/metrics", tag = "host", security((), ("bearer" = [])), responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 401, body = Problem, content_type = "application/problem+json"),
))]
async fn metrics(
    State(state): State<Shared>,
    Extension(Asked { peer, .. }): Extension<Asked>,
    headers: HeaderMap,
) -> Answer {
    if !is_here(peer.address, &headers) {
        Who::of(&headers, &state)?.needs(Role::Viewer, "the metrics")?;
    }
    let rest = Rest {
        uptime: state.parts.clock.now().since(state.started),
        demo: state.parts.demo,
        connections: state.crowd.count(),
        operations: state.parts.journal.unfinished().await?.len(),
        skills: state.parts.service.figures(),
        engines: state.parts.service.engines(),
    };
    let mut response = state.metrics.text(&rest).into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Whether this machine itself asks, and no proxy on it for somebody else.
fn is_here(address: IpAddr, headers: &HeaderMap) -> bool {
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    address.to_canonical().is_loopback() && !forwarded
}

/// The settings, secrets masked.
#[utoipa::path(get, path = "/api/settings", tag = "host",
    params(etag::IfNoneMatch),
    responses((status = 200, body = ref("#/components/schemas/Settings")), (status = 304)))]
async fn settings(State(state): State<Shared>, who: Who, headers: HeaderMap) -> Answer {
    who.needs(Role::Admin, "the settings")?;
    etag::tagged(&headers, &state.parts.settings.value)
}

/// What the settings name for language, speech, voice and wake word, and what runs of it.
#[utoipa::path(get, path = "/api/models", tag = "host", responses((status = 200, body = Models)))]
async fn models(State(state): State<Shared>, who: Who) -> Answer {
    who.needs(Role::Viewer, "the list of models")?;
    let models = state.parts.models.models().await;
    let engines = state.parts.service.engines().into_iter().map(Engine::from).collect();
    Ok(Json(Models { as_of: state.parts.clock.now(), models, engines }).into_response())
}

/// Every error, its meaning and what to do.
#[utoipa::path(get, path = "/api/errors", tag = "host", security(()),
    responses((status = 200, body = Errors)))]
async fn errors(State(state): State<Shared>) -> Answer {
    Ok(Json(Errors { errors: state.parts.errors.clone() }).into_response())
}
