//! One WebSocket at a terminal: frames in and out, until one of the two goes.
//!
//! Hearing never waits for telling: a client whose output stands still can
//! still press Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, Stream, StreamExt, stream};
use jarvis_domain::identity::Person;
use jarvis_domain::{ConsoleSize, Explain, Fault, TerminalId};
use tokio::sync::mpsc;

use super::error::TerminalError;
use super::output::Next;
use super::pace::Pace;
use super::request::TerminalRequest;
use super::session::{Attachment, Ending, Why};
use super::terminals::Terminals;
use super::wire::{Control, Exit, Opened, Told};
use crate::socket::{Unread, frame, is_silent, let_go, part};

/// The longest frame that is read at all, bytes: a longer one ends the socket.
pub const MAX_FRAME: usize = 1024 * 1024;
/// The longest message, which may be several frames; the same of it.
pub const MAX_MESSAGE: usize = MAX_FRAME;
/// The longest message that is taken. What is longer is read, so that it can
/// be said so, and the terminal goes on.
pub(super) const MOST: usize = 128 * 1024;
/// How often the size may change within a second. A window that is dragged
/// changes it with each picture.
pub(super) const RESIZES: u32 = 100;
/// How many words may wait to be told; more are dropped.
const WORDS: usize = 16;
/// How many messages are read of a client whose terminal is being opened.
const EARLY: usize = 64;

/// Why a socket is left.
enum Leave {
    /// The client has gone.
    Gone,
    /// Nothing was heard of it for long.
    Silent,
    /// The terminal has ended.
    Ended(Ending),
    /// Another socket has the terminal.
    TakenOver(TerminalId),
    /// There is none, for this.
    NotOpened(Box<Fault>),
    /// The client cannot be followed.
    Refused(TerminalError),
}

/// A word for the client.
enum Word {
    Told(Told),
    Ping,
}

/// Serves the terminal that `request` asks for over `socket`, for `person`.
pub async fn serve(
    socket: WebSocket,
    person: Person,
    request: TerminalRequest,
    terminals: Arc<Terminals>,
) {
    let (mut sink, mut stream) = socket.split();
    let clock = terminals.clock();
    let mut early = Vec::new();
    let opened = tokio::select! {
        opened = terminals.attach(&person, request) => opened.map_err(Leave::NotOpened),
        leave = wait(&mut stream, &mut early) => Err(leave),
    };
    let leave = match opened {
        Ok(attachment) => {
            let heard = stream::iter(early.into_iter().map(Ok)).chain(&mut stream);
            talk(&mut sink, heard, attachment).await
        }
        Err(leave) => leave,
    };
    let (told, close) = match leave {
        Leave::Gone => return let_go(&mut sink, &*clock).await,
        Leave::Silent => (None, frame(close_code::AWAY, "")),
        Leave::Ended(ending) => parting(ending),
        Leave::TakenOver(id) => refused(&TerminalError::TakenOver(id), close_code::POLICY),
        Leave::NotOpened(fault) => {
            let stops = terminals.is_stopping();
            let code = if stops { close_code::RESTART } else { close_code::POLICY };
            (Some(Told::from(&*fault)), frame(code, &fault.code))
        }
        Leave::Refused(error) => {
            let code = match &error {
                TerminalError::TooLong => close_code::SIZE,
                _ => close_code::PROTOCOL,
            };
            refused(&error, code)
        }
    };
    let told = told.map(|told| told.text());
    part((&mut sink, &mut stream), told, close, &*clock).await;
}

/// Reads while the terminal is opened, so that pings are answered and it is seen
/// who hangs up. What comes is kept for the terminal in `early`, within bounds;
/// beyond them nothing more is read.
async fn wait(stream: &mut SplitStream<WebSocket>, early: &mut Vec<Message>) -> Leave {
    let mut bytes = 0;
    while early.len() < EARLY && bytes < MOST {
        match stream.next().await {
            None | Some(Ok(Message::Close(_))) => return Leave::Gone,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(keys))) => {
                bytes += keys.len();
                early.push(Message::Binary(keys));
            }
            Some(Ok(Message::Text(text))) => {
                bytes += text.len();
                early.push(Message::Text(text));
            }
            Some(Err(error)) => return unread(error),
        }
    }
    std::future::pending().await
}

/// Lets go of the terminal when it returns.
async fn talk(
    sink: &mut SplitSink<WebSocket, Message>,
    mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
    attachment: Attachment,
) -> Leave {
    let attachment = &attachment;
    let (words, mut heard) = mpsc::channel(WORDS);
    let alive = AtomicU64::new(0);
    // Where it finds no room, enough else waits to be sent.
    let ping = || drop(words.try_send(Word::Ping));
    let size = *attachment.session.size.borrow();
    let opened = Told::Opened(Opened {
        id: attachment.session.about.id,
        from: attachment.from,
        resumed: attachment.resumed,
        cols: size.columns(),
        rows: size.rows(),
    });
    if sink.send(Message::text(opened.text())).await.is_err() {
        return Leave::Gone;
    }
    tokio::select! {
        leave = hear(&mut stream, attachment, &words, &alive) => leave,
        leave = tell(sink, attachment, &mut heard, &alive) => leave,
        () = is_silent(attachment.session.clock(), &alive, ping) => Leave::Silent,
        leave = is_cut(attachment) => leave,
    }
}

