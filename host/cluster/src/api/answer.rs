//! What an answer of the HTTPS API means: its status, its reason phrase, in
//! which Proxmox tells its errors, and its body.

use jarvis_domain::text;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::wire::Reply;
use crate::ClusterError;
use crate::pvesh::classify;

/// The most of Proxmox's words that a person is shown, in characters.
const SHOWN: usize = 400;

/// What was asked, by whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) what: &'a str,
    /// The user or token.
    pub(super) who: &'a str,
    /// Whether it was a login.
    pub(super) login: bool,
}

/// What `reply` answers with as `data`.
pub(super) fn data(asked: &Asked<'_>, reply: &Reply) -> Result<Value, ClusterError> {
    check(asked, reply)?;
    let garbled = |why: String| ClusterError::Garbled { what: asked.what.to_owned(), why };
    let body: Value = serde_json::from_slice(&reply.body)
        .map_err(|error| garbled(format!("it is not JSON: {error}")))?;
    match body {
        Value::Object(mut body) if body.contains_key("data") => {
            Ok(body.remove("data").unwrap_or_default())
        }
        _ => Err(garbled("it is not an object with data in it".to_owned())),
    }
}

/// Whether `reply` says that it answers.
pub(super) fn check(asked: &Asked<'_>, reply: &Reply) -> Result<(), ClusterError> {
    if (200..300).contains(&reply.status) { Ok(()) } else { Err(error(asked, reply)) }
}

/// Whether a write that was answered with `status` may be under way all the
/// same. 595 says that the node was not reached to begin with; 596 to 599 that
/// it fell silent later (AnyEvent::HTTP), and 502 and 504 are said by whatever
/// stands in front of Proxmox.
pub(super) fn is_doubtful(status: u16) -> bool {
    matches!(status, 502 | 504 | 596..=599)
}

fn error(asked: &Asked<'_>, reply: &Reply) -> ClusterError {
    let what = || asked.what.to_owned();
    let who = || asked.who.to_owned();
    let (status, message) = (reply.status, words(reply));
    match status {
        300..=399 => ApiError::Redirected { what: what(), status }.into(),
        401 if asked.login || !asked.who.contains('!') => {
            ApiError::LoginRefused { who: who(), message }.into()
        }
        401 => ApiError::TokenRefused { who: who(), message }.into(),
        403 => ApiError::Forbidden { what: what(), who: who(), missing: missing(&message) }.into(),
        404 | 501 => ClusterError::NotFound { what: what(), message },
        595 => ClusterError::NodeUnreachable { what: what(), message },
        502 | 504 | 596..=599 => ApiError::NodeSilent { what: what(), status, message }.into(),
        // The words are the same as pvesh's.
        _ => match classify::error(asked.what, i32::from(status), &format!("{status} {message}")) {
            ClusterError::Refused { what, status, .. } => {
                ClusterError::Refused { what, message, status }
            }
            known => known,
        },
    }
}

/// Proxmox's own words: the reason, and what is wrong with each parameter.
fn words(reply: &Reply) -> String {
    let body: Map<String, Value> = serde_json::from_slice(&reply.body).unwrap_or_default();
    let told = body.get("message").and_then(Value::as_str).unwrap_or_default();
    let reason = if reply.reason.trim().is_empty() { told } else { &reply.reason };
    let mut words = text::line(reason, SHOWN);
    let errors = body.get("errors").and_then(Value::as_object);
    for (name, error) in errors.into_iter().flatten() {
        let error = error.as_str().unwrap_or_default();
        words.push_str(&format!(" {name}: {}", error.trim()));
    }
    let words = text::line(&words, SHOWN);
    if words.is_empty() { "no reason was given".to_owned() } else { words }
}

/// `Permission check failed (/vms/100, VM.PowerMgmt)`, as a person says it.
fn missing(message: &str) -> String {
    let inner = message
        .strip_prefix("Permission check failed (")
        .and_then(|rest| rest.strip_suffix(')'))
        .and_then(|rest| rest.split_once(", "));
    match inner {
        Some((path, privilege)) => {
            let privilege = privilege.replace('|', " or ");
            format!("it lacks {privilege} on {path}")
        }
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
