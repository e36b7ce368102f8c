//! What happens, exchange by exchange: shown at once, and told to the host once
//! an exchange is over, for the records of the runs that it led to, or for one of its own.

use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::run;
use jarvis_voice::{Event, Moment, Observer};
use tokio::sync::{Notify, mpsc};

/// Exchanges that wait to be told.
const WAITING: usize = 16;

/// See the module. It never waits.
#[derive(Debug)]
pub(crate) struct Exchanges {
    shown: Arc<dyn Observer>,
    moments: Mutex<Vec<run::Moment>>,
    over: mpsc::Sender<Vec<run::Moment>>,
}

impl Exchanges {
    /// Shows what happens to `shown`; what comes back is told exchanges that
    /// are over.
    pub(crate) fn new(shown: Arc<dyn Observer>) -> (Arc<Self>, mpsc::Receiver<Vec<run::Moment>>) {
        let (over, exchanges) = mpsc::channel(WAITING);
        (Arc::new(Self { shown, moments: Mutex::default(), over }), exchanges)
    }

    /// Nothing more happens: what has begun is over.
    pub(crate) fn end(&self) {
        let begun = std::mem::take(&mut *self.moments());
        self.tell(begun);
    }

    fn moments(&self) -> std::sync::MutexGuard<'_, Vec<run::Moment>> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, exchange: Vec<run::Moment>) {
        if !exchange.is_empty() && self.over.try_send(exchange).is_err() {
            tracing::debug!("an exchange was not told: too many wait");
        }
    }
}

impl Observer for Exchanges {
    fn saw(&self, moment: Moment) {
        let (begins, ends) =
            (matches!(moment.event, Event::Woke { .. }), matches!(moment.event, Event::Asleep));
        let mut moments = self.moments();
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

/// Has `keep` each exchange that is over, one after the other; once `closing`
/// is told, those that wait and no more.
pub(crate) async fn each(
    over: &mut mpsc::Receiver<Vec<run::Moment>>,
    closing: &Notify,
    mut keep: impl AsyncFnMut(Vec<run::Moment>),
) {
    loop {
        let heard = tokio::select! {
            biased;
            Some(heard) = over.recv() => heard,
            () = closing.notified() => return,
        };
        keep(heard).await;
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Timestamp;
    use jarvis_voice::Log;

    use super::*;

    #[test]
    fn exchanges_end_with_sleep_or_with_the_next_one() {
        let shown = Arc::new(Log::default());
        let (exchanges, mut over) = Exchanges::new(shown.clone());
        let woke = || Event::Woke { word: "jarvis".to_owned() };
        let all = [woke(), Event::Listening, woke(), Event::Listening, Event::Asleep, woke()];
        for event in all.clone() {
            exchanges.saw(Moment { at: Timestamp(1), after_us: 2, event });
        }
        for _ in 0..2 {
            let told: Vec<String> =
                over.try_recv().unwrap().into_iter().map(|moment| moment.what).collect();
            assert_eq!(told[..2], ["woke", "listening"]);
        }
        assert!(over.try_recv().is_err(), "the last one is not over");
        assert_eq!(shown.take().len(), all.len());
    }

    #[tokio::test]
    async fn what_is_being_kept_at_the_end_is_kept_and_what_waits_too() {
        let (exchanges, mut over) = Exchanges::new(Arc::new(Log::default()));
        for event in [Event::Asleep, Event::Listening, Event::Asleep, Event::Listening] {
            exchanges.saw(Moment { at: Timestamp(1), after_us: 2, event });
        }
        exchanges.end();
        let (closing, begun, host, kept) =
            (Notify::new(), Notify::new(), Notify::new(), Mutex::new(0));
        let keeping = each(&mut over, &closing, async |heard| {
            begun.notify_one();
            host.notified().await;
            *kept.lock().unwrap() += heard.len();
        });
        let ending = async {
            begun.notified().await;
            closing.notify_one();
            host.notify_one();
            begun.notified().await;
            host.notify_one();
        };
        tokio::join!(keeping, ending);
        assert_eq!(*kept.lock().unwrap(), 3, "what has begun is over, and sleep is no exchange");
    }
}
