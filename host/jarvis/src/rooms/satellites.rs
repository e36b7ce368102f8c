//! The satellites that jarvis listens to: each is connected to again and again,
//! and has a conversation of its own, as a caller of its own.

use std::sync::Arc;
use std::time::Duration;

use jarvis_api::Service;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Explain, Fault};
use jarvis_voice::wyoming::{Satellite as Link, Service as Recogniser};
use jarvis_voice::{Chimes, Conversation, EndSettings, Log, Parts, Speaker, Switch};

use super::handling::caller;
use super::places::{Placed, Places};
use crate::commands::listen::exchanges::Exchanges;
use crate::commands::listen::seat::Seat;
use crate::commands::spoken::Answering;
use crate::engines::wake::Wakes;
use crate::reach::Reach;
use crate::settings::Satellite;
use crate::standing::Voices;

/// How long after a connection has ended the next one is made, at first and at
/// most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A connection that has lasted so long begins anew with the shortest pause.
const LASTED: Duration = Duration::from_secs(60);

/// What all satellites share.
pub(super) struct Hub {
    pub(super) service: Arc<Service>,
    pub(super) recogniser: Arc<dyn Recogniser>,
    pub(super) speaker: Speaker,
    pub(super) wakes: Option<Arc<Wakes>>,
    pub(super) end: EndSettings,
    pub(super) chimes: Chimes,
    pub(super) places: Arc<Places>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Hub {
    /// Listens to the satellite `name` for as long as it is polled.
    pub(super) async fn listen(&self, name: &str, satellite: &Satellite) {
        let (mut pause, mut told) = (AGAIN.0, false);
        loop {
            let since = self.clock.running();
            let ended = self.connection(name, satellite, &mut told).await;
            if self.clock.running().saturating_sub(since) > LASTED {
                pause = AGAIN.0;
            }
            // Once, and not each time that it is not there.
            match ended {
                Err(fault) if !std::mem::replace(&mut told, true) => {
                    tracing::warn!(satellite = name, %fault, "a satellite is not there; it is looked for until it is");
                }
                Err(fault) => tracing::debug!(satellite = name, %fault, "a satellite is not there"),
                Ok(()) => tracing::info!(satellite = name, "a satellite has closed its connection"),
            }
            self.clock.sleep(pause).await;
            pause = pause.saturating_mul(2).min(AGAIN.1);
        }
    }

    /// One connection, from its beginning to its end.
    async fn connection(
        &self,
        name: &str,
        satellite: &Satellite,
        told: &mut bool,
    ) -> Result<(), Box<Fault>> {
        let link = Link::dial(name, &satellite.uri, Arc::clone(&self.clock)).await;
        let mut link = link.map_err(|error| error.fault())?;
        *told = false;
        tracing::info!(satellite = name, "a satellite is listened to");
        let (exchanges, mut over) = Exchanges::new(Arc::new(Log::default()));
        let switch = Switch::new(link.feedback(exchanges), Arc::clone(&self.clock));
        let Some((source, sink)) = link.ends(&switch) else { return Ok(()) };
        let caller = caller(Voices::satellite(name), satellite.role);
        let reach = Reach::within(&self.service, caller);
        let place = satellite.place(name);
        let answering = Answering::by(reach, None, Arc::new(Unwatched)).await?.at(place);
        let answering = Arc::new(answering);
        let seat = Seat::at(&answering.another().await?, place, &switch, &self.clock).await?;
        let judge = seat.judge();
        let assistant =
            Placed::new(Arc::clone(&answering) as _, &self.places, satellite.node.clone());
        let waking = self.wakes.as_ref().map(|wakes| wakes.watch(true).judged(Arc::clone(&judge)));
        let parts = Parts {
            waking,
            wake_words: self.wakes.as_ref().map(|wakes| wakes.words.clone()).unwrap_or_default(),
            recogniser: Arc::clone(&self.recogniser),
            speaker: self.speaker.clone(),
            assistant: Arc::new(assistant),
            end: self.end,
            chimes: self.chimes,
            clock: Arc::clone(&self.clock),
            switch: switch.clone(),
        };
        let mut conversation = Conversation::new(parts, Box::new(source), Box::new(sink));
        let keeping = async {
            while let Some(heard) = over.recv().await {
                answering.keep(&heard).await;
            }
        };
        let ended = tokio::select! {
            biased;
            ended = link.hold(&switch, &*judge) => ended,
            ended = conversation.run() => ended,
            () = keeping => Ok(()),
            () = seat.sit() => Ok(()),
        };
        seat.leave().await;
        ended.map_err(|error| error.fault())
    }
}
