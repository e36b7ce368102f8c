//! A language model, as a port: who asks one (`assistant`) knows no protocol,
//! and who speaks with one (`ollama`) knows no command.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Fault;

/// One message of a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatMessage {
    /// What the model is told before all else.
    System(String),
    /// What a person said.
    Person(String),
    /// What the model said.
    Model(ModelTurn),
    /// What came of a call, in the order of the calls.
    Result {
        /// The tool that was called.
        tool: String,
        /// What it answered.
        text: String,
    },
}

/// What a model said in one turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelTurn {
    /// Its words.
    pub text: String,
    /// What it thought before; the model that thought it may see it again.
    pub thinking: String,
    /// The tools that it calls.
    pub calls: Vec<ToolCall>,
}

/// A tool that a model calls. Nothing of it is checked yet.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// Its arguments; most models send an object.
    pub arguments: Value,
}

/// A tool that a model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// What it takes: a JSON Schema of an object.
    pub parameters: Map<String, Value>,
}

/// A chat that a model is to go on with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chat {
    /// What was said so far, the oldest first.
    pub messages: Vec<ChatMessage>,
    /// What may be called.
    pub tools: Vec<Tool>,
}

/// A piece of what a model says.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Some of its thoughts, which nobody is told.
    Thought(String),
    /// Some of its words.
    Text(String),
    /// Tools that it calls, each of them whole.
    Calls(Vec<ToolCall>),
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// It had said all.
    #[default]
    Said,
    /// It was cut off: it may say no more.
    Length,
}

/// What a turn took, as the model's host tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnFigures {
    /// Why it ended.
    pub stop: Stop,
    /// Tokens that were read anew; what its cache held is not counted.
    pub read: u64,
    /// Tokens that were made.
    pub made: u64,
    /// Milliseconds to load the model.
    pub load_ms: u64,
    /// Milliseconds to read.
    pub read_ms: u64,
    /// Milliseconds to make.
    pub made_ms: u64,
}

/// What a model is able to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// It calls tools.
    pub tools: bool,
    /// It can think before it answers.
    pub thinking: bool,
}

/// What a model sees at once, what it is to answer included; tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// All of it.
    pub all: usize,
    /// What of it is kept free for an answer.
    pub answer: usize,
}

/// How far a model that is fetched has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// What goes on, in the words of the model's host.
    pub doing: String,
    /// Bytes of this part that are there, and all of it; none where no part is
    /// being fetched.
    pub bytes: Option<(u64, u64)>,
}

/// Whether a model can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is there.
    Ready(Abilities),
    /// Its host answers, and does not have it.
    Missing,
}

/// A language model.
#[async_trait]
pub trait LanguageModel: Send + Sync + std::fmt::Debug {
    /// What it is called.
    fn name(&self) -> &str;

    /// What it sees at once. What it is told beyond that is cut off by its host, at the
    /// front, where it is told what it may do.
    fn room(&self) -> Room;

    /// Whether it can be asked.
    ///
    /// # Errors
    /// Its host does not answer as one does.
    async fn standing(&self) -> Result<Standing, Box<Fault>>;

    /// Has it go on with `chat`. Dropping what it says stops it.
    async fn chat(&self, chat: &Chat) -> Result<Box<dyn Saying>, Box<Fault>>;

    /// Has its host fetch it. Dropping this lets the host stop.
    async fn fetch(&self, told: &(dyn Fn(Fetched) + Send + Sync)) -> Result<(), Box<Fault>>;
}

/// What a model says, while it does.
#[async_trait]
pub trait Saying: Send + std::fmt::Debug {
    /// The next piece; none once it has said all.
    ///
    /// # Errors
    /// It broke off: what was said before is not the whole of it.
    async fn next(&mut self) -> Result<Option<Piece>, Box<Fault>>;

    /// What the turn took; all zero before its end.
    fn figures(&self) -> TurnFigures;
}
