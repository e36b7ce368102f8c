//! Where WebSockets come in. A browser cannot send a header with one, so it
//! sends a ticket, which is good once and for half a minute.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::{
    AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use jarvis_domain::Role;
use jarvis_domain::identity::Person;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol;

use super::error::HttpError;
use super::input::{Fields, Input, Params, wrong};
use super::problem::{Answer, Refusal};
use super::state::Shared;
use super::who::Who;
use crate::feed::{self, Since};
use crate::service;
use crate::terminal::{self, MAX_FRAME, MAX_MESSAGE, TerminalQuery, TerminalRequest};
use crate::voice;

/// Somebody who opens a WebSocket: by a ticket, or by a header like any other
/// request. The page that it comes from was looked at by the guard.
#[derive(Debug)]
pub struct WsPerson {
    /// Who.
    pub person: Person,
    /// The request to be upgraded.
    pub upgrade: WebSocketUpgrade,
    /// The connection that it becomes, for who speaks WebSocket themselves.
    connection: OnUpgrade,
    /// What they answer the client's key with.
    accept: HeaderValue,
}

#[derive(Debug)]
struct TicketQuery {
    ticket: Option<String>,
}

/// Where somebody who listens was.
#[derive(Debug)]
struct EventsQuery {
    since: Option<Since>,
}

/// The paths of WebSockets.
pub(crate) const PATHS: [&str; 3] = [EVENTS, TERMINAL, VOICE];
const EVENTS: &str = "/ws/events";
const TERMINAL: &str = "/ws/terminal";
const VOICE: &str = "/ws/voice";

/// What is behind them.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route(EVENTS, get(events)).route(TERMINAL, get(open)).route(VOICE, get(speak))
}

/// What happens, as it happens. Who listens too often is told so over the
/// socket: a browser sees no answer to a refused one.
async fn events(
    ws: WsPerson,
    Params(EventsQuery { since }): Params<EventsQuery>,
    State(state): State<Shared>,
) -> Answer<Response> {
    let WsPerson { person, connection, accept, .. } = ws;
    service::needs(&person.caller, Role::Viewer, "what happens on the clusters")?;
    let (hub, clock) = (Arc::clone(&state.parts.feed), Arc::clone(&state.parts.clock));
    let closing = state.closing.subscribe();
    tokio::spawn(async move {
        let connection = match connection.await {
            Ok(connection) => TokioIo::new(connection),
            Err(error) => return tracing::debug!(%error, "a WebSocket did not come about"),
        };
        let socket = WebSocketStream::from_raw_socket(
            connection,
            protocol::Role::Server,
            Some(feed::config()),
        );
        feed::serve(socket.await, person, since, hub, clock, closing).await;
    });
    let headers = [
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// A terminal. Who may open which, policy says once the socket is there, so
/// that a browser, which sees no answer to a refused one, is told why.
async fn open(
    WsPerson { person, upgrade, .. }: WsPerson,
    Wanted(request): Wanted,
    State(state): State<Shared>,
) -> Answer<Response> {
    let terminals = Arc::clone(&state.parts.terminals);
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_FRAME);
    Ok(upgrade.on_upgrade(move |socket| terminal::serve(socket, person, request, terminals)))
}

/// Somebody who speaks. What is missing for that is told once the socket is
/// there, as with a terminal.
async fn speak(
    WsPerson { person, upgrade, .. }: WsPerson,
    State(state): State<Shared>,
) -> Answer<Response> {
    let (talks, closing) = (Arc::clone(&state.parts.talks), state.closing.subscribe());
    let upgrade = upgrade.max_message_size(voice::MAX_FRAME).max_frame_size(voice::MAX_FRAME);
    Ok(upgrade.on_upgrade(move |socket| voice::serve(socket, person, talks, closing)))
}

/// The terminal that the query asks for.
#[derive(Debug)]
struct Wanted(TerminalRequest);

impl FromRequestParts<Shared> for Wanted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        let query = Query::<TerminalQuery>::try_from_uri(&parts.uri);
        let Query(mut query) = query.map_err(|error| wrong("?", error.body_text()))?;
        if let Some(named) = &query.cluster {
            query.cluster = Some(state.site(Some(named))?.doors.cluster.to_string());
        }
        Ok(Self(query.try_into()?))
    }
}

impl Input for EventsQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let since = fields.text("since");
        fields.ignore_others();
        Some(Self { since })
    }
}

impl Input for TicketQuery {
    fn read(fields: &mut Fields) -> Option<Self> {
        let ticket = fields.optional("ticket");
        // The rest is the socket's own.
        fields.ignore_others();
        Some(Self { ticket })
    }
}

impl FromRequestParts<Shared> for WsPerson {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        // axum's takes it away.
        let connection = parts.extensions.get::<OnUpgrade>().cloned();
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        let upgrade = upgrade.map_err(|error| wrong("Upgrade", error.body_text()))?;
        let key = parts.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
        let accept = key.and_then(|key| derive_accept_key(key).try_into().ok());
        let (connection, accept) = connection
            .zip(accept)
            .ok_or_else(|| wrong("Upgrade", "the connection cannot become a WebSocket"))?;
        let Params(TicketQuery { ticket }) = Params::from_request_parts(parts, state).await?;
        let person = match ticket {
            Some(ticket) => state.parts.identity.redeem(&ticket)?,
            None if parts.headers.contains_key(AUTHORIZATION) => Who::of(&parts.headers, state)?.0,
            None => return Err(HttpError::NoSignIn.into()),
        };
        Ok(Self { person, upgrade, connection, accept })
    }
}
