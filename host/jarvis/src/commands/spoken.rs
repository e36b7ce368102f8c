//! Whoever answers what was spoken: a running host, or one of this command's
//! own, at the door of voices.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::invocation::{Notice, Unwatched, Watcher};
use jarvis_domain::run::Moment;
use jarvis_domain::{
    Clock, ClusterId, Fault, Language, OperationId, Outcome, Reply, Role, RunId, SystemClock,
    Trouble, say,
};
use jarvis_sentences::{LEAST_MASKED, masked, masked_answer, masked_so_far};
use jarvis_voice::{Ahead, Answer, Assistant, Then};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::listen::exchanges::{Exchange, Runs};
use crate::args::Global;
use crate::reach::Reach;
use crate::render::exit_of;

/// The exit code of what waits for an answer.
const WAITS: u8 = 4;
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
    /// The host takes a PIN, as far as it has said by now: none is shown before.
    pin: Arc<AtomicBool>,
    cluster: Option<ClusterId>,
    /// Of what is said here of the answers themselves.
    language: Language,
    /// Where it is spoken, for who has to be told there later.
    place: Option<String>,
    watcher: Arc<dyn Watcher>,
    /// The last answer was a question.
    asks: AtomicBool,
    /// How the last answer ends a command, as of `jarvis ask`.
    exit: AtomicU8,
    /// What ran since somebody asked for it.
    runs: Arc<Runs>,
    /// Whether what is heard cannot be kept at the moment.
    trouble: Trouble,
    /// The last answer's operations.
    last: std::sync::Mutex<Option<Arc<Counting>>>,
}

/// Counts the operations of one answer, and passes on what it is told.
#[derive(Debug)]
struct Counting {
    to: Arc<dyn Watcher>,
    runs: Arc<Runs>,
    /// Where sentences of the answer go before the rest is made.
    ahead: Option<Ahead>,
    started: AtomicUsize,
    ended_well: AtomicUsize,
    /// What has begun and was not seen to end.
    open: std::sync::Mutex<BTreeMap<OperationId, String>>,
    unwanted: AtomicBool,
}

