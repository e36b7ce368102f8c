//! One request over one connection. Ollama is on this machine or near: a
//! connection costs nothing beside what a model takes, and to close it is the
//! one way to stop a chat.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::client::Asked;
use crate::error::OllamaError;

/// The longest answer that is kept whole, bytes: a list of models, or what one
/// is made of, with its licence.
const LONGEST: usize = 8 << 20;

/// An answer whose head is there. Dropping it closes its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Incoming,
    /// Last, so that it is dropped after the body.
    pub(crate) open: Open,
}

/// Closes its connection when dropped.
#[derive(Debug)]
pub(crate) struct Open(JoinHandle<()>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Asks for `path`: by POST with `body`, by GET without.
pub(crate) async fn ask(
    asked: &Asked,
    path: &str,
    body: Option<&Value>,
) -> Result<Answer, OllamaError> {
    let address = asked.address();
    let unreachable = |source| OllamaError::Unreachable { address: address.to_string(), source };
    let stream = TcpStream::connect(address.target()).await.map_err(unreachable)?;
    let (mut sender, connection) =
        handshake(TokioIo::new(stream)).await.map_err(|error| asked.broken(Some(error)))?;
    let open = Open(tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to Ollama ended");
        }
    }));
    let request = match body {
        None => Request::get(path),
        Some(_) => Request::post(path).header(CONTENT_TYPE, "application/json"),
    };
    let body = body.map(ToString::to_string).unwrap_or_default();
    let request = request
        .header(HOST, address.to_string())
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| asked.garbled(error.to_string()))?;
    let response: Response<Incoming> =
        sender.send_request(request).await.map_err(|error| asked.cut_off(error))?;
    Ok(Answer { status: response.status().as_u16(), body: response.into_body(), open })
}

impl Answer {
    /// All of it.
    pub(crate) async fn whole(self, asked: &Asked) -> Result<Bytes, OllamaError> {
        let Self { body, open: _open, .. } = self;
        let collected = Limited::new(body, LONGEST).collect().await;
        let collected = collected.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => asked.broken(Some(*error)),
            Err(_) => asked.garbled(format!("an answer has more than {LONGEST} bytes")),
        })?;
        Ok(collected.to_bytes())
    }
}
