//! What WebSockets have in common: the last word, what cannot be read, and
//! whether the other side is there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use jarvis_domain::{Clock, Fault};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Error as WsError;

/// How often a client is asked whether it is there.
const PING: Duration = Duration::from_secs(30);
/// How long a client may take over the last word.
const PARTING: Duration = Duration::from_secs(5);

/// An error, as the API tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable.
    pub code: String,
    /// For people.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
    /// What it came from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

/// Why nothing more can be read.
pub(crate) enum Unread {
    /// The other side has gone.
    Gone,
    /// A frame is longer than is read.
    TooLong,
    /// What came is not the protocol.
    Protocol(String),
}

impl From<&Fault> for Problem {
    fn from(fault: &Fault) -> Self {
        let Fault { code, sentence, hint, causes, .. } = fault.clone();
        Self { code, sentence, hint, causes }
    }
}

impl From<axum::Error> for Unread {
    fn from(error: axum::Error) -> Self {
        match error.into_inner().downcast::<WsError>().map(|error| *error) {
            Ok(WsError::Capacity(_)) => Self::TooLong,
            Ok(error @ (WsError::Protocol(_) | WsError::Utf8(_))) => {
                Self::Protocol(error.to_string())
            }
            _ => Self::Gone,
        }
    }
}

/// How a socket is closed.
pub(crate) fn frame(code: u16, reason: &str) -> CloseFrame {
    CloseFrame { code, reason: reason.into() }
}

/// Completes when a client gives no sign of life, which `alive` counts, for
/// twice the time of a ping; `ping` sends one.
pub(crate) async fn is_silent(clock: &dyn Clock, alive: &AtomicU64, ping: impl Fn()) {
    let (mut before, mut silent) = (alive.load(Ordering::Relaxed), false);
    loop {
        clock.sleep(PING).await;
        let now = alive.load(Ordering::Relaxed);
        if now == before && silent {
            return;
        }
        silent = now == before;
        before = now;
        ping();
    }
}

/// Sends what is left for a client that has gone: the answer to its Close, which
/// the library has ready by then (RFC 6455, 5.5.1). Nothing where none came.
pub(crate) async fn let_go<M>(sink: &mut (impl Sink<M> + Unpin), clock: &dyn Clock) {
    tokio::select! {
        // Where that fails nobody is there to be answered.
        _ = sink.flush() => {}
        () = clock.sleep(PARTING) => {}
    }
}

/// Says the last word, to whoever still reads, and reads what is on its way:
/// a connection that is closed over unread bytes takes the word along.
pub(crate) async fn part(
    (sink, stream): (&mut SplitSink<WebSocket, Message>, &mut SplitStream<WebSocket>),
    told: Option<String>,
    close: CloseFrame,
    clock: &dyn Clock,
) {
    let say = async {
        if let Some(told) = told {
            sink.send(Message::text(told)).await?;
        }
        sink.send(Message::Close(Some(close))).await?;
        while stream.next().await.transpose()?.is_some() {}
        Ok::<(), axum::Error>(())
    };
    tokio::select! {
        said = say => if let Err(error) = said {
            tracing::debug!(%error, "a client has gone before the last word");
        },
        () = clock.sleep(PARTING) => {}
    }
}
