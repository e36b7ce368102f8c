//! From words to a command, and from a command's answer to words.

use std::collections::BTreeSet;
use std::sync::Arc;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{
    Answer, Choice, ChoiceOption, Chosen, InvokeResult, Missing, Question, Watcher,
};
use jarvis_domain::{
    Clock, ClusterId, CommandName, Door, Explain, Fault, Invocation, Origin, Reply, RequestId,
    Risk, text,
};
use jarvis_sentences::{Match, Recognition, SentencesError, Slot, SlotValue};
use jarvis_skill_host::{Asker, SkillHost, Understanding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answers::{YesNo, asks_for_help, begins_with_yes, never_mind, pick, yes_or_no};
use crate::conversation::Open;
use crate::dialogue::left;
use crate::{AssistantError, Conversation, Talker, Told, place};

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
}

/// What words mean, and where.
#[derive(Debug)]
pub(crate) struct Meant {
    pub(crate) cluster: ClusterId,
    pub(crate) understanding: Understanding,
    pub(crate) best: Match,
    /// The words that mean it, without the cluster.
    pub(crate) words: String,
    /// What they would mean next best.
    pub(crate) runner_up: Option<CommandName>,
    /// How long it took to find out, microseconds.
    pub(crate) took_us: u64,
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

/// What words would be taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The match, or why there is none.
    pub best: Result<Match, SentencesError>,
    /// How long the matching took, microseconds, the inventory excluded.
    pub took_us: f64,
}

pub(crate) type Spoken = Result<Said, Box<Fault>>;

impl Meant {
    /// The command that this is, with these of its arguments.
    pub(crate) fn invocation(&self, arguments: Map<String, Value>, heard: &Heard) -> Invocation {
        Invocation {
            request: RequestId::new(),
            cluster: self.cluster.clone(),
            command: self.best.command.clone(),
            arguments,
            origin: Origin::Template,
            locale: heard.locale.clone(),
            words: Some(heard.words.clone()),
            confirmed: heard.confirmed,
            chosen: Some(Chosen::Sentence {
                template: self.best.template.clone(),
                runner_up: self.runner_up.clone(),
                took_us: self.took_us,
            }),
        }
    }
}

