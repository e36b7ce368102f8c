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

    async fn ask(&self) -> Result<Response, Box<Fault>> {
        let request = Request::Woke { id: self.id };
        self.way.lock().await.call(request, Arc::new(Unwatched)).await
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
            Ok(Response::Counts(counts)) => {
                if !counts {
                    tracing::debug!("another microphone has heard the wake word before");
                }
                counts
            }
            Ok(_) => true,
            Err(fault) => {
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
