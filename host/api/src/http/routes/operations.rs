//! What was started on the cluster, and what Proxmox writes about it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use jarvis_domain::operation::OperationRecord;
use jarvis_domain::{OperationId, Role, Timestamp};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::error::HttpError;
use crate::http::input::{At, Fields, Input, Params};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Operation, OperationList, OperationLog, OperationNow};

/// The most operations and lines in one answer.
const MOST: u32 = 1000;
/// Of how many hours operations are told, if nobody says.
const HOURS: u32 = 24;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(log))
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Also those that ended within so many hours, 1 to 720; 24 if left out.
    #[param(minimum = 1, maximum = 720)]
    hours: Option<u32>,
    /// At most this many, the newest; 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Another cluster than the main one.
    cluster: Option<String>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogQuery {
    /// The first line, from 0.
    #[param(maximum = 4_294_967_295usize)]
    start: Option<u32>,
    /// At most this many, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// At most so many, where somebody says; never more than there may be.
pub(super) fn limit(fields: &mut Fields, most: u32) -> Option<u32> {
    let limit: Option<u32> = fields.text("limit");
    if limit.is_some_and(|limit| !(1..=most).contains(&limit)) {
        fields.wrong("limit", format!("it has to be 1 to {most}"));
    }
    limit
}

impl Input for ListQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let hours: Option<u32> = fields.text("hours");
        if hours.is_some_and(|hours| !(1..=720).contains(&hours)) {
            fields.wrong("hours", "it has to be 1 to 720");
        }
        let limit = limit(fields, MOST);
        Some(Self { hours, limit, cluster: fields.optional("cluster") })
    }
}

impl Input for LogQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let start = fields.text("start");
        Some(Self { start, limit: limit(fields, MOST) })
    }
}

/// The operations that go on, and those that ended lately.
#[utoipa::path(get, path = "/api/operations", tag = "operations", params(ListQuery),
    responses((status = 200, body = OperationList)))]
async fn list(
    State(state): State<Shared>,
    who: Who,
    Params(ListQuery { hours, limit, cluster }): Params<ListQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the list of operations")?;
    let cluster = state.site(cluster.as_deref())?.doors.cluster.clone();
    let as_of = state.parts.clock.now();
    let back = Duration::from_secs(u64::from(hours.unwrap_or(HOURS)) * 3600);
    let since = Timestamp(as_of.0.saturating_sub(u64::try_from(back.as_millis()).unwrap_or(0)));
    let mut records = state.parts.journal.recent(since).await?;
    records.retain(|record| record.cluster == cluster);
    records.sort_by_key(|record| std::cmp::Reverse(record.id));
    let most = usize::try_from(limit.unwrap_or(100)).unwrap_or(usize::MAX);
    let operations = records.iter().take(most).map(Operation::from).collect();
    Ok(Json(OperationList { cluster, as_of, operations }).into_response())
}

/// One operation.
#[utoipa::path(get, path = "/api/operations/{id}", tag = "operations",
    params(("id" = inline(schema::Id), Path, description = "The operation's id.")),
    responses((status = 200, body = OperationNow)))]
async fn one(State(state): State<Shared>, who: Who, At(id): At<OperationId>) -> Answer {
    who.needs(Role::Viewer, "looking at an operation")?;
    let record = record(&state, id).await?;
    let (as_of, operation) = (state.parts.clock.now(), Operation::from(&record));
    Ok(Json(OperationNow { as_of, operation }).into_response())
}

/// What Proxmox writes about an operation.
#[utoipa::path(get, path = "/api/operations/{id}/log", tag = "operations",
    params(("id" = inline(schema::Id), Path, description = "The operation's id."), LogQuery),
    responses((status = 200, body = OperationLog)))]
async fn log(
    State(state): State<Shared>,
    who: Who,
    At(id): At<OperationId>,
    Params(LogQuery { start, limit }): Params<LogQuery>,
) -> Answer {
    who.needs(Role::Viewer, "the log of an operation")?;
    let record = record(&state, id).await?;
    let site = state.site(Some(record.cluster.as_str()))?;
    let as_of = state.parts.clock.now();
    let operations = &site.doors.operations;
    let page = operations.log(id, start.unwrap_or(0), limit.unwrap_or(500)).await?;
    Ok(Json(OperationLog { id, as_of, lines: page.lines, next: page.next }).into_response())
}

async fn record(state: &Shared, id: OperationId) -> Answer<OperationRecord> {
    let unknown =
        || HttpError::Unknown { kind: "operation", id: id.to_string(), list: "/api/operations" };
    Ok(state.parts.journal.get(id).await?.ok_or_else(unknown)?)
}
