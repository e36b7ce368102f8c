//! A connection as the server holds it: with its place among all, which it
//! keeps for as long as anybody has it, WebSockets included; and not for ever
//! where the other side does not read.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use jarvis_domain::Clock;
use jarvis_domain::clock::Sleep;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::crowd::Place;

/// How long the other side may read nothing at all while something waits to be
/// written to it. Whoever reads, however slowly, has as long again.
pub(crate) const WRITE_TIME: Duration = Duration::from_secs(30);

/// See the module. It stands below TLS, so that a handshake is held to it too.
pub(crate) struct Held<S> {
    stream: S,
    clock: Arc<dyn Clock>,
    /// Runs while a write waits.
    wait: Option<Sleep>,
    /// It was waited for long enough; nothing more is written.
    given_up: bool,
    _place: Place,
}

impl<S> Held<S> {
    pub(crate) fn new(stream: S, place: Place, clock: Arc<dyn Clock>) -> Self {
        Self { stream, clock, wait: None, given_up: false, _place: place }
    }

    /// What comes of a write that got so far.
    fn bounded(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<Result<usize>>,
    ) -> Poll<Result<usize>> {
        if written.is_ready() {
            self.wait = None;
            return written;
        }
        let wait = self.wait.get_or_insert_with(|| self.clock.sleep(WRITE_TIME));
        std::task::ready!(wait.as_mut().poll(context));
        self.given_up = true;
        Poll::Ready(Err(late()))
    }
}

fn late() -> Error {
    Error::new(ErrorKind::TimedOut, "the other side has stopped reading")
}

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let held = self.get_mut();
        if held.given_up {
            return Poll::Ready(Err(late()));
        }
        let written = Pin::new(&mut held.stream).poll_write(context, bytes);
        held.bounded(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let held = self.get_mut();
        if held.given_up {
            return Poll::Ready(Err(late()));
        }
        let written = Pin::new(&mut held.stream).poll_write_vectored(context, slices);
        held.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, Timestamp};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::super::crowd::Crowd;
    use super::*;

    fn held() -> (Arc<ManualClock>, Arc<Crowd>, DuplexStream, Held<DuplexStream>) {
        let (clock, crowd) = (Arc::new(ManualClock::at(Timestamp(0))), Crowd::new());
        let (far, near) = tokio::io::duplex(8);
        let place = crowd.enter([192, 0, 2, 1].into()).unwrap();
        let held = Held::new(near, place, clock.clone());
        (clock, crowd, far, held)
    }

    /// Whether this has not come to its end yet.
    async fn goes_on(writing: &mut (impl Future<Output = Result<()>> + Unpin)) -> bool {
        tokio::select! { biased; _ = writing => false, () = std::future::ready(()) => true }
    }

    #[tokio::test]
    async fn who_reads_nothing_is_given_up_and_their_place_is_free() {
        let (clock, crowd, _far, mut held) = held();
        {
            let writing = held.write_all(&[0; 9]);
            tokio::pin!(writing);
            assert!(goes_on(&mut writing).await);
            clock.advance(WRITE_TIME - Duration::from_millis(1));
            assert!(goes_on(&mut writing).await);
            clock.advance(Duration::from_millis(1));
            assert_eq!(writing.await.unwrap_err().kind(), ErrorKind::TimedOut);
        }
        assert_eq!(held.write_all(&[0]).await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(crowd.count(), 1);
        drop(held);
        crowd.emptied().await;
    }

    #[tokio::test]
    async fn who_reads_slowly_is_served_for_as_long_as_it_takes() {
        let (clock, _crowd, mut far, mut held) = held();
        let writing = held.write_all(&[0; 100]);
        tokio::pin!(writing);
        for _ in 0..92 {
            assert!(goes_on(&mut writing).await);
            clock.advance(WRITE_TIME - Duration::from_millis(1));
            far.read_exact(&mut [0]).await.unwrap();
        }
        writing.await.unwrap();
    }
}
