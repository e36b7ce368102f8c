//! The other side: how an engine of ours answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::decoder::{Decoder, WireError};
use super::error::PeerError;
use super::info::Info;
use super::message::Message;
use crate::error::VoiceError;

/// What turns messages into others. It may block: it has a process to itself.
#[async_trait]
pub trait Engine: Send {
    /// What it is and can.
    fn info(&self) -> Info;
    /// Takes one message. Those of types that it does not know it ignores. An
    /// error is told, and the next message taken.
    async fn take(&mut self, message: Message, replies: &mut Replies<'_>)
    -> Result<(), VoiceError>;
    /// Whether `message` begins something that costs.
    fn costs(&self, message: &Message) -> bool {
        let _ = message;
        false
    }
    /// `message` is not taken, since its peer asks too often: what belongs to it is
    /// not to be either.
    fn refuse(&mut self, message: &Message) {
        let _ = message;
    }
    /// What goes on that holds up others.
    fn held(&self) -> Option<Held> {
        None
    }
}

/// What is held for whoever asks, until they stop to use it.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// When it was used last, by [`Clock::running`].
    pub since: Duration,
    /// How long it may be unused.
    pub limit: Duration,
}

/// Where answers go.
pub struct Replies<'a> {
    writer: &'a mut (dyn AsyncWrite + Send + Unpin),
    limit: Option<(&'a Arc<dyn Clock>, Duration)>,
    /// The stream that they are of; none where there is one alone.
    stream: Option<u64>,
}

impl<'a> Replies<'a> {
    /// Into `writer`.
    pub(crate) fn new(writer: &'a mut (dyn AsyncWrite + Send + Unpin)) -> Self {
        Self { writer, limit: None, stream: None }
    }

    /// The same, as those of this stream.
    pub(crate) fn of_stream(&mut self, stream: u64) -> Replies<'_> {
        Replies { writer: &mut *self.writer, limit: self.limit, stream: Some(stream) }
    }

    /// The same, of somebody who may not take them: each within `limit`.
    pub(super) fn within(
        writer: &'a mut (dyn AsyncWrite + Send + Unpin),
        clock: &'a Arc<dyn Clock>,
        limit: Duration,
    ) -> Self {
        Self { writer, limit: Some((clock, limit)), stream: None }
    }

    /// Sends one.
    ///
    /// # Errors
    /// Whoever asked is gone, or does not take it.
    pub async fn send(&mut self, message: &Message) -> Result<(), VoiceError> {
        let limit = self.limit;
        let wire = match self.stream {
            None => message.encode(),
            Some(stream) => message.clone().of_stream(stream).encode(),
        };
        let sent = async {
            self.writer.write_all(&wire).await?;
            self.writer.flush().await
        };
        let late = async {
            match limit {
                Some((clock, limit)) => {
                    clock.sleep(limit).await;
                    limit
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            sent = sent => sent.map_err(asker_gone),
            limit = late => Err(PeerError::Stalled(limit).into()),
        }
    }
}

impl std::fmt::Debug for Replies<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replies")
    }
}

/// Answers until `reader` ends.
///
/// # Errors
/// A stream breaks, or what comes is no message.
pub async fn serve(
    mut reader: impl AsyncRead + Send + Unpin,
    mut writer: impl AsyncWrite + Send + Unpin,
    mut engine: impl Engine,
) -> Result<(), VoiceError> {
    let mut decoder = Decoder::default();
    let mut some = vec![0; 16 * 1024];
    loop {
        let got = reader.read(&mut some).await.map_err(asker_gone)?;
        if got == 0 {
            return decoder.finish().map_err(broken);
        }
        decoder.push(some.get(..got).unwrap_or_default());
        while let Some(message) = decoder.message().map_err(broken)? {
            let mut replies = Replies::new(&mut writer);
            match message.kind.as_str() {
                "describe" => replies.send(&Message::new("info", engine.info())).await?,
                "ping" => replies.send(&Message { kind: "pong".to_owned(), ..message }).await?,
                _ => {
                    if let Err(error) = engine.take(message, &mut replies).await {
                        replies.send(&Message::error(&error.fault())).await?;
                    }
                }
            }
        }
    }
}

pub(super) fn broken(error: WireError) -> VoiceError {
    VoiceError::Wire { engine: "whoever asks".to_owned(), error }
}

pub(super) fn asker_gone(error: std::io::Error) -> VoiceError {
    VoiceError::Gone { engine: "whoever asks".to_owned(), last: None, error: Some(error) }
}
