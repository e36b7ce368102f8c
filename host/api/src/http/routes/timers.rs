//! Timers, and commands for later.

use std::borrow::Cow;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jarvis_domain::schedule::LONGEST;
use jarvis_domain::{CommandName, TimerId};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{Object, OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ClusterQuery, HowBody};
use crate::http::act::{act, expect_reply, look};
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

/// A timer or a command for later, and when.
#[derive(Debug)]
struct TimerBody {
    when: TimerTime,
    what: TimerFields,
}

/// What a timer's time stands beside.
#[derive(Debug, ToSchema)]
struct TimerFields {
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
        let when = fields.either(("seconds", TimerTime::Seconds), ("at", TimerTime::At));
        let (name, place) = (short(fields, "name"), short(fields, "place"));
        let command = fields.optional("command");
        let arguments = fields.optional("arguments").unwrap_or_default();
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        let what = TimerFields { name, place, command, arguments, confirmed, locale };
        Some(Self { when: when?, what })
    }
}

impl PartialSchema for TimerBody {
    fn schema() -> RefOr<Schema> {
        let mut seconds = Object::with_type(Type::Integer);
        seconds.description = Some("So many seconds from now.".to_owned());
        seconds.minimum = Some(0.into());
        // More is no whole number to serde_json.
        seconds.maximum = Some(usize::MAX.into());
        let mut at = Ref::from_schema_name(schema::Timestamp::name());
        at.description = "At this moment.".to_owned();
        OneOfBuilder::new()
            .item(timer_at("seconds", seconds.into(), "at"))
            .item(timer_at("at", at.into(), "seconds"))
            .description(Some("A timer or a command for later: in so many seconds, or at a time."))
            .into()
    }
}

impl ToSchema for TimerBody {
    fn name() -> Cow<'static, str> {
        "TimerRequest".into()
    }

    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        all.push((schema::Timestamp::name().into(), schema::Timestamp::schema()));
        TimerFields::schemas(all);
    }
}

/// A timer whose time is the field `when`; the `other` one is left out, or null.
fn timer_at(when: &str, time: RefOr<Schema>, other: &str) -> RefOr<Schema> {
    let mut form = TimerFields::schema();
    if let RefOr::T(Schema::Object(fields)) = &mut form {
        fields.properties.insert(when.to_owned(), time);
        fields.properties.insert(other.to_owned(), Object::with_type(Type::Null).into());
        fields.required.push(when.to_owned());
        fields.description = None;
    }
    form
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
    let TimerBody { when, what } = body;
    let TimerFields { name, place, command, arguments, confirmed, locale } = what;
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
