//! One turn of a model: what it says, what it calls, and what of it a person
//! is told.
//!
//! A turn is *held* where a person asked for a change, a command was called
//! that makes one, or the model claims one: then nothing that it says is spoken.
//! At the end a held turn is told by what the commands answered, or as
//! "I changed nothing.", and the model's words are shown beside it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{Answer, Chosen, Notice, Watcher};
use jarvis_domain::model::{
    Chat, ChatMessage, ModelTurn, Piece, Saying, Tool, ToolCall, TurnFigures,
};
use jarvis_domain::{
    Clock, ClusterId, Explain, Fault, Invocation, Origin, Outcome, Reply, RequestId, Risk, RunId,
    text,
};
use jarvis_skill_host::{Asker, SkillHost};
use serde_json::json;

use super::claims::{asks_for_change, claims_change, is_known};
use super::sentences::Sentences;
use super::tools::Tools;
use super::{History, Talker, Told, arguments, prompt};
use crate::AssistantError;

/// How often a model may call tools and go on.
const ROUNDS: usize = 10;
/// How many calls of one round are answered.
const CALLS: usize = 16;
/// What it is told of the answers of one turn, bytes in all, and of each.
const RESULTS: usize = 24_000;
const RESULT: usize = 4_000;
/// What it may say in a turn, bytes.
const WORDS: usize = 32_000;
/// How long a turn may take in all.
const TIME: Duration = Duration::from_secs(300);
/// How often it is looked whether anybody still waits for the answer.
const LOOK: Duration = Duration::from_millis(100);
/// How long a piece may wait for the rest of its sentence.
const PAUSE: Duration = Duration::from_millis(700);
/// What is said where nothing was changed, though somebody wanted it or a model
/// says so.
const NOTHING: &str = "I changed nothing.";

/// Who asks a model, and about what.
pub(crate) struct Asked<'a> {
    pub(crate) words: &'a str,
    pub(crate) locale: &'a str,
    pub(crate) cluster: ClusterId,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) asker: Asker<'a>,
    pub(crate) watcher: Arc<dyn Watcher>,
}

/// How a turn ended.
pub(crate) enum Ended {
    /// With something to say, and with what is remembered of it.
    Told(Told, Vec<ChatMessage>),
    /// A person has to answer first; the command waits.
    Open(Box<Answer>, Box<Invocation>),
}

/// See the module.
pub(crate) struct Turn<'a> {
    talker: &'a Talker,
    host: &'a SkillHost,
    clock: &'a dyn Clock,
    asked: Asked<'a>,
    tools: Tools,
    /// Nothing that the model says is spoken.
    is_held: bool,
    sentences: Sentences,
    told: Vec<String>,
    /// All that it said.
    said: String,
    /// What was called already, by its tool and its arguments.
    called: HashSet<(String, String)>,
    /// What came of commands that change something.
    changes: Vec<Change>,
    runs: Vec<RunId>,
    /// Which round it is, and what it took.
    round: u32,
    figures: TurnFigures,
    room: usize,
    exchange: Vec<ChatMessage>,
}

/// What came of a command that changes something.
enum Change {
    Answered(Reply),
    Refused(Box<Fault>),
}

/// What came of one call.
enum Called {
    /// An answer for the model.
    Result(String),
    /// A person has to answer first.
    Open(Box<Answer>, Box<Invocation>),
}

impl<'a> Turn<'a> {
    pub(crate) fn new(
        talker: &'a Talker,
        host: &'a SkillHost,
        clock: &'a dyn Clock,
        asked: Asked<'a>,
    ) -> Self {
        Self {
            tools: Tools::of(&host.catalog(), asked.asker.caller.role),
            is_held: !is_known(asked.locale) || asks_for_change(asked.words),
            exchange: vec![ChatMessage::Person(asked.words.to_owned())],
            talker,
            host,
            clock,
            asked,
            sentences: Sentences::default(),
            told: Vec::new(),
            said: String::new(),
            called: HashSet::new(),
            changes: Vec::new(),
            runs: Vec::new(),
            round: 0,
            figures: TurnFigures::default(),
            room: RESULTS,
        }
    }

