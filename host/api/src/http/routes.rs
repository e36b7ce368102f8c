//! The paths, by what they are about.

mod about;
mod announcements;
mod ask;
mod audit;
mod auth;
mod cluster;
mod confirmations;
mod docs;
mod guests;
mod invoke;
mod keys;
mod microphones;
mod nodes;
mod operations;
mod power;
mod skills;
mod timers;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use jarvis_domain::text;
use utoipa::{IntoParams, IntoResponses, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::act::How;
use super::error::HttpError;
use super::idempotency::{never, once};
use super::input::{Fields, Input};
use super::paths::Paths;
use super::problem::{Problem, Refusal};
use super::sockets;
use super::state::Shared;
use super::wire::Acted;

/// `?cluster=`, which all that shows or touches a cluster takes.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClusterQuery {
    /// Another cluster than the main one.
    pub(crate) cluster: Option<String>,
}

/// What the body of an action holds beside its own fields.
#[derive(Debug, ToSchema)]
#[schema(as = ActionRequest)]
#[serde(deny_unknown_fields)]
pub(crate) struct HowBody {
    /// Yes in advance. Counts as far as the caller's own yes would.
    #[schema(value_type = Option<bool>)]
    pub(crate) confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    pub(crate) locale: Option<String>,
}

/// What an action answers, as it is described.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "described, never made")]
pub(crate) enum ActionAnswer {
    /// It ended.
    #[response(status = 200)]
    Ended(Acted),
    /// It goes on; its operations say how.
    #[response(status = 202)]
    GoesOn(Acted),
    /// It waits for a yes, or cannot be done as things are.
    #[response(status = 409, content_type = "application/problem+json")]
    Asked(Problem),
}

/// What changes nothing.
fn looks() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(about::routes())
        .merge(auth::routes())
        .merge(keys::routes())
        .merge(cluster::routes())
        .merge(nodes::routes())
        .merge(operations::routes())
        .merge(skills::routes())
        .merge(audit::routes())
        .merge(microphones::routes())
        .merge(timers::routes())
        .merge(docs::routes())
}

/// What changes something, and may be repeated with a key. A key does nothing for the
/// looks among them.
pub(crate) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(auth::actions())
        .merge(keys::actions())
        .merge(skills::actions())
        .merge(microphones::actions())
        .merge(announcements::routes())
        .merge(guests::routes())
        .merge(power::routes())
        .merge(invoke::routes())
        .merge(ask::routes())
        .merge(confirmations::routes())
        .merge(timers::actions())
}

/// What answers with a secret, which is kept nowhere.
fn secrets() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().merge(auth::secrets()).merge(keys::secrets())
}

/// Every path, to be described.
pub(crate) fn described() -> OpenApiRouter<Shared> {
    looks().merge(actions()).merge(secrets())
}

/// The whole, and the paths that it has.
pub(crate) fn finished(state: &Shared) -> (Router, Paths) {
    let once = from_fn_with_state(Shared::clone(state), once);
    let (router, described) = looks()
        .merge(actions().route_layer(once))
        .merge(secrets().route_layer(from_fn(never)))
        .split_for_parts();
    let router = router
        .merge(sockets::routes())
        .fallback(nothing_there)
        .method_not_allowed_fallback(not_that_method)
        .with_state(Shared::clone(state));
    (router, Paths::new(&described.paths, &sockets::PATHS))
}

async fn nothing_there(request: Request) -> Response {
    Refusal::from(HttpError::NoPath(text::shown(request.uri().path(), 100))).into_response()
}

async fn not_that_method(request: Request) -> Response {
    let path = text::shown(request.uri().path(), 100);
    let method = text::shown(request.method().as_str(), 20);
    Refusal::from(HttpError::Method { path, method }).into_response()
}

impl Input for ClusterQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { cluster: fields.optional("cluster") })
    }
}

impl Input for HowBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let confirmed = fields.optional("confirmed").unwrap_or_default();
        Some(Self { confirmed, locale: fields.optional("locale") })
    }
}

impl HowBody {
    /// Together with the cluster that the query names.
    pub(crate) fn on(self, query: ClusterQuery) -> How {
        let Self { confirmed, locale } = self;
        How { cluster: query.cluster, confirmed, locale }
    }
}
