//! A satellite that jarvis listens to: a microphone and a loudspeaker in some
//! room, behind a program that speaks Wyoming, as `wyoming-satellite` does. We
//! connect to it and are to it what Home Assistant would be.
//!
//! ```text
//! satellite ─► run-pipeline ─► Switch::talk        FarSource ─► a conversation
//!           ─► audio-chunk ──► FarSource           FarSink  ◄─
//!           ◄─ voice-stopped, synthesize, audio…   Feedback ◄─ what happens in it
//! ```
//!
//! One with a wake word of its own streams from that on until it is sent a
//! `transcript`. That is held back until the exchange is over, so that a question
//! is answered without the wake word, and "stop" is heard.

mod feedback;
mod line;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::Clock;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::address::Address;
use super::decoder::Limits;
use super::incoming::Incoming;
use super::info::Info;
use super::judge::Judge;
use super::message::Message;
use super::reading::Reading;
use crate::error::VoiceError;
use crate::event::Observer;
use crate::far::{FarSource, Inlet, Waiting};
use crate::switch::{Phase, Switch};
use feedback::Feedback;
use line::Line;

pub use sink::FarSink;

/// How long the connection may take, and the answer to `describe`.
const SOON: Duration = Duration::from_secs(5);
/// How often the other side is asked whether it is there; it is taken for gone
/// when nothing came for so long.
const PING: Duration = Duration::from_secs(2);
const GONE: Duration = Duration::from_secs(5);
/// The same of one that knows no `ping`: the system notices within a quarter of
/// an hour.
const QUIET: Duration = Duration::from_secs(24 * 3600);

/// A connection to a satellite.
#[derive(Debug)]
pub struct Satellite {
    reading: Reading<OwnedReadHalf>,
    writing: line::Writing<OwnedWriteHalf>,
    line: Arc<Line>,
    frames: Inlet,
    heard: Option<Waiting>,
    clock: Arc<dyn Clock>,
    info: Info,
}

impl Satellite {
    /// Connects to the satellite `name`.
    ///
    /// # Errors
    /// It cannot be reached, or is none.
    pub async fn dial(
        name: &str,
        address: &Address,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, VoiceError> {
        let late = || VoiceError::Silent { engine: name.to_owned(), waited: SOON };
        let dialling = async {
            let Address::Tcp(host, port) = address else {
                return Err(std::io::Error::from(std::io::ErrorKind::Unsupported));
            };
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            // Frames are small and wanted at once.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = tokio::select! {
            biased;
            stream = dialling => stream,
            () = clock.sleep(SOON) => return Err(late()),
        };
        let stream =
            stream.map_err(|error| VoiceError::Unreachable { engine: name.to_owned(), error })?;
        let (reader, writer) = stream.into_split();
        let (line, writing) = Line::new(name, writer, Arc::clone(&clock));
        let (frames, heard) = Inlet::new(&clock);
        let reading = Reading::new(reader, Limits::VISITOR, Arc::clone(&clock));
        let heard = Some(heard);
        let info = Info::default();
        let mut satellite = Self { reading, writing, line, frames, heard, clock, info };
        satellite.writing.send(&Message::bare("describe")).await?;
        satellite.info = satellite.described().await?;
        satellite.writing.send(&Message::bare("run-satellite")).await?;
        Ok(satellite)
    }

    /// What it says of itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Tells the satellite what goes on, and passes it on to `observer`.
    #[must_use]
    pub fn feedback(&self, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        Arc::new(Feedback::new(Arc::clone(&self.line), observer))
    }

    /// Its microphone and its loudspeaker, once.
    #[must_use]
    pub fn ends(&mut self, switch: &Switch) -> Option<(FarSource, FarSink)> {
        let source = self.heard.take()?.source(switch);
        Some((source, FarSink::new(Arc::clone(&self.line))))
    }

    /// Holds the connection until it ends. `switch` is that of the conversation;
    /// of several satellites that wake the `judge` says whether this one counts.
    ///
    /// # Errors
    /// It broke, or the satellite has gone silent.
    pub async fn hold(self, switch: &Switch, judge: &dyn Judge) -> Result<(), VoiceError> {
        let Self { mut reading, writing, line, frames, clock, .. } = self;
        let listening = async {
            let (mut incoming, mut answers) = (Incoming::default(), false);
            loop {
                let patience = if answers { GONE } else { QUIET };
                let Some(message) = reading.next(patience).await? else { return Ok(()) };
                match message.kind.as_str() {
                    "audio-chunk" => {
                        for frame in incoming.push(&message)? {
                            // Where nobody takes them in time, what is newer is lost.
                            let _ = frames.take(frame);
                        }
                    }
                    "audio-stop" => {
                        incoming = Incoming::default();
                        frames.stop();
                    }
                    "pong" => answers = true,
                    "ping" => line.tell(Message { kind: "pong".to_owned(), ..message }),
                    "played" => line.was_played(),
                    "run-pipeline" => wants(&message, &line, switch, judge).await,
                    "error" => {
                        let said = message.text("text").unwrap_or_default();
                        let said = jarvis_domain::text::line(said, 200);
                        tracing::info!(satellite = line.name(), said, "a satellite failed");
                    }
                    _ => {}
                }
            }
        };
        let asking = async {
            loop {
                line.tell(Message::new("ping", json!({"text": "jarvis"})));
                clock.sleep(PING).await;
            }
        };
        tokio::select! {
            biased;
            ended = listening => ended,
            broken = writing.run() => broken,
            () = asking => Ok(()),
        }
    }

    async fn described(&mut self) -> Result<Info, VoiceError> {
        let name = self.line.name().to_owned();
        let late = VoiceError::Silent { engine: name.clone(), waited: SOON };
        let clock = Arc::clone(&self.clock);
        let telling = async {
            while let Some(message) = self.reading.next(SOON).await? {
                if message.kind == "info" {
                    return Ok(message.read().unwrap_or_default());
                }
            }
            Err(VoiceError::Gone { engine: name, last: None, error: None })
        };
        tokio::select! {
            biased;
            info = telling => info,
            () = clock.sleep(SOON) => Err(late),
        }
    }
}

/// A satellite begins an exchange, or streams so that we listen for a wake word.
async fn wants(message: &Message, line: &Line, switch: &Switch, judge: &dyn Judge) {
    if message.text("start_stage") != Some("asr") {
        return;
    }
    let phase = *switch.phase().borrow();
    let counts = match phase {
        // Whoever speaks there is listened to already.
        Phase::Listening => true,
        // Nobody is kept from being heard elsewhere by one that is muted. Two rooms may
        // speak at a time: who cuts one off is heard by the other, too.
        Phase::Thinking | Phase::Speaking | Phase::Asleep => {
            !switch.is_muted() && judge.counts().await && switch.talk()
        }
    };
    if counts {
        line.expects(true);
    } else {
        // Without a sound it goes back to its wake word.
        line.tell(Message::bare("run-satellite"));
    }
}

#[cfg(test)]
mod tests;
