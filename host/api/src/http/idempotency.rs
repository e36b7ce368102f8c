//! `Idempotency-Key`: an action that is sent twice happens once. The answer is
//! kept for a day, also over restarts, and belongs to whoever asked, the
//! method, the path and the body.

mod question;
mod quota;
mod unkept;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use jarvis_domain::kv::StoreError;
use jarvis_domain::plan::Digest;
use jarvis_domain::registry::{Kind, Record};
use jarvis_domain::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::Instrument;

use super::error::HttpError;
use super::input::{header, read_body, wrong};
use super::problem::{Answer, Refusal};
use super::state::Shared;
use super::who::Who;

use question::Asked;
use quota::Quota;
use unkept::Unkept;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// The longest key.
const LONGEST: usize = 200;
/// The header.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What the host remembers of keys beside their records.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    quota: Quota,
    unkept: Unkept,
    /// Held by who takes up a key whose question nobody answered.
    anew: Mutex<()>,
}

/// One request, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Method, path and body.
    stamp: Digest,
    /// The start of the host that took it.
    boot: RequestId,
    /// None while it goes on.
    answer: Option<KeptAnswer>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptAnswer {
    Sent {
        status: u16,
        kind: Option<String>,
        location: Option<String>,
        #[serde(default)]
        tag: Option<String>,
        body: String,
    },
    Refused(Refusal),
    /// Nobody can tell: jarvis itself failed meanwhile.
    Lost,
}

/// Lets an action through once for each key.
pub(crate) async fn once(State(state): State<Shared>, request: Request, next: Next) -> Response {
    // A look may come as often as it likes.
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let answered = match header(request.headers(), &KEY) {
        Ok(None) => return next.run(request).await,
        Ok(Some(key)) => {
            let key = key.to_owned();
            by_key(&state, &key, request, next).await
        }
        Err(refusal) => Err(refusal),
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// Refuses a key where what is answered is a secret, which is not kept: a repeat
/// would be something else, and who sends a key must not believe otherwise.
pub(crate) async fn never(request: Request, next: Next) -> Response {
    if request.headers().contains_key(&KEY) {
        let why = "the answer holds a secret, which is not kept for a repeat; leave the key out";
        return wrong("Idempotency-Key", why).into_response();
    }
    next.run(request).await
}

async fn by_key(state: &Shared, key: &str, request: Request, next: Next) -> Answer {
    if key.is_empty() || key.len() > LONGEST || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let form = format!("it has to be 1 to {LONGEST} visible characters");
        return Err(wrong("Idempotency-Key", form));
    }
    if header(request.headers(), &ACCEPT)?.is_some_and(|kind| kind.contains("event-stream")) {
        return Err(wrong("Idempotency-Key", "a stream cannot be kept; leave out one of the two"));
    }
    let who = Who::of(request.headers(), state)?;
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, state.parts.clock.as_ref()).await?;
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let stamp = Digest::of_parts([parts.method.as_str().as_bytes(), path.as_bytes(), &body]);
    let mark = who.mark();
    let id = Digest::of_parts([mark.as_bytes(), key.as_bytes()]).to_string();
    let kept = Kept { stamp, boot: state.boot, answer: None };
    let request = Request::from_parts(parts, Body::from(body));
    // It runs to its end though the caller is gone: the answer is for later, and
    // a claim without anybody who acts on it would keep the key busy for a day.
    let owned = Arc::clone(state);
    let run = async move { first(&owned, &mark, (id, kept), request, next).await };
    let run = tokio::spawn(run.in_current_span());
    run.await.unwrap_or_else(|_| Err(HttpError::Broken.into()))
}

/// Carries out `request`, if it is the first with this id; else tells what the
/// first was answered.
async fn first(
    state: &Shared,
    mark: &str,
    (id, kept): (String, Kept),
    request: Request,
    next: Next,
) -> Answer {
    let stamp = kept.stamp;
    let now = state.parts.clock.now();
    let claim = record(&id, &kept, now.plus(KEPT))?;
    let (registry, quota) = (&state.parts.registry, &state.repeats.quota);
    let claimed = if quota.take(mark, now, KEPT) {
        let claimed = registry.claim(Kind::Answer, claim.clone()).await;
        if !matches!(claimed, Ok(true)) {
            quota.give_back(mark);
        }
        claimed?
    } else if registry.get(Kind::Answer, &id).await?.is_some() {
        // What was kept before is still told.
        false
    } else {
        return Err(HttpError::KeysFull(quota::EACH).into());
    };
    if !claimed && !anew(state, &id, stamp, claim).await? {
        return before(state, &id, stamp).await;
    }
    let answering = tokio::spawn(next.run(request).in_current_span());
    let Ok(response) = answering.await else { return lost(state, &id, kept).await };
    keep(state, mark, id, kept, response).await
}