impl Assistant {
    /// An assistant in front of `host`.
    #[must_use]
    pub fn new(host: Arc<SkillHost>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock, talker: None }
    }

    /// The same, with a language model for what no sentence fits.
    #[must_use]
    pub fn with_talker(self, talker: Talker) -> Self {
        Self { talker: Some(talker), ..self }
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
        let words = heard.words.trim();
        if words.is_empty() {
            return Err(AssistantError::Silence.fault());
        }
        if let Some(open) = conversation.take(self.clock.now())
            && let Some(spoken) = self.answer(open, heard, conversation, asker, &watcher).await
        {
            return spoken;
        }
        conversation.next.clear();
        if never_mind(words) {
            return Ok(Said::Dropped("Nothing is going on that could be dropped.".to_owned()));
        }
        if yes_or_no(words).is_some() {
            return Err(AssistantError::NothingOpen(SentencesError::cut(words)).fault());
        }
        if asks_for_help(words) {
            let cluster = heard.cluster.as_ref().unwrap_or(self.host.cluster());
            return Ok(Said::Dropped(help(&self.host.understanding(cluster).await?)));
        }
        let not_understood = match self.meant(words, heard.cluster.as_ref()).await {
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
        if not_understood.code != NOT_UNDERSTOOD {
            return Err(not_understood);
        }
        self.talk(not_understood, heard, conversation, asker, watcher).await
    }

    /// What each of `sentences` would be taken for; nothing runs.
    pub async fn recognize(&self, sentences: &[String]) -> Result<Vec<Understood>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster()).await?;
        let one = |words: &String| {
            let began = std::time::Instant::now();
            let best = best(words, &understanding);
            Understood { best, took_us: began.elapsed().as_secs_f64() * 1e6 }
        };
        Ok(sentences.iter().map(one).collect())
    }

    /// What can be said aloud, at most `most` sentences: each command once, and
    /// those that only look with one name after another.
    pub async fn sayings(&self, most: usize) -> Result<Vec<String>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster()).await?;
        let catalog = self.host.catalog();
        let looks = |command: &CommandName| {
            catalog.command(command).is_some_and(|(_, spec)| spec.risk == Risk::Read)
        };
        Ok(understanding.sentences.sayings(&understanding.names, most, looks))
    }

    /// What nodes and guests are called, each once, the nodes first: a recogniser
    /// of speech that has room for a few keeps the first.
    pub async fn names(&self, most: usize) -> Result<Vec<String>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster()).await?;
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
        let words = heard.words.trim();
        if never_mind(words) && !matches!(open, Open::Confirmation(_)) {
            return Some(Ok(Said::Dropped("Dropped.".to_owned())));
        }
        match open {
            Open::Confirmation(question) if Self::corrects(heard) => {
                // Whoever means something else does not mean this.
                let declined = self.host.decline(question.id, asker).await;
                declined.err().map(Err)
            }
            Open::Confirmation(question) => match yes_or_no_at(asker.caller.door, words)? {
                YesNo::Yes => {
                    let answered =
                        self.host.confirm(question.id, asker, words, Arc::clone(watcher)).await;
                    // A yes that did not say to what: it may be said again.
                    if answered.as_ref().is_err_and(|fault| fault.exit == WAITS) {
                        conversation.ask(Open::Confirmation(question), self.clock.now());
                    }
                    match self.settle(answered, None, conversation) {
                        Ok(Said::Reply(reply)) if !conversation.next.is_empty() => {
                            Some(self.go_on(Some(reply), conversation, asker, watcher).await)
                        }
                        spoken => Some(spoken),
                    }
                }
                YesNo::No => {
                    let all = conversation.next.is_empty();
                    conversation.next.clear();
                    let text = match all {
                        true => "Then I leave it as it is.",
                        false => "Then I leave it as it is, and the rest of it too.",
                    };
                    let declined = self.host.decline(question.id, asker).await;
                    Some(declined.map(|()| Said::Dropped(text.to_owned())))
                }
            },
            Open::Choice(mut invocation, choice) => {
                let option = pick(words, &choice)?;
                invocation.arguments.insert(choice.parameter.clone(), option.value.clone());
                if let Some(last) = &mut conversation.last {
                    last.passed_over = Some(left(&choice, &option.value));
                    last.invocation = invocation.clone();
                }
                Some(self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await)
            }
            Open::Fetch(asked) => match yes_or_no(words)? {
                YesNo::Yes => Some(self.fetch(&asked, conversation, asker, watcher).await),
                YesNo::No => Some(Ok(Said::Dropped("Then I do without it.".to_owned()))),
            },
            Open::Value(mut invocation, missing) => {
                invocation.arguments.insert(missing.parameter, Value::String(words.to_owned()));
                Some(self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await)
            }
        }
    }

    /// What `words` mean, and on which cluster: the one that the caller or the
    /// words name, else the main one. Where they mean nothing there and
    /// something on exactly one other, they mean that.
    pub(crate) async fn meant(
        &self,
        words: &str,
        said: Option<&ClusterId>,
    ) -> Result<Meant, Box<Fault>> {
        if let Some(cluster) = said {
            return self.meant_on(cluster, words).await?.map_err(|error| error.fault());
        }
        let main = self.host.cluster();
        let others: Vec<&ClusterId> = self
            .host
            .clusters()
            .map(|(cluster, _)| cluster)
            .filter(|other| *other != main)
            .collect();
        if others.is_empty() {
            return self.meant_on(main, words).await?.map_err(|error| error.fault());
        }
        let mut not_there = None;
        if let Some(named) = place::named(words, self.host.clusters()) {
            match self.meant_on(&named.cluster, &named.words).await? {
                Ok(meant) => return Ok(meant),
                // Whoever names a cluster does not mean another; but the main
                // one may have something of its own name.
                Err(error) if named.cluster == *main => not_there = Some(error),
                Err(error) => return Err(error.fault()),
            }
        }
        let here = match self.meant_on(main, words).await? {
            Ok(meant) => return Ok(meant),
            Err(error) => not_there.unwrap_or(error),
        };
        let mut found = Vec::new();
        for cluster in others {
            match self.meant_on(cluster, words).await {
                Ok(Ok(meant)) => found.push(meant),
                Ok(Err(_)) => {}
                // Who knows what that one has.
                Err(_) => return Err(here.fault()),
            }
        }
        match found.pop() {
            Some(only) if found.is_empty() => Ok(only),
            _ => Err(here.fault()),
        }
    }

    /// What `words` mean on `cluster`, or that they mean nothing there.
    ///
    /// # Errors
    /// It cannot be known: the cluster is silent.
    async fn meant_on(
        &self,
        cluster: &ClusterId,
        words: &str,
    ) -> Result<Result<Meant, SentencesError>, Box<Fault>> {
        let understanding = self.host.understanding(cluster).await?;
        let began = std::time::Instant::now();
        let found = matches(words, &understanding);
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(found.map(|(best, others)| Meant {
            cluster: cluster.clone(),
            understanding,
            runner_up: others.into_iter().map(|other| other.command).find(|it| *it != best.command),
            best,
            words: words.to_owned(),
            took_us,
        }))
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
        let invocation = last.invocation.clone();
        conversation.last = Some(last);
        let (_, open) = arguments(&meant.best);
        if let Some(slot) = open {
            let mut choice = choice(slot, &meant.understanding.snapshot);
            if invocation.cluster != *self.host.cluster() {
                choice.text = format!("In {}: {}", invocation.cluster, choice.text);
            }
            conversation.ask(Open::Choice(invocation, choice.clone()), self.clock.now());
            return Ok(Said::Choice(choice));
        }
        self.invoke(invocation, conversation, asker, watcher).await
    }

    pub(crate) async fn invoke(
        &self,
        invocation: Invocation,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let answered = self.host.invoke(invocation.clone(), asker, watcher).await;
        self.settle(answered, Some(invocation), conversation)
    }

    /// Remembers what the host asked back.
    pub(crate) fn settle(
        &self,
        answered: InvokeResult,
        invocation: Option<Invocation>,
        conversation: &mut Conversation,
    ) -> Spoken {
        let now = self.clock.now();
        Ok(match (answered?, invocation) {
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
            (Answer::Choice(choice), invocation) => {
                if let Some(invocation) = invocation {
                    conversation.ask(Open::Choice(invocation, choice.clone()), now);
                }
                Said::Choice(choice)
            }
            (Answer::Missing(missing), invocation) => {
                if let Some(invocation) = invocation {
                    conversation.ask(Open::Value(invocation, missing.clone()), now);
                }
                Said::Missing(missing)
            }
        })
    }
}

