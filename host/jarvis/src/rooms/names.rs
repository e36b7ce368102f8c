//! What nodes and guests are called, for recognisers: asked beside, so that
//! nobody who speaks waits for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_api::{Request, Response, Service};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Caller, Clock};

/// The most names that a recogniser is told; whisper has room for about fifty.
const MOST: usize = 200;
/// How old they may be.
const FRESH: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(crate) struct Names {
    service: Arc<Service>,
    caller: Caller,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    names: Vec<String>,
    /// When they were last asked for, by [`Clock::running`].
    asked: Option<Duration>,
}

impl Names {
    /// Asks for them at once.
    pub(crate) fn new(service: Arc<Service>, caller: Caller, clock: Arc<dyn Clock>) -> Arc<Self> {
        let names = Self { service, caller, clock, known: Arc::default() };
        drop(names.get());
        Arc::new(names)
    }

    /// Those that are known; asks anew where they are old.
    pub(crate) fn get(&self) -> Vec<String> {
        let now = self.clock.running();
        let mut known = self.known();
        if known.asked.is_none_or(|asked| now.saturating_sub(asked) > FRESH) {
            known.asked = Some(now);
            self.ask();
        }
        known.names.clone()
    }

    fn ask(&self) {
        let (service, caller) = (Arc::clone(&self.service), self.caller.clone());
        let known = Arc::clone(&self.known);
        tokio::spawn(async move {
            let mut none = service.conversation();
            let request = Request::Names { most: MOST };
            let told = service.handle(request, &caller, &mut none, Arc::new(Unwatched)).await;
            if let Ok(Response::Names { names, .. }) = told {
                known.lock().unwrap_or_else(PoisonError::into_inner).names = names;
            }
        });
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
