//! What a skill prints. It goes line by line to the host's log, bounded like
//! `log.write`; it is never shown to a caller.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use jarvis_domain::{RunId, SkillId, text};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// The longest line, bytes; the rest of it is dropped.
const MAX_LINE: usize = 4 << 10;
/// The most lines of one call; the rest is dropped.
const MAX_LINES: u32 = 256;

/// Which of the two streams.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Out,
    Err,
}

/// A stream whose lines go to the log.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    skill: SkillId,
    run: RunId,
    stream: Stream,
    written: Arc<AtomicU32>,
    line: Arc<Mutex<Vec<u8>>>,
}

impl Lines {
    pub(super) fn new(skill: SkillId, run: RunId, stream: Stream) -> Self {
        Self { skill, run, stream, written: Arc::default(), line: Arc::default() }
    }

    fn take(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            if *byte == b'\n' {
                self.log(&line);
                line.clear();
            } else if line.len() < MAX_LINE {
                line.push(*byte);
            }
        }
    }

    fn log(&self, line: &[u8]) {
        let written = self.written.fetch_add(1, Ordering::Relaxed);
        if written > MAX_LINES || line.is_empty() {
            return;
        }
        let (skill, run) = (&self.skill, self.run);
        if written == MAX_LINES {
            tracing::warn!(%skill, %run, "it prints more than {MAX_LINES} lines; the rest is dropped");
            return;
        }
        let said = text::line(&String::from_utf8_lossy(line), MAX_LINE);
        match self.stream {
            Stream::Out => tracing::info!(%skill, %run, "{said}"),
            Stream::Err => tracing::warn!(%skill, %run, "{said}"),
        }
    }
}

impl Drop for Lines {
    /// The last clone logs what came without a newline: a panic's last words.
    fn drop(&mut self) {
        if Arc::strong_count(&self.line) == 1 {
            let line =
                std::mem::take(&mut *self.line.lock().unwrap_or_else(PoisonError::into_inner));
            self.log(&line);
        }
    }
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_line_stays_bounded() {
        let lines = Lines::new("loud".parse().unwrap(), RunId::new(), Stream::Out);
        for _ in 0..100 {
            lines.take(&[b'x'; 1000]);
        }
        assert_eq!(lines.line.lock().unwrap().len(), MAX_LINE);
        lines.take(b"\nab");
        assert_eq!(lines.line.lock().unwrap().as_slice(), b"ab");
    }

    #[test]
    fn lines_are_counted_over_all_streams_of_a_call() {
        let lines = Lines::new("loud".parse().unwrap(), RunId::new(), Stream::Err);
        let other = lines.clone();
        for _ in 0..300 {
            other.take(b"again\n");
        }
        assert_eq!(lines.written.load(Ordering::Relaxed), 300);
    }
}
