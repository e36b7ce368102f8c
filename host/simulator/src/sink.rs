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

/// The writing end.
#[derive(Debug, Clone)]
pub(crate) struct Sink(mpsc::UnboundedSender<Chunk>);

/// The interrupts that a program is sent; none before the first.
#[derive(Debug, Clone)]
pub(crate) struct Interrupts(watch::Receiver<Option<Signal>>);

impl Sink {
    /// A sink, and where what is written comes out. Dropping the latter is
    /// what a killed `pvesh` is to its worker.
    #[must_use]
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Chunk>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    pub(crate) fn out(&self, text: impl Into<String>) -> Result<(), Gone> {
        self.0.send(Chunk::Out(text.into())).map_err(|_| Gone)
    }

    pub(crate) fn err(&self, text: impl Into<String>) -> Result<(), Gone> {
        self.0.send(Chunk::Err(text.into())).map_err(|_| Gone)
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
