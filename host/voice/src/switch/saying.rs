//! What somebody wants to be said between two exchanges.

use tokio::sync::oneshot;

use super::Switch;

/// One thing to say, and who waits until it was.
#[derive(Debug)]
pub(crate) struct Saying {
    /// What.
    pub(crate) text: String,
    said: oneshot::Sender<bool>,
}

impl Saying {
    /// It was said, or could not be. Dropped, it was not.
    pub(crate) fn end(self, said: bool) {
        // Whoever waited may be gone.
        let _ = self.said.send(said);
    }
}

impl Switch {
    /// Has `text` said once nobody is listened to or answered; whether it was,
    /// or somebody cut it off, which is as good. What was to be said before and
    /// has not begun gives way to it.
    pub async fn say(&self, text: String) -> bool {
        let (said, over) = oneshot::channel();
        self.0.saying.send_replace(Some(Saying { text, said }));
        over.await.unwrap_or_default()
    }

    /// Until something is to be said. Dropping the future forgets nothing.
    pub(crate) async fn saying(&self) -> Saying {
        let mut asked = self.0.saying.subscribe();
        loop {
            // The sender lives as long as this does.
            let _ = asked.wait_for(Option::is_some).await;
            if let Some(saying) = self.0.saying.send_replace(None) {
                return saying;
            }
        }
    }
}
