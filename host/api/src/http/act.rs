//! Commands: each action of the API is a typed invocation, and its answer says
//! what came of it. Whoever waits long enough gets the end, others the
//! operation to look at.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jarvis_assistant::{Conversation, Said};
use jarvis_domain::invocation::{Notice, Watcher};
use jarvis_domain::{Explain, Fault, OperationId, Outcome};
use serde_json::{Map, Value};
use tokio::sync::{Notify, mpsc};
use tracing::Instrument;

use super::error::HttpError;
use super::problem::{Answer, More, Refusal};
use super::state::Shared;
use super::who::Who;
use super::wire::{Acted, Operation};
use crate::Response as Reply;
use crate::wire::{InvokeRequest, Request};

/// How long a caller waits for the end of what was started. After that the
/// operation is the answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command to run for somebody.
#[derive(Debug)]
pub(crate) struct Command<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: Vec<(&'static str, Value)>,
    pub(crate) how: How,
}

/// What every action takes beside its own arguments.
#[derive(Debug, Clone, Default)]
pub(crate) struct How {
    /// The cluster; none is the main one.
    pub(crate) cluster: Option<String>,
    /// The caller said yes in advance.
    pub(crate) confirmed: bool,
    /// BCP 47, for the sentences of the answer.
    pub(crate) locale: Option<String>,
}

/// Keeps what was started, and tells it on to who follows.
#[derive(Debug, Default)]
pub(crate) struct Follow {
    started: Mutex<Vec<(OperationId, String)>>,
    /// Told of each.
    news: Notify,
    onward: Option<mpsc::UnboundedSender<Notice>>,
}

/// Runs a command by its name.
pub(crate) async fn command(state: &Shared, who: &Who, command: Command<'_>) -> Answer {
    let Command { name, arguments, how } = command;
    let arguments = arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let name = name.parse().map_err(|_| HttpError::Broken)?;
    act(state, who, invoke(state, name, arguments, how)?).await
}

/// The request to invoke a command.
pub(crate) fn invoke(
    state: &Shared,
    command: jarvis_domain::CommandName,
    arguments: Map<String, Value>,
    how: How,
) -> Answer<Request> {
    let cluster = state.site(how.cluster.as_deref())?.doors.cluster.clone();
    Ok(Request::Invoke(InvokeRequest {
        command,
        arguments,
        locale: how.locale.unwrap_or_default(),
        confirmed: how.confirmed,
        cluster: Some(cluster),
    }))
}

/// Carries out a request that may start something.
pub(crate) async fn act(state: &Shared, who: &Who, request: Request) -> Answer {
    who.is_there()?;
    let follow = Arc::new(Follow::default());
    let mut conversation = Conversation::default();
    let watcher = Arc::clone(&follow) as Arc<dyn Watcher>;
    // What runs goes on where this is dropped.
    let handled = state.parts.service.handle(request, who.asker(), &mut conversation, watcher);
    tokio::pin!(handled);
    let ended = tokio::select! {
        biased;
        ended = &mut handled => Some(ended),
        () = state.parts.clock.sleep(PATIENCE) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => loop {
            let news = follow.news.notified();
            if let Some(acted) = follow.going(state).await? {
                return Ok(answer(acted));
            }
            tokio::select! {
                biased;
                ended = &mut handled => break ended,
                () = news => {}
            }
        },
    };
    settle(state, &follow, ended).await
}

/// What came of it, as an answer or a refusal.
pub(crate) async fn settle(
    state: &Shared,
    follow: &Follow,
    handled: Result<Reply, Box<Fault>>,
) -> Answer {
    let said = match handled {
        Ok(Reply::Said(said)) => said,
        Ok(_) => return Err(HttpError::Broken.into()),
        Err(fault) => return Err(follow.refusal(fault)),
    };
    let (error, more) = match said {
        Said::Reply(reply) => return acted(Acted::of(reply, follow.operations(state).await?)),
        Said::Told(told) => {
            let operations = follow.operations(state).await?;
            return acted(Acted {
                outcome: told.outcome.unwrap_or(Outcome::NothingChanged),
                detail: told.detail.clone(),
                run: told.runs.last().copied(),
                operations,
                ..Acted::words(told.speech())
            });
        }
        Said::Dropped(speech) => return Ok(answer(Acted::words(speech))),
        Said::Question(question) => {
            let text = question.text.clone();
            (HttpError::Asked(text), More { question: Some(question), ..More::default() })
        }
        Said::Choice(choice) => {
            let text = choice.text.clone();
            (HttpError::Choice(text), More { choice: Some(choice), ..More::default() })
        }
        Said::Missing(missing) => {
            let text = missing.text.clone();
            (HttpError::Missing(text), More { missing: Some(missing), ..More::default() })
        }
    };
    Err(Refusal::with(&error, more))
}