/// Breaks an answer off when nobody waits for it any more.
struct Waiting(Arc<Counting>);

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
        language: Language,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self, Box<Fault>> {
        let reach = Reach::find_spoken(global, role).await?;
        Self::by(reach, global.cluster.clone(), language, watcher).await
    }

    /// By whoever `reach` leads to.
    pub(crate) async fn by(
        reach: Reach,
        cluster: Option<ClusterId>,
        language: Language,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self, Box<Fault>> {
        let beside = Arc::new(Mutex::new(reach.another().await?));
        let reach = Mutex::new(reach);
        let (names, asks, exit) = Default::default();
        let (runs, trouble, last) = Default::default();
        let (place, pin) = (None, Arc::new(AtomicBool::new(true)));
        let answering = Self {
            reach,
            beside,
            names,
            pin,
            cluster,
            language,
            place,
            watcher,
            asks,
            exit,
            runs,
            trouble,
            last,
        };
        // It goes on to ask, and whoever speaks first is heard without names.
        tokio::select! {
            _ = answering.learn() => {}
            () = SystemClock.sleep(SOON) => {}
        }
        Ok(answering)
    }

    /// The same, for who speaks at `place`.
    pub(crate) fn at(self, place: &str) -> Self {
        Self { place: Some(place.to_owned()), ..self }
    }

    /// Asks anew what things are called. Nobody who speaks waits for it.
    fn learn(&self) -> JoinHandle<()> {
        let (beside, names) = (Arc::clone(&self.beside), Arc::clone(&self.names));
        let pin = Arc::clone(&self.pin);
        tokio::spawn(async move {
            let request = Request::Names { most: NAMES };
            let told = beside.lock().await.call(request, Arc::new(Unwatched)).await;
            if let Ok(Response::Names { names: new, pin: set }) = told {
                pin.store(set, Ordering::SeqCst);
                *names.lock().unwrap_or_else(PoisonError::into_inner) = new;
            }
        })
    }

    /// The same, which tells `runs` what it runs.
    pub(crate) fn telling(self, runs: &Arc<Runs>) -> Self {
        Self { runs: Arc::clone(runs), ..self }
    }

    /// Another way to the same host.
    pub(crate) async fn another(&self) -> Result<Reach, Box<Fault>> {
        self.beside.lock().await.another().await
    }

    /// Has each exchange kept once it is `over`, one after the other.
    pub(crate) async fn keep_all(self: Arc<Self>, mut over: mpsc::Receiver<Exchange>) {
        while let Some(exchange) = over.recv().await {
            self.keep(exchange).await;
        }
    }

    /// Has all that was `heard` kept, with the records of what ran.
    pub(crate) async fn keep_whole(&self, heard: Vec<Moment>) {
        self.keep(Exchange { heard, runs: self.runs.take() }).await;
    }

    /// Has it kept with the records of its runs, or by itself where there are none.
    async fn keep(&self, Exchange { heard, runs }: Exchange) {
        let of = |run| Request::AddHeard { run, heard: heard.clone() };
        let mut requests: Vec<Request> = runs.into_iter().map(of).collect();
        if requests.is_empty() {
            requests.push(Request::AddExchange { place: self.place.clone(), heard });
        }
        for request in requests {
            let told = self.beside.lock().await.call(request, Arc::new(Unwatched)).await;
            match told {
                Ok(_) if self.trouble.ends() => tracing::info!("what is heard is kept again"),
                Err(fault) if self.trouble.begins() => {
                    tracing::warn!(%fault, "what was heard is not in the record");
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Arc<Counting>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last answer was a question, which nobody has answered.
    pub(crate) fn asks(&self) -> bool {
        self.asks.load(Ordering::SeqCst)
    }

    /// How the last answer ends a command, as of `jarvis ask`.
    pub(super) fn exit(&self) -> u8 {
        self.exit.load(Ordering::SeqCst)
    }

    /// Ends what was made for this command alone.
    pub(crate) async fn close(self) {
        self.reach.into_inner().close().await;
    }

    async fn say(&self, words: &str, watcher: Arc<dyn Watcher>) -> Result<Response, Box<Fault>> {
        let words = Words {
            words: words.to_owned(),
            // What is spoken at the host, as its recogniser has it.
            locale: String::new(),
            confirmed: false,
            cluster: self.cluster.clone(),
            place: self.place.clone(),
        };
        self.reach.lock().await.call(Request::Say(words), watcher).await
    }

    /// The answer to `words`; what is made of it before the rest is told `ahead`.
    async fn respond(&self, words: &str, ahead: Option<Ahead>) -> Answer {
        let (watcher, runs) = (Arc::clone(&self.watcher), Arc::clone(&self.runs));
        let counting = Arc::new(Counting::before(watcher, runs, ahead));
        *self.last() = Some(Arc::clone(&counting));
        let _waiting = Waiting(Arc::clone(&counting));
        let asked = self.asks.swap(false, Ordering::SeqCst);
        let told = self.say(words, Arc::clone(&counting) as _).await;
        // What was asked about before has told its run then.
        self.runs.extend(run_of(&told));
        let exit = match &told {
            Ok(Response::Said(said)) => exit_of(said),
            Ok(_) => 1,
            Err(fault) => fault.exit,
        };
        self.exit.store(exit, Ordering::SeqCst);
        // Things may be called otherwise now.
        self.learn();
        let (text, then) = match told {
            Ok(Response::Said(Said::Reply(reply))) => {
                // What was asked about interrupts something, and is told whole.
                let obvious = !asked && counting.did_it(&reply);
                return Answer { text: reply.speech, then: Then::Nothing, obvious };
            }
            Ok(Response::Said(Said::Told(told))) => {
                let speech = told.speech();
                // Who is asked something answers it (as Home Assistant has it).
                let then = if speech.ends_with('?') { Then::Listen } else { Then::Nothing };
                (speech, then)
            }
            Ok(Response::Said(Said::Dropped(speech))) => (speech, Then::Nothing),
            Ok(Response::Said(Said::Question(question))) => (question.text, Then::Listen),
            Ok(Response::Said(Said::Choice(choice))) => (choice.text, Then::Listen),
            Ok(Response::Said(Said::Missing(missing))) => (missing.text, Then::Listen),
            Ok(_) => (
                say!(
                    self.language,
                    en: "The answer made no sense.",
                    de: "Die Antwort ergab keinen Sinn.",
                ),
                Then::Nothing,
            ),
            // A yes that did not say to what.
            Err(fault) if fault.exit == WAITS => (fault.sentence.clone(), Then::Listen),
            Err(fault) => (fault.sentence.clone(), Then::Nothing),
        };
        self.asks.store(then == Then::Listen, Ordering::SeqCst);
        Answer { text, then, obvious: false }
    }
}

#[async_trait]
impl Assistant for Answering {
    async fn answer(&self, words: &str) -> Answer {
        self.respond(words, None).await
    }

    async fn answer_ahead(&self, words: &str, ahead: Ahead) -> Answer {
        self.respond(words, Some(ahead)).await
    }

    async fn is_complete(&self, words: &str) -> bool {
        let request =
            Request::Recognize { sentences: vec![words.to_owned()], locale: String::new() };
        let watcher = Arc::clone(&self.watcher);
        let told = self.beside.lock().await.call(request, watcher).await;
        let Ok(Response::Recognized(recognized)) = told else { return false };
        recognized.iter().any(|one| one.intent.is_some())
    }

    fn shown(&self, words: &str) -> String {
        match (self.pin.load(Ordering::SeqCst), self.asks()) {
            (false, _) => words.to_owned(),
            (true, true) => masked_answer(words, LEAST_MASKED),
            (true, false) => masked(words),
        }
    }

    fn shown_so_far(&self, words: &str) -> Option<String> {
        so_far(words, self.pin.load(Ordering::SeqCst), self.asks())
    }

    fn names(&self) -> Vec<String> {
        // Somebody begins to speak: once they are done, what the cluster has is known,
        // and not only asked for then.
        self.learn();
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn goes_on(&self) -> Option<String> {
        self.last().as_ref()?.goes_on(self.language)
    }
}

/// `words` as they may be shown while somebody goes on to speak. Where a `pin` counts and
/// may be what the last answer `asks` for, its digits may have begun.
fn so_far(words: &str, pin: bool, asks: bool) -> Option<String> {
    match (pin, asks) {
        (false, _) => Some(words.to_owned()),
        (true, true) => None,
        (true, false) => Some(masked_so_far(words)),
    }
}

/// What ran, or waits to.
fn run_of(told: &Result<Response, Box<Fault>>) -> Option<RunId> {
    match told {
        Ok(Response::Said(Said::Reply(reply))) => Some(reply.run),
        Ok(Response::Said(Said::Question(question))) => Some(question.run),
        _ => None,
    }
}

impl Counting {
    fn before(to: Arc<dyn Watcher>, runs: Arc<Runs>, ahead: Option<Ahead>) -> Self {
        let (started, ended_well) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (open, unwanted) = (Default::default(), AtomicBool::new(false));
        Self { to, runs, ahead, started, ended_well, open, unwanted }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<OperationId, String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What breaking it off does not end, as a sentence.
    fn goes_on(&self, language: Language) -> Option<String> {
        let open: Vec<String> = self.open().values().cloned().collect();
        let open = (!open.is_empty()).then(|| open.join(", "))?;
        Some(say!(
            language,
            en: "This has begun, and goes on: {open}.",
            de: "Das hat begonnen und läuft weiter: {open}.",
        ))
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
            Notice::Run { run } => {
                self.runs.extend([*run]);
                None
            }
            Notice::Started { operation, what } => {
                self.open().insert(*operation, what.clone());
                Some(&self.started)
            }
            Notice::Ended { operation, how } => {
                self.open().remove(operation);
                (how == "ok").then_some(&self.ended_well)
            }
            Notice::Said { sentence } => {
                if let Some(ahead) = &self.ahead {
                    ahead.tell(sentence);
                }
                None
            }
            Notice::Fetching { .. } => None,
        };
        if let Some(count) = count {
            count.fetch_add(1, Ordering::SeqCst);
        }
        self.to.notice(notice);
    }

    fn is_wanted(&self) -> bool {
        !self.unwanted.load(Ordering::SeqCst)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Of an answer that came there is nothing left to break off.
        self.0.unwanted.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_nobody_waits_for_is_unwanted_and_what_has_begun_is_told() {
        let counting = Arc::new(Counting::before(Arc::new(Unwatched), Arc::default(), None));
        let waiting = Waiting(Arc::clone(&counting));
        assert!(counting.is_wanted());
        assert_eq!(counting.goes_on(Language::English), None);
        let run = RunId::new();
        counting.notice(Notice::Run { run });
        assert_eq!(counting.runs.take(), BTreeSet::from([run]), "its answer may never come");
        let (first, second) = (OperationId::new(), OperationId::new());
        for (operation, what) in [(first, "starting VM 101"), (second, "starting VM 102")] {
            counting.notice(Notice::Started { operation, what: what.to_owned() });
        }
        counting.notice(Notice::Ended { operation: first, how: "ok".to_owned() });
        drop(waiting);
        assert!(!counting.is_wanted());
        let goes_on = "This has begun, and goes on: starting VM 102.";
        assert_eq!(counting.goes_on(Language::English).as_deref(), Some(goes_on));
        let goes_on = "Das hat begonnen und läuft weiter: starting VM 102.";
        assert_eq!(counting.goes_on(Language::German).as_deref(), Some(goes_on));
    }

    #[test]
    fn nothing_is_shown_of_an_answer_that_may_hold_a_pin_while_it_is_said() {
        for words in ["the code for the media server is four", "yes", "for too", "42"] {
            assert_eq!(so_far(words, true, true), None, "{words}");
            assert_eq!(so_far(words, false, true).as_deref(), Some(words));
        }
        let command = "start the media server";
        assert_eq!(so_far(command, true, false).as_deref(), Some(command));
        assert_eq!(so_far("four two", true, false).as_deref(), Some("••••"));
    }

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
            let counting = Counting::before(Arc::new(Unwatched), Arc::default(), None);
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
