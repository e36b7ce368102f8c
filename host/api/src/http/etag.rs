//! Entity tags (RFC 9110): whoever changes something says what they looked at.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jarvis_domain::plan::Digest;
use serde::Serialize;
use utoipa::IntoParams;

use super::error::HttpError;
use super::input::header;
use super::problem::Answer;

/// What a look at something with a tag takes. Only described: [`tagged`] reads it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "described, never made")]
pub(crate) struct IfNoneMatch {
    /// The ETag that is there already.
    #[param(rename = "If-None-Match", value_type = String, required = false)]
    tag: Option<String>,
}

/// What a change takes. Only described: [`unchanged`] reads it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "described, never made")]
pub(crate) struct IfMatch {
    /// The ETag of what was looked at.
    #[param(rename = "If-Match", value_type = String, required = false)]
    tag: Option<String>,
}

/// The tag of a value: its JSON's digest.
pub(crate) fn of(value: &impl Serialize) -> Answer<String> {
    let text = serde_json::to_vec(value).map_err(|_| HttpError::Broken)?;
    Ok(format!("\"{}\"", Digest::of(&text).short()))
}

/// The value with its tag, or that the caller has it already.
pub(crate) fn tagged(headers: &HeaderMap, value: impl Serialize) -> Answer {
    tagged_as(headers, &of(&value)?, value)
}

/// The same of a value whose tag is made of a part of it.
pub(crate) fn tagged_as(headers: &HeaderMap, tag: &str, value: impl Serialize) -> Answer {
    let known = header(headers, &IF_NONE_MATCH)?;
    let is_known = known.is_some_and(|tags| names(tags, tag, |one| one.trim_start_matches("W/")));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(value).into_response()
    };
    put(&mut response, tag);
    Ok(response)
}

/// The value with its tag, after a change.
pub(crate) fn changed(status: StatusCode, value: impl Serialize) -> Answer {
    let tag = of(&value)?;
    let mut response = (status, Json(value)).into_response();
    put(&mut response, &tag);
    Ok(response)
}

/// Refuses a change of something else than `now`. Whoever asks holds
/// the lock of what it is of (`service/decide.rs`) until the change is made.
pub(crate) fn unchanged(headers: &HeaderMap, now: &impl Serialize) -> Answer<()> {
    let Some(expected) = header(headers, &IF_MATCH)? else { return Ok(()) };
    if names(expected, &of(now)?, |one| one) { Ok(()) } else { Err(HttpError::Changed.into()) }
}

fn put(response: &mut Response, tag: &str) {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
        // It may be kept, but never shown unasked.
        let private = HeaderValue::from_static("private, no-cache");
        response.headers_mut().insert(CACHE_CONTROL, private);
    }
}

/// Whether a list of tags names this one, each as `read` takes it: a weak one is good
/// for a look and for no change. Ours never have a comma.
fn names(tags: &str, tag: &str, read: fn(&str) -> &str) -> bool {
    tags.split(',').map(str::trim).any(|one| one == "*" || read(one) == tag)
}