    /// Has the model answer, with tools where it is able to call them.
    pub(crate) async fn run(
        mut self,
        history: &History,
        with_tools: bool,
    ) -> Result<Ended, Box<Fault>> {
        let tools = if with_tools { self.tools.list() } else { Vec::new() };
        let mut messages = vec![ChatMessage::System(prompt::system(self.asked.locale))];
        messages.extend_from_slice(history.messages());
        messages.push(ChatMessage::Person(prompt::asked(self.asked.words, &self.asked.snapshot)));
        let until = self.clock.now().plus(TIME);
        for _ in 0..ROUNDS {
            if self.clock.now() >= until {
                break;
            }
            match self.round(&mut messages, &tools).await? {
                Some(Called::Open(answer, invocation)) => {
                    return Ok(Ended::Open(answer, invocation));
                }
                Some(Called::Result(_)) => {}
                None => return Ok(self.end()),
            }
        }
        self.said.push_str("\n\n(It was stopped: it would have called one tool after another.)");
        Ok(self.end())
    }

    /// One round: what it says, and the answers to what it calls. None at the
    /// end.
    async fn round(
        &mut self,
        messages: &mut Vec<ChatMessage>,
        tools: &[Tool],
    ) -> Result<Option<Called>, Box<Fault>> {
        self.round += 1;
        let chat = Chat { messages: messages.clone(), tools: tools.to_vec() };
        let turn = self.listen(&chat).await?;
        let calls = turn.calls.clone();
        self.put(messages, ChatMessage::Model(turn));
        if calls.is_empty() {
            return Ok(None);
        }
        let mut open = None;
        for call in calls {
            let text = match &open {
                // A person is asked one thing at a time.
                Some(_) => "not run: the person has to answer another question first".to_owned(),
                None => match self.call(&call).await? {
                    Called::Result(text) => text,
                    waits => {
                        open = Some(waits);
                        "the host asks the person; it does not run before they answer".to_owned()
                    }
                },
            };
            let most = RESULT.min(self.room.max(200));
            let text = text::block(&text, most);
            self.room = self.room.saturating_sub(text.len());
            self.put(messages, ChatMessage::Result { tool: call.name, text });
        }
        Ok(Some(open.unwrap_or(Called::Result(String::new()))))
    }

    fn put(&mut self, messages: &mut Vec<ChatMessage>, message: ChatMessage) {
        messages.push(message.clone());
        self.exchange.push(message);
    }

    /// Listens to one round to its end, and tells what may be told.
    async fn listen(&mut self, chat: &Chat) -> Result<ModelTurn, Box<Fault>> {
        let mut saying = self.wanted(self.talker.model.chat(chat)).await?;
        let mut turn = ModelTurn::default();
        while let Some(piece) = self.piece(saying.as_mut()).await? {
            match piece {
                Piece::Thought(thought) => turn.thinking.push_str(&thought),
                Piece::Text(words) => {
                    turn.text.push_str(&words);
                    self.said.push_str(&words);
                    let whole = self.sentences.push(&words);
                    whole.iter().for_each(|sentence| self.tell(sentence));
                }
                Piece::Calls(calls) => turn.calls.extend(calls),
            }
            turn.calls.truncate(CALLS);
            if turn.text.len() + turn.thinking.len() > WORDS {
                break;
            }
        }
        self.figures = saying.figures();
        if let Some(rest) = self.sentences.flush() {
            self.tell(&rest);
        }
        if !turn.calls.is_empty() {
            self.said.push_str("\n\n");
        }
        // What is thought is of use to it while it calls tools.
        if turn.calls.is_empty() {
            turn.thinking.clear();
        }
        Ok(turn)
    }

    /// The next piece. Meanwhile what waits too long for the rest of its
    /// sentence is told.
    async fn piece(&mut self, saying: &mut dyn Saying) -> Result<Option<Piece>, Box<Fault>> {
        let mut next = saying.next();
        let mut pause = self.clock.sleep(PAUSE);
        let mut has_paused = false;
        loop {
            tokio::select! {
                biased;
                piece = &mut next => return piece,
                () = &mut pause, if !has_paused => {
                    has_paused = true;
                    if let Some(rest) = self.sentences.flush() {
                        self.tell(&rest);
                    }
                }
                () = self.clock.sleep(LOOK) => self.look()?,
            }
        }
    }

