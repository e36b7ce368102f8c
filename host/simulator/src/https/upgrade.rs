//! From HTTP to a terminal: the upgrade to a WebSocket, in the order and with
//! the words of `handle_api2_request` of pve-http-server.

use hyper::ext::ReasonPhrase;
use hyper::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::answer::Refusal;
use crate::terminal::Session;

/// What the head of a request asks for that wants a WebSocket.
#[derive(Debug)]
pub(super) struct Wanted {
    accept: String,
    /// Given back as it came.
    protocol: Option<HeaderValue>,
}

/// A terminal that has its client, once the connection is no HTTP any more.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) wanted: Wanted,
    pub(super) stream: OnUpgrade,
    pub(super) session: Session,
}

/// The upgrade that `head` asks for; none where it asks for none.
pub(super) fn wanted(head: &Parts, path: &str) -> Result<Option<Wanted>, Refusal> {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let given = text(UPGRADE).unwrap_or_default().to_ascii_lowercase();
    if given.is_empty() || head.method != Method::GET || !path.ends_with("websocket") {
        return Ok(None);
    }
    let wrong = |why: String| Err(Refusal::bare(500, why));
    if given != "websocket" {
        return wrong(format!("unable to upgrade to protocol '{given}'"));
    }
    let version = text(SEC_WEBSOCKET_VERSION).unwrap_or_default();
    if version != "13" {
        return wrong(format!("unsupported websocket-version '{version}'"));
    }
    let Some(key) = head.headers.get(SEC_WEBSOCKET_KEY).filter(|key| !key.is_empty()) else {
        return wrong("missing websocket-key".to_owned());
    };
    Ok(Some(Wanted {
        accept: derive_accept_key(key.as_bytes()),
        protocol: head.headers.get(SEC_WEBSOCKET_PROTOCOL).cloned(),
    }))
}

impl Wanted {
    /// The answer after which the connection is a WebSocket.
    pub(super) fn response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.extensions_mut().insert(ReasonPhrase::from_static(b"Switching Protocols"));
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(protocol) = &self.protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol.clone());
        }
        response
    }
}

impl Opened {
    /// Serves the terminal to its end.
    pub(super) async fn run(self) {
        match self.stream.await {
            Ok(stream) => self.session.run(TokioIo::new(stream)).await,
            Err(error) => tracing::debug!(%error, "no WebSocket came about"),
        }
    }
}