/// What was done, or that it was not.
fn acted(acted: Acted) -> Answer {
    let error = match acted.outcome {
        Outcome::Failed => HttpError::Failed(acted.speech.clone()),
        Outcome::Unknown => HttpError::Unsure(acted.speech.clone()),
        Outcome::Done | Outcome::Started | Outcome::Scheduled | Outcome::NothingChanged => {
            return Ok(answer(acted));
        }
    };
    Err(Refusal::with(&error, More { answer: Some(acted), ..More::default() }))
}

/// 200, or 202 with the place to look at.
fn answer(acted: Acted) -> Response {
    if acted.outcome != Outcome::Started {
        return Json(acted).into_response();
    }
    let last = acted.operations.last().map(|operation| operation.id);
    let mut response = (StatusCode::ACCEPTED, Json(acted)).into_response();
    let place = last.and_then(|id| HeaderValue::from_str(&format!("/api/operations/{id}")).ok());
    if let Some(place) = place {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

impl Follow {
    /// One that tells notices on.
    pub(crate) fn onward(sender: mpsc::UnboundedSender<Notice>) -> Self {
        Self { onward: Some(sender), ..Self::default() }
    }

    fn started(&self) -> Vec<(OperationId, String)> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was started, as it stands now.
    async fn operations(&self, state: &Shared) -> Answer<Vec<Operation>> {
        let mut operations = Vec::new();
        for (id, _) in self.started() {
            let read = state.parts.journal.get(id).await;
            if let Some(record) = read.map_err(|error| begun(error.fault()))? {
                operations.push(Operation::from(&record));
            }
        }
        Ok(operations)
    }

    /// What goes on, where something was started.
    async fn going(&self, state: &Shared) -> Answer<Option<Acted>> {
        let started = self.started();
        let Some((_, what)) = started.last() else { return Ok(None) };
        let operations = self.operations(state).await?;
        let run = operations.last().map(|operation| operation.run);
        let speech = format!("It goes on: {what}.");
        Ok(Some(Acted { outcome: Outcome::Started, run, operations, ..Acted::words(speech) }))
    }

    /// The refusal of what failed. Where something may have been started, the
    /// same request must not simply come again.
    fn refusal(&self, fault: Box<Fault>) -> Refusal {
        let is_clear = self.started().is_empty() && !matches!(fault.status, 500 | 502 | 504);
        Refusal { untouched: is_clear, ..Refusal::from(fault) }
    }
}

impl Watcher for Follow {
    fn notice(&self, notice: Notice) {
        match &notice {
            // The answer tells it, also where it is a refusal's.
            Notice::Run { .. } => return,
            Notice::Started { operation, what } => {
                let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
                started.push((*operation, what.clone()));
                self.news.notify_one();
            }
            Notice::Ended { .. } | Notice::Said { .. } | Notice::Fetching { .. } => {}
        }
        if let Some(onward) = &self.onward {
            // Whoever followed may be gone; what runs does not end for that.
            let _ = onward.send(notice);
        }
    }
}

/// The refusal of a request that has begun something: the same must not simply
/// come again.
fn begun(fault: Box<Fault>) -> Refusal {
    Refusal { untouched: false, ..Refusal::from(fault) }
}

impl Acted {
    /// Words, and nothing that ran.
    fn words(speech: String) -> Self {
        Self {
            outcome: Outcome::NothingChanged,
            speech,
            detail: None,
            data: None,
            as_of: None,
            run: None,
            operations: Vec::new(),
        }
    }
}

/// Handles a request that starts nothing. A decision among them is carried out
/// whole: half of one would be on disk and not in force.
pub(crate) async fn look(state: &Shared, who: &Who, request: Request) -> Answer<Reply> {
    who.is_there()?;
    let (state, who) = (Shared::clone(state), who.clone());
    to_the_end(async move {
        let watcher = Arc::new(jarvis_domain::invocation::Unwatched);
        let mut conversation = Conversation::default();
        state.parts.service.handle(request, who.asker(), &mut conversation, watcher).await
    })
    .await
}

/// What comes of `work`, which goes on to its end also when the caller has hung
/// up.
pub(crate) async fn to_the_end<T: Send + 'static, E: Into<Refusal> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Answer<T> {
    let ended = tokio::spawn(work.in_current_span()).await;
    ended.map_err(|_| HttpError::Broken)?.map_err(Into::into)
}

/// The answer that a request of [`look`] always has.
macro_rules! expect_reply {
    ($reply:expr, $kind:ident) => {
        match $reply {
            $crate::Response::$kind(value) => value,
            _ => return Err($crate::http::error::HttpError::Broken.into()),
        }
    };
}
pub(crate) use expect_reply;
