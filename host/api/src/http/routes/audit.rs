//! What was written down: run records, exchanges by voice and the audit log.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use jarvis_domain::{ExchangeId, RunId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::limit;
use crate::http::act::{expect_reply, look};
use crate::http::input::{Fields, Input, Params};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{AuditLines, Exchanges, Runs, Verified};
use crate::wire::{AuditQuery, Request};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(runs))
        .routes(routes!(run))
        .routes(routes!(exchanges))
        .routes(routes!(exchange))
        .routes(routes!(lines))
        .routes(routes!(verification))
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// At most this many, the newest; 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Only those older than the run of this id.
    #[param(value_type = Option<schema::Id>, inline)]
    before: Option<RunId>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExchangesQuery {
    /// At most this many, the newest; 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Only those older than the exchange of this id.
    #[param(value_type = Option<schema::Id>, inline)]
    before: Option<ExchangeId>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// Only of the run whose id this is, or begins with.
    run: Option<String>,
    /// At most this many, the newest; 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Only those with a number below this.
    #[param(maximum = 18_446_744_073_709_551_615usize)]
    before: Option<u64>,
}

impl Input for RunsQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let before = fields.text("before");
        Some(Self { limit: limit(fields, 1000), before })
    }
}

impl Input for ExchangesQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let before = fields.text("before");
        Some(Self { limit: limit(fields, 1000), before })
    }
}

impl Input for LinesQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (run, before) = (fields.optional("run"), fields.text("before"));
        Some(Self { run, limit: limit(fields, 1000), before })
    }
}

/// What ran, and everything that followed.
#[utoipa::path(get, path = "/api/runs", tag = "records", params(RunsQuery),
    responses((status = 200, body = Runs)))]
async fn runs(
    State(state): State<Shared>,
    who: Who,
    Params(RunsQuery { limit, before }): Params<RunsQuery>,
) -> Answer {
    let request = Request::Runs { limit: many(limit), before };
    let runs = expect_reply!(look(&state, &who, request).await?, Runs);
    Ok(Json(Runs { runs }).into_response())
}

/// One run record.
#[utoipa::path(get, path = "/api/runs/{id}", tag = "records",
    params(("id" = String, Path, description = "Its id, or a beginning that no other has.")),
    responses((status = 200, body = schema::RunRecord)))]
async fn run(State(state): State<Shared>, who: Who, Path(id): Path<String>) -> Answer {
    let run = expect_reply!(look(&state, &who, Request::Run { id }).await?, Run);
    Ok(Json(*run).into_response())
}

/// What was heard by voice that led to no run.
#[utoipa::path(get, path = "/api/exchanges", tag = "records", params(ExchangesQuery),
    responses((status = 200, body = Exchanges)))]
async fn exchanges(
    State(state): State<Shared>,
    who: Who,
    Params(ExchangesQuery { limit, before }): Params<ExchangesQuery>,
) -> Answer {
    let request = Request::Exchanges { limit: many(limit), before };
    let exchanges = expect_reply!(look(&state, &who, request).await?, Exchanges);
    Ok(Json(Exchanges { exchanges }).into_response())
}

/// One exchange by voice that led to no run.
#[utoipa::path(get, path = "/api/exchanges/{id}", tag = "records",
    params(("id" = String, Path, description = "Its id, or a beginning that no other has.")),
    responses((status = 200, body = schema::Exchange)))]
async fn exchange(State(state): State<Shared>, who: Who, Path(id): Path<String>) -> Answer {
    let exchange = expect_reply!(look(&state, &who, Request::Exchange { id }).await?, Exchange);
    Ok(Json(*exchange).into_response())
}

/// The newest lines of the audit log.
#[utoipa::path(get, path = "/api/audit", tag = "records", params(LinesQuery),
    responses((status = 200, body = AuditLines)))]
async fn lines(
    State(state): State<Shared>,
    who: Who,
    Params(LinesQuery { run, limit, before }): Params<LinesQuery>,
) -> Answer {
    let request = Request::Audit(AuditQuery { run, limit: many(limit), before });
    let lines = expect_reply!(look(&state, &who, request).await?, Audit);
    Ok(Json(AuditLines { lines }).into_response())
}

/// Checks the audit log, its end included.
#[utoipa::path(get, path = "/api/audit/verification", tag = "records",
    responses((status = 200, body = Verified)))]
async fn verification(State(state): State<Shared>, who: Who) -> Answer {
    let found = expect_reply!(look(&state, &who, Request::VerifyAudit).await?, Verified);
    Ok(Json(Verified { as_of: state.parts.clock.now(), found }).into_response())
}

fn many(limit: Option<u32>) -> usize {
    usize::try_from(limit.unwrap_or(100)).unwrap_or(usize::MAX)
}
