//! Timers, and commands for later.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jarvis_domain::schedule::LONGEST;
use jarvis_domain::{CommandName, TimerId, Timestamp};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ClusterQuery, HowBody};
use crate::http::act::{act, expect_reply, look};
use crate::http::error::HttpError;
use crate::http::input::{At, Body, Fields, Input, Params};
use crate::http::problem::{Answer, Problem};
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Acted, TimerList};
use crate::wire::{InvokeRequest, Request};
use crate::{NewTimer, TimerTime};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Those that change something.
pub(super) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(set)).routes(routes!(cancel))
}

/// A timer or a command for later.
#[derive(Debug, ToSchema)]
#[schema(as = TimerRequest)]
#[serde(deny_unknown_fields)]
struct TimerBody {
    /// So many seconds from now; this or `at`.
    #[schema(minimum = 0)]
    seconds: Option<u64>,
    /// At this moment; this or `seconds`.
    #[schema(value_type = Option<schema::Timestamp>)]
    at: Option<Timestamp>,
    /// What a timer is called.
    #[schema(max_length = 60)]
    name: Option<String>,
    /// Where it is to be told; wherever the settings say if left out.
    #[schema(max_length = 60)]
    place: Option<String>,
    /// The command to run then; a timer if left out.
    #[schema(value_type = Option<schema::CommandName>)]
    command: Option<CommandName>,
    /// Its arguments by name.
    #[schema(value_type = Option<std::collections::BTreeMap<String, schema::AnyJson>>)]
    arguments: Map<String, Value>,
    /// Yes in advance.
    #[schema(value_type = Option<bool>)]
    confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    locale: Option<String>,
}

impl Input for TimerBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (seconds, at) = (fields.optional("seconds"), fields.optional("at"));
        let (name, place) = (short(fields, "name"), short(fields, "place"));
        let command = fields.optional("command");
        let arguments = fields.optional("arguments").unwrap_or_default();
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { seconds, at, name, place, command, arguments, confirmed, locale })
    }
}

/// A text of one line that people say.
fn short(fields: &mut Fields, name: &'static str) -> Option<String> {
    let text: String = fields.optional(name)?;
    if text.chars().count() > LONGEST {
        fields.wrong(name, format!("more than {LONGEST} characters are too many"));
    }
    Some(text)
}

/// What waits for its time, the next one first.
#[utoipa::path(get, path = "/api/timers", tag = "commands",
    responses((status = 200, body = TimerList)))]
async fn list(State(state): State<Shared>, who: Who) -> Answer {
    let timers = expect_reply!(look(&state, &who, Request::Timers).await?, Timers);
    Ok(Json(TimerList { as_of: state.parts.clock.now(), timers }).into_response())
}

/// Sets a timer, or has a command run later. A command that interrupts something
/// is asked about now, and runs then only if it would do the very same.
#[utoipa::path(post, path = "/api/timers", tag = "commands", params(ClusterQuery),
    request_body = TimerBody,
    responses(
        (status = 200, body = Acted), (status = 202, body = Acted),
        (status = 409, description = "It waits for a yes, or for a choice.", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn set(
    State(state): State<Shared>,
    who: Who,
    Params(query): Params<ClusterQuery>,
    Body(body): Body<TimerBody>,
) -> Answer {
    let TimerBody { seconds, at, name, place, command, arguments, confirmed, locale } = body;
    let when = match (seconds, at) {
        (Some(seconds), None) => TimerTime::Seconds(seconds),
        (None, Some(at)) => TimerTime::At(at),
        (None, None) | (Some(_), Some(_)) => {
            // Which of the two is there is more than the description can say.
            return Err(HttpError::Choice(
                "When: in so many seconds, or at a time? Name one of the two.".to_owned(),
            )
            .into());
        }
    };
    let cluster = state.site(query.cluster.as_deref())?.doors.cluster.clone();
    let command = command.map(|command| InvokeRequest {
        command,
        arguments,
        locale: locale.unwrap_or_default(),
        confirmed,
        cluster: Some(cluster),
    });
    act(&state, &who, Request::SetTimer(NewTimer { name, when, command, place })).await
}

/// Has one not come to pass.
#[utoipa::path(delete, path = "/api/timers/{id}", tag = "commands",
    params(("id" = inline(schema::Id), Path, description = "The timer's id.")),
    responses((status = 204)))]
async fn cancel(
    State(state): State<Shared>,
    who: Who,
    At(id): At<TimerId>,
    Body(()): Body<()>,
) -> Answer {
    look(&state, &who, Request::CancelTimer { named: id.to_string() }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