/// What the client says.
async fn hear(
    stream: &mut (impl Stream<Item = Result<Message, axum::Error>> + Unpin),
    attachment: &Attachment,
    words: &mpsc::Sender<Word>,
    alive: &AtomicU64,
) -> Leave {
    let session = &attachment.session;
    let mut pace = Pace::new(RESIZES, session.clock().now());
    while let Some(message) = stream.next().await {
        alive.fetch_add(1, Ordering::Relaxed);
        let done = match message {
            Ok(Message::Binary(bytes)) if bytes.len() > MOST => Err(TerminalError::TooLong),
            Ok(Message::Text(text)) if text.len() > MOST => Err(TerminalError::TooLong),
            Ok(Message::Binary(bytes)) => {
                session.touch();
                session.keys.push(&bytes).map_err(|_| TerminalError::KeysFull)
            }
            Ok(Message::Text(text)) => control(text.as_str(), attachment, &mut pace),
            // Answered by the library.
            Ok(Message::Ping(_) | Message::Pong(_)) => Ok(()),
            Ok(Message::Close(_)) => return Leave::Gone,
            Err(error) => return unread(error),
        };
        if let Err(error) = done {
            // One who says nothing right need not hear of each time.
            let _ = words.try_send(Word::Told(Told::from(&*error.fault())));
        }
    }
    Leave::Gone
}

fn control(text: &str, attachment: &Attachment, pace: &mut Pace) -> Result<(), TerminalError> {
    let session = &attachment.session;
    let control = serde_json::from_str(text);
    match control.map_err(|error| TerminalError::Control(error.to_string()))? {
        Control::Resize { cols, rows } => {
            let size = ConsoleSize::new(cols, rows)?;
            if !pace.allows(session.clock().now()) {
                return Err(TerminalError::TooFast);
            }
            session.resize(size);
        }
        Control::Ack(bytes) => {
            let shown = session.output.shown(attachment.generation, bytes);
            shown.map_err(|_| TerminalError::Ack)?;
        }
        Control::End {} => session.end(Why::Closed),
    }
    Ok(())
}

/// What the client is told and shown.
async fn tell(
    sink: &mut SplitSink<WebSocket, Message>,
    attachment: &Attachment,
    words: &mut mpsc::Receiver<Word>,
    alive: &AtomicU64,
) -> Leave {
    let session = &attachment.session;
    loop {
        let (message, is_sign) = tokio::select! {
            biased;
            word = words.recv() => match word {
                Some(Word::Told(told)) => (Message::text(told.text()), true),
                // Its answer is one.
                Some(Word::Ping) => (Message::Ping(bytes::Bytes::new()), false),
                None => return Leave::Gone,
            },
            next = session.output.next(attachment.generation) => match next {
                Next::Bytes(bytes) => (Message::binary(bytes), true),
                Next::TakenOver => return Leave::TakenOver(session.about.id),
                Next::Over => return ended(attachment).await,
            },
        };
        if sink.send(message).await.is_err() {
            return Leave::Gone;
        }
        if is_sign {
            session.touch();
            alive.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How the terminal ended, once it has.
async fn ended(attachment: &Attachment) -> Leave {
    let mut ending = attachment.session.ending.subscribe();
    match ending.wait_for(Option::is_some).await {
        Ok(ending) => ending.clone().map_or(Leave::Gone, Leave::Ended),
        Err(_) => Leave::Gone,
    }
}

/// Completes when the terminal was ended from outside: then nothing more is
/// shown, whatever waits to be.
async fn is_cut(attachment: &Attachment) -> Leave {
    match ended(attachment).await {
        cut @ Leave::Ended(Ending::Ended(_)) => cut,
        // What a program has shown before its end is told first.
        _ => std::future::pending().await,
    }
}

fn unread(error: axum::Error) -> Leave {
    match Unread::from(error) {
        Unread::Gone => Leave::Gone,
        Unread::TooLong => Leave::Refused(TerminalError::TooLong),
        Unread::Protocol(why) => Leave::Refused(TerminalError::Protocol(why)),
    }
}

/// The last word about a terminal that has ended.
fn parting(ending: Ending) -> (Option<Told>, CloseFrame) {
    match ending {
        Ending::Exited(exit) => (Some(Told::Exit(exit)), frame(close_code::NORMAL, "")),
        Ending::Left(None) | Ending::Ended(Why::Closed) => {
            let exit = Exit { status: None, signal: None };
            (Some(Told::Exit(exit)), frame(close_code::NORMAL, ""))
        }
        Ending::Left(Some(fault)) => {
            (Some(Told::from(&*fault)), frame(close_code::ERROR, &fault.code))
        }
        Ending::Ended(Why::Idle(minutes)) => {
            refused(&TerminalError::Idle(minutes), close_code::POLICY)
        }
        Ending::Ended(Why::SignedOut | Why::Deserted) => {
            refused(&TerminalError::SignedOut, close_code::POLICY)
        }
        Ending::Ended(Why::Stopping) => refused(&TerminalError::Stopping, close_code::RESTART),
    }
}

fn refused(error: &TerminalError, code: u16) -> (Option<Told>, CloseFrame) {
    let fault: Box<Fault> = error.fault();
    (Some(Told::from(&*fault)), frame(code, &fault.code))
}
