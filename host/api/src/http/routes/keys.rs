//! The keys that programs hold.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use jarvis_domain::identity::{ApiKey, NewKey};
use jarvis_domain::{Role, text};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::act::to_the_end;
use crate::http::error::HttpError;
use crate::http::etag;
use crate::http::input::{Body, Fields, Input};
use crate::http::problem::{Answer, Refusal};
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::{Keys, MadeKey};
use crate::keys;

/// The longest that a key may be good for, days.
const MOST_DAYS: u32 = 3650;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What ends one.
pub(super) fn actions() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(revoke))
}

/// What answers with a secret.
pub(super) fn secrets() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(make))
}

/// A key to be made.
#[derive(Debug, ToSchema)]
#[schema(as = KeyRequest)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    /// What it is for: a name that no other key has.
    #[schema(value_type = schema::KeyName)]
    name: String,
    /// What it may do at most; no more than you may.
    #[schema(value_type = schema::Role)]
    role: Role,
    /// Its yes counts for what was typed as such.
    #[schema(value_type = Option<bool>)]
    may_confirm: bool,
    /// For how many days it is good; for ever if left out.
    #[schema(minimum = 1, maximum = 3650)]
    valid_for_days: Option<u32>,
}

impl Input for KeyBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name: Option<String> = fields.required("name");
        let role = fields.required("role");
        let may_confirm = fields.optional("may_confirm").unwrap_or_default();
        let valid_for_days = fields.optional("valid_for_days");
        if name.as_ref().is_some_and(|name| !is_name(name)) {
            let form = "it has to be 1 to 40 small letters, digits, dots and hyphens, and to begin \
                 with a letter or a digit";
            fields.wrong("name", form);
        }
        if valid_for_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            fields.wrong("valid_for_days", format!("it has to be 1 to {MOST_DAYS}"));
        }
        Some(Self { name: name?, role: role?, may_confirm, valid_for_days })
    }
}

/// The keys: one's own, or for an admin all.
#[utoipa::path(get, path = "/api/auth/keys", tag = "auth", params(etag::IfNoneMatch),
    responses((status = 200, body = Keys), (status = 304)))]
async fn list(State(state): State<Shared>, who: Who, headers: HeaderMap) -> Answer {
    who.needs(Role::Viewer, "the list of keys")?;
    let (as_of, keys) = (state.parts.clock.now(), keys(&state, &who));
    etag::tagged_as(&headers, &etag::of(&keys)?, Keys { as_of, keys })
}

/// Makes a key. It is shown this once.
#[utoipa::path(post, path = "/api/auth/keys", tag = "auth", params(etag::IfMatch),
    request_body = KeyBody, responses((status = 201, body = MadeKey)))]
async fn make(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    Body(KeyBody { name, role, may_confirm, valid_for_days }): Body<KeyBody>,
) -> Answer {
    // A key that makes keys would outlive its own end.
    who.is_person("making a key")?;
    who.needs(role, "making a key of that role")?;
    let wanted = NewKey { name, role, may_confirm, valid_for_days };
    let made = to_the_end(async move {
        let _changing = state.parts.service.changing_keys().await;
        who.is_there()?;
        etag::unchanged(&headers, &keys(&state, &who))?;
        Ok::<_, Refusal>(state.parts.identity.make_key(wanted, &who.0.caller).await?)
    });
    let made = made.await?;
    let made = MadeKey { key: made.key, secret: made.secret.reveal().to_owned() };
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Ends a key.
#[utoipa::path(delete, path = "/api/auth/keys/{id}", tag = "auth",
    params(
        ("id" = String, Path, description = "The key's id."),
        etag::IfMatch,
    ),
    responses((status = 204)))]
async fn revoke(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    who.is_person("ending a key")?;
    let changing = state.parts.service.changing_keys().await;
    who.is_there()?;
    let keys = keys(&state, &who);
    if !keys.iter().any(|key| key.id == id) {
        let id = text::shown(&id, 80);
        return Err(HttpError::Unknown { kind: "key", id, list: "/api/auth/keys" }.into());
    }
    etag::unchanged(&headers, &keys)?;
    keys::revoke(&id, &who.0.caller, &state.parts.identity, changing).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether the gate will take it (`auth/src/gate/keys.rs`): asked here too, so
/// that the field is named, and before anything else is looked at.
fn is_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 40
        && name.bytes().next().is_some_and(is_inner)
        && name.bytes().all(|byte| is_inner(byte) || b".-".contains(&byte))
}

/// The keys that somebody may see.
fn keys(state: &Shared, who: &Who) -> Vec<ApiKey> {
    keys::seen_by(&who.0.caller, state.parts.identity.as_ref())
}
