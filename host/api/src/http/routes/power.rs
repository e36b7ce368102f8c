//! What can be done to a node: its power, and its updates.

use axum::extract::State;
use jarvis_domain::NodeName;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ActionAnswer, ClusterQuery, HowBody};
use crate::http::act::{self, Command, How};
use crate::http::input::{At, Body, Fields, Input, Params};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::Acted;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(power)).routes(routes!(refresh)).routes(routes!(install))
}

/// What to do with a node's power.
#[derive(Debug, ToSchema)]
#[schema(as = PowerRequest)]
#[serde(deny_unknown_fields)]
struct PowerBody {
    /// What to do.
    action: PowerAction,
    /// Yes in advance.
    #[schema(value_type = Option<bool>)]
    confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    locale: Option<String>,
}

/// What can be done with a node's power.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum PowerAction {
    Reboot,
    Shutdown,
    Wake,
}

impl Input for PowerBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let action = fields.required("action");
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { action: action?, confirmed, locale })
    }
}

/// Reboots a node, shuts it down or wakes it.
#[utoipa::path(post, path = "/api/nodes/{node}/power", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    request_body = PowerBody,
    responses(ActionAnswer))]
async fn power(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
    Body(PowerBody { action, confirmed, locale }): Body<PowerBody>,
) -> Answer {
    let name = match action {
        PowerAction::Reboot => "server-control.reboot",
        PowerAction::Shutdown => "server-control.shut-down",
        PowerAction::Wake => "server-control.wake",
    };
    on_node(&state, &who, name, &node, How { cluster: query.cluster, confirmed, locale }).await
}

/// Fetches a node's package lists.
#[utoipa::path(post, path = "/api/nodes/{node}/updates/refresh", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    request_body = Option<HowBody>,
    responses((status = 200, body = Acted), (status = 202, body = Acted)))]
async fn refresh(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
    Body(how): Body<HowBody>,
) -> Answer {
    on_node(&state, &who, "updates.refresh", &node, how.on(query)).await
}

/// Installs all updates of a node.
#[utoipa::path(post, path = "/api/nodes/{node}/updates/install", tag = "nodes",
    params(("node" = inline(schema::NodeName), Path, description = "The node's name."), ClusterQuery),
    request_body = Option<HowBody>,
    responses(ActionAnswer))]
async fn install(
    State(state): State<Shared>,
    who: Who,
    At(node): At<NodeName>,
    Params(query): Params<ClusterQuery>,
    Body(how): Body<HowBody>,
) -> Answer {
    on_node(&state, &who, "updates.install", &node, how.on(query)).await
}

async fn on_node(state: &Shared, who: &Who, name: &str, node: &NodeName, how: How) -> Answer {
    let arguments = vec![("node", json!(node.as_str()))];
    act::command(state, who, Command { name, arguments, how }).await
}
