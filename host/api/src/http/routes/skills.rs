//! The skills, and an administrator's decisions about them.

use axum::Json;
use axum::extract::State;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use jarvis_domain::{Revision, SkillId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::operations::limit;
use crate::SkillGrants;
use crate::http::act::{expect_reply, look, to_the_end};
use crate::http::etag;
use crate::http::input::{At, Body, Fields, Input, Params};
use crate::http::problem::{Answer, Problem, Refusal};
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{OneSkill, Skills};
use crate::service::{Holds, SkillDecision};
use crate::wire::{Request, SkillLogQuery};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(grants))
        .routes(routes!(logs))
}

/// The decisions.
pub(super) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(decide)).routes(routes!(enable))
}

/// A decision about a skill's grants.
#[derive(Debug, ToSchema)]
#[schema(as = GrantsRequest)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
enum GrantsBody {
    /// It gets all that it asks for.
    Approve {
        /// The revision that was looked at.
        #[schema(value_type = schema::Revision)]
        revision: Revision,
    },
    /// It gets nothing.
    Revoke {
        /// Forget what was decided by hand, so that the settings count again.
        #[schema(value_type = Option<bool>)]
        to_settings: bool,
    },
}

/// What is decided about a skill's grants.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum GrantsAction {
    Approve,
    Revoke,
}

/// Whether a skill serves.
#[derive(Debug, ToSchema)]
#[schema(as = EnabledRequest)]
#[serde(deny_unknown_fields)]
struct EnabledBody {
    /// Whether it serves.
    enabled: bool,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogsQuery {
    /// At most this many lines, the newest; 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// Those from `next` of an earlier answer on; waits some seconds for the first.
    #[param(maximum = 18_446_744_073_709_551_615usize)]
    after: Option<u64>,
}

impl Input for GrantsBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        match fields.required("action")? {
            GrantsAction::Approve => Some(Self::Approve { revision: fields.required("revision")? }),
            GrantsAction::Revoke => {
                let to_settings = fields.optional("to_settings").unwrap_or_default();
                Some(Self::Revoke { to_settings })
            }
        }
    }
}

impl Input for EnabledBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { enabled: fields.required("enabled")? })
    }
}

impl Input for LogsQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let after = fields.text("after");
        Some(Self { limit: limit(fields, 1000), after })
    }
}

/// The skills, loaded or broken.
#[utoipa::path(get, path = "/api/skills", tag = "skills", responses((status = 200, body = Skills)))]
async fn list(State(state): State<Shared>, who: Who) -> Answer {
    let skills = expect_reply!(look(&state, &who, Request::Skills).await?, Skills);
    Ok(Json(Skills { as_of: state.parts.clock.now(), skills }).into_response())
}

/// One skill: its commands, errors and figures.
#[utoipa::path(get, path = "/api/skills/{id}", tag = "skills",
    params(("id" = inline(schema::SkillId), Path, description = "The skill's id.")),
    responses((status = 200, body = OneSkill)))]
async fn one(State(state): State<Shared>, who: Who, At(id): At<SkillId>) -> Answer {
    let skill = expect_reply!(look(&state, &who, Request::Skill { id }).await?, Skill);
    Ok(Json(OneSkill { as_of: state.parts.clock.now(), skill: *skill }).into_response())
}

/// What a skill asks for and is granted.
#[utoipa::path(get, path = "/api/skills/{id}/grants", tag = "skills",
    params(("id" = inline(schema::SkillId), Path, description = "The skill's id."), etag::IfNoneMatch),
    responses((status = 200, body = SkillGrants), (status = 304)))]
async fn grants(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    At(id): At<SkillId>,
) -> Answer {
    let grants = expect_reply!(look(&state, &who, Request::Grants { id }).await?, Grants);
    etag::tagged(&headers, *grants)
}

/// Grants a skill all that it asks for, or takes it away.
#[utoipa::path(post, path = "/api/skills/{id}/grants", tag = "skills",
    params(
        ("id" = inline(schema::SkillId), Path, description = "The skill's id."),
        etag::IfMatch,
    ),
    request_body = GrantsBody,
    responses(
        (status = 200, body = SkillGrants),
        (status = 412, description = "The grants are not what they were.", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn decide(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    At(id): At<SkillId>,
    Body(body): Body<GrantsBody>,
) -> Answer {
    who.is_person("a decision about a skill's grants")?;
    let decision = match body {
        GrantsBody::Approve { revision } => SkillDecision::Approve { revision },
        GrantsBody::Revoke { to_settings } => SkillDecision::Revoke { to_settings },
    };
    change(state, who, headers, id, decision).await
}

/// Puts a skill into service, or takes it out.
#[utoipa::path(put, path = "/api/skills/{id}/enabled", tag = "skills",
    params(
        ("id" = inline(schema::SkillId), Path, description = "The skill's id."),
        etag::IfMatch,
    ),
    request_body = EnabledBody,
    responses(
        (status = 200, body = SkillGrants),
        (status = 412, description = "The grants are not what they were.", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn enable(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    At(id): At<SkillId>,
    Body(EnabledBody { enabled }): Body<EnabledBody>,
) -> Answer {
    who.is_person("putting a skill into service or out of it")?;
    change(state, who, headers, id, SkillDecision::Enable { enabled }).await
}

/// Carries a decision out, if it rests on what `headers` say. It goes on to its end
/// also when the caller has hung up.
async fn change(
    state: Shared,
    who: Who,
    headers: HeaderMap,
    id: SkillId,
    decision: SkillDecision,
) -> Answer {
    let grants = to_the_end(async move {
        let changing = state.parts.service.changing_grants().await;
        who.is_there()?;
        let holds = |now: &SkillGrants| etag::unchanged(&headers, now).map_err(|it| it.fault);
        let holds: Option<Holds<'_>> =
            if headers.contains_key(IF_MATCH) { Some(&holds) } else { None };
        let decided =
            state.parts.service.decide(&id, decision, &who.0.caller, holds, changing).await;
        Ok::<_, Refusal>(decided?)
    });
    etag::changed(StatusCode::OK, grants.await?)
}

/// What a skill wrote and printed.
#[utoipa::path(get, path = "/api/skills/{id}/logs", tag = "skills",
    params(("id" = inline(schema::SkillId), Path, description = "The skill's id."), LogsQuery),
    responses((status = 200, body = schema::SkillLogPage)))]
async fn logs(
    State(state): State<Shared>,
    who: Who,
    At(id): At<SkillId>,
    Params(LogsQuery { limit, after }): Params<LogsQuery>,
) -> Answer {
    let limit = usize::try_from(limit.unwrap_or(100)).unwrap_or(usize::MAX);
    let request = Request::SkillLog(SkillLogQuery { id, limit, after });
    let page = expect_reply!(look(&state, &who, request).await?, SkillLog);
    Ok(Json(page).into_response())
}
