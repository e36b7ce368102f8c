//! Where a simulated program's output goes while it runs, and how the one
//! that reads it interrupts it or goes away.

use tokio::sync::{mpsc, watch};

use crate::wire::Signal;

/// A piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// On standard output.
    Out(String),
    /// On standard error.
    Err(String),
}

/// Nobody reads any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// The writing end; none writes nowhere.
#[derive(Debug, Clone)]
pub(crate) struct Sink(Option<mpsc::UnboundedSender<Chunk>>);

/// The interrupts that a program is sent; none before the first.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts(watch::Receiver<Option<Signal>>);

impl Sink {
    /// A sink, and where what is written comes out. Dropping the latter is
    /// what a killed `pvesh` is to its worker.
    #[must_use]
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Chunk>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    /// Where a worker of pvedaemon prints, which nobody reads: nothing is
    /// kept, and nobody can be gone.
    #[must_use]
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    pub(crate) fn out(&self, text: impl Into<String>) -> Result<(), Gone> {
        self.send(Chunk::Out(text.into()))
    }

    pub(crate) fn err(&self, text: impl Into<String>) -> Result<(), Gone> {
        self.send(Chunk::Err(text.into()))
    }

    fn send(&self, chunk: Chunk) -> Result<(), Gone> {
        self.0.as_ref().map_or(Ok(()), |sender| sender.send(chunk).map_err(|_| Gone))
    }
}

impl Interrupts {
    /// Interrupts as they are sent through `sender`.
    #[must_use]
    pub(crate) fn from(sender: &watch::Sender<Option<Signal>>) -> Self {
        Self(sender.subscribe())
    }

    /// No interrupt will ever come.
    #[must_use]
    pub(crate) fn never() -> Self {
        Self(watch::Sender::new(None).subscribe())
    }

    /// Completes with the signal once one has come; never without one.
    pub(crate) async fn wait(&mut self) -> Signal {
        if let Ok(signal) = self.0.wait_for(Option::is_some).await
            && let Some(signal) = *signal
        {
            return signal;
        }
        std::future::pending().await
    }
}
