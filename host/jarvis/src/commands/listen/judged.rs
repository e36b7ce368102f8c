//! Whether a wake word that was found here counts: the host knows what its other
//! microphones have heard.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::{Request, Response};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Fault, MicrophoneId};
use jarvis_voice::wyoming::Judge;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::reach::Reach;

/// How long the host may think about it. Who has said the word waits meanwhile, and one
/// that is heard twice is better than one that is not heard.
const SOON: Duration = Duration::from_millis(250);

/// See the module.
pub(crate) struct Judged {
    id: MicrophoneId,
    clock: Arc<dyn Clock>,
    /// The same by which it is told what goes on: each answers at once.
    way: Arc<Mutex<Reach>>,
}

impl Judged {
    /// For the microphone of this id, by the host that `way` leads to.
    pub(super) fn new(id: MicrophoneId, clock: &Arc<dyn Clock>, way: &Arc<Mutex<Reach>>) -> Self {
        Self { id, clock: Arc::clone(clock), way: Arc::clone(way) }
    }

    /// Asks in a task of its own, which ends with this: whoever listens may leave the
    /// answer unlooked at while somebody speaks, and must not hold the way meanwhile.
    async fn ask(&self) -> Option<Result<Response, Box<Fault>>> {
        let (id, way) = (self.id, Arc::clone(&self.way));
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            let request = Request::Woke { id };
            way.lock().await.call(request, Arc::new(Unwatched)).await
        });
        asking.join_next().await?.ok()
    }
}

#[async_trait]
impl Judge for Judged {
    async fn counts(&self) -> bool {
        let told = tokio::select! {
            biased;
            told = self.ask() => told,
            () = self.clock.sleep(SOON) => return true,
        };
        match told {
            Some(Ok(Response::Counts(counts))) => {
                if !counts {
                    tracing::debug!("another microphone has heard the wake word before");
                }
                counts
            }
            Some(Ok(_)) | None => true,
            Some(Err(fault)) => {
                tracing::debug!(%fault, "the host was not told of a wake word");
                true
            }
        }
    }
}

impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Judged").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use jarvis_api::control::Client;
    use jarvis_domain::{ManualClock, Timestamp};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn an_answer_that_nobody_looks_at_holds_up_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let client = Client::connect(&socket, None).await.unwrap();
        let way = Arc::new(Mutex::new(Reach::Socket(client)));
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(0)));
        let judged = Judged::new(MicrophoneId::new(), &clock, &way);
        let mut judging = judged.counts();
        assert_eq!((&mut judging).now_or_never(), None);
        // Somebody presses a key: the answer waits until they have spoken.
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut asked = String::new();
        stream.read_line(&mut asked).await.unwrap();
        assert!(asked.contains("woke"), "{asked}");
        stream.write_all(b"{\"response\":{\"kind\":\"counts\",\"value\":false}}\n").await.unwrap();
        let free = tokio::time::timeout(Duration::from_secs(20), way.lock()).await;
        drop(free.unwrap());
        assert!(!judging.await, "what the host said counts");
    }
}
