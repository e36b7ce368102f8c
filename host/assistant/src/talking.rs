//! What no sentence fits, by a language model: whether there is one, its being
//! fetched, and what is remembered of a dialogue.

use std::sync::Arc;

use jarvis_domain::invocation::{Missing, Notice, Watcher};
use jarvis_domain::model::Fetched;
use jarvis_domain::{Explain, Fault, Invocation, Role, RunId, say};
use jarvis_sentences::{LEAST_MASKED, masked_answer};
use jarvis_skill_host::Asker;

use crate::assistant::Spoken;
use crate::conversation::Open as Question;
use crate::dialogue::Last;
use crate::talk::{Asked, Ended, Kept, Known, LOOK, Open, Turn};
use crate::{Assistant, AssistantError, Conversation, Heard, Said, Talker, place};

/// The code of a model that calls no tools (`jarvis_ollama`).
const NO_TOOLS: &str = "ollama-no-tools";
/// What a person is asked for who is to say yes to something.
pub(crate) const CONSENT: &str = "consent";
/// The most that is remembered of one answer, characters.
const LONGEST: usize = 2_000;

impl Assistant {
    /// Asks the language model. Where there is none, or none answers,
    /// `not_understood` is what a person is told, with that beside it.
    pub(crate) async fn talk(
        &self,
        not_understood: Box<Fault>,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let Some(talker) = &self.talker else { return Err(not_understood) };
        let known = async { Ok(talker.known(self.clock.as_ref()).await) };
        match self.wanted(known, &watcher).await? {
            Known::Ready(able) => {
                let told = self.turn(talker, able.tools, heard, conversation, asker, watcher).await;
                if told
                    .as_ref()
                    .is_err_and(|fault| fault.code != AssistantError::BrokenOff.row().code)
                {
                    talker.forget();
                }
                told
            }
            Known::Missing if asker.caller.role >= Some(Role::Operator) => {
                let model = talker.model.name();
                let text = say!(
                    heard.language(),
                    en: "I did not understand that, and do not have the language model {model} yet. Shall I fetch it? That may be some gigabytes.",
                    de: "Das war nicht zu verstehen, und das Sprachmodell {model} ist noch nicht da. Soll es geholt werden? Das sind womöglich einige Gigabyte.",
                );
                conversation.ask(Question::Fetch(heard.clone()), self.clock.now());
                Ok(Said::Missing(Missing { parameter: CONSENT.to_owned(), text }))
            }
            Known::Missing => {
                let cause = format!("the language model {} is not there", talker.model.name());
                Err(Box::new(not_understood.with_cause(cause)))
            }
            Known::Silent(fault) => Err(Box::new(not_understood.with_cause(fault.to_string()))),
        }
    }

    /// One turn of the model.
    async fn turn(
        &self,
        talker: &Talker,
        with_tools: bool,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        // What it does is not what the last sentence meant.
        conversation.last = None;
        let caller = asker.caller;
        let named = place::named(heard.words.trim(), self.host.clusters(), heard.language());
        let cluster = match (&heard.cluster, named) {
            (Some(cluster), _) => cluster.clone(),
            (None, Some(named)) => named.cluster,
            (None, None) => self.host.cluster().clone(),
        };
        let snapshot = self.host.understanding(&cluster, heard.language()).await?.snapshot;
        let begin = || {
            let (cluster, snapshot) = (cluster.clone(), Arc::clone(&snapshot));
            let (words, locale) = (heard.words.trim(), heard.locale.as_str());
            let watcher = Arc::clone(&watcher);
            let asked = Asked { words, locale, cluster, snapshot, asker, watcher };
            Turn::new(talker, &self.host, self.clock.as_ref(), asked)
        };
        let kept = Kept::begin(heard, cluster.clone(), caller, self.clock.as_ref());
        let (mut ended, mut run) = begin().run(&conversation.history, with_tools).await;
        // What it is able to do was not told rightly: it can still answer.
        if with_tools && ended.as_ref().is_err_and(|fault| fault.code == NO_TOOLS) {
            (ended, run) = begin().run(&conversation.history, false).await;
        }
        let turn = kept.as_ref().map(Kept::run);
        if let Some(kept) = kept {
            kept.end(&ended, run, &self.host, watcher.as_ref()).await;
        }
        match ended? {
            Ended::Told { told, exchange, did } => {
                conversation.history.add(exchange, talker.kept);
                conversation.last = Last::of(self.all_ran(heard, turn, did));
                Ok(Said::Told(told))
            }
            Ended::Open(open) => {
                let Open { answer, invocation, done, did } = *open;
                let mut all = self.all_ran(heard, turn, did);
                all.push(self.ran(heard, invocation.clone(), None));
                conversation.last = Last::of(all);
                let said = self.settle(Ok(answer), Some(invocation.into()), conversation)?;
                Ok(if done.is_empty() { said } else { said.behind(&done) })
            }
        }
    }

