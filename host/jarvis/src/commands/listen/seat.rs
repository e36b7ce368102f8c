//! Whoever listens has a seat at the running host, which shows what the
//! microphone does and wishes it to be muted on behalf of others.

use std::sync::Arc;
use std::time::Duration;

use jarvis_api::{Attention, Microphone, REPORTED, Request, Response, Saying, Spoken, Wish};
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::{Clock, Fault, MicrophoneId};
use jarvis_voice::wyoming::Judge;
use jarvis_voice::{Phase, SayingEnd, Switch};
use tokio::sync::{Mutex, watch};

use super::judged::Judged;
use crate::reach::Reach;

/// How long after a host did not answer it is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// See the module.
pub(crate) struct Seat {
    id: MicrophoneId,
    name: String,
    switch: Switch,
    clock: Arc<dyn Clock>,
    /// Three ways to the host: for what is told, for what is wished, and for what
    /// is to be said.
    reports: Arc<Mutex<Reach>>,
    wishes: Mutex<Reach>,
    sayings: Mutex<Reach>,
    known: watch::Sender<Known>,
}

/// What is known of the host.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// It knows of this microphone.
    there: bool,
    /// The newest wish that was heard of.
    number: u64,
    /// Up to which number nothing need be said any more.
    hushed: u64,
}

impl Seat {
    /// A seat for the microphone of this name, with whoever `reach` leads to.
    pub(crate) async fn at(
        reach: &Reach,
        name: &str,
        switch: &Switch,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Box<Fault>> {
        let (reports, wishes) = (reach.another().await?, reach.another().await?);
        let sayings = Mutex::new(reach.another().await?);
        Ok(Self {
            id: MicrophoneId::new(),
            name: name.to_owned(),
            switch: switch.clone(),
            clock: Arc::clone(clock),
            reports: Arc::new(Mutex::new(reports)),
            wishes: Mutex::new(wishes),
            sayings,
            known: watch::Sender::default(),
        })
    }

    /// Who says whether a wake word counts that was heard there.
    pub(crate) fn judge(&self) -> Arc<dyn Judge> {
        Arc::new(Judged::new(self.id, &self.clock, &self.reports))
    }

    /// Sits there for as long as it is polled.
    pub(crate) async fn sit(&self) {
        tokio::join!(self.report(), self.heed(), self.pass_on());
    }

    /// Gets up, and says so.
    pub(crate) async fn leave(&self) {
        // A host that does not hear of it forgets this by itself.
        let _ = self.ask(&self.reports, Request::Leave { id: self.id }).await;
    }

    async fn report(&self) {
        let (mut phase, mut muted) = (self.switch.phase(), self.switch.muted());
        loop {
            let told = Microphone {
                id: self.id,
                name: self.name.clone(),
                attention: attention(*phase.borrow_and_update()),
                muted: *muted.borrow_and_update(),
                level: *self.switch.level().borrow(),
            };
            let wait = match self.ask(&self.reports, Request::Report(told)).await {
                Ok(Response::Wish(wish)) if !self.known.borrow().there => {
                    self.heard_of(wish);
                    REPORTED
                }
                Ok(_) => REPORTED,
                Err(fault) => {
                    tracing::debug!(%fault, "the host was not told what this microphone does");
                    AGAIN
                }
            };
            // The senders live as long as the switch.
            tokio::select! {
                _ = phase.changed() => {}
                _ = muted.changed() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    async fn heed(&self) {
        let mut known = self.known.subscribe();
        // The sender is this seat's own.
        while let Ok(now) = known.wait_for(|known| known.there).await.map(|known| *known) {
            let (after, hushed) = (now.number, now.hushed);
            match self.ask(&self.wishes, Request::Wish { id: self.id, after, hushed }).await {
                Ok(Response::Wish(wish)) => self.heard_of(wish),
                // The host has to be told of this microphone first.
                _ => self.known.send_modify(|known| known.there = false),
            }
        }
    }

    /// Says what the host has to say, one thing after the other.
    async fn pass_on(&self) {
        let mut known = self.known.subscribe();
        let (mut said, mut end) = (0, Spoken::Said);
        // The sender is this seat's own.
        while known.wait_for(|known| known.there).await.is_ok() {
            match self.ask(&self.sayings, Request::Saying { id: self.id, said, end }).await {
                Ok(Response::Saying(Some(saying))) => {
                    said = saying.number;
                    end = self.say(saying).await;
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::debug!(%fault, "the host was not asked what to say");
                    // Another life of the host counts anew.
                    (said, end) = (0, Spoken::Said);
                    self.clock.sleep(AGAIN).await;
                }
            }
        }
    }

    /// Says it, until the host does not want it any more. What could not be said is
    /// tried again when the host wants that.
    async fn say(&self, saying: Saying) -> Spoken {
        let mut known = self.known.subscribe();
        let end = tokio::select! {
            end = self.switch.say(saying.text) => end,
            // The sender is this seat's own.
            _ = known.wait_for(|known| known.hushed >= saying.number) => SayingEnd::CutOff,
        };
        match end {
            SayingEnd::Said => Spoken::Said,
            SayingEnd::CutOff => Spoken::CutOff,
            SayingEnd::Failed => Spoken::Failed,
        }
    }

    /// Does what is wished, once. A host that was started again, or has
    /// forgotten this microphone, counts its wishes from 1 anew.
    fn heard_of(&self, wish: Wish) {
        let known = Known { there: true, number: wish.number, hushed: wish.hushed };
        let before = self.known.send_replace(known).number;
        if wish.number > 0 && wish.number != before {
            self.switch.mute(wish.muted);
        }
    }

    async fn ask(&self, way: &Mutex<Reach>, request: Request) -> Result<Response, Box<Fault>> {
        way.lock().await.call(request, Arc::new(Unwatched)).await
    }
}

fn attention(phase: Phase) -> Attention {
    match phase {
        Phase::Asleep => Attention::Asleep,
        Phase::Listening => Attention::Listening,
        Phase::Thinking => Attention::Thinking,
        Phase::Speaking => Attention::Speaking,
    }
}
