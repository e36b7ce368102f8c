//! One connection of somebody who asks: message for message, with limits on
//! what is waited for and on how often is asked.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::crowd::Place;
use crate::error::VoiceError;
use crate::wyoming::decoder::Limits;
use crate::wyoming::message::Message;
use crate::wyoming::reading::Reading;
use crate::wyoming::server::{Engine, Held, Replies};

/// How long somebody may be quiet between two exchanges.
const IDLE: Duration = Duration::from_secs(120);
/// How long somebody may take to take an answer's next piece.
const TAKEN: Duration = Duration::from_secs(5);

/// Answers until the peer goes.
///
/// # Errors
/// The peer breaks off, stalls, or sends what is no message. It was told.
pub(super) async fn visit(
    reader: impl AsyncRead + Send + Unpin,
    mut writer: impl AsyncWrite + Send + Unpin,
    engine: &mut dyn Engine,
    place: &Place,
    clock: &Arc<dyn Clock>,
) -> Result<(), VoiceError> {
    let mut reading = Reading::new(reader, Limits::VISITOR, Arc::clone(clock));
    loop {
        let next = match engine.held() {
            // What is no use of it makes that no longer.
            Some(Held { since, limit }) => reading.next_since(since, limit).await,
            None => reading.next(IDLE).await,
        };
        let message = match next {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(()),
            Err(error) => {
                let mut replies = Replies::within(&mut writer, clock, TAKEN);
                // Who has gone is told nothing.
                let _ = replies.send(&Message::error(&error.fault())).await;
                let _ = writer.shutdown().await;
                return Err(error);
            }
        };
        let mut replies = Replies::within(&mut writer, clock, TAKEN);
        let answered = match message.kind.as_str() {
            "describe" => {
                replies.send(&Message::new("info", engine.info())).await?;
                continue;
            }
            "ping" => {
                replies.send(&Message { kind: "pong".to_owned(), ..message }).await?;
                continue;
            }
            _ => {
                if engine.costs(&message)
                    && let Err(error) = place.ask()
                {
                    engine.refuse(&message);
                    Err(error.into())
                } else {
                    tokio::select! {
                        biased;
                        answered = engine.take(message, &mut replies) => answered,
                        () = reading.gone() => return Ok(()),
                    }
                }
            }
        };
        if let Err(error) = answered {
            tracing::debug!(%error, "a Wyoming peer was not served");
            Replies::within(&mut writer, clock, TAKEN)
                .send(&Message::error(&error.fault()))
                .await?;
        }
    }
}
