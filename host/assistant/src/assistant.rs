//! From words to a command, and from a command's answer to words.

mod beside;
mod meaning;

use std::collections::BTreeSet;
use std::sync::Arc;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{
    Answer, Choice, ChoiceOption, InvokeResult, Missing, Question, Watcher,
};
use jarvis_domain::{
    Clock, ClusterId, CommandName, Door, Explain, Fault, Invocation, Language, Reply, Risk, say,
    text,
};
use jarvis_sentences::{Fit, Match, Pin, SentencesError, Slot, SlotValue, masked, may_be_pin};
use jarvis_skill_host::{Asker, ForLater, SkillHost, Understanding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::announce::Announcements;
use crate::answers::{
    YesNo, asks_for_help, begins_with_no, begins_with_yes, never_mind, pick, takes_back, yes_or_no,
};
use crate::conversation::{Open, Pending};
use crate::dialogue::{Last, left};
use crate::follow::follow;
use crate::times::Later;
use crate::{AssistantError, Conversation, Talker, Told};

pub(crate) use meaning::Meant;
use meaning::matches;

/// The exit code of what waits for an answer ([`jarvis_domain::Row`]).
const WAITS: u8 = 4;
/// The code of what fits no sentence (`jarvis_sentences`).
const NOT_UNDERSTOOD: &str = "sentences-unknown";
/// The code of what names something that there is not.
const NAME_UNKNOWN: &str = "sentences-name-unknown";

/// Understands words and acts on them.
#[derive(Debug, Clone)]
pub struct Assistant {
    pub(crate) host: Arc<SkillHost>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Who is asked what no sentence fits.
    pub(crate) talker: Option<Talker>,
    announcements: Option<Arc<Announcements>>,
}

/// Words, and how they came.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The words.
    pub words: String,
    /// BCP 47.
    pub locale: String,
    /// The caller said yes in advance.
    pub confirmed: bool,
    /// The cluster that is meant, if the caller says so beside the words.
    pub cluster: Option<ClusterId>,
    /// Where they were said: what a timer's end is told to.
    pub place: Option<String>,
}

impl Heard {
    /// The language that they are in, and are answered in.
    pub(crate) fn language(&self) -> Language {
        Language::of(&self.locale)
    }
}

/// What the assistant says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "said", content = "value")]
pub enum Said {
    /// A command ran.
    Reply(Reply),
    /// A destructive command waits for a yes.
    Question(Question),
    /// Several things fit; it waits for one to be picked.
    Choice(Choice),
    /// A value is missing.
    Missing(Missing),
    /// What came of words that a language model was asked about.
    Told(Told),
    /// Something was dropped or explained; nothing ran.
    Dropped(String),
}

impl Said {
    /// The same, behind what was `done` before.
    pub(crate) fn behind(mut self, done: &str) -> Self {
        let text = match &mut self {
            Self::Reply(reply) => &mut reply.speech,
            Self::Question(question) => &mut question.text,
            Self::Choice(choice) => &mut choice.text,
            Self::Missing(missing) => &mut missing.text,
            Self::Dropped(text) => text,
            Self::Told(told) => {
                told.sentences.insert(0, done.to_owned());
                return self;
            }
        };
        *text = format!("{done} {text}");
        self
    }
}

/// What words would be taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The match, or why there is none.
    pub best: Result<Match, SentencesError>,
    /// How long the matching took, microseconds, the inventory excluded.
    pub took_us: f64,
}

pub(crate) type Spoken = Result<Said, Box<Fault>>;