    /// Waits for `work` while anybody waits for the answer.
    async fn wanted<T>(
        &self,
        mut work: impl Future<Output = Result<T, Box<Fault>>> + Unpin,
    ) -> Result<T, Box<Fault>> {
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.clock.sleep(LOOK) => self.look()?,
            }
        }
    }

    fn look(&self) -> Result<(), Box<Fault>> {
        if self.asked.watcher.is_wanted() { Ok(()) } else { Err(AssistantError::BrokenOff.fault()) }
    }

    /// Tells one sentence, unless nothing that the model says is told any more.
    fn tell(&mut self, sentence: &str) {
        let before = self.told.last().map(String::as_str).unwrap_or_default();
        // A claim may be cut in two.
        self.is_held |= claims_change(sentence) || claims_change(&format!("{before} {sentence}"));
        let sentence = text::line(sentence, usize::MAX);
        if !self.is_held && !sentence.is_empty() {
            self.asked.watcher.notice(Notice::Said { sentence: sentence.clone() });
            self.told.push(sentence);
        }
    }

    async fn call(&mut self, call: &ToolCall) -> Result<Called, Box<Fault>> {
        let catalog = self.host.catalog();
        let found = self.tools.command(&call.name).cloned();
        let found = found.and_then(|command| {
            catalog.command(&command).map(|(_, spec)| (command, Arc::clone(spec)))
        });
        let Some((command, spec)) = found else {
            let name = text::shown(&call.name, 60);
            return Ok(Called::Result(format!("there is no tool {name:?}")));
        };
        let arguments = match arguments::repaired(&spec, &call.arguments) {
            Ok(arguments) => arguments,
            Err(why) => return Ok(Called::Result(why)),
        };
        let once = (command.to_string(), json!(arguments).to_string());
        if !self.called.insert(once) {
            let text = "this was called before, with the same arguments; its answer is above";
            return Ok(Called::Result(text.to_owned()));
        }
        let is_change = spec.risk > Risk::Read;
        self.is_held |= is_change;
        let invocation = Invocation {
            request: RequestId::new(),
            cluster: self.asked.cluster.clone(),
            command,
            arguments,
            origin: Origin::Model,
            locale: self.asked.locale.to_owned(),
            words: Some(self.asked.words.to_owned()),
            confirmed: false,
            chosen: Some(Chosen::Model {
                model: self.talker.model.name().to_owned(),
                round: self.round,
                figures: self.figures,
            }),
        };
        let watcher = Arc::clone(&self.asked.watcher);
        let answered = self.host.invoke(invocation.clone(), self.asked.asker, watcher).await;
        Ok(match answered {
            Ok(Answer::Reply(reply)) => {
                self.runs.push(reply.run);
                let result = result(&reply);
                if is_change {
                    self.changes.push(Change::Answered(reply));
                }
                Called::Result(result)
            }
            Ok(open) => Called::Open(Box::new(open), Box::new(invocation)),
            Err(fault) => {
                let result = json!({"error": fault.sentence, "hint": fault.hint}).to_string();
                if is_change {
                    self.changes.push(Change::Refused(fault));
                }
                Called::Result(result)
            }
        })
    }

    fn end(self) -> Ended {
        let ahead = self.told.len();
        let Self { is_held, told: mut sentences, said, changes, runs, mut exchange, .. } = self;
        let said = text::visible(said.trim());
        let outcome = changes.iter().filter_map(Change::outcome).max_by_key(|one| badness(*one));
        sentences.extend(changes.iter().map(Change::sentence));
        if outcome.is_none() && is_held {
            sentences.push(NOTHING.to_owned());
        }
        if sentences.is_empty() {
            sentences.push("I have no answer to that.".to_owned());
        }
        let detail = (is_held && !said.is_empty()).then_some(said);
        let told = Told { outcome, sentences, ahead, detail, runs };
        // It is told again what was really said, and not what it made up.
        if is_held && let Some(ChatMessage::Model(last)) = exchange.last_mut() {
            last.text = told.speech();
        }
        Ended::Told(told, exchange)
    }
}

impl Change {
    fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Answered(reply) => Some(reply.outcome),
            Self::Refused(_) => None,
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Answered(reply) => reply.speech.clone(),
            Self::Refused(fault) => format!("That did not go: {}.", fault.sentence),
        }
    }
}

/// What is worse is told of several.
fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NothingChanged => 0,
        Outcome::Scheduled => 1,
        Outcome::Done => 1,
        Outcome::Started => 2,
        Outcome::Unknown => 3,
        Outcome::Failed => 4,
    }
}

/// What a model is told of an answer.
fn result(reply: &Reply) -> String {
    let detail = reply.detail.as_deref().map(|detail| text::block(detail, RESULT / 2));
    let mut result = json!({"outcome": reply.outcome, "said": reply.speech});
    if let (Some(detail), Some(result)) = (detail, result.as_object_mut()) {
        result.insert("detail".to_owned(), detail.into());
    }
    result.to_string()
}
