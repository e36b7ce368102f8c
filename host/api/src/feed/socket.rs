//! One listener's WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::identity::Person;
use jarvis_domain::{Clock, Explain, Fault};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Error as WsError;

use super::Hub;
use super::error::FeedError;
use super::message::{Body, Since};
use crate::ApiError;

/// The longest frame of who only listens, bytes: the answer to a ping.
pub(crate) const MAX_FRAME: usize = 1024;
/// How long a listener may take to read a message: as long as the ring would
/// keep it at a usual pace, and no longer, since its place is for those who do.
const WRITE: Duration = Duration::from_secs(30);
/// How often a listener is asked whether it is there. One that says nothing
/// until the next time is not.
const PING: Duration = Duration::from_secs(30);
/// How long a listener may take over the last word.
const PARTING: Duration = Duration::from_secs(5);

/// Why a listener is told nothing more.
enum Ended {
    /// It is gone; there is nobody to tell.
    Gone,
    /// It is told why, and the socket is closed with this code.
    For(Box<Fault>, u16),
}

/// There is nobody to tell.
struct Gone;

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
    let ended = match hub.seat(&person.caller.principal) {
        Ok(_seat) => {
            let heard = Heard::default();
            tokio::select! {
                () = person.life.ended() => Ended::of(&ApiError::SignedOut, close_code::POLICY),
                // An error says that the server is gone already.
                _ = closing.wait_for(|closing| *closing) => {
                    Ended::of(&FeedError::Stopping, close_code::RESTART)
                }
                ended = hear(&mut reader, &heard) => ended,
                ended = tell(&mut writer, since, &hub, (&heard, clock.as_ref())) => ended,
            }
        }
        Err(error) => Ended::of(&error, close_code::POLICY),
    };
    if let Ended::For(fault, code) = ended {
        part((&mut writer, &mut reader), &fault, code, clock.as_ref()).await;
    }
}

/// Tells what happens; ends only where nobody is there to be told.
async fn tell(
    writer: &mut SplitSink<WebSocket, Message>,
    since: Option<Since>,
    hub: &Arc<Hub>,
    (heard, clock): (&Heard, &dyn Clock),
) -> Ended {
    let (mut listener, first) = hub.join(since.as_ref()).await;
    let mut sent = send(writer, first, clock).await;
    while sent.is_ok() {
        sent = tokio::select! {
            () = listener.news() => send(writer, listener.take(), clock).await,
            () = clock.sleep(PING) => match heard.take() {
                true => write(writer, Message::Ping(bytes::Bytes::new()), clock).await,
                false => Err(Gone),
            },
        };
    }
    Ended::Gone
}

/// What the other side says, which is nothing but that it is there.
async fn hear(reader: &mut SplitStream<WebSocket>, heard: &Heard) -> Ended {
    loop {
        match reader.next().await {
            None | Some(Ok(Message::Close(_))) => return Ended::Gone,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard.set(),
            Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                return Ended::of(&ApiError::SocketListens, close_code::POLICY);
            }
            Some(Err(error)) => return unread(error),
        }
    }
}

fn unread(error: axum::Error) -> Ended {
    match error.into_inner().downcast::<WsError>().map(|error| *error) {
        Ok(WsError::Capacity(_)) => Ended::of(&FeedError::TooLong, close_code::SIZE),
        Ok(error @ (WsError::Protocol(_) | WsError::Utf8(_))) => {
            Ended::of(&FeedError::Protocol(error.to_string()), close_code::PROTOCOL)
        }
        _ => Ended::Gone,
    }
}

/// Says the last word, to whoever still reads, and reads what is on its way:
/// a connection that is closed over unread bytes takes the word along.
async fn part(
    (writer, reader): (&mut SplitSink<WebSocket, Message>, &mut SplitStream<WebSocket>),
    fault: &Fault,
    code: u16,
    clock: &dyn Clock,
) {
    let end = Body::End { fault }.text();
    let close = CloseFrame { code, reason: fault.code.as_str().into() };
    let say = async {
        writer.send(Message::Text(end.into())).await?;
        writer.send(Message::Close(Some(close))).await?;
        while reader.next().await.transpose()?.is_some() {}
        Ok::<(), axum::Error>(())
    };
    tokio::select! {
        said = say => if let Err(error) = said {
            tracing::debug!(%error, "a listener has gone before the last word");
        },
        () = clock.sleep(PARTING) => {}
    }
}

impl Ended {
    fn of(error: &(impl Explain + Sized), code: u16) -> Self {
        Self::For(error.fault(), code)
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
) -> Result<(), Gone> {
    let all = async {
        for message in messages {
            writer.feed(Message::Text(message)).await?;
        }
        writer.flush().await
    };
    tokio::select! {
        sent = all => sent.map_err(|_| Gone),
        () = clock.sleep(WRITE) => Err(Gone),
    }
}

async fn write(
    writer: &mut SplitSink<WebSocket, Message>,
    message: Message,
    clock: &dyn Clock,
) -> Result<(), Gone> {
    tokio::select! {
        sent = writer.send(message) => sent.map_err(|_| Gone),
        () = clock.sleep(WRITE) => Err(Gone),
    }
}

#[cfg(test)]
mod tests;
