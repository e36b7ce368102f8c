//! Whoever connects to a satellite. Anybody may ask what it is; the first who
//! wants more has it, until that connection ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};

use super::player::Player;
use crate::error::VoiceError;
use crate::wyoming::decoder::Limits;
use crate::wyoming::door::Place;
use crate::wyoming::incoming::chunk;
use crate::wyoming::info::Info;
use crate::wyoming::message::Message;
use crate::wyoming::reading::Reading;

/// How long somebody who asks for nothing may stay, and one who has pinged be
/// silent.
const IDLE: Duration = Duration::from_secs(30);
const GONE: Duration = Duration::from_secs(5);
/// The same of one who has the satellite and knows no `ping`.
const QUIET: Duration = Duration::from_secs(24 * 3600);
/// How long a message may take to be taken.
const TAKEN: Duration = Duration::from_secs(5);
/// Messages that wait to be taken: four seconds of sound.
const WAITING: usize = 256;

/// What all guests are told, and whether one has the satellite.
#[derive(Debug)]
pub(super) struct Desk {
    info: Info,
    taken: AtomicBool,
    clock: Arc<dyn Clock>,
}

/// The one who has it.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    out: mpsc::Sender<Message>,
    close: Arc<Notify>,
}

/// What a room hears of its guest.
#[derive(Debug)]
pub(super) enum Told {
    Came(Guest),
    Said(Message),
    Went,
}

/// Gives the satellite back.
struct Taken<'a>(&'a Desk);

impl Desk {
    pub(super) fn new(info: Info, clock: Arc<dyn Clock>) -> Self {
        Self { info, taken: AtomicBool::new(false), clock }
    }

    fn take(&self) -> Option<Taken<'_>> {
        (!self.taken.swap(true, Ordering::SeqCst)).then_some(Taken(self))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.taken.store(false, Ordering::SeqCst);
    }
}

impl Guest {
    pub(super) fn tell(&self, message: Message) {
        // One who takes nothing is closed out by whoever writes.
        let _ = self.out.try_send(message);
    }

    /// Ends the connection: nothing that waits is sent any more.
    pub(super) fn close(&self) {
        self.close.notify_one();
    }
}

/// Serves one until it goes.
pub(super) async fn serve(
    stream: TcpStream,
    place: Place,
    desk: Arc<Desk>,
    room: mpsc::Sender<Told>,
    player: Player,
) {
    let (reader, mut writer) = stream.into_split();
    let reading = Reading::new(reader, Limits::VISITOR, Arc::clone(&desk.clock));
    let (out, mut waiting) = mpsc::channel::<Message>(WAITING);
    let writing = async {
        while let Some(message) = waiting.recv().await {
            let wire = message.encode();
            let written = tokio::select! {
                biased;
                written = writer.write_all(&wire) => written.is_ok(),
                () = desk.clock.sleep(TAKEN) => false,
            };
            if !written {
                return Ok(());
            }
        }
        Ok(())
    };
    let (mut own, guest) = (None, Guest { out, close: Arc::default() });
    let ended = tokio::select! {
        biased;
        () = guest.close.notified() => Ok(()),
        ended = listen(reading, &desk, &mut own, &room, &player, &guest) => ended,
        ended = writing => ended,
    };
    if own.is_some() {
        // However it ended; whoever comes next is heard of after that.
        let _ = room.send(Told::Went).await;
    }
    if let Err(error) = ended {
        tracing::debug!(%error, "whoever had this satellite was closed out");
    }
    drop(place);
}

async fn listen<'d, R: tokio::io::AsyncRead + Send + Unpin>(
    mut reading: Reading<R>,
    desk: &'d Desk,
    own: &mut Option<Taken<'d>>,
    room: &mpsc::Sender<Told>,
    player: &Player,
    guest: &Guest,
) -> Result<(), VoiceError> {
    let mut pings = false;
    loop {
        let patience = match (&own, pings) {
            (_, true) => GONE,
            (Some(_), false) => QUIET,
            (None, false) => IDLE,
        };
        let Some(message) = reading.next(patience).await? else { return Ok(()) };
        let answer = match message.kind.as_str() {
            "describe" => Message::new("info", &desk.info),
            "ping" => {
                pings = true;
                Message { kind: "pong".to_owned(), ..message }
            }
            _ => {
                if own.is_none() {
                    // Whoever comes second is closed out.
                    let Some(taken) = desk.take() else { return Ok(()) };
                    *own = Some(taken);
                    let _ = room.send(Told::Came(guest.clone())).await;
                }
                tokio::select! {
                    biased;
                    taken = take(message, room, player, &guest.out) => taken?,
                    // Where much waits to be played it waits for room.
                    () = reading.gone() => return Ok(()),
                }
                continue;
            }
        };
        if guest.out.try_send(answer).is_err() {
            return Ok(());
        }
    }
}

/// Takes what is for the room, or for its loudspeaker.
async fn take(
    message: Message,
    room: &mpsc::Sender<Told>,
    player: &Player,
    out: &mpsc::Sender<Message>,
) -> Result<(), VoiceError> {
    match message.kind.as_str() {
        "audio-start" => player.begin().await,
        "audio-chunk" => player.play(chunk(&message)?).await,
        "audio-stop" => {
            let (out, playing) = (out.clone(), player.clone());
            let played = move || {
                playing.guest_is_over();
                // One who takes nothing is closed out by whoever writes.
                let _ = out.try_send(Message::bare("played"));
            };
            player.stop(played).await;
        }
        _ => {
            let _ = room.send(Told::Said(message)).await;
        }
    }
    Ok(())
}
