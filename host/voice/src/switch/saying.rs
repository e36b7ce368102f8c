//! What somebody wants to be said between two exchanges.

use tokio::sync::oneshot;

use super::Switch;

/// What came of something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SayingEnd {
    /// It was said.
    Said,
    /// Somebody cut it off, which is as good: they have heard that there is something.
    CutOff,
    /// It could not be said.
    #[default]
    Failed,
}

/// One thing to say, and who waits until it was.
#[derive(Debug)]
pub(crate) struct Saying {
    /// What.
    pub(crate) text: String,
    over: oneshot::Sender<SayingEnd>,
}

impl Saying {
    /// Until nobody waits for it any more. Dropping the future forgets nothing.
    pub(crate) async fn unwanted(&mut self) {
        self.over.closed().await;
    }

    /// It is over. Dropped, it could not be said.
    pub(crate) fn end(self, end: SayingEnd) {
        // Whoever waited may be gone.
        let _ = self.over.send(end);
    }
}

impl Switch {
    /// Has `text` said once nobody is listened to or answered; what came of it. What
    /// was to be said before and has not begun gives way to it. Dropping the future
    /// cuts it off.
    pub async fn say(&self, text: String) -> SayingEnd {
        let (over, ended) = oneshot::channel();
        self.0.saying.send_replace(Some(Saying { text, over }));
        ended.await.unwrap_or_default()
    }

    /// Until something is to be said. Dropping the future forgets nothing.
    pub(crate) async fn saying(&self) -> Saying {
        let mut asked = self.0.saying.subscribe();
        loop {
            // The sender lives as long as this does.
            let _ = asked.wait_for(Option::is_some).await;
            if let Some(saying) = self.0.saying.send_replace(None)
                && !saying.over.is_closed()
            {
                return saying;
            }
        }
    }
}