    /// A turn of a model and what it changed: why it said that can be asked, and the
    /// rest be undone.
    fn all_ran(
        &self,
        heard: &Heard,
        turn: Option<(Invocation, RunId)>,
        did: Vec<(Invocation, RunId)>,
    ) -> Vec<Last> {
        let all = turn.into_iter().chain(did);
        all.map(|(invocation, run)| self.ran(heard, invocation, Some(run))).collect()
    }

    /// What a model had run, or has waiting.
    fn ran(&self, heard: &Heard, invocation: Invocation, run: Option<RunId>) -> Last {
        Last {
            words: heard.words.clone(),
            invocation,
            later: None,
            named: Vec::new(),
            passed_over: None,
            run,
            at: self.clock.now(),
            before: Vec::new(),
        }
    }

    /// A person said yes to fetching the model; what they had said is then
    /// asked about.
    pub(crate) async fn fetch(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Spoken {
        if asker.caller.role < Some(Role::Operator) {
            return Err(AssistantError::MayNotFetch.fault());
        }
        let Some(talker) = &self.talker else { return Err(AssistantError::MayNotFetch.fault()) };
        let tell = |Fetched { doing, bytes }: Fetched| {
            let percent = bytes.and_then(|(there, all)| (there * 100).checked_div(all));
            let percent = percent.and_then(|percent| u8::try_from(percent).ok());
            watcher.notice(Notice::Fetching { doing, percent });
        };
        self.wanted(talker.model.fetch(&tell), watcher).await?;
        talker.forget();
        let watcher = Arc::clone(watcher);
        self.turn(talker, true, heard, conversation, asker, watcher).await
    }

    /// Waits for `work` while anybody waits for the answer.
    async fn wanted<T>(
        &self,
        work: impl Future<Output = Result<T, Box<Fault>>>,
        watcher: &Arc<dyn Watcher>,
    ) -> Result<T, Box<Fault>> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.clock.sleep(LOOK) => {
                    if !watcher.is_wanted() {
                        return Err(AssistantError::BrokenOff.fault());
                    }
                }
            }
        }
    }

    /// Keeps what was said for the next turn of a model.
    pub(crate) fn remember(&self, heard: &Heard, spoken: &Spoken, conversation: &mut Conversation) {
        let Some(talker) = &self.talker else { return };
        let answer = match spoken {
            Ok(Said::Reply(reply)) => &reply.speech,
            Ok(Said::Question(question)) => &question.text,
            Ok(Said::Choice(choice)) => &choice.text,
            Ok(Said::Missing(missing)) if missing.parameter != CONSENT => &missing.text,
            Ok(Said::Dropped(text)) => text,
            // A turn remembers itself, and what went wrong is of no use to it.
            Ok(Said::Told(_) | Said::Missing(_)) | Err(_) => return,
        };
        let cut = |text: &str| jarvis_domain::text::cut(text, LONGEST);
        let words = heard.words.trim();
        let words = match self.host.pin() {
            Some(pin) if pin.is_tried(words, heard.language()) => {
                masked_answer(words, LEAST_MASKED)
            }
            _ => words.to_owned(),
        };
        conversation.history.add_answer(&cut(&words), &cut(answer), talker.kept);
    }
}
