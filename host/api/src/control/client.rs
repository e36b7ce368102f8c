//! The command line's end of the control socket.

use std::path::{Path, PathBuf};

use jarvis_domain::invocation::Watcher;
use jarvis_domain::{Explain, Fault, Role};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::MAX_LINE;
use super::line;
use crate::wire::{Envelope, Frame};
use crate::{ApiError, Hello, Request, Response};

/// A connection to a running host.
#[derive(Debug)]
pub struct Client {
    socket: PathBuf,
    /// None while a request is under way, and after one that was dropped: that
    /// closes it, which breaks off what was spoken.
    line: Option<Line>,
    lowered_to: Option<Role>,
    spoken: bool,
    /// Whether the host was found to be a demo.
    demo: Option<bool>,
}

#[derive(Debug)]
struct Line {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Client {
    /// Connects to `socket`, asking for at most the role `lowered_to`.
    pub async fn connect(socket: &Path, lowered_to: Option<Role>) -> Result<Self, ApiError> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|source| ApiError::NoHost { socket: socket.to_owned(), source })?;
        let (reader, writer) = stream.into_split();
        let line = Some(Line { reader: BufReader::new(reader), writer });
        Ok(Self { socket: socket.to_owned(), line, lowered_to, spoken: false, demo: None })
    }

    /// Another connection to the same host, for what is asked meanwhile.
    pub async fn another(&self) -> Result<Self, Box<Fault>> {
        let other = Self::connect(&self.socket, self.lowered_to).await;
        let mut other = Self { spoken: self.spoken, ..other.map_err(|error| error.fault())? };
        if let Some(demo) = self.demo {
            other.expect(demo).await?;
        }
        Ok(other)
    }

    /// What is sent from now on was spoken: it has what voices may at most,
    /// and a yes has to say what it is about.
    #[must_use]
    pub fn spoken(self) -> Self {
        Self { spoken: true, ..self }
    }

    /// Makes sure that the host is a demo exactly when one is wanted.
    pub async fn expect(&mut self, demo: bool) -> Result<Hello, Box<Fault>> {
        let hello = self.send(Request::Hello, &jarvis_domain::invocation::Unwatched).await?;
        match hello {
            Response::Hello(hello) if hello.demo == demo => {
                self.demo = Some(demo);
                Ok(hello)
            }
            Response::Hello(hello) => {
                let error = ApiError::WrongHost { socket: self.socket.clone(), demo: hello.demo };
                Err(error.fault())
            }
            _ => Err(ApiError::Broken(std::io::ErrorKind::InvalidData.into()).fault()),
        }
    }

    /// Sends `request` and waits for its answer. A call may be dropped: of what
    /// was spoken nothing new begins then, all else goes on. The next call goes
    /// over a connection of its own, as it does where the host has closed this
    /// one, after an idle hour or to be started again. What was open in the
    /// conversation is then forgotten.
    pub async fn call(
        &mut self,
        request: Request,
        watcher: &dyn Watcher,
    ) -> Result<Response, Box<Fault>> {
        let closed = match &mut self.line {
            Some(line) => line.is_closed().await,
            None => true,
        };
        if closed {
            *self = self.another().await?;
        }
        self.send(request, watcher).await
    }

    async fn send(
        &mut self,
        request: Request,
        watcher: &dyn Watcher,
    ) -> Result<Response, Box<Fault>> {
        let envelope = Envelope { lowered_to: self.lowered_to, spoken: self.spoken, request };
        let closed = || ApiError::Broken(std::io::ErrorKind::NotConnected.into()).fault();
        let mut line = self.line.take().ok_or_else(closed)?;
        let answer = line.exchange(&envelope, watcher).await.map_err(|error| error.fault())?;
        self.line = Some(line);
        answer
    }
}

impl Line {
    /// Whether the other side has closed it, without a word that is to be read.
    async fn is_closed(&mut self) -> bool {
        // What has happened to it meanwhile is seen by then.
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            more = self.reader.fill_buf() => more.is_ok_and(<[u8]>::is_empty),
            () = std::future::ready(()) => false,
        }
    }

    async fn exchange(
        &mut self,
        envelope: &Envelope,
        watcher: &dyn Watcher,
    ) -> Result<Result<Response, Box<Fault>>, ApiError> {
        let sent = line::write(&mut self.writer, envelope).await;
        if let Err(error @ ApiError::Garbled(_)) = sent {
            return Err(error);
        }
        // A host that refuses somebody at the door says why and closes it: what
        // it said is read also where nothing could be sent any more.
        loop {
            match line::read(&mut self.reader, MAX_LINE).await? {
                Some(Frame::Notice(notice)) => watcher.notice(notice),
                Some(Frame::Response(response)) => return Ok(Ok(*response)),
                Some(Frame::Fault(fault)) => return Ok(Err(fault)),
                None => {
                    sent?;
                    return Err(ApiError::Broken(std::io::ErrorKind::UnexpectedEof.into()));
                }
            }
        }
    }
}
