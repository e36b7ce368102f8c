//! Words in, and the answer out: whole, or as it comes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use jarvis_assistant::{Conversation, Said};
use jarvis_domain::Fault;
use jarvis_domain::invocation::{Notice, Watcher};
use tokio::sync::mpsc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ClusterQuery, HowBody};
use crate::Response as Reply;
use crate::http::act::{Follow, act};
use crate::http::input::{Body, Fields, Input, Params, header};
use crate::http::problem::{Answer, Problem};
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::Acted;
use crate::wire::{Request, Words};

/// The longest words, bytes: what a person says, not a book.
const LONGEST: usize = 4096;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// Words to understand.
#[derive(Debug, ToSchema)]
#[schema(as = AskRequest)]
#[serde(deny_unknown_fields)]
struct AskBody {
    /// The words.
    words: String,
    /// Yes in advance.
    #[schema(required = false)]
    confirmed: bool,
    /// BCP 47.
    locale: Option<String>,
}

impl Input for AskBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let words: Option<String> = fields.required("words");
        if words.as_ref().is_some_and(|words| words.len() > LONGEST) {
            fields.wrong("words", format!("more than {LONGEST} bytes are not understood"));
        }
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { words: words?, confirmed, locale })
    }
}

/// Understands words and acts on them. With `Accept: text/event-stream` the
/// answer comes as events: `notice` for what is started and ended, then one
/// `answer` or `problem`.
#[utoipa::path(post, path = "/api/ask", tag = "commands", params(ClusterQuery),
    request_body = AskBody,
    responses(
        (status = 200, content(
            (Acted = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 202, body = Acted),
        (status = 409, description = "It waits for a yes, or for a choice.", body = Problem,
            content_type = "application/problem+json"),
    ))]
async fn ask(
    State(state): State<Shared>,
    who: Who,
    headers: HeaderMap,
    Params(query): Params<ClusterQuery>,
    Body(AskBody { words, confirmed, locale }): Body<AskBody>,
) -> Answer {
    let cluster = match query.cluster {
        Some(name) => Some(state.site(Some(&name))?.doors.cluster.clone()),
        None => None,
    };
    let locale = locale.unwrap_or_else(|| "en".to_owned());
    let request = Request::Ask(Words { words, locale, confirmed, cluster });
    if header(&headers, &ACCEPT)?.is_some_and(|kind| kind.contains("text/event-stream")) {
        let events = follow(state, who, request);
        return Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response());
    }
    act(&state, &who, request).await
}

/// What comes of a request, as it comes. It goes on when nobody reads on.
fn follow(
    state: Shared,
    who: Who,
    request: Request,
) -> impl stream::Stream<Item = Result<Event, Infallible>> {
    let (notices, noticed) = mpsc::unbounded_channel();
    let handled = tokio::spawn(async move {
        let watcher: Arc<dyn Watcher> = Arc::new(Follow::onward(notices));
        let mut conversation = Conversation::default();
        state.parts.service.handle(request, who.asker(), &mut conversation, watcher).await
    });
    stream::unfold(Some((noticed, handled)), |state| async {
        let (mut noticed, handled) = state?;
        // The sender goes with the request.
        match noticed.recv().await {
            Some(notice) => Some((Ok(told(&notice)), Some((noticed, handled)))),
            None => {
                let end = match handled.await {
                    Ok(Ok(Reply::Said(said))) => answered(&said),
                    Ok(Err(fault)) => refused(&fault),
                    Ok(Ok(_)) | Err(_) => event("problem", "{}".to_owned()),
                };
                Some((Ok(end), None))
            }
        }
    })
}

fn told(notice: &Notice) -> Event {
    event("notice", serde_json::to_string(notice).unwrap_or_default())
}

fn answered(said: &Said) -> Event {
    event("answer", serde_json::to_string(said).unwrap_or_default())
}

fn refused(fault: &Fault) -> Event {
    event("problem", serde_json::to_string(fault).unwrap_or_default())
}

fn event(name: &str, data: String) -> Event {
    Event::default().event(name).data(data)
}
