//! One WebSocket that is spoken through: frames in and out, until one of the
//! two goes. Hearing never waits for telling, so that "stop" is heard while an
//! answer is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::identity::Person;
use jarvis_domain::{Clock, Explain, Fault, Role};
use tokio::sync::{mpsc, watch};

use super::error::VoiceSocketError;
use super::port::{Begun, Ears, Line, Outgoing};
use super::start::Start;
use super::talks::Talks;
use super::wire::{Control, Started, Told};
use crate::socket::{Unread, frame, is_silent, let_go, part};
use crate::{ApiError, service};

/// The longest frame that is read, bytes: two seconds of sound. Also of a
/// message, which may be several.
pub(crate) const MAX_FRAME: usize = 64 * 1024;
/// How long the first frame may take.
pub(super) const START: Duration = Duration::from_secs(10);
/// How long neither sound nor a word may come.
pub(super) const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long a client may take to read one frame.
const WRITE: Duration = Duration::from_secs(10);
/// How much sound may come at once, as after a hiccup of the network. Of more,
/// a quarter faster than it was said.
const BURST: Duration = Duration::from_secs(2);
/// What a frame counts at least, so that their number has an end too.
const LEAST: Duration = Duration::from_millis(5);
/// How many words may wait to be told; more are dropped.
const WORDS: usize = 16;

/// Why a socket is left.
enum Leave {
    /// The client has gone, or does not read.
    Gone,
    /// The conversation is over.
    Over,
    /// It is told why, and the socket is closed with this code.
    For(Box<Fault>, u16),
}

/// A word for the client beside what happens.
enum Word {
    Told(Told),
    Ping,
}

/// Holds the sound to about the time that it takes to say it.
struct Pace {
    /// When all that has come has been said, by `Clock::running`.
    until: Duration,
}

/// Serves whoever speaks over `socket`, as `person`, until `closing`.
pub(crate) async fn serve(
    socket: WebSocket,
    mut person: Person,
    talks: Arc<Talks>,
    mut closing: watch::Receiver<bool>,
) {
    let (mut sink, mut stream) = socket.split();
    let mut life = person.life.clone();
    let leave = tokio::select! {
        biased;
        () = life.ended() => Leave::of(&ApiError::SignedOut, close_code::POLICY),
        // An error says that the server is gone already.
        _ = closing.wait_for(|closing| *closing) => {
            Leave::of(&VoiceSocketError::Stopping, close_code::RESTART)
        }
        left = talk(&mut sink, &mut stream, &mut person, &talks) => match left {
            Ok(leave) | Err(leave) => leave,
        },
    };
    let (told, close) = match leave {
        Leave::Gone => return let_go(&mut sink, talks.clock()).await,
        Leave::Over => (None, frame(close_code::NORMAL, "")),
        Leave::For(fault, code) => {
            (Some(Told::from(&*fault).text()), CloseFrame { ..frame(code, &fault.code) })
        }
    };
    part((&mut sink, &mut stream), told, close, talks.clock()).await;
}

async fn talk(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    person: &mut Person,
    talks: &Talks,
) -> Result<Leave, Leave> {
    let refused = |fault| Leave::For(fault, close_code::POLICY);
    service::needs(&person.caller, Role::Viewer, "speaking to jarvis").map_err(refused)?;
    let seat = talks.seat(&person.caller.principal);
    let (voices, _seat) = seat.map_err(|error| Leave::of(&error, close_code::POLICY))?;
    let clock = talks.clock();
    let start = tokio::select! {
        biased;
        start = first(stream) => start?,
        () = clock.sleep(START) => return Err(Leave::of(&VoiceSocketError::Late, close_code::POLICY)),
    };
    let begun = voices.begin(person, &start).await.map_err(refused)?;
    let Begun { wake_words, rate, mut ears, mut line, life } = begun;
    let started = Told::Started(Started { wake_words, rate });
    write(sink, Message::text(started.text()), clock).await?;
    let (words, mut heard) = mpsc::channel(WORDS);
    let alive = AtomicU64::new(0);
    // Where it finds no room, enough else waits to be sent.
    let ping = || drop(words.try_send(Word::Ping));
    Ok(tokio::select! {
        left = hear(stream, &mut *ears, (&words, &alive), clock) => left,
        left = tell(sink, &mut *line, rate, (&mut heard, &alive), clock) => left,
        () = is_silent(clock, &alive, ping) => Leave::Gone,
        ended = life => match ended {
            Ok(()) => Leave::Over,
            Err(fault) => Leave::For(fault, close_code::ERROR),
        },
    })
}

/// What the client wants, which it says first.
async fn first(stream: &mut SplitStream<WebSocket>) -> Result<Start, Leave> {
    let refused = |what: String| Leave::of(&VoiceSocketError::NotStarted(what), close_code::POLICY);
    loop {
        return match stream.next().await {
            None | Some(Ok(Message::Close(_))) => Err(Leave::Gone),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => Err(refused("sound".to_owned())),
            Some(Ok(Message::Text(text))) => match serde_json::from_str(text.as_str()) {
                Ok(Control::Start(start)) => Ok(start),
                Ok(_) => Err(refused("another control".to_owned())),
                Err(error) => Err(refused(format!("no control: {error}"))),
            },
            Some(Err(error)) => Err(unread(error)),
        };
    }
}

