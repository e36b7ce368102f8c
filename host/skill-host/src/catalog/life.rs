//! How long a revision serves: calls that began before it was replaced go on,
//! but not for ever.

use tokio::sync::watch;

/// Ends what still runs of a revision. Dropping it ends nothing.
#[derive(Debug)]
pub(crate) struct Life {
    over: watch::Sender<bool>,
}

/// A call of a revision, which counts as one that runs for as long as this is
/// there: from the moment at which the revision was chosen for it.
#[derive(Debug)]
pub(crate) struct Held {
    over: watch::Receiver<bool>,
}

impl Life {
    pub(crate) fn new() -> Self {
        Self { over: watch::Sender::new(false) }
    }

    /// Ends every call of it.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    /// Whether it was ended.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Begins a call.
    pub(crate) fn hold(&self) -> Held {
        Held { over: self.over.subscribe() }
    }

    /// How many calls run.
    pub(crate) fn calls(&self) -> usize {
        self.over.receiver_count()
    }

    /// Returns when no call runs.
    pub(crate) async fn idle(&self) {
        self.over.closed().await;
    }
}

impl Held {
    /// Whether the revision was ended.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Returns when the revision has ended.
    pub(crate) async fn ended(&mut self) {
        if self.over.wait_for(|over| *over).await.is_err() {
            // Nobody is left who could end it.
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_idle_when_no_call_waits_and_ends_those_that_do() {
        let life = Life::new();
        life.idle().await;
        let mut held = life.hold();
        let mut call = Box::pin(held.ended());
        assert!(futures_pending(call.as_mut()).await);
        assert_eq!(life.calls(), 1);
        life.end();
        call.await;
        drop(held);
        life.idle().await;
    }

    #[tokio::test]
    async fn a_call_counts_before_it_waits_for_anything() {
        let life = Life::new();
        let mut held = life.hold();
        assert_eq!((life.calls(), held.is_over()), (1, false));
        life.end();
        held.ended().await;
        assert_eq!((life.calls(), held.is_over()), (1, true));
        drop(held);
        life.idle().await;
    }

    async fn futures_pending(call: std::pin::Pin<&mut impl Future<Output = ()>>) -> bool {
        tokio::select! {
            biased;
            () = call => false,
            () = std::future::ready(()) => true,
        }
    }
}
