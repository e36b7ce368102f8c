//! One listener's WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::identity::Person;
use jarvis_domain::{Clock, Explain};

use tokio::sync::watch;

use super::Hub;
use super::message::{Body, Since};
use crate::ApiError;

/// How long a listener may take to read a message: as long as the ring would
/// keep it at a usual pace, and no longer, since its place is for those who do.
const WRITE: Duration = Duration::from_secs(30);
/// How often a listener is asked whether it is there. One that says nothing
/// until the next time is not.
const PING: Duration = Duration::from_secs(30);

/// Why a listener is told nothing more.
enum Ended {
    /// It is gone; there is nobody to tell.
    Gone,
    /// It is told why.
    For(ApiError),
}

/// Tells the other side of `socket` what happens, until it goes, `person` does
/// or the server closes.
pub(crate) async fn serve(
    socket: WebSocket,
    mut person: Person,
    since: Option<Since>,
    hub: Arc<Hub>,
    clock: Arc<dyn Clock>,
    mut closing: watch::Receiver<bool>,
) {
    let (mut writer, mut reader) = socket.split();
    let (mut listener, first) = hub.join(since.as_ref()).await;
    let heard = Heard::default();
    let ended = async {
        send(&mut writer, first, clock.as_ref()).await?;
        loop {
            tokio::select! {
                () = listener.news() => {
                    send(&mut writer, listener.take(), clock.as_ref()).await?;
                }
                () = clock.sleep(PING) => {
                    if !heard.take() {
                        return Err::<(), Ended>(Ended::Gone);
                    }
                    write(&mut writer, Message::Ping(bytes::Bytes::new()), clock.as_ref()).await?;
                }
            }
        }
    };
    let listening = async {
        loop {
            match reader.next().await {
                None | Some(Err(_) | Ok(Message::Close(_))) => return Ended::Gone,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard.set(),
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    return Ended::For(ApiError::SocketListens);
                }
            }
        }
    };
    let ended = tokio::select! {
        () = person.life.ended() => Ended::For(ApiError::SignedOut),
        // An error says that the server is gone already.
        _ = closing.wait_for(|closing| *closing) => Ended::Gone,
        ended = listening => ended,
        ended = ended => ended.err().unwrap_or(Ended::Gone),
    };
    if let Ended::For(error) = ended {
        let end = Body::End { fault: &error.fault() }.text();
        let close = CloseFrame { code: close_code::POLICY, reason: error.row().code.into() };
        let _ = write(&mut writer, Message::Text(end.into()), clock.as_ref()).await;
        let _ = write(&mut writer, Message::Close(Some(close)), clock.as_ref()).await;
    }
}

/// Whether the other side has said anything since it was last looked at.
struct Heard(std::sync::atomic::AtomicBool);

impl Default for Heard {
    fn default() -> Self {
        Self(std::sync::atomic::AtomicBool::new(true))
    }
}

impl Heard {
    fn set(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.swap(false, std::sync::atomic::Ordering::Relaxed)
    }
}

async fn send(
    writer: &mut SplitSink<WebSocket, Message>,
    messages: Vec<Utf8Bytes>,
    clock: &dyn Clock,
) -> Result<(), Ended> {
    let all = async {
        for message in messages {
            writer.feed(Message::Text(message)).await?;
        }
        writer.flush().await
    };
    tokio::select! {
        sent = all => sent.map_err(|_| Ended::Gone),
        () = clock.sleep(WRITE) => Err(Ended::Gone),
    }
}

async fn write(
    writer: &mut SplitSink<WebSocket, Message>,
    message: Message,
    clock: &dyn Clock,
) -> Result<(), Ended> {
    tokio::select! {
        sent = writer.send(message) => sent.map_err(|_| Ended::Gone),
        () = clock.sleep(WRITE) => Err(Ended::Gone),
    }
}

#[cfg(test)]
mod tests;