impl Assistant {
    /// An assistant in front of `host`.
    #[must_use]
    pub fn new(host: Arc<SkillHost>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock, talker: None, announcements: None }
    }

    /// The same, with a language model for what no sentence fits.
    #[must_use]
    pub fn with_talker(self, talker: Talker) -> Self {
        Self { talker: Some(talker), ..self }
    }

    /// The same, which knows what was announced.
    #[must_use]
    pub fn with_announcements(self, announcements: Arc<Announcements>) -> Self {
        Self { announcements: Some(announcements), ..self }
    }

    /// Understands `heard`, in the light of `conversation`, and acts on it.
    pub async fn hear(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let spoken = self.understand(heard, conversation, asker.into(), watcher).await;
        let spoken = spoken.map_err(|fault| Box::new(fault.in_language(heard.language())));
        self.remember(heard, &spoken, conversation);
        spoken
    }

    async fn understand(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let (words, language) = (heard.words.trim(), heard.language());
        if words.is_empty() {
            return Err(AssistantError::Silence.fault());
        }
        if let Some(said) = self.about_announcements(words, heard, conversation) {
            return Ok(said);
        }
        if let Some(open) = conversation.take(self.clock.now())
            && let Some(spoken) = self.answer(open, heard, conversation, asker, &watcher).await
        {
            return spoken;
        }
        conversation.next.clear();
        // A PIN that comes too late goes to nobody, and is not repeated.
        let is_spoken = asker.caller.door == Door::Voice;
        let comes_late = |pin: &Pin| {
            may_be_pin(words)
                && (pin.is_among(words, language) || follow(words, language).is_none())
        };
        if is_spoken && self.host.pin().is_some_and(comes_late) {
            return Err(AssistantError::NothingOpen(masked(words)).fault());
        }
        if never_mind(words, language) {
            return Ok(Said::Dropped(say!(
                language,
                en: "Nothing is going on that could be dropped.",
                de: "Es läuft nichts, was sich abbrechen ließe.",
            )));
        }
        if yes_or_no(words, language).is_some() {
            return Err(AssistantError::NothingOpen(SentencesError::cut(words)).fault());
        }
        if asks_for_help(words, language) {
            let cluster = heard.cluster.as_ref().unwrap_or(self.host.cluster());
            let understanding = self.host.understanding(cluster, language).await?;
            return Ok(Said::Dropped(help(&understanding, language)));
        }
        if let Some(spoken) = self.of_timers(heard, conversation, asker).await {
            return spoken;
        }
        // "What about the web server" by itself is a look at it; behind a change it is not.
        if self.asks_behind_a_change(heard, conversation)
            && let Some(spoken) = self.lean(heard, conversation, asker, &watcher).await
        {
            return spoken;
        }
        let not_understood = match self.meant_in_time(words, heard.cluster.as_ref(), language).await
        {
            Ok(meant) => return self.act(meant, heard, conversation, asker, watcher).await,
            Err(fault) if [NOT_UNDERSTOOD, NAME_UNKNOWN].contains(&fault.code.as_str()) => fault,
            Err(fault) => return Err(fault),
        };
        if let Some(spoken) = self.lean(heard, conversation, asker, &watcher).await {
            return spoken;
        }
        if let Some(spoken) = self.several(heard, conversation, asker, &watcher).await {
            return spoken;
        }
        if not_understood.code != NOT_UNDERSTOOD && !self.is_far(words, heard).await {
            return Err(not_understood);
        }
        self.talk(not_understood, heard, conversation, asker, watcher).await
    }

    /// What each of `sentences` in `language` would be taken for; nothing runs.
    pub async fn recognize(
        &self,
        sentences: &[String],
        language: Language,
    ) -> Result<Vec<Understood>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster(), language).await?;
        let one = |words: &String| {
            let began = std::time::Instant::now();
            let needs = |command: &CommandName, slot: &str| self.needs(command, slot);
            let found = matches(words, &understanding, needs);
            let best = found.map(|(best, _)| best).map_err(|(error, _)| error);
            Understood { best, took_us: began.elapsed().as_secs_f64() * 1e6 }
        };
        Ok(sentences.iter().map(one).collect())
    }

    /// What can be said aloud in `language`, at most `most` sentences: each command once,
    /// and those that only look with one name after another.
    pub async fn sayings(
        &self,
        most: usize,
        language: Language,
    ) -> Result<Vec<String>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster(), language).await?;
        let catalog = self.host.catalog();
        let looks = |command: &CommandName| {
            catalog.command(command).is_some_and(|(_, spec)| spec.risk == Risk::Read)
        };
        Ok(understanding.sentences.sayings(&understanding.names, most, looks))
    }

    /// What nodes and guests are called, each once, the nodes first: a recogniser
    /// of speech that has room for a few keeps the first.
    pub async fn names(&self, most: usize) -> Result<Vec<String>, Box<Fault>> {
        let language = Language::default();
        let understanding = self.host.understanding(self.host.cluster(), language).await?;
        let snapshot = &understanding.snapshot;
        let nodes = snapshot.nodes.iter().map(|node| node.name.to_string());
        let guests = snapshot.guests.iter().map(|guest| text::line(&guest.name, 60));
        let mut known = BTreeSet::new();
        let new = |name: &String| !name.is_empty() && known.insert(name.clone());
        Ok(nodes.chain(guests).filter(new).take(most).collect())
    }

    /// Takes the words as the answer to what is open. `None`: they are none.
    async fn answer(
        &self,
        open: Open,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: &Arc<dyn Watcher>,
    ) -> Option<Spoken> {
        let (words, language) = (heard.words.trim(), heard.language());
        let is_no = never_mind(words, language) || yes_or_no(words, language) == Some(YesNo::No);
        if is_no && matches!(open, Open::Choice(..) | Open::Timer(..) | Open::Value(..)) {
            // No timer is among what words lean on.
            if !matches!(open, Open::Timer(..)) {
                conversation.last = conversation.last.take().and_then(Last::without_newest);
            }
            return Some(Ok(Said::Dropped(say!(language, en: "Dropped.", de: "Abgebrochen."))));
        }
        match open {
            Open::Confirmation(question) if Self::corrects(heard) => {
                if !self.means_another(heard, conversation).await {
                    if begins_with_no(words, language) {
                        let left = self.leave(&question, conversation, asker, language).await;
                        return Some(left);
                    }
                    // "Wait a moment": it is still waited for.
                    conversation.ask(Open::Confirmation(question.clone()), self.clock.now());
                    return Some(Ok(Said::Question(question)));
                }
                // Whoever means something else does not mean this.
                let declined = self.host.decline(question.id, asker).await;
                declined.err().map(Err)
            }
            Open::Confirmation(question) => match self.yes_or_no_at(asker, words, language)? {
                YesNo::Yes => {
                    let answered =
                        self.host.confirm(question.id, asker, words, Arc::clone(watcher)).await;
                    // A yes that did not say to what: it may be said again.
                    if answered.as_ref().is_err_and(|fault| fault.exit == WAITS) {
                        conversation.ask(Open::Confirmation(question), self.clock.now());
                    }
                    match self.settle(answered, None, conversation) {
                        Ok(Said::Reply(reply)) if !conversation.next.is_empty() => Some(
                            self.go_on(Some(reply), conversation, asker, watcher, language).await,
                        ),
                        spoken => Some(spoken),
                    }
                }
                YesNo::No => Some(self.leave(&question, conversation, asker, language).await),
            },
            Open::Choice(mut pending, choice) => {
                let option = match (yes_or_no(words, language), choice.options.as_slice()) {
                    (Some(YesNo::No), _) => {
                        return Some(Ok(Said::Dropped(left_as_it_is(language))));
                    }
                    (Some(YesNo::Yes), [only]) => only,
                    _ => pick(words, &choice, language)?,
                };
                let arguments = &mut pending.invocation.arguments;
                arguments.insert(choice.parameter.clone(), option.value.clone());
                if let Some(later) = &mut pending.later {
                    later.rest = format!("{}, {}", later.rest, option.label);
                }
                if let Some(last) = &mut conversation.last {
                    last.passed_over = Some(left(&choice, &option.value));
                    last.invocation = pending.invocation.clone();
                }
                Some(self.run(pending, heard, conversation, asker, Arc::clone(watcher)).await)
            }
            Open::Timer(order, choice) => {
                let order = order.about(self.timer_picked(words, &choice, language)?);
                self.order(order, heard, conversation, asker).await
            }
            Open::Fetch(asked) => match yes_or_no(words, language)? {
                YesNo::Yes => Some(self.fetch(&asked, conversation, asker, watcher).await),
                YesNo::No => Some(Ok(Said::Dropped(say!(
                    language,
                    en: "Then I do without it.",
                    de: "Dann geht es ohne.",
                )))),
            },
            Open::Offer(last) => match yes_or_no(words, language)? {
                YesNo::Yes => Some(self.take_up(*last, heard, conversation, asker, watcher).await),
                YesNo::No => Some(Ok(Said::Dropped(left_as_it_is(language)))),
            },
            Open::Value(mut pending, missing) => {
                let value = Value::String(words.to_owned());
                pending.invocation.arguments.insert(missing.parameter, value);
                if let Some(last) = &mut conversation.last {
                    last.invocation = pending.invocation.clone();
                }
                Some(self.run(pending, heard, conversation, asker, Arc::clone(watcher)).await)
            }
        }
    }

    /// A spoken yes says to what, or a PIN, which is the host's to check; nobody else's
    /// may say more than that.
    fn yes_or_no_at(&self, asker: Asker<'_>, words: &str, language: Language) -> Option<YesNo> {
        let tries = |pin: &Pin| pin.is_tried(words, language) && !takes_back(words, language);
        let is_yes = || begins_with_yes(words, language) || self.host.pin().is_some_and(tries);
        let spoken = asker.caller.door == Door::Voice && is_yes();
        if spoken { Some(YesNo::Yes) } else { yes_or_no(words, language) }
    }

    /// A no to `question`, and with it to what would come after it.
    async fn leave(
        &self,
        question: &Question,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        language: Language,
    ) -> Spoken {
        let text = match conversation.next.is_empty() {
            true => left_as_it_is(language),
            false => say!(
                language,
                en: "Then I leave it as it is, and the rest of it too.",
                de: "Dann bleibt alles, wie es ist, auch der Rest.",
            ),
        };
        conversation.next.clear();
        conversation.last = conversation.last.take().and_then(Last::without_newest);
        self.host.decline(question.id, asker).await?;
        Ok(Said::Dropped(text))
    }

    pub(crate) async fn act(
        &self,
        meant: Meant,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let last = self.last_of(&meant, heard);
        let (invocation, later) = (last.invocation.clone(), last.later.clone());
        let pending = Pending { invocation, later };
        conversation.last = Some(last);
        let (_, open) = self.clear(&meant);
        if let Some(slot) = open {
            let mut choice = choice(slot, &meant.understanding.snapshot, heard.language());
            let cluster = &pending.invocation.cluster;
            if cluster != self.host.cluster() {
                choice.text = format!("In {cluster}: {}", choice.text);
            }
            conversation.ask(Open::Choice(pending, choice.clone()), self.clock.now());
            return Ok(Said::Choice(choice));
        }
        self.run(pending, heard, conversation, asker, watcher).await
    }

    /// Has it run at its time, or at once where it has none.
    pub(crate) async fn run(
        &self,
        pending: Pending,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let invocation = pending.invocation.clone();
        let answered = match pending.later.clone() {
            None => self.host.invoke(invocation, asker, watcher).await,
            Some(Later { due, rest }) => {
                let place = heard.place.clone();
                let later = ForLater { invocation, due, words: Some(rest), place };
                self.host.invoke_later(later, asker, watcher).await
            }
        };
        self.settle(answered, Some(pending), conversation)
    }

    pub(crate) async fn invoke(
        &self,
        invocation: Invocation,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let answered = self.host.invoke(invocation.clone(), asker, watcher).await;
        self.settle(answered, Some(invocation.into()), conversation)
    }

    /// Remembers what the host asked back.
    pub(crate) fn settle(
        &self,
        answered: InvokeResult,
        pending: Option<Pending>,
        conversation: &mut Conversation,
    ) -> Spoken {
        let now = self.clock.now();
        Ok(match (answered?, pending) {
            (Answer::Reply(reply), _) => {
                if let Some(last) = &mut conversation.last {
                    last.run = Some(reply.run);
                }
                Said::Reply(reply)
            }
            (Answer::Question(question), _) => {
                if let Some(last) = &mut conversation.last {
                    last.run = Some(question.run);
                }
                conversation.ask(Open::Confirmation(question.clone()), now);
                Said::Question(question)
            }
            (Answer::Choice(choice), pending) => {
                if let Some(pending) = pending {
                    conversation.ask(Open::Choice(pending, choice.clone()), now);
                }
                Said::Choice(choice)
            }
            (Answer::Missing(missing), pending) => {
                if let Some(pending) = pending {
                    conversation.ask(Open::Value(pending, missing.clone()), now);
                }
                Said::Missing(missing)
            }
        })
    }
}

