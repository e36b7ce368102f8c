//! What goes over the wire: `docs/api.md` of Ollama. Fields that it has and we
//! do not look at are left out.

use jarvis_domain::model::{
    Chat, ChatMessage, ModelTurn, Piece, Stop, Tool, ToolCall, TurnFigures,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::OllamaSettings;

/// Nanoseconds of a millisecond.
const NANOS: u64 = 1_000_000;

/// A line of a chat, or the error that takes the place of one.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatLine {
    message: Option<Message>,
    #[serde(default)]
    pub(crate) done: bool,
    done_reason: Option<String>,
    #[serde(default)]
    load_duration: u64,
    #[serde(default)]
    prompt_eval_count: u64,
    #[serde(default)]
    prompt_eval_duration: u64,
    #[serde(default)]
    eval_count: u64,
    #[serde(default)]
    eval_duration: u64,
    pub(crate) error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<Called>>,
}

#[derive(Debug, Deserialize)]
struct Called {
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// The body of an answer that is no answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) error: String,
}

/// `GET /api/tags`.
#[derive(Debug, Deserialize)]
pub(crate) struct Tags {
    pub(crate) models: Vec<Tag>,
}

/// One model that is there.
#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    pub(crate) name: String,
}

/// `POST /api/show`. Before its 0.6.4 Ollama tells no capabilities; what a
/// template does with tools tells it then.
#[derive(Debug, Deserialize)]
pub(crate) struct Shown {
    pub(crate) capabilities: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) template: String,
}

/// A line of `POST /api/pull`.
#[derive(Debug, Deserialize)]
pub(crate) struct PullLine {
    #[serde(default)]
    pub(crate) status: String,
    pub(crate) total: Option<u64>,
    pub(crate) completed: Option<u64>,
    pub(crate) error: Option<String>,
}

impl ChatLine {
    /// The pieces of this line, in the order in which a model makes them.
    pub(crate) fn pieces(&mut self) -> impl Iterator<Item = Piece> + use<> {
        let message = self.message.take();
        let (mut thought, mut text, mut calls) = (None, None, Vec::new());
        if let Some(message) = message {
            thought = message.thinking.filter(|thought| !thought.is_empty());
            text = message.content.filter(|text| !text.is_empty());
            calls = message.tool_calls.unwrap_or_default();
        }
        let calls: Vec<ToolCall> = calls.into_iter().map(ToolCall::from).collect();
        let calls = (!calls.is_empty()).then_some(Piece::Calls(calls));
        thought.map(Piece::Thought).into_iter().chain(text.map(Piece::Text)).chain(calls)
    }

    /// What the last line says of the turn.
    pub(crate) fn figures(&self) -> TurnFigures {
        let cut = self.done_reason.as_deref() == Some("length");
        TurnFigures {
            stop: if cut { Stop::Length } else { Stop::Said },
            read: self.prompt_eval_count,
            made: self.eval_count,
            load_ms: self.load_duration / NANOS,
            read_ms: self.prompt_eval_duration / NANOS,
            made_ms: self.eval_duration / NANOS,
        }
    }
}

impl From<Called> for ToolCall {
    fn from(called: Called) -> Self {
        let Function { name, arguments } = called.function;
        Self { name, arguments }
    }
}

/// The body of `POST /api/chat`.
pub(crate) fn chat(settings: &OllamaSettings, chat: &Chat) -> Value {
    let messages: Vec<Value> = chat.messages.iter().map(message).collect();
    let mut options = Map::new();
    // Left to itself Ollama takes 4096 and silently forgets the beginning of
    // what is longer: what the model was told, and its tools.
    options.insert("num_ctx".to_owned(), settings.context.into());
    if let Some(most) = settings.most_made {
        options.insert("num_predict".to_owned(), most.into());
    }
    let mut body = json!({
        "model": settings.model,
        "messages": messages,
        "stream": true,
        "options": options,
        "keep_alive": settings.keep_alive.wire(),
    });
    if let Value::Object(body) = &mut body {
        if !chat.tools.is_empty() {
            body.insert("tools".to_owned(), chat.tools.iter().map(tool).collect());
        }
        // Some models refuse to be told of it at all.
        if let Some(think) = settings.think {
            body.insert("think".to_owned(), think.into());
        }
    }
    body
}

fn message(message: &ChatMessage) -> Value {
    match message {
        ChatMessage::System(text) => json!({"role": "system", "content": text}),
        ChatMessage::Person(text) => json!({"role": "user", "content": text}),
        ChatMessage::Result { tool, text } => {
            json!({"role": "tool", "tool_name": tool, "content": text})
        }
        ChatMessage::Model(ModelTurn { text, thinking, calls }) => {
            let mut said = json!({"role": "assistant", "content": text});
            if let Value::Object(said) = &mut said {
                if !thinking.is_empty() {
                    said.insert("thinking".to_owned(), thinking.as_str().into());
                }
                if !calls.is_empty() {
                    said.insert("tool_calls".to_owned(), calls.iter().map(called).collect());
                }
            }
            said
        }
    }
}

fn called(ToolCall { name, arguments }: &ToolCall) -> Value {
    json!({"function": {"name": name, "arguments": arguments}})
}

fn tool(Tool { name, description, parameters }: &Tool) -> Value {
    json!({
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    })
}