/// What the client says, little faster than it can be said.
async fn hear(
    stream: &mut SplitStream<WebSocket>,
    ears: &mut dyn Ears,
    (words, alive): (&mpsc::Sender<Word>, &AtomicU64),
    clock: &dyn Clock,
) -> Leave {
    let mut pace = Pace { until: clock.running() };
    let (mut last, mut losing) = (clock.running(), false);
    loop {
        let left = (last + IDLE).saturating_sub(clock.running());
        let message = tokio::select! {
            biased;
            message = stream.next() => message,
            () = clock.sleep(left) => return Leave::of(&VoiceSocketError::Idle, close_code::POLICY),
        };
        alive.fetch_add(1, Ordering::Relaxed);
        let (done, lasts) = match message {
            None | Some(Ok(Message::Close(_))) => return Leave::Gone,
            // Answered by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => (Ok(()), Duration::ZERO),
            Some(Ok(Message::Text(text))) => {
                last = clock.running();
                (control(text.as_str(), ears).map_err(|error| error.fault()), Duration::ZERO)
            }
            Some(Ok(Message::Binary(bytes))) => {
                last = clock.running();
                match ears.hear(&bytes) {
                    Ok(heard) => {
                        if heard.lost && !losing {
                            // Once each time.
                            let _ = words.try_send(Word::Told(Told::Lost {}));
                        }
                        losing = heard.lost;
                        (Ok(()), heard.lasts)
                    }
                    Err(fault) => (Err(fault), Duration::ZERO),
                }
            }
            Some(Err(error)) => return unread(error),
        };
        if let Err(fault) = done {
            // One who says nothing right need not hear of each time.
            let _ = words.try_send(Word::Told(Told::from(&*fault)));
        }
        let wait = pace.takes(lasts.max(LEAST), clock.running());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }
}

fn control(text: &str, ears: &dyn Ears) -> Result<(), VoiceSocketError> {
    let control = serde_json::from_str(text);
    match control.map_err(|error| VoiceSocketError::Control(error.to_string()))? {
        Control::Start(_) => return Err(VoiceSocketError::Again),
        Control::Press {} => ears.press(),
        Control::Release {} => ears.release(),
        Control::Stop {} => ears.stop(),
        Control::Mute {} => ears.mute(true),
        Control::Unmute {} => ears.mute(false),
        Control::Played {} => ears.played(),
    }
    Ok(())
}

/// What the client is told, and the sound for it.
async fn tell(
    sink: &mut SplitSink<WebSocket, Message>,
    line: &mut dyn Line,
    rate: u32,
    (words, alive): (&mut mpsc::Receiver<Word>, &AtomicU64),
    clock: &dyn Clock,
) -> Leave {
    loop {
        let message = tokio::select! {
            biased;
            word = words.recv() => match word {
                Some(Word::Told(told)) => Message::text(told.text()),
                Some(Word::Ping) => Message::Ping(Bytes::new()),
                None => return Leave::Gone,
            },
            next = line.next() => match next {
                Some(Outgoing::Moment(moment)) => Message::text(moment.text()),
                Some(Outgoing::Begins) => Message::text(Told::Audio { rate }.text()),
                Some(Outgoing::Sound(samples)) => Message::binary(written(&samples)),
                Some(Outgoing::Ends) => Message::text(Told::AudioEnd {}.text()),
                Some(Outgoing::Lagging) => {
                    return Leave::of(&VoiceSocketError::Lagging, close_code::POLICY);
                }
                None => return Leave::Over,
            },
        };
        let is_ping = matches!(message, Message::Ping(_));
        if let Err(leave) = write(sink, message, clock).await {
            return leave;
        }
        // The answer to a ping is the sign.
        if !is_ping {
            alive.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    message: Message,
    clock: &dyn Clock,
) -> Result<(), Leave> {
    tokio::select! {
        biased;
        sent = sink.send(message) => sent.map_err(|_| Leave::Gone),
        // A word more would not be read either.
        () = clock.sleep(WRITE) => Err(Leave::Gone),
    }
}

fn written(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn unread(error: axum::Error) -> Leave {
    match Unread::from(error) {
        Unread::Gone => Leave::Gone,
        Unread::TooLong => Leave::of(&VoiceSocketError::TooLong, close_code::SIZE),
        Unread::Protocol(why) => Leave::of(&VoiceSocketError::Protocol(why), close_code::PROTOCOL),
    }
}

impl Leave {
    fn of(error: &(impl Explain + Sized), code: u16) -> Self {
        Self::For(error.fault(), code)
    }
}

/// How long is taken to read what `lasts` so long: a quarter faster, so that a client
/// whose network has stalled is not late for ever.
fn quickly(lasts: Duration) -> Duration {
    lasts * 4 / 5
}

impl Pace {
    /// How long the next frame has to wait after one that `lasts` so long.
    fn takes(&mut self, lasts: Duration, now: Duration) -> Duration {
        self.until = self.until.max(now) + quickly(lasts);
        self.until.saturating_sub(now + quickly(BURST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_may_come_at_once_and_who_was_held_up_catches_up() {
        let (piece, mut pace) = (Duration::from_millis(20), Pace { until: Duration::ZERO });
        let waits = |pace: &mut Pace, now| !pace.takes(piece, now).is_zero();
        let now = Duration::from_secs(10);
        assert_eq!((0..150).filter(|_| !waits(&mut pace, now)).count(), 100);
        // Five seconds at once, and then as it is said: read as late as may be, it is no
        // more behind after twenty seconds.
        let (mut pace, mut read) = (Pace { until: Duration::ZERO }, now);
        for piece_at in (0..250).map(|_| now).chain((0..1000).map(|n| now + piece * n)) {
            read = read.max(piece_at);
            read += pace.takes(piece, read);
        }
        assert!(read < now + piece * 1000 + Duration::from_millis(100), "{read:?}");
    }
}
