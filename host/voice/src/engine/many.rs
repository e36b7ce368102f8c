//! The child's side of an engine that takes many streams at a time: each stream has an
//! engine of its own in it, told the same settings.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jarvis_domain::Explain;

use crate::error::VoiceError;
use crate::wyoming::{Engine, Info, Message, Replies, STREAM};

/// The type of the message that says that a stream is over.
pub(super) const END: &str = "stream-end";

/// See the module.
pub(super) struct Many<E> {
    make: fn() -> E,
    alone: E,
    /// What each is told first.
    settings: Option<Message>,
    streams: BTreeMap<u64, E>,
}

impl<E: Engine> Many<E> {
    pub(super) fn new(make: fn() -> E) -> Self {
        Self { make, alone: make(), settings: None, streams: BTreeMap::new() }
    }

    /// For an engine of its own.
    async fn take_of(
        &mut self,
        stream: u64,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        let engine = match self.streams.remove(&stream) {
            Some(engine) => engine,
            None => {
                let mut engine = (self.make)();
                if let Some(settings) = self.settings.clone() {
                    engine.take(settings, replies).await?;
                }
                engine
            }
        };
        self.streams.entry(stream).or_insert(engine).take(message, replies).await
    }
}

#[async_trait]
impl<E: Engine> Engine for Many<E> {
    fn info(&self) -> Info {
        self.alone.info()
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        // One without is of whoever has the child to itself.
        let Some(stream) = message.data.get(STREAM).and_then(serde_json::Value::as_u64) else {
            if message.kind == "settings" {
                self.settings = Some(message.clone());
            }
            return self.alone.take(message, replies).await;
        };
        if message.kind == END {
            self.streams.remove(&stream);
            return Ok(());
        }
        let mut replies = replies.of_stream(stream);
        if let Err(error) = self.take_of(stream, message, &mut replies).await {
            replies.send(&Message::error(&error.fault())).await?;
        }
        Ok(())
    }
}