fn left_as_it_is(language: Language) -> String {
    say!(language, en: "Then I leave it as it is.", de: "Dann bleibt alles, wie es ist.")
}

/// The question which of several things a slot means, or whether the one.
fn choice(slot: &Slot, snapshot: &Snapshot, language: Language) -> Choice {
    let options: Vec<ChoiceOption> = match &slot.value {
        SlotValue::Guest(guests) => guests
            .iter()
            .map(|vmid| ChoiceOption {
                value: json!(vmid.get()),
                label: snapshot
                    .guest(*vmid)
                    .map_or_else(|| vmid.to_string(), |guest| guest.called_in(language)),
            })
            .collect(),
        SlotValue::Node(nodes) => nodes.iter().map(|node| named(node.as_str())).collect(),
        SlotValue::Tag(tags) => tags.iter().map(|tag| named(tag)).collect(),
        _ => Vec::new(),
    };
    let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
    let heard = &slot.text;
    let text = match (slot.fit, labels.as_slice()) {
        (Fit::Near, [only]) => say!(
            language,
            en: "Nothing is called {heard:?}. Did you mean {only}?",
            de: "Nichts heißt {heard:?}. Ist {only} gemeint?",
        ),
        (Fit::Near, all) => {
            let all = all.join(", ");
            say!(
                language,
                en: "Nothing is called {heard:?}. Did you mean one of these: {all}?",
                de: "Nichts heißt {heard:?}. Ist eines davon gemeint: {all}?",
            )
        }
        (_, [only]) => say!(
            language,
            en: "By {heard:?}, do you mean {only}?",
            de: "Ist mit {heard:?} {only} gemeint?",
        ),
        (_, all) => {
            let all = all.join(", ");
            say!(
                language,
                en: "{heard:?} fits several. Which one: {all}?",
                de: "{heard:?} passt auf mehrere. Welches ist gemeint: {all}?",
            )
        }
    };
    Choice { parameter: slot.name.clone(), text, options }
}

fn named(name: &str) -> ChoiceOption {
    ChoiceOption { value: json!(name), label: name.to_owned() }
}

fn help(understanding: &Understanding, language: Language) -> String {
    let examples = understanding.sentences.examples(&understanding.names, 12);
    let lines: Vec<String> = examples.iter().map(|example| format!("  {example}")).collect();
    let lines = lines.join("\n");
    say!(language, en: "You can say, for example:\n{lines}", de: "Zum Beispiel geht:\n{lines}")
}
