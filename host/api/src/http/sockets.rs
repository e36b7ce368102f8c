//! Where WebSockets come in. A browser cannot send a header with one, so it
//! sends a ticket, which is good once and for half a minute.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jarvis_domain::identity::Person;

use super::error::HttpError;
use super::input::{Fields, Input, Params, wrong};
use super::problem::Refusal;
use super::state::Shared;
use super::who::Who;

/// Somebody who opens a WebSocket: by a ticket, or by a header like any other
/// request. The page that it comes from was looked at by the guard.
#[derive(Debug)]
pub struct WsPerson {
    /// Who.
    pub person: Person,
    /// The request to be upgraded.
    pub upgrade: WebSocketUpgrade,
}

#[derive(Debug)]
struct TicketQuery {
    ticket: Option<String>,
}

/// The paths of WebSockets; none is served yet.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
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
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        let upgrade = upgrade.map_err(|error| wrong("Upgrade", error.body_text()))?;
        let Params(TicketQuery { ticket }) = Params::from_request_parts(parts, state).await?;
        let person = match ticket {
            Some(ticket) => state.parts.identity.redeem(&ticket)?,
            None if parts.headers.contains_key(AUTHORIZATION) => Who::of(&parts.headers, state)?.0,
            None => return Err(HttpError::NoSignIn.into()),
        };
        Ok(Self { person, upgrade })
    }
}