/// Puts `claim` in the place of a question that nobody has said yes to; whether
/// it did.
async fn anew(state: &Shared, id: &str, stamp: Digest, claim: Record) -> Answer<bool> {
    // Of two at once, the second finds the claim of the first.
    let _anew = state.repeats.anew.lock().await;
    let registry = &state.parts.registry;
    let Some(record) = registry.get(Kind::Answer, id).await? else { return Ok(false) };
    let kept = read(&record)?;
    let asked = match &kept.answer {
        Some(KeptAnswer::Refused(Refusal { more, .. })) => more.question.as_ref(),
        _ => None,
    };
    let Some(asked) = asked.filter(|_| kept.stamp == stamp) else { return Ok(false) };
    let has_lapsed = question::look(state, asked).await? == Asked::Lapsed;
    if has_lapsed {
        registry.put(Kind::Answer, claim).await?;
    }
    Ok(has_lapsed)
}

/// Keeps that nobody can tell what became of it.
async fn lost(state: &Shared, id: &str, kept: Kept) -> Answer {
    let kept = Kept { answer: Some(KeptAnswer::Lost), ..kept };
    put(state, id, &kept).await;
    Err(HttpError::Broken.into())
}

/// What an earlier request with this key was answered.
async fn before(state: &Shared, id: &str, stamp: Digest) -> Answer {
    let record = state.parts.registry.get(Kind::Answer, id).await?;
    let record = record.ok_or(HttpError::KeyBusy)?;
    let kept = read(&record)?;
    if kept.stamp != stamp {
        return Err(HttpError::KeyReused.into());
    }
    let goes_on = kept.boot == state.boot && !state.repeats.unkept.has(id, state.parts.clock.now());
    let mut response = match kept.answer {
        Some(KeptAnswer::Refused(refusal)) => {
            if let Some(asked) = &refusal.more.question
                && question::look(state, asked).await? == Asked::Answered
            {
                return Err(HttpError::KeyAnswered { run: asked.run }.into());
            }
            refusal.into_response()
        }
        Some(KeptAnswer::Lost) => return Err(HttpError::KeyLost.into()),
        Some(KeptAnswer::Sent { status, kind, location, tag, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let mut response = (status, Body::from(body)).into_response();
            for (name, value) in [(CONTENT_TYPE, kind), (LOCATION, location), (ETAG, tag)] {
                if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        None if goes_on => {
            let mut busy = Refusal::from(HttpError::KeyBusy).into_response();
            busy.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(busy);
        }
        None => return Err(HttpError::KeyLost.into()),
    };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps the answer, unless nothing was begun: then the key is free again.
async fn keep(state: &Shared, mark: &str, id: String, kept: Kept, response: Response) -> Answer {
    let refusal = response.extensions().get::<Refusal>().cloned();
    let (answer, response) = match refusal {
        Some(refusal) if refusal.untouched => {
            match state.parts.registry.delete(Kind::Answer, &id).await {
                Ok(_) => state.repeats.quota.give_back(mark),
                Err(error) => unkept(state, &id, &error),
            }
            return Ok(response);
        }
        Some(refusal) => (KeptAnswer::Refused(refusal), response),
        None => {
            let (parts, body) = response.into_parts();
            let Ok(body) = body.collect().await else { return lost(state, &id, kept).await };
            let body = body.to_bytes();
            let text = |name| {
                let value = parts.headers.get(name);
                value.and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned)
            };
            let sent = KeptAnswer::Sent {
                status: parts.status.as_u16(),
                kind: text(CONTENT_TYPE),
                location: text(LOCATION),
                tag: text(ETAG),
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            (sent, Response::from_parts(parts, Body::from(body)))
        }
    };
    let kept = Kept { answer: Some(answer), ..kept };
    put(state, &id, &kept).await;
    Ok(response)
}

/// Keeps what came of a request. It happened, and is answered: where that cannot
/// be kept, only a repeat is not answered so.
async fn put(state: &Shared, id: &str, kept: &Kept) {
    let expires = state.parts.clock.now().plus(KEPT);
    let Ok(record) = record(id, kept, expires) else { return };
    if let Err(error) = state.parts.registry.put(Kind::Answer, record).await {
        unkept(state, id, &error);
    }
}

fn unkept(state: &Shared, id: &str, error: &StoreError) {
    tracing::error!(%error, "the answer to a request that may be repeated was not kept");
    state.repeats.unkept.add(id, state.parts.clock.now());
}

fn read(record: &Record) -> Answer<Kept> {
    Ok(serde_json::from_slice(&record.value).map_err(|_| HttpError::Broken)?)
}

fn record(id: &str, kept: &Kept, expires: Timestamp) -> Answer<Record> {
    let value = serde_json::to_vec(kept).map_err(|_| HttpError::Broken)?;
    Ok(Record { id: id.to_owned(), value, expires: Some(expires) })
}
