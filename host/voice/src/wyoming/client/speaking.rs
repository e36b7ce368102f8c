//! Words into sound.

use std::time::Duration;

use serde_json::json;

use super::super::connection::{Connection, Service};
use super::super::message::Message;
use crate::error::VoiceError;
use crate::frame::Chunk;

/// How long each next piece of sound may be missing.
const LIMIT: Duration = Duration::from_secs(15);
/// The longest sound of one text. A sentence has some seconds.
const LONGEST: Duration = Duration::from_secs(180);

/// One text that is being spoken. Dropping it breaks that off.
#[derive(Debug)]
pub struct Speaking {
    connection: Option<Connection>,
    spoken: Duration,
}

impl Speaking {
    /// Begins to speak `text`, in `voice` where the engine has several.
    ///
    /// # Errors
    /// The engine cannot be reached or started.
    pub async fn begin(
        service: &dyn Service,
        text: &str,
        voice: Option<&str>,
    ) -> Result<Self, VoiceError> {
        let mut connection = service.open().await?;
        let data = match voice {
            Some(name) => json!({"text": text, "voice": {"name": name}}),
            None => json!({"text": text}),
        };
        connection.send(&Message::new("synthesize", data)).await?;
        Ok(Self { connection: Some(connection), spoken: Duration::ZERO })
    }

    /// The next piece of sound; none at the end.
    ///
    /// # Errors
    /// The engine is gone, failed, has sent nothing for 15 s, or sends
    /// something else than sound of 16 bits.
    pub async fn next(&mut self) -> Result<Option<Chunk>, VoiceError> {
        let Some(connection) = &mut self.connection else { return Ok(None) };
        let mut wait = connection.within(LIMIT);
        loop {
            let message = connection.receive(&mut wait).await?;
            match message.kind.as_str() {
                "audio-chunk" => {
                    let bad =
                        |why| VoiceError::BadSound { engine: connection.name().to_owned(), why };
                    let sound = message.samples();
                    let (rate, samples) = sound.ok_or_else(|| bad("it is not of 16 bits"))?;
                    let chunk = Chunk { rate, samples };
                    self.spoken = self.spoken.saturating_add(chunk.duration());
                    if self.spoken > LONGEST {
                        return Err(bad("it does not end"));
                    }
                    if !chunk.samples.is_empty() {
                        return Ok(Some(chunk));
                    }
                }
                "audio-stop" => {
                    if let Some(connection) = self.connection.take() {
                        connection.done();
                    }
                    return Ok(None);
                }
                "audio-start" => {}
                _ => connection.stray(&message)?,
            }
        }
    }
}
