//! The microphones that somebody sits at.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jarvis_domain::MicrophoneId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::act::{expect_reply, look};
use crate::http::input::{At, Body, Fields, Input};
use crate::http::problem::Answer;
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::MicrophoneList;
use crate::{Microphone, Request};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What changes one.
pub(super) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(mute))
}

/// Whether a microphone is to be muted.
#[derive(Debug, ToSchema)]
#[schema(as = MuteRequest)]
#[serde(deny_unknown_fields)]
struct MuteBody {
    /// Nothing that it picks up is to reach anything.
    #[schema(value_type = bool)]
    muted: bool,
}

impl Input for MuteBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { muted: fields.required("muted")? })
    }
}

/// The microphones that somebody sits at, and what each does.
#[utoipa::path(get, path = "/api/microphones", tag = "host",
    responses((status = 200, body = MicrophoneList)))]
async fn list(State(state): State<Shared>, who: Who) -> Answer {
    let microphones = expect_reply!(look(&state, &who, Request::Microphones).await?, Microphones);
    Ok(told(&state, microphones).into_response())
}

/// Wishes a microphone to be muted, or not any more. It shows so once whoever
/// sits at it has done it, which is at once as a rule.
#[utoipa::path(put, path = "/api/microphones/{id}", tag = "host", request_body = MuteBody,
    params(("id" = inline(schema::Id), Path, description = "The microphone's id.")),
    responses((status = 202, body = MicrophoneList)))]
async fn mute(
    State(state): State<Shared>,
    who: Who,
    At(id): At<MicrophoneId>,
    Body(MuteBody { muted }): Body<MuteBody>,
) -> Answer {
    who.is_there()?;
    let request = Request::Mute { id: Some(id), muted };
    let microphones = expect_reply!(look(&state, &who, request).await?, Microphones);
    Ok((StatusCode::ACCEPTED, told(&state, microphones)).into_response())
}

fn told(state: &Shared, microphones: Vec<Microphone>) -> Json<MicrophoneList> {
    Json(MicrophoneList { as_of: state.parts.clock.now(), microphones })
}
