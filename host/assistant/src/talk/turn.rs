//! One turn of a model: what it says, what it calls, and what of it a person
//! is told.
//!
//! A turn is *held* where a person asked for a change: nothing that the model
//! says is spoken. To all else it is given no tool that changes anything, and
//! the turn is held from where it claims a change all the same. At the end a
//! held turn is told by what the commands answered, or as "I changed nothing.",
//! and the model's words are shown beside it.

mod came_of;
mod noting;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{Answer, Chosen, Notice, Watcher};
use jarvis_domain::model::{
    Chat, ChatMessage, ModelTurn, Piece, Room, Saying, Stop, Tool, ToolCall,
};
use jarvis_domain::run::{ModelCall, ModelRound, ModelRun};
use jarvis_domain::{
    Clock, ClusterId, CommandName, Explain, Fault, Invocation, Language, Origin, Outcome, Reply,
    RequestId, Risk, Role, RunId, Timestamp, say, text,
};
use jarvis_skill_host::{Asker, SkillHost};
use serde_json::json;

use super::budget::Budget;
use super::claims::{asks_for_change, claims_change, is_known};
use super::sentences::Sentences;
use super::tools::Tools;
use super::{History, Talker, Told, arguments, prompt};
use crate::AssistantError;
use crate::tell::writes;
use came_of::{Change, Cut};
use noting::Noting;

/// How often a model may call tools and go on.
const ROUNDS: usize = 10;
/// How many calls of one round are answered, and how many commands of one turn
/// may change something: one sentence of a person's asks for a few.
const CALLS: usize = 16;
const CHANGES: usize = 3;
/// What it is told of the answers of one turn, bytes in all (each has a few even
/// then), and of each.
const RESULTS: usize = 24_000;
const RESULT: usize = 4_000;
/// How many answers of commands that only look are said in place of the model's.
const LOOKS: usize = 3;
/// What it may say in a turn, bytes.
const WORDS: usize = 32_000;
/// How long a turn may take in all.
const TIME: Duration = Duration::from_secs(300);
/// How often it is looked whether anybody still waits for the answer.
pub(crate) const LOOK: Duration = Duration::from_millis(100);
/// How long a piece may wait for the rest of its sentence.
const PAUSE: Duration = Duration::from_millis(700);
/// How much of a tool's name is shown that there is not, characters.
const SHOWN: usize = 60;

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
    /// With something to say.
    Told {
        told: Told,
        /// What is remembered of it.
        exchange: Vec<ChatMessage>,
        /// The commands that changed something, and their runs.
        did: Vec<(Invocation, RunId)>,
    },
    /// A person has to answer first; the command waits.
    Open(Box<Open>),
}

/// What a person has to answer, and what was done before.
pub(crate) struct Open {
    pub(crate) answer: Answer,
    pub(crate) invocation: Invocation,
    pub(crate) done: String,
    /// The commands that changed something before, and their runs.
    pub(crate) did: Vec<(Invocation, RunId)>,
}

/// See the module.
pub(crate) struct Turn<'a> {
    talker: &'a Talker,
    host: &'a SkillHost,
    clock: &'a dyn Clock,
    asked: Asked<'a>,
    tools: Tools,
    /// A change was asked for.
    wishes: bool,
    /// Nothing that the model says is spoken.
    is_held: bool,
    sentences: Sentences,
    told: Vec<String>,
    /// All that it said.
    said: String,
    /// What was called already, by its tool and its arguments.
    called: HashSet<(String, String)>,
    /// What came of commands that change something, and what others said.
    changes: Vec<Change>,
    did: Vec<(Invocation, RunId)>,
    looks: Vec<String>,
    /// Commands that do something anew each time, and were called.
    once: HashSet<CommandName>,
    /// When it has to end, and why it was ended before it had.
    until: Timestamp,
    cut: Option<Cut>,
    runs: Vec<RunId>,
    /// What each round did and took.
    rounds: Vec<ModelRound>,
    room: usize,
    exchange: Vec<ChatMessage>,
}

