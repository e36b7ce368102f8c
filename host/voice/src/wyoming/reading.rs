//! Messages of somebody who connected, or stays connected: with an end to every
//! wait, and to what is kept of them.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::decoder::{Decoder, Limits};
use super::error::PeerError;
use super::message::Message;
use super::server::{asker_gone, broken};
use crate::error::VoiceError;

/// How long a message may take from its first byte to its last.
const WHOLE: Duration = Duration::from_secs(5);
/// The most bytes that are read ahead of what is worked on.
const AHEAD: usize = 512 * 1024;

/// See the module.
pub(super) struct Reading<R> {
    reader: R,
    decoder: Decoder,
    clock: Arc<dyn Clock>,
    /// When the message began that is not whole, by [`Clock::running`].
    begun: Option<Duration>,
    /// No more bytes come.
    over: bool,
}

impl<R: AsyncRead + Send + Unpin> Reading<R> {
    pub(super) fn new(reader: R, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let decoder = Decoder::limited(limits);
        Self { reader, decoder, clock, begun: None, over: false }
    }

    /// The next message; none at the end. Dropping the future loses none.
    ///
    /// # Errors
    /// What comes is no message, or none comes for `patience`, or not all of it.
    pub(super) async fn next(&mut self, patience: Duration) -> Result<Option<Message>, VoiceError> {
        self.next_since(self.clock.running(), patience).await
    }

    /// The same, where the `patience` began at `since` and other messages made it no
    /// longer.
    ///
    /// # Errors
    /// See [`Reading::next`].
    pub(super) async fn next_since(
        &mut self,
        since: Duration,
        patience: Duration,
    ) -> Result<Option<Message>, VoiceError> {
        // Also where there is always something to be read.
        if self.clock.running().saturating_sub(since) > patience {
            return Err(PeerError::Stalled(patience).into());
        }
        loop {
            if let Some(message) = self.decoder.message().map_err(broken)? {
                self.begun = None;
                return Ok(Some(message));
            }
            if self.over {
                return self.decoder.finish().map(|()| None).map_err(broken);
            }
            let now = self.clock.running();
            let (since, limit) = match self.decoder.is_amid() {
                true => (*self.begun.get_or_insert(now), WHOLE),
                false => (since, patience),
            };
            let left = limit.saturating_sub(now.saturating_sub(since));
            let clock = Arc::clone(&self.clock);
            tokio::select! {
                biased;
                read = self.read() => read?,
                () = clock.sleep(left) => return Err(PeerError::Stalled(limit).into()),
            }
        }
    }

    /// Completes once the peer has gone, or breaks what it sends. What it sends
    /// meanwhile is kept for [`Reading::next`], up to a limit.
    pub(super) async fn gone(&mut self) {
        while !self.over && self.decoder.held() < AHEAD {
            if self.read().await.is_err() {
                return;
            }
        }
        if !self.over {
            std::future::pending().await
        }
    }

    async fn read(&mut self) -> Result<(), VoiceError> {
        let mut some = [0; 8192];
        let got = self.reader.read(&mut some).await.map_err(asker_gone)?;
        self.over |= got == 0;
        self.decoder.push(some.get(..got).unwrap_or_default());
        Ok(())
    }
}

impl<R> std::fmt::Debug for Reading<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("over", &self.over).finish_non_exhaustive()
    }
}
