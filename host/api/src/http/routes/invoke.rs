//! Any command of any skill, by its name.

use axum::extract::State;
use jarvis_domain::CommandName;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ClusterQuery, HowBody};
use crate::http::act::{self, How};
use crate::http::input::{Body, Fields, Input, Params};
use crate::http::problem::{Answer, Problem};
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::Acted;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(invoke))
}

/// A command to run.
#[derive(Debug, ToSchema)]
#[schema(as = InvokeRequest)]
#[serde(deny_unknown_fields)]
struct InvokeBody {
    /// `vm-lifecycle.start`.
    #[schema(value_type = schema::CommandName)]
    command: CommandName,
    /// Its arguments by name, see `GET /api/skills`; texts are converted.
    #[schema(value_type = Option<std::collections::BTreeMap<String, schema::AnyJson>>)]
    arguments: Map<String, Value>,
    /// Yes in advance.
    #[schema(value_type = Option<bool>)]
    confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    locale: Option<String>,
}

impl Input for InvokeBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let command = fields.required("command");
        let arguments = fields.optional("arguments").unwrap_or_default();
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { command: command?, arguments, confirmed, locale })
    }
}

/// Runs a command.
#[utoipa::path(post, path = "/api/invoke", tag = "commands", params(ClusterQuery),
    request_body = InvokeBody,
    responses(
        (status = 200, body = Acted), (status = 202, body = Acted),
        (status = 409, description = "It waits for a yes, or for a choice.", body = Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "An argument is missing.", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn invoke(
    State(state): State<Shared>,
    who: Who,
    Params(query): Params<ClusterQuery>,
    Body(InvokeBody { command, arguments, confirmed, locale }): Body<InvokeBody>,
) -> Answer {
    let how = How { cluster: query.cluster, confirmed, locale };
    act::act(&state, &who, act::invoke(&state, command, arguments, how)?).await
}