/// What a model is told in a turn.
struct Telling<'h> {
    system: ChatMessage,
    tools: Vec<Tool>,
    history: &'h History,
    /// What was said since, by a person, the model and its tools.
    now: Vec<ChatMessage>,
    budget: Budget,
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
        let role = asked.asker.caller.role;
        let wishes = asks_for_change(asked.words);
        // Whatever a model makes of a name that it reads, a question changes
        // nothing.
        let most = if wishes { role } else { role.map(|role| role.min(Role::Viewer)) };
        Self {
            tools: Tools::of(&host.catalog(), most),
            is_held: !is_known(asked.locale) || wishes,
            wishes,
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
            did: Vec::new(),
            looks: Vec::new(),
            once: HashSet::new(),
            until: clock.now().plus(TIME),
            cut: None,
            runs: Vec::new(),
            rounds: Vec::new(),
            room: RESULTS,
        }
    }

    /// Has the model answer, with tools where it is able to call them. How that ended,
    /// and what the model did.
    pub(crate) async fn run(
        mut self,
        history: &History,
        with_tools: bool,
    ) -> (Result<Ended, Box<Fault>>, ModelRun) {
        let went = self.rounds(history, with_tools).await;
        let run = ModelRun {
            model: self.talker.model.name().to_owned(),
            rounds: std::mem::take(&mut self.rounds),
            told: 0,
            said: self.said.trim().chars().count(),
        };
        let ended = went.map(|open| match open {
            Some(open) => Ended::Open(Box::new(open)),
            None => self.end(),
        });
        (ended, run)
    }

    /// Round by round to its end, or to where a person has to answer.
    async fn rounds(
        &mut self,
        history: &History,
        with_tools: bool,
    ) -> Result<Option<Open>, Box<Fault>> {
        let tools = if with_tools { self.tools.list() } else { Vec::new() };
        let mut telling = Telling::new(&self.asked, self.talker.model.room(), history, tools);
        for _ in 0..ROUNDS {
            match self.round(&mut telling).await {
                Ok(Some(Called::Open(answer, invocation))) => {
                    let language = self.language();
                    let done = self.changes.iter().map(|change| change.sentence(language));
                    let done: Vec<String> = done.collect();
                    let (answer, invocation, done) = (*answer, *invocation, done.join(" "));
                    let did = std::mem::take(&mut self.did);
                    return Ok(Some(Open { answer, invocation, done, did }));
                }
                Ok(Some(Called::Result(_))) if self.cut.is_none() => {}
                Ok(_) => return Ok(None),
                // What was changed before is told all the same.
                Err(fault) if !self.changes.is_empty() => {
                    self.changes.push(Change::Refused(fault));
                    return Ok(None);
                }
                Err(fault) => return Err(fault),
            }
        }
        self.cut = Some(Cut::Calls);
        Ok(None)
    }

    /// One round: what it says, and the answers to what it calls. None at the
    /// end.
    async fn round(&mut self, telling: &mut Telling<'_>) -> Result<Option<Called>, Box<Fault>> {
        let chat = telling.chat().map_err(|error| error.fault())?;
        self.rounds.push(ModelRound::default());
        let began = Instant::now();
        let heard = self.listen(&chat, began).await;
        self.note(|round| round.took_us = micros(began));
        let turn = heard?;
        let calls = turn.calls.clone();
        self.put(telling, ChatMessage::Model(turn));
        if calls.is_empty() {
            return Ok(None);
        }
        let mut open = None;
        for call in calls {
            self.look()?;
            let tool = text::shown(&call.name, SHOWN);
            self.note(|round| round.calls.push(ModelCall { tool, run: None }));
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
            let text = telling.budget.cut(&text::block(&text, most), &telling.now);
            self.room = self.room.saturating_sub(text.len());
            self.put(telling, ChatMessage::Result { tool: call.name, text });
        }
        Ok(Some(open.unwrap_or(Called::Result(String::new()))))
    }

    fn put(&mut self, telling: &mut Telling<'_>, message: ChatMessage) {
        telling.now.push(message.clone());
        self.exchange.push(message);
    }

    /// Listens to one round to its end, and tells what may be told.
    async fn listen(&mut self, chat: &Chat, began: Instant) -> Result<ModelTurn, Box<Fault>> {
        let mut saying = self.wanted(self.talker.model.chat(chat)).await?;
        let mut turn = ModelTurn::default();
        while let Some(piece) = self.piece(saying.as_mut()).await? {
            self.look()?;
            self.note(|round| round.first_us = round.first_us.or(Some(micros(began))));
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
            if turn.text.len() + turn.thinking.len() > WORDS || self.clock.now() >= self.until {
                self.cut = Some(Cut::Length);
                break;
            }
        }
        let figures = saying.figures();
        self.note(|round| round.figures = figures);
        if figures.stop == Stop::Length {
            self.cut = Some(Cut::Room);
        }
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
                    if let Some(rest) = self.sentences.pause() {
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
        let sentence = text::line(sentence, usize::MAX);
        let before = self.told.last().map(String::as_str).unwrap_or_default();
        // A claim may be cut in two.
        self.is_held |= claims_change(&sentence) || claims_change(&format!("{before} {sentence}"));
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
            let name = text::shown(&call.name, SHOWN);
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
        if is_change && self.changes.len() >= CHANGES {
            let text = format!("not run: one sentence changes {CHANGES} things at most");
            return Ok(Called::Result(text));
        }
        if is_change && !spec.idempotent && !self.once.insert(command.clone()) {
            let text = "not run: it was called before, and would do it a second time";
            return Ok(Called::Result(text.to_owned()));
        }
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
                round: u32::try_from(self.rounds.len()).unwrap_or(u32::MAX),
                figures: self.rounds.last().map(|round| round.figures).unwrap_or_default(),
            }),
        };
        let noting = Noting::before(Arc::clone(&self.asked.watcher));
        let watcher = Arc::clone(&noting) as Arc<dyn Watcher>;
        let answered = self.host.invoke(invocation.clone(), self.asked.asker, watcher).await;
        let run = match &answered {
            Ok(Answer::Reply(reply)) => Some(reply.run),
            Ok(Answer::Question(question)) => Some(question.run),
            Ok(Answer::Choice(_) | Answer::Missing(_)) => None,
            Err(_) => noting.run(),
        };
        self.note(|round| {
            if let Some(call) = round.calls.last_mut() {
                call.run = run;
            }
        });
        Ok(match answered {
            Ok(Answer::Reply(reply)) => {
                self.runs.push(reply.run);
                if is_change {
                    self.did.push((invocation, reply.run));
                }
                let result = result(&reply);
                match is_change {
                    true => self.changes.push(Change::Answered(reply)),
                    false => self.looks.push(reply.speech),
                }
                Called::Result(result)
            }
            Ok(open) => Called::Open(Box::new(open), Box::new(invocation)),
            Err(fault) => {
                let result = json!({"error": fault.sentence, "hint": fault.hint}).to_string();
                if is_change {
                    if let Some(run) = run
                        && self.wrote(run).await
                    {
                        self.did.push((invocation, run));
                    }
                    self.changes.push(Change::Refused(fault));
                }
                Called::Result(result)
            }
        })
    }

    /// Whether a run that failed did so behind a write. Who cannot read its record has
    /// to take it so.
    async fn wrote(&self, run: RunId) -> bool {
        match self.host.record(run).await {
            Ok(record) => record.is_some_and(|record| writes(&record).next().is_some()),
            Err(_) => true,
        }
    }

    /// Writes down something about the round that goes on.
    fn note(&mut self, what: impl FnOnce(&mut ModelRound)) {
        if let Some(round) = self.rounds.last_mut() {
            what(round);
        }
    }

    /// The language in which the host tells what came of it.
    fn language(&self) -> Language {
        Language::of(self.asked.locale)
    }

    fn end(self) -> Ended {
        let language = self.language();
        let ahead = self.told.len();
        let Self { is_held, wishes, told: mut sentences, said, changes, looks, .. } = self;
        let outcome = changes.iter().filter_map(Change::outcome).max_by_key(Outcome::badness);
        sentences.extend(changes.iter().map(|change| change.sentence(language)));
        if is_held && changes.is_empty() {
            sentences.extend(looks.into_iter().rev().take(LOOKS).rev());
        }
        if outcome.is_none() && (wishes || is_held && sentences.len() == ahead) {
            sentences.push(say!(
                language,
                en: "I changed nothing.",
                de: "Geändert wurde nichts.",
            ));
        }
        if sentences.is_empty() {
            sentences.push(say!(
                language,
                en: "I have no answer to that.",
                de: "Darauf gibt es keine Antwort.",
            ));
        }
        let said = text::visible(said.trim());
        let cut = self.cut.map(|cut| cut.told(language)).unwrap_or_default();
        let said: Vec<&str> =
            [said.as_str(), &cut].into_iter().filter(|part| !part.is_empty()).collect();
        let detail = ((is_held || self.cut.is_some()) && !said.is_empty()).then(|| {
            let said = said.join("\n\n");
            say!(
                language,
                en: "The language model said:\n\n{said}",
                de: "Das Sprachmodell sagte:\n\n{said}",
            )
        });
        let told = Told { outcome, sentences, ahead, detail, runs: self.runs };
        let exchange = if is_held { as_told(self.exchange, &told) } else { self.exchange };
        Ended::Told { told, exchange, did: self.did }
    }
}

fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

impl<'h> Telling<'h> {
    fn new(asked: &Asked<'_>, room: Room, history: &'h History, tools: Vec<Tool>) -> Self {
        let system = prompt::system(asked.locale);
        let budget = Budget::new(room, &system, &tools);
        let person = |most| ChatMessage::Person(prompt::asked(asked.words, &asked.snapshot, most));
        // The tools know by name what there is no room for here.
        let named = person(prompt::MOST);
        let now = vec![if budget.has_room(&named) { named } else { person(0) }];
        Self { system: ChatMessage::System(system), tools, history, now, budget }
    }

    /// As a model takes it, as far back as there is room for.
    fn chat(&self) -> Result<Chat, AssistantError> {
        let before = self.budget.fitting(self.history, &self.now)?;
        let messages = std::iter::once(&self.system).chain(before).chain(&self.now);
        Ok(Chat { messages: messages.cloned().collect(), tools: self.tools.clone() })
    }
}

/// A held exchange, as the model is told it again: with what was really said,
/// and not what it made up.
fn as_told(mut exchange: Vec<ChatMessage>, told: &Told) -> Vec<ChatMessage> {
    for message in &mut exchange {
        if let ChatMessage::Model(turn) = message {
            turn.text.clear();
            turn.thinking.clear();
        }
    }
    if !matches!(exchange.last(), Some(ChatMessage::Model(_))) {
        exchange.push(ChatMessage::Model(ModelTurn::default()));
    }
    if let Some(ChatMessage::Model(last)) = exchange.last_mut() {
        last.text = told.speech();
    }
    exchange
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
