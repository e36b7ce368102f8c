//! One listener's WebSocket. Not axum's: that sends each message as one frame,
//! and what writes a frame keeps room for the longest ever after.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::identity::Person;
use jarvis_domain::{Clock, Explain, Fault};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use super::Hub;
use super::error::FeedError;
use super::message::{Body, Since};
use crate::ApiError;
use crate::socket::let_go;

/// The longest frame of who only listens, bytes: the answer to a ping.
pub(crate) const MAX_FRAME: usize = 1024;
/// The longest frame that is sent, bytes; a longer message comes in several.
const FRAGMENT: usize = 16 * 1024;
/// How long a listener may take to read a message: as long as the ring would
/// keep it at a usual pace, and no longer, since its place is for those who do.
const WRITE: Duration = Duration::from_secs(30);
/// Each time that so many bytes more wait it may take as long again: a snapshot of ten
/// thousand guests has 2 MB, and comes through a slow line all the same.
const PIECE: usize = 256 * 1024;
/// How many times [`WRITE`] it may take at most: what waits for a listener is kept meanwhile.
const PIECES: usize = 10;
/// How often a listener is asked whether it is there. One that says nothing
/// until the next time is not.
const PING: Duration = Duration::from_secs(30);
/// How long a listener may take over the last word.
const PARTING: Duration = Duration::from_secs(5);
/// How much of what it still sends is read then, bytes.
const REST: u64 = 1024 * 1024;

/// Why a listener is told nothing more.
enum Ended {
    /// It is gone; there is nobody to tell.
    Gone,
    /// It is told why, and the socket is closed with this code.
    For(Box<Fault>, CloseCode),
}

/// There is nobody to tell.
struct Gone;

/// How a listener's socket is read and written. Both buffers are there for as
/// long as it is.
pub(crate) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME))
        .read_buffer_size(MAX_FRAME)
        .write_buffer_size(FRAGMENT)
}

/// Tells the other side of `socket` what happens, until it goes, `person` does
/// or the server closes.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    socket: WebSocketStream<S>,
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
                () = person.life.ended() => Ended::of(&ApiError::SignedOut, CloseCode::Policy),
                // An error says that the server is gone already.
                _ = closing.wait_for(|closing| *closing) => {
                    Ended::of(&FeedError::Stopping, CloseCode::Restart)
                }
                ended = hear(&mut reader, &heard) => ended,
                ended = tell(&mut writer, since, &hub, (&heard, clock.as_ref())) => ended,
            }
        }
        Err(error) => Ended::of(&error, CloseCode::Policy),
    };
    match ended {
        Ended::For(fault, code) => {
            if let Ok(socket) = writer.reunite(reader) {
                part(socket, &fault, code, clock.as_ref()).await;
            }
        }
        Ended::Gone => let_go(&mut writer, clock.as_ref()).await,
    }
}

/// Tells what happens; ends only where nobody is there to be told.
async fn tell<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut SplitSink<WebSocketStream<S>, Message>,
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
                true => write(writer, Message::Ping(Bytes::new()), clock).await,
                false => Err(Gone),
            },
        };
    }
    Ended::Gone
}

/// What the other side says, which is nothing but that it is there.
async fn hear<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut SplitStream<WebSocketStream<S>>,
    heard: &Heard,
) -> Ended {
    loop {
        match reader.next().await {
            None | Some(Ok(Message::Close(_))) => return Ended::Gone,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard.set(),
            // A frame by itself is never read.
            Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Frame(_))) => {
                return Ended::of(&ApiError::SocketListens, CloseCode::Policy);
            }
            Some(Err(error)) => return unread(error),
        }
    }
}

fn unread(error: WsError) -> Ended {
    match error {
        WsError::Capacity(_) => Ended::of(&FeedError::TooLong, CloseCode::Size),
        error @ (WsError::Protocol(_) | WsError::Utf8(_)) => {
            Ended::of(&FeedError::Protocol(error.to_string()), CloseCode::Protocol)
        }
        _ => Ended::Gone,
    }
}

/// Says the last word, to whoever still reads, and reads what is on its way:
/// a connection that is closed over unread bytes takes the word along.
async fn part<S: AsyncRead + AsyncWrite + Unpin>(
    mut socket: WebSocketStream<S>,
    fault: &Fault,
    code: CloseCode,
    clock: &dyn Clock,
) {
    let end = Body::End { fault }.text();
    let close = CloseFrame { code, reason: fault.code.as_str().into() };
    let say = async {
        socket.send(Message::Text(end.into())).await?;
        socket.send(Message::Close(Some(close))).await?;
        while let Some(Ok(_)) = socket.next().await {}
        // After a frame that breaks the rules no other one is looked for.
        let connection = socket.get_mut();
        connection.shutdown().await?;
        tokio::io::copy(&mut connection.take(REST), &mut tokio::io::sink()).await?;
        Ok::<(), WsError>(())
    };
    tokio::select! {
        said = say => if let Err(error) = said {
            tracing::debug!(%error, "a listener has gone before the last word");
        },
        () = clock.sleep(PARTING) => {}
    }
}

impl Ended {
    fn of(error: &(impl Explain + Sized), code: CloseCode) -> Self {
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

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut SplitSink<WebSocketStream<S>, Message>,
    messages: Vec<Utf8Bytes>,
    clock: &dyn Clock,
) -> Result<(), Gone> {
    let bytes: usize = messages.iter().map(|message| message.len()).sum();
    let pieces = (1 + bytes / PIECE).min(PIECES);
    let at_most = WRITE * u32::try_from(pieces).unwrap_or(1);
    let all = async {
        for message in messages {
            for frame in frames(message) {
                writer.feed(frame).await?;
            }
        }
        writer.flush().await
    };
    tokio::select! {
        sent = all => sent.map_err(|_| Gone),
        () = clock.sleep(at_most) => Err(Gone),
    }
}

/// A message in frames that are not too long.
fn frames(message: Utf8Bytes) -> Vec<Message> {
    if message.len() <= FRAGMENT {
        return vec![Message::Text(message)];
    }
    let (mut rest, mut frames) = (Bytes::from(message), Vec::new());
    while !rest.is_empty() {
        let part = rest.split_to(rest.len().min(FRAGMENT));
        let kind = if frames.is_empty() { Data::Text } else { Data::Continue };
        frames.push(Message::Frame(Frame::message(part, OpCode::Data(kind), rest.is_empty())));
    }
    frames
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut SplitSink<WebSocketStream<S>, Message>,
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
