//! From words to a command, and from a command's answer to words.

use std::collections::BTreeSet;
use std::sync::Arc;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{
    Answer, Choice, ChoiceOption, InvokeResult, Missing, Question, Watcher,
};
use jarvis_domain::{
    Clock, ClusterId, CommandName, Door, Explain, Fault, Invocation, Origin, Reply, RequestId,
    Risk, text,
};
use jarvis_sentences::{Fit, Match, Recognition, SentencesError, Slot, SlotValue};
use jarvis_skill_host::{Asker, SkillHost, Understanding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answers::{YesNo, asks_for_help, begins_with_yes, never_mind, pick, yes_or_no};
use crate::conversation::Open;
use crate::{AssistantError, Conversation, place};

/// The exit code of what waits for an answer ([`jarvis_domain::Row`]).
const WAITS: u8 = 4;

/// Understands words and acts on them.
#[derive(Debug, Clone)]
pub struct Assistant {
    host: Arc<SkillHost>,
    clock: Arc<dyn Clock>,
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
struct Meant {
    cluster: ClusterId,
    understanding: Understanding,
    best: Match,
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

/// Why words mean nothing for certain, and what they are nearly: to be asked about,
/// never to be acted on.
#[derive(Debug)]
struct Unclear {
    error: SentencesError,
    near: Option<Box<Meant>>,
}

type Spoken = Result<Said, Box<Fault>>;

impl Assistant {
    /// An assistant in front of `host`.
    #[must_use]
    pub fn new(host: Arc<SkillHost>, clock: Arc<dyn Clock>) -> Self {
        Self { host, clock }
    }

    /// Understands `heard`, in the light of `conversation`, and acts on it.
    pub async fn hear(
        &self,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: impl Into<Asker<'_>>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let asker = asker.into();
        let words = heard.words.trim();
        if words.is_empty() {
            return Err(AssistantError::Silence.fault());
        }
        if let Some(open) = conversation.take(self.clock.now())
            && let Some(spoken) = self.answer(open, heard, conversation, asker, &watcher).await
        {
            return spoken;
        }
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
        let meant = self.meant(words, heard.cluster.as_ref()).await?;
        self.act(meant, heard, conversation, asker, watcher).await
    }

    /// What each of `sentences` would be taken for; nothing runs.
    pub async fn recognize(&self, sentences: &[String]) -> Result<Vec<Understood>, Box<Fault>> {
        let understanding = self.host.understanding(self.host.cluster()).await?;
        let one = |words: &String| {
            let began = std::time::Instant::now();
            let best = best(words, &understanding).map_err(|(error, _)| error);
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
            Open::Confirmation(question) => match yes_or_no_at(asker.caller.door, words)? {
                YesNo::Yes => {
                    let answered =
                        self.host.confirm(question.id, asker, words, Arc::clone(watcher)).await;
                    // A yes that did not say to what: it may be said again.
                    if answered.as_ref().is_err_and(|fault| fault.exit == WAITS) {
                        conversation.ask(Open::Confirmation(question), self.clock.now());
                    }
                    Some(self.settle(answered, None, conversation))
                }
                YesNo::No => Some(
                    self.host
                        .decline(question.id, asker)
                        .await
                        .map(|()| Said::Dropped("Then I leave it as it is.".to_owned())),
                ),
            },
            Open::Choice(mut invocation, choice) => {
                let option = match (yes_or_no(words), choice.options.as_slice()) {
                    (Some(YesNo::No), _) => {
                        return Some(Ok(Said::Dropped("Then I leave it as it is.".to_owned())));
                    }
                    (Some(YesNo::Yes), [only]) => only,
                    _ => pick(words, &choice)?,
                };
                invocation.arguments.insert(choice.parameter.clone(), option.value.clone());
                Some(self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await)
            }
            Open::Value(mut invocation, missing) => {
                invocation.arguments.insert(missing.parameter, Value::String(words.to_owned()));
                Some(self.invoke(invocation, conversation, asker, Arc::clone(watcher)).await)
            }
        }
    }

    /// What `words` mean, and on which cluster: the one that the caller or the
    /// words name, else the main one. Where they mean nothing there and
    /// something on exactly one other, they mean that. What they are nearly counts
    /// only where they mean nothing at all.
    async fn meant(&self, words: &str, said: Option<&ClusterId>) -> Result<Meant, Box<Fault>> {
        if let Some(cluster) = said {
            return self.meant_on(cluster, words).await?.or_else(Unclear::or_near);
        }
        let main = self.host.cluster();
        let others: Vec<&ClusterId> = self
            .host
            .clusters()
            .map(|(cluster, _)| cluster)
            .filter(|other| *other != main)
            .collect();
        if others.is_empty() {
            return self.meant_on(main, words).await?.or_else(Unclear::or_near);
        }
        let mut not_there = None;
        if let Some(named) = place::named(words, self.host.clusters()) {
            match self.meant_on(&named.cluster, &named.words).await? {
                Ok(meant) => return Ok(meant),
                // Whoever names a cluster does not mean another; but the main
                // one may have something of its own name.
                Err(unclear) if named.cluster == *main => not_there = Some(unclear),
                Err(unclear) => return unclear.or_near(),
            }
        }
        let here = match self.meant_on(main, words).await? {
            Ok(meant) => return Ok(meant),
            Err(unclear) => not_there.unwrap_or(unclear),
        };
        let mut found = Vec::new();
        for cluster in others {
            match self.meant_on(cluster, words).await {
                Ok(Ok(meant)) => found.push(meant),
                Ok(Err(_)) => {}
                // Who knows what that one has.
                Err(_) => return Err(here.error.fault()),
            }
        }
        match found.pop() {
            Some(only) if found.is_empty() => Ok(only),
            None => here.or_near(),
            Some(_) => Err(here.error.fault()),
        }
    }

    /// What `words` mean on `cluster`, or that they mean nothing for certain there.
    ///
    /// # Errors
    /// It cannot be known: the cluster is silent.
    async fn meant_on(
        &self,
        cluster: &ClusterId,
        words: &str,
    ) -> Result<Result<Meant, Unclear>, Box<Fault>> {
        let understanding = self.host.understanding(cluster).await?;
        let (best, near) = match best(words, &understanding) {
            Ok(best) => (Ok(best), None),
            Err((error, near)) => (Err(error), near),
        };
        let meant = |best| Meant { cluster: cluster.clone(), understanding, best };
        Ok(match (best, near) {
            (Ok(best), _) => Ok(meant(best)),
            (Err(error), near) => {
                Err(Unclear { error, near: near.map(|near| Box::new(meant(*near))) })
            }
        })
    }

    async fn act(
        &self,
        Meant { cluster, understanding, best }: Meant,
        heard: &Heard,
        conversation: &mut Conversation,
        asker: Asker<'_>,
        watcher: Arc<dyn Watcher>,
    ) -> Spoken {
        let catalog = self.host.catalog();
        let interrupts =
            catalog.command(&best.command).is_none_or(|(_, spec)| spec.risk == Risk::Destructive);
        let (arguments, open) = arguments(&best, interrupts);
        let invocation = Invocation {
            request: RequestId::new(),
            cluster,
            command: best.command.clone(),
            arguments,
            origin: Origin::Template,
            locale: heard.locale.clone(),
            words: Some(heard.words.clone()),
            confirmed: heard.confirmed,
        };
        if let Some(slot) = open {
            let mut choice = choice(slot, &understanding.snapshot);
            if invocation.cluster != *self.host.cluster() {
                choice.text = format!("In {}: {}", invocation.cluster, choice.text);
            }
            conversation.ask(Open::Choice(invocation, choice.clone()), self.clock.now());
            return Ok(Said::Choice(choice));
        }
        self.invoke(invocation, conversation, asker, watcher).await
    }

    async fn invoke(
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
    fn settle(
        &self,
        answered: InvokeResult,
        invocation: Option<Invocation>,
        conversation: &mut Conversation,
    ) -> Spoken {
        let now = self.clock.now();
        Ok(match (answered?, invocation) {
            (Answer::Reply(reply), _) => Said::Reply(reply),
            (Answer::Question(question), _) => {
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

impl Unclear {
    /// What the words are nearly, to be asked about; the error where they are nothing.
    fn or_near(self) -> Result<Meant, Box<Fault>> {
        self.near.map(|near| *near).ok_or_else(|| self.error.fault())
    }
}

/// The best match for `words`; else why there is none, and what they are nearly.
fn best(
    words: &str,
    understanding: &Understanding,
) -> Result<Match, (SentencesError, Option<Box<Match>>)> {
    let heard = || SentencesError::cut(words);
    let error = match understanding.sentences.recognize(words, &understanding.names) {
        Recognition::Matched { matches } => match matches.into_iter().next() {
            Some(best) => return Ok(best),
            None => SentencesError::Unknown { heard: heard(), examples: Vec::new() },
        },
        Recognition::UnknownName(unknown) => {
            let heard = SentencesError::cut(&unknown.heard);
            let (kind, nearest) = (unknown.kind, unknown.nearest);
            return Err((SentencesError::NameUnknown { kind, heard, nearest }, unknown.meant));
        }
        Recognition::None { examples } => SentencesError::Unknown { heard: heard(), examples },
        Recognition::TooLong { characters } => SentencesError::TooLong { characters },
    };
    Err((error, None))
}

/// The arguments that are clear, and the first slot that is not.
fn arguments(best: &Match, interrupts: bool) -> (Map<String, Value>, Option<&Slot>) {
    let mut clear = Map::new();
    let mut open = None;
    for slot in &best.slots {
        match slot.value.json().filter(|_| !slot.is_open(interrupts)) {
            Some(value) => {
                clear.insert(slot.name.clone(), value);
            }
            None => open = open.or(Some(slot)),
        }
    }
    (clear, open)
}

/// The question which of several things a slot means, or whether the one.
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
    let heard = &slot.text;
    let text = match (slot.fit, labels.as_slice()) {
        (Fit::Near, [only]) => format!("Nothing is called {heard:?}. Did you mean {only}?"),
        (Fit::Near, all) => {
            format!("Nothing is called {heard:?}. Did you mean one of these: {}?", all.join(", "))
        }
        (_, [only]) => format!("By {heard:?}, do you mean {only}?"),
        (_, all) => format!("{heard:?} fits several. Which one: {}?", all.join(", ")),
    };
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
