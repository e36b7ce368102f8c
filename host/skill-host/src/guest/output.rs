//! What a skill prints. It goes line by line to the skill's own log, bounded
//! like `log.write`; it is never shown to a caller.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use jarvis_domain::skill_log::{SkillLevel, SkillStream};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::skill_log::{CallLog, MAX_LINE};

/// A stream whose lines go to the log. Clones share what is not a whole line
/// yet.
#[derive(Debug, Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    log: CallLog,
    stream: SkillStream,
    line: Mutex<Vec<u8>>,
}

impl Lines {
    /// Standard output or standard error.
    pub(super) fn new(log: CallLog, stream: SkillStream) -> Self {
        Self(Arc::new(Shared { log, stream, line: Mutex::default() }))
    }
}

impl Shared {
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
        if line.is_empty() {
            return;
        }
        let level = match self.stream {
            SkillStream::Stderr => SkillLevel::Warn,
            _ => SkillLevel::Info,
        };
        self.log.line(level, self.stream, &String::from_utf8_lossy(line));
    }
}

impl Drop for Shared {
    /// Logs what came without a newline: a panic's last words.
    fn drop(&mut self) {
        let line = std::mem::take(self.line.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.log(&line);
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
        self.0.take(bytes);
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
    use crate::testing::Rig;

    #[test]
    fn lines_are_split_an_endless_one_is_cut_and_the_last_words_are_kept() {
        let rig = Rig::new();
        let lines = Lines::new(rig.session().log, SkillStream::Stderr);
        lines.0.take(b"one\n\ntw");
        lines.0.take(b"o\n");
        for _ in 0..100 {
            lines.0.take(&[b'x'; 1000]);
        }
        assert_eq!(lines.0.line.lock().unwrap().len(), MAX_LINE);
        lines.0.take(b"\nlast words");
        drop(lines);
        let logged = rig.fakes.store.logged();
        let texts: Vec<&str> = logged.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["one", "two", &"x".repeat(MAX_LINE), "last words"]);
        assert!(logged.iter().all(|line| line.level == SkillLevel::Warn));
    }
}