/// A spoken yes says to what, which is the host's to check; nobody else's may
/// say more than that.
fn yes_or_no_at(door: Door, words: &str) -> Option<YesNo> {
    let spoken = door == Door::Voice && begins_with_yes(words);
    if spoken { Some(YesNo::Yes) } else { yes_or_no(words) }
}

/// The best match for `words`, or why there is none.
fn best(words: &str, understanding: &Understanding) -> Result<Match, SentencesError> {
    matches(words, understanding).map(|(best, _)| best)
}

/// The best match for `words` and the others, or why there is none.
fn matches(
    words: &str,
    understanding: &Understanding,
) -> Result<(Match, Vec<Match>), SentencesError> {
    let heard = || SentencesError::cut(words);
    match understanding.sentences.recognize(words, &understanding.names) {
        Recognition::Matched { matches } => {
            let mut matches = matches.into_iter();
            let best = matches
                .next()
                .ok_or_else(|| SentencesError::Unknown { heard: heard(), examples: Vec::new() })?;
            Ok((best, matches.collect()))
        }
        Recognition::UnknownName(unknown) => Err(SentencesError::NameUnknown {
            kind: unknown.kind,
            heard: SentencesError::cut(&unknown.heard),
            nearest: unknown.nearest,
        }),
        Recognition::None { examples } => Err(SentencesError::Unknown { heard: heard(), examples }),
        Recognition::TooLong { characters } => Err(SentencesError::TooLong { characters }),
    }
}

/// The arguments that are clear, and the first slot that is not.
pub(crate) fn arguments(best: &Match) -> (Map<String, Value>, Option<&Slot>) {
    let mut clear = Map::new();
    let mut open = None;
    for slot in &best.slots {
        match slot.value.json() {
            Some(value) => {
                clear.insert(slot.name.clone(), value);
            }
            None => open = open.or(Some(slot)),
        }
    }
    (clear, open)
}

/// The question which of several things a slot means.
fn choice(slot: &Slot, snapshot: &Snapshot) -> Choice {
    let options: Vec<ChoiceOption> = match &slot.value {
        SlotValue::Guest(guests) => guests
            .iter()
            .map(|vmid| ChoiceOption {
                value: json!(vmid.get()),
                label: snapshot
                    .guest(*vmid)
                    .map_or_else(|| vmid.to_string(), |guest| guest.called()),
            })
            .collect(),
        SlotValue::Node(nodes) => nodes.iter().map(|node| named(node.as_str())).collect(),
        SlotValue::Tag(tags) => tags.iter().map(|tag| named(tag)).collect(),
        _ => Vec::new(),
    };
    let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
    let text = format!("{:?} fits several. Which one: {}?", slot.text, labels.join(", "));
    Choice { parameter: slot.name.clone(), text, options }
}

fn named(name: &str) -> ChoiceOption {
    ChoiceOption { value: json!(name), label: name.to_owned() }
}

fn help(understanding: &Understanding) -> String {
    let examples = understanding.sentences.examples(&understanding.names, 12);
    let lines: Vec<String> = examples.iter().map(|example| format!("  {example}")).collect();
    format!("You can say, for example:\n{}", lines.join("\n"))
}
