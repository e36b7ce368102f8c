//! What happens, exchange by exchange: shown at once, and told to the host once
//! an exchange is over, for the records of the runs that it led to, or for one of its own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jarvis_domain::{RunId, run};
use jarvis_voice::{Event, Moment, Observer};
use tokio::sync::mpsc;

/// Exchanges that wait to be told.
const WAITING: usize = 16;

/// One that is over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    /// What happened, in order.
    pub(crate) heard: Vec<run::Moment>,
    /// What ran in it.
    pub(crate) runs: BTreeSet<RunId>,
}

/// Runs, told as they begin: one that is broken off or fails has no answer to tell it.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<BTreeSet<RunId>>);

/// See the module. It never waits.
#[derive(Debug)]
pub(crate) struct Exchanges {
    shown: Arc<dyn Observer>,
    /// Of the exchange that goes on, as its moments are.
    runs: Arc<Runs>,
    moments: Mutex<Vec<run::Moment>>,
    /// None once it has ended.
    over: Mutex<Option<mpsc::Sender<Exchange>>>,
}

impl Runs {
    pub(crate) fn extend(&self, runs: impl IntoIterator<Item = RunId>) {
        held(&self.0).extend(runs);
    }

    /// Those since this was last called.
    pub(crate) fn take(&self) -> BTreeSet<RunId> {
        std::mem::take(&mut *held(&self.0))
    }
}

impl Exchanges {
    /// Shows what happens to `shown`; what comes back is told exchanges that are over.
    /// `runs` is told what runs by whoever answers.
    pub(crate) fn new(
        shown: Arc<dyn Observer>,
        runs: Arc<Runs>,
    ) -> (Arc<Self>, mpsc::Receiver<Exchange>) {
        let (over, exchanges) = mpsc::channel(WAITING);
        let (moments, over) = (Mutex::default(), Mutex::new(Some(over)));
        (Arc::new(Self { shown, runs, moments, over }), exchanges)
    }

    /// Nothing more happens: what has begun is over, and no exchange follows.
    pub(crate) fn end(&self) {
        let begun = std::mem::take(&mut *held(&self.moments));
        self.tell(begun);
        *held(&self.over) = None;
    }

    fn tell(&self, heard: Vec<run::Moment>) {
        if heard.is_empty() {
            return;
        }
        // Now, and not when it is kept: the next one may run something meanwhile.
        let exchange = Exchange { heard, runs: self.runs.take() };
        let told = held(&self.over).as_ref().is_some_and(|over| over.try_send(exchange).is_ok());
        if !told {
            tracing::debug!("an exchange was not told: too many wait, or it came after the end");
        }
    }
}

impl Observer for Exchanges {
    fn saw(&self, moment: Moment) {
        let (begins, ends) =
            (matches!(moment.event, Event::Woke { .. }), matches!(moment.event, Event::Asleep));
        let mut moments = held(&self.moments);
        let before = if begins { std::mem::take(&mut *moments) } else { Vec::new() };
        // That nothing goes on still is nothing to keep.
        if moments.len() < run::MOMENTS && !(ends && moments.is_empty()) {
            moments.push(moment.recorded());
        }
        let whole = if ends { std::mem::take(&mut *moments) } else { Vec::new() };
        drop(moments);
        self.tell(before);
        self.tell(whole);
        self.shown.saw(moment);
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;
    use jarvis_voice::Log;

    use super::*;

    fn saw(exchanges: &Exchanges, events: impl IntoIterator<Item = Event>) {
        for event in events {
            exchanges.saw(Moment { at: Timestamp(1), after_us: 2, event });
        }
    }

    #[test]
    fn exchanges_end_with_sleep_or_with_the_next_one() {
        let shown = Arc::new(Log::default());
        let (exchanges, mut over) = Exchanges::new(shown.clone(), Arc::default());
        let woke = || Event::Woke { word: "jarvis".to_owned() };
        let all = [woke(), Event::Listening, woke(), Event::Listening, Event::Asleep, woke()];
        saw(&exchanges, all.clone());
        for _ in 0..2 {
            let told: Vec<String> =
                over.try_recv().unwrap().heard.into_iter().map(|moment| moment.what).collect();
            assert_eq!(told[..2], ["woke", "listening"]);
        }
        assert!(over.try_recv().is_err(), "the last one is not over");
        assert_eq!(shown.take().len(), all.len());
    }

    #[test]
    fn what_ran_is_of_the_exchange_in_which_it_began_however_late_that_is_kept() {
        let runs = Arc::<Runs>::default();
        let (exchanges, mut over) = Exchanges::new(Arc::new(Log::default()), Arc::clone(&runs));
        saw(&exchanges, [Event::Listening, Event::Asleep]);
        let run = RunId::new();
        runs.extend([run]);
        saw(&exchanges, [Event::Listening, Event::Asleep]);
        assert_eq!(over.try_recv().unwrap().runs, BTreeSet::new());
        assert_eq!(over.try_recv().unwrap().runs, BTreeSet::from([run]));
    }

    #[tokio::test]
    async fn what_goes_on_at_the_end_is_told_and_what_waits_too() {
        let (exchanges, mut over) = Exchanges::new(Arc::new(Log::default()), Arc::default());
        saw(&exchanges, [Event::Asleep, Event::Listening, Event::Asleep, Event::Listening]);
        exchanges.end();
        saw(&exchanges, [Event::Asleep]);
        let mut kept = Vec::new();
        while let Some(exchange) = over.recv().await {
            kept.push(exchange.heard.len());
        }
        assert_eq!(kept, [2, 1], "sleep is no exchange, and behind the end comes none");
    }
}
