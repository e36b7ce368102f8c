//! Yes and no to a question. Whose yes counts is policy's to say.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jarvis_domain::ConfirmationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::act::{act, look};
use crate::http::input::{At, Body};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::Acted;
use crate::wire::Request;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(yes, no))
}

/// Says yes to a question: what it was about runs.
#[utoipa::path(post, path = "/api/confirmations/{id}", tag = "commands",
    params(("id" = inline(schema::Id), Path, description = "The question's id.")),
    responses((status = 200, body = Acted), (status = 202, body = Acted)))]
async fn yes(
    State(state): State<Shared>,
    who: Who,
    At(id): At<ConfirmationId>,
    Body(()): Body<()>,
) -> Answer {
    act(&state, &who, Request::Confirm { id }).await
}

/// Says no to a question.
#[utoipa::path(delete, path = "/api/confirmations/{id}", tag = "commands",
    params(("id" = inline(schema::Id), Path, description = "The question's id.")),
    responses((status = 204)))]
async fn no(
    State(state): State<Shared>,
    who: Who,
    At(id): At<ConfirmationId>,
    Body(()): Body<()>,
) -> Answer {
    look(&state, &who, Request::Decline { id }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
