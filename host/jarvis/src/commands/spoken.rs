//! Whoever answers what was spoken: a running host, or one of this command's
//! own, at the door of voices.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::invocation::{Notice, Unwatched, Watcher};
use jarvis_domain::{Clock, ClusterId, Fault, Outcome, Reply, Role, SystemClock};
use jarvis_voice::{Answer, Assistant, Then};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::ask::LOCALE;
use crate::args::Global;
use crate::reach::Reach;

/// The exit code of what waits for an answer.
pub(super) const WAITS: u8 = 4;
/// The most names that a recogniser is told; whisper has room for about fifty.
const NAMES: usize = 200;
/// How long they are waited for at the start.
const SOON: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Answering {
    reach: Mutex<Reach>,
    /// For what is asked while somebody still speaks, and dropped again.
    beside: Arc<Mutex<Reach>>,
    /// What nodes and guests were called when it was last asked.
    names: Arc<std::sync::Mutex<Vec<String>>>,
    cluster: Option<ClusterId>,
    watcher: Arc<dyn Watcher>,
    /// The last answer was a question.
    asks: AtomicBool,
}

/// Counts the operations of one answer, and passes on what it is told.
#[derive(Debug)]
struct Counting {
    to: Arc<dyn Watcher>,
    started: AtomicUsize,
    ended_well: AtomicUsize,
}

impl std::fmt::Debug for Answering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}

impl Answering {
    /// Finds or makes a host, as the options say; `role` is what whoever speaks
    /// may at most where the host is this command's own.
    pub(crate) async fn find(
        global: &Global,
        role: Role,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self, Box<Fault>> {
        let reach = Reach::find_spoken(global, role).await?;
        let beside = Arc::new(Mutex::new(reach.another().await?));
        let (reach, cluster) = (Mutex::new(reach), global.cluster.clone());
        let (names, asks) = (Arc::default(), AtomicBool::new(false));
        let answering = Self { reach, beside, names, cluster, watcher, asks };
        // It goes on to ask, and whoever speaks first is heard without names.
        tokio::select! {
            _ = answering.learn() => {}
            () = SystemClock.sleep(SOON) => {}
        }
        Ok(answering)
    }

    /// Asks anew what things are called. Nobody who speaks waits for it.
    fn learn(&self) -> JoinHandle<()> {
        let (beside, names) = (Arc::clone(&self.beside), Arc::clone(&self.names));
        tokio::spawn(async move {
            let request = Request::Names { most: NAMES };
            let told = beside.lock().await.call(request, Arc::new(Unwatched)).await;
            if let Ok(Response::Names(new)) = told {
                *names.lock().unwrap_or_else(PoisonError::into_inner) = new;
            }
        })
    }

    /// Whether the last answer was a question, which nobody has answered.
    pub(crate) fn asks(&self) -> bool {
        self.asks.load(Ordering::SeqCst)
    }

    /// Ends what was made for this command alone.
    pub(crate) async fn close(self) {
        self.reach.into_inner().close().await;
    }

    async fn say(&self, words: &str, watcher: Arc<dyn Watcher>) -> Result<Response, Box<Fault>> {
        let words = Words {
            words: words.to_owned(),
            locale: LOCALE.to_owned(),
            confirmed: false,
            cluster: self.cluster.clone(),
        };
        self.reach.lock().await.call(Request::Say(words), watcher).await
    }
}

#[async_trait]
impl Assistant for Answering {
    async fn answer(&self, words: &str) -> Answer {
        let counting = Arc::new(Counting::before(Arc::clone(&self.watcher)));
        let asked = self.asks.swap(false, Ordering::SeqCst);
        let told = self.say(words, Arc::clone(&counting) as _).await;
        // Things may be called otherwise now.
        self.learn();
        let (text, then) = match told {
            Ok(Response::Said(Said::Reply(reply))) => {
                // What was asked about interrupts something, and is told whole.
                let obvious = !asked && counting.did_it(&reply);
                return Answer { text: reply.speech, then: Then::Nothing, obvious };
            }
            Ok(Response::Said(Said::Dropped(speech))) => (speech, Then::Nothing),
            Ok(Response::Said(Said::Question(question))) => (question.text, Then::Listen),
            Ok(Response::Said(Said::Choice(choice))) => (choice.text, Then::Listen),
            Ok(Response::Said(Said::Missing(missing))) => (missing.text, Then::Listen),
            Ok(_) => ("The answer made no sense.".to_owned(), Then::Nothing),
            // A yes that did not say to what.
            Err(fault) if fault.exit == WAITS => (fault.sentence.clone(), Then::Listen),
            Err(fault) => (fault.sentence.clone(), Then::Nothing),
        };
        self.asks.store(then == Then::Listen, Ordering::SeqCst);
        Answer { text, then, obvious: false }
    }

    async fn is_complete(&self, words: &str) -> bool {
        let request = Request::Recognize { sentences: vec![words.to_owned()] };
        let watcher = Arc::clone(&self.watcher);
        let told = self.beside.lock().await.call(request, watcher).await;
        let Ok(Response::Recognized(recognized)) = told else { return false };
        recognized.iter().any(|one| one.intent.is_some())
    }

    fn names(&self) -> Vec<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Counting {
    fn before(to: Arc<dyn Watcher>) -> Self {
        Self { to, started: AtomicUsize::new(0), ended_well: AtomicUsize::new(0) }
    }

    /// Whether `reply` says no more than that the one thing that was asked for
    /// is done, and was seen to be.
    fn did_it(&self, reply: &Reply) -> bool {
        let (started, ended) =
            (self.started.load(Ordering::SeqCst), self.ended_well.load(Ordering::SeqCst));
        reply.outcome == Outcome::Done && reply.detail.is_none() && (started, ended) == (1, 1)
    }
}

impl Watcher for Counting {
    fn notice(&self, notice: Notice) {
        let count = match &notice {
            Notice::Started { .. } => Some(&self.started),
            Notice::Ended { how, .. } if how == "ok" => Some(&self.ended_well),
            Notice::Ended { .. } => None,
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::SeqCst);
        }
        self.to.notice(notice);
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{OperationId, RunId};

    use super::*;

    #[test]
    fn only_the_one_thing_that_was_done_is_obvious() {
        let reply = |outcome, detail: Option<&str>| Reply {
            outcome,
            speech: "Started web.".to_owned(),
            detail: detail.map(str::to_owned),
            data: None,
            as_of: None,
            run: RunId::new(),
        };
        let done = reply(Outcome::Done, None);
        for (ends, reply, expected) in [
            (&["ok"][..], &done, true),
            // Nothing was done: a question about how it is.
            (&[], &done, false),
            (&["ok", "ok"], &done, false),
            (&["warnings: 1"], &done, false),
            (&["ok"], &reply(Outcome::Done, Some("| a |")), false),
            (&["ok"], &reply(Outcome::Unknown, None), false),
            (&["ok"], &reply(Outcome::Started, None), false),
            (&["ok"], &reply(Outcome::NothingChanged, None), false),
        ] {
            let counting = Counting::before(Arc::new(Unwatched));
            for how in ends {
                let operation = OperationId::new();
                let what = "starting web".to_owned();
                counting.notice(Notice::Started { operation, what });
                counting.notice(Notice::Ended { operation, how: (*how).to_owned() });
            }
            assert_eq!(counting.did_it(reply), expected, "{ends:?} {reply:?}");
        }
    }
}
