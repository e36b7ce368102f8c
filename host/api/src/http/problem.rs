//! Refusals, and how they look: `application/problem+json` (RFC 9457).

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jarvis_domain::identity::retry_after;
use jarvis_domain::invocation::{Choice, Missing, Question};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{CallError, Explain, Fault, RequestId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::HttpError;
use super::schema;
use super::wire::Acted;

/// A problem (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Where the code is explained, relative to this server: `/api/errors#api-bad-input`.
    pub r#type: String,
    /// What this kind of problem is.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
    /// A stable code, for programs.
    pub code: String,
    /// What to do about it.
    pub hint: String,
    /// What caused it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The request's id, as in the header `x-request-id` and in the log.
    pub request: String,
    /// What more there is to say.
    #[serde(flatten)]
    pub more: Box<More>,
}

/// What a problem says beside what every problem says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct More {
    /// Every field or parameter that is unknown, missing or wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// The question that waits for a yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Question>, nullable = false)]
    pub question: Option<Question>,
    /// What can be meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Choice>, nullable = false)]
    pub choice: Option<Choice>,
    /// What is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Missing>, nullable = false)]
    pub missing: Option<Missing>,
    /// What the command answered, where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<Acted>,
    /// The clusters that there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// The field: `username`; `?hours` and `Idempotency-Key` for a parameter
    /// and a header.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A refusal on its way out. The guard around all handlers makes a
/// [`Problem`] of it: it knows the request's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) fault: Box<Fault>,
    pub(crate) more: Box<More>,
    /// Nothing was begun, so that the same request may simply come again.
    #[serde(skip)]
    pub(crate) untouched: bool,
}

/// Seconds after which another try is worth it, where nobody knows better.
const TRY_AGAIN: u64 = 5;

impl Refusal {
    pub(crate) fn with(error: &HttpError, more: More) -> Self {
        use HttpError::{Asked, Broken, Failed, Late, Unsure};
        let began = matches!(error, Asked(_) | Broken | Failed(_) | Late { .. } | Unsure(_));
        Self { fault: error.fault(), more: Box::new(more), untouched: !began }
    }

    /// As it is told.
    pub(crate) fn problem(self, title: &str, request: RequestId) -> Problem {
        let Fault { code, sentence, hint, causes, status, .. } = *self.fault;
        Problem {
            r#type: format!("/api/errors#{code}"),
            title: title.to_owned(),
            status,
            detail: sentence,
            code,
            hint,
            causes,
            request: request.to_string(),
            more: self.more,
        }
    }

    /// As it is sent.
    pub(crate) fn answer(self, title: &str, request: RequestId) -> Response {
        let status = self.fault.status;
        let wait = retry_after(&self.fault).map_or(TRY_AGAIN, |wait| wait.as_secs());
        let problem = self.problem(title, request);
        let mut response = Json(problem).into_response();
        *response.status_mut() = status_of(status);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match status {
            401 => drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            429 | 503 => drop(headers.insert(RETRY_AFTER, HeaderValue::from(wait))),
            _ => {}
        }
        response
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status_of(self.fault.status).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Box<Fault>> for Refusal {
    fn from(fault: Box<Fault>) -> Self {
        Self { fault, more: Box::default(), untouched: true }
    }
}

impl From<HttpError> for Refusal {
    fn from(error: HttpError) -> Self {
        let clusters = match &error {
            HttpError::Cluster { known, .. } => known.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        Self::with(&error, More { clusters, ..More::default() })
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        error.fault().into()
    }
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        Box::new(error.fault).into()
    }
}

/// What a handler answers.
pub(crate) type Answer<T = Response> = Result<T, Refusal>;
