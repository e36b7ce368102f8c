//! Words in, and the answer out: whole, or as it comes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use jarvis_assistant::Conversation;
use jarvis_domain::invocation::Watcher;
use jarvis_domain::{Explain, Language, RequestId};
use tokio::sync::mpsc;
use tracing::Instrument;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ClusterQuery, HowBody};
use crate::http::act::{Follow, act};
use crate::http::error::HttpError;
use crate::http::guard::Asked;
use crate::http::input::{Body, Fields, Input, Params, header};
use crate::http::problem::{Answer, Problem, Refusal};
use crate::http::schema;
use crate::http::state::Shared;
use crate::http::who::Who;
use crate::http::wire::Acted;
use crate::wire::{Request, Words};
use crate::{ApiError, Response as Reply};

/// The longest words, characters: what a person says, not a book.
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
    #[schema(value_type = schema::Words)]
    words: String,
    /// Yes in advance.
    #[schema(value_type = Option<bool>)]
    confirmed: bool,
    /// BCP 47.
    locale: Option<String>,
}

impl Input for AskBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let words: Option<String> = fields.required("words");
        if words.as_ref().is_some_and(|words| words.chars().count() > LONGEST) {
            fields.wrong("words", format!("more than {LONGEST} characters are not understood"));
        }
        let HowBody { confirmed, locale } = HowBody::read(fields)?;
        Some(Self { words: words?, confirmed, locale })
    }
}

/// Understands words and acts on them. With `Accept: text/event-stream` the
/// answer comes as events: `notice` for what is started and ended, and for each
/// sentence of a language model as it is made, then one `answer` or `problem`;
/// a `problem` too where the sign-in ends before the answer.
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
    Extension(Asked { id, .. }): Extension<Asked>,
    headers: HeaderMap,
    Params(query): Params<ClusterQuery>,
    Body(AskBody { words, confirmed, locale }): Body<AskBody>,
) -> Answer {
    let cluster = match query.cluster {
        Some(name) => Some(state.site(Some(&name))?.doors.cluster.clone()),
        None => None,
    };
    // The words are in what the body names, else in what whoever sends them likes best.
    let accepted = || {
        let accepted = header(&headers, &ACCEPT_LANGUAGE).ok().flatten()?;
        Language::accepted(accepted).map(|language| language.tag().to_owned())
    };
    let locale = locale.or_else(accepted).unwrap_or_default();
    let request = Request::Ask(Words { words, locale, confirmed, cluster, place: None });
    if header(&headers, &ACCEPT)?.is_some_and(|kind| kind.contains("text/event-stream")) {
        who.is_there()?;
        let events = follow(state, who, request, id);
        return Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response());
    }
    act(&state, &who, request).await
}

/// What comes of a request, as it comes. It goes on when nobody reads on, or
/// whoever asked is signed out, who is told that and no more.
fn follow(
    state: Shared,
    who: Who,
    request: Request,
    id: RequestId,
) -> impl stream::Stream<Item = Result<Event, Infallible>> {
    let (notices, noticed) = mpsc::unbounded_channel();
    let (owned, life) = (Shared::clone(&state), who.0.life.clone());
    let handled = async move {
        let watcher: Arc<dyn Watcher> = Arc::new(Follow::onward(notices));
        let mut conversation = Conversation::default();
        owned.parts.service.handle(request, who.asker(), &mut conversation, watcher).await
    };
    let handled = tokio::spawn(handled.in_current_span());
    let refused = move |refusal: Refusal| {
        let problem = refusal.clone().problem(state.title(&refusal.fault.code), id);
        event("problem", &problem)
    };
    stream::unfold(Some((noticed, handled, refused, life)), |state| async {
        let (mut noticed, mut handled, refused, mut life) = state?;
        let next = async {
            // The sender goes with the request.
            match noticed.recv().await {
                Some(notice) => (event("notice", &notice), true),
                None => match (&mut handled).await {
                    Ok(Ok(Reply::Said(said))) => (event("answer", &said), false),
                    Ok(Err(fault)) => (refused(fault.into()), false),
                    Ok(Ok(_)) | Err(_) => (refused(HttpError::Broken.into()), false),
                },
            }
        };
        let (told, goes_on) = tokio::select! {
            biased;
            () = life.ended() => (refused(ApiError::SignedOut.fault().into()), false),
            next = next => next,
        };
        Some((Ok(told), goes_on.then_some((noticed, handled, refused, life))))
    })
}

fn event(name: &str, data: &impl serde::Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
