//! The satellites that jarvis listens to: each is connected to again and again,
//! and has a conversation of its own, as a caller of its own.

use std::sync::Arc;
use std::time::Duration;

use jarvis_api::Service;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Explain, Fault};
use jarvis_voice::wyoming::Satellite as Link;
use jarvis_voice::{Chimes, Conversation, EndSettings, Log, Parts, Phase, Switch};
use tokio::sync::watch;

use super::engines::Started;
use super::handling::caller;
use super::places::{Placed, Places};
use crate::commands::listen::exchanges::Exchanges;
use crate::commands::listen::seat::Seat;
use crate::commands::spoken::Answering;
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
    /// As they are now.
    pub(super) engines: watch::Receiver<Arc<Started>>,
    pub(super) end: EndSettings,
    pub(super) chimes: Chimes,
    pub(super) places: Arc<Places>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Hub {
    /// Listens to the satellite `name` for as long as it is polled.
    pub(super) async fn listen(&self, name: &str, satellite: &Satellite) {
        let (mut pause, mut told) = (AGAIN.0, false);
        let mut engines = self.engines.clone();
        loop {
            // Nobody is listened to whom nothing would understand.
            let heard = engines.wait_for(|engines| engines.recogniser.is_ok()).await;
            let Ok(heard) = heard.map(|engines| Arc::clone(&engines)) else { return };
            let since = self.clock.running();
            let ended = self.connection(name, satellite, &heard, &mut told).await;
            if self.clock.running().saturating_sub(since) > LASTED {
                pause = AGAIN.0;
            }
            // Once, and not each time that it is not there.
            match ended {
                Err(fault) if !std::mem::replace(&mut told, true) => {
                    tracing::warn!(satellite = name, %fault, "a satellite is not there; it is looked for until it is");
                }
                Err(fault) => tracing::debug!(satellite = name, %fault, "a satellite is not there"),
                Ok(()) => tracing::info!(satellite = name, "a connection to a satellite has ended"),
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
        engines: &Arc<Started>,
        told: &mut bool,
    ) -> Result<(), Box<Fault>> {
        let recogniser = engines.recogniser.clone()?;
        let wakes = engines.wakes.as_ref().ok().and_then(Option::as_ref);
        let link = Link::dial(name, &satellite.uri, Arc::clone(&self.clock)).await;
        let mut link = link.map_err(|error| error.fault())?;
        *told = false;
        tracing::info!(satellite = name, "a satellite is listened to");
        let runs = Arc::default();
        let (exchanges, over) = Exchanges::new(Arc::new(Log::default()), Arc::clone(&runs));
        let switch =
            Switch::new(link.feedback(Arc::clone(&exchanges) as _), Arc::clone(&self.clock));
        let Some((source, sink)) = link.ends(&switch) else { return Ok(()) };
        let caller = caller(Voices::satellite(name), satellite.role);
        let reach = Reach::within(&self.service, caller);
        let place = satellite.place(name);
        let answering = Answering::by(reach, None, self.service.language(), Arc::new(Unwatched))
            .await?
            .at(place)
            .telling(&runs);
        let answering = Arc::new(answering);
        let seat = Seat::at(&answering.another().await?, place, &switch, &self.clock).await?;
        let judge = seat.judge();
        let assistant = Placed::new(Arc::clone(&answering), &self.places, satellite.node.clone());
        let waking = wakes.map(|wakes| wakes.watch(true).judged(Arc::clone(&judge)));
        let parts = Parts {
            waking,
            wake_words: wakes.map(|wakes| wakes.words.clone()).unwrap_or_default(),
            recogniser,
            speaker: engines.speaker.clone(),
            assistant: Arc::new(assistant),
            end: self.end,
            chimes: self.chimes,
            clock: Arc::clone(&self.clock),
            switch: switch.clone(),
        };
        let mut conversation = Conversation::new(parts, Box::new(source), Box::new(sink));
        // By itself: what is being kept when the link breaks is kept.
        tokio::spawn(answering.keep_all(over));
        let ended = tokio::select! {
            biased;
            ended = link.hold(&switch, &*judge) => ended,
            ended = conversation.run() => ended,
            () = seat.sit() => Ok(()),
            () = self.more_than(engines, &switch) => Ok(()),
        };
        exchanges.end();
        seat.leave().await;
        ended.map_err(|error| error.fault())
    }

    /// Until other engines than these are there, and nobody is listened to or answered:
    /// a connection is made anew for them.
    async fn more_than(&self, engines: &Arc<Started>, switch: &Switch) {
        let (mut news, mut phase) = (self.engines.clone(), switch.phase());
        if news.wait_for(|now| !Arc::ptr_eq(now, engines)).await.is_err() {
            return std::future::pending().await;
        }
        // The sender lives as long as the switch.
        let _ = phase.wait_for(|phase| *phase == Phase::Asleep).await;
    }
}
