//! How much of what a model is told fits what it sees at once. Ollama cuts what is too
//! long at the front, without a word: where the rules and the tools stand. So nothing
//! is sent that may not fit.
//!
//! Tokens are estimated, since each model counts its own and none tells beforehand.
//! Held against Mistral's tokenizers of 2023 (SentencePiece) and 2024 (Tekken), whichever
//! makes more of a text, the estimate is 1.1 to 2.4 times that for prose in nine
//! languages, JSON, tables, logs, task ids, emoji, base64 and random letters, and 1.5
//! times for the tools of the shipped skills.

use jarvis_domain::model::{ChatMessage, ModelTurn, Room, Tool, ToolCall};
use jarvis_domain::text;

use super::History;
use crate::AssistantError;

/// What a chat template puts around the rules and the tools, around each tool, each
/// message and each call; tokens.
const AROUND_ALL: usize = 150;
const AROUND_TOOL: usize = 17;
const AROUND_MESSAGE: usize = 8;
const AROUND_CALL: usize = 16;
/// Letters of a usual word that are one token at the least.
const LETTERS: usize = 5;
/// Of these in a row two are one token at the least, as in `":{`.
const JSON: &str = "{}[]\":,";
/// A longer word is none of a language.
const LONG: usize = 20;
/// What is kept of an answer of a command, bytes, however little room there is.
const LEAST: usize = 200;

/// The room of a model, without what is the same all the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    room: Room,
    stable: usize,
}

impl Budget {
    /// Of a model that is told these rules and tools first.
    pub(super) fn new(room: Room, system: &str, tools: &[Tool]) -> Self {
        let tools: usize = tools.iter().map(tool).sum();
        Self { room, stable: AROUND_ALL + tokens(system) + tools }
    }

    /// What of the history there is room for beside what is said `now`: its end, and of
    /// each exchange all or nothing.
    ///
    /// # Errors
    /// There is no room even without it.
    pub(super) fn fitting<'h>(
        &self,
        history: &'h History,
        now: &[ChatMessage],
    ) -> Result<&'h [ChatMessage], AssistantError> {
        let now: usize = now.iter().map(message).sum();
        let Some(mut left) = self.left(now) else {
            let Self { room: Room { all, answer }, stable } = *self;
            return Err(AssistantError::NoRoom { all, answer, stable, now });
        };
        let mut kept = 0;
        for exchange in history.newest_first() {
            let takes: usize = exchange.iter().map(message).sum();
            let Some(rest) = left.checked_sub(takes) else { break };
            left = rest;
            kept += exchange.len();
        }
        let messages = history.messages();
        Ok(messages.get(messages.len().saturating_sub(kept)..).unwrap_or_default())
    }

    /// Whether there is room for what is said `now`, the history left out.
    pub(super) fn has_room(&self, now: &ChatMessage) -> bool {
        self.left(message(now)).is_some()
    }

    /// What the rules, the tools and this take, what is to be answered left out.
    #[cfg(test)]
    pub(super) fn needs(&self, now: &[ChatMessage]) -> usize {
        self.stable + now.iter().map(message).sum::<usize>()
    }

    /// An answer of a command, cut to what there is room for beside `now`.
    pub(super) fn cut(&self, answer: &str, now: &[ChatMessage]) -> String {
        let now: usize = now.iter().map(message).sum();
        let left = self.left(now + AROUND_MESSAGE).unwrap_or_default();
        let mut cut = answer.to_owned();
        while tokens(&cut) > left && cut.len() > LEAST {
            cut = text::block(&cut, (cut.len() * 3 / 4).max(LEAST));
        }
        cut
    }

    /// What is left of the room beside so much.
    fn left(&self, now: usize) -> Option<usize> {
        self.room.all.checked_sub(self.room.answer)?.checked_sub(self.stable)?.checked_sub(now)
    }
}

fn tool(tool: &Tool) -> usize {
    let parameters = serde_json::Value::Object(tool.parameters.clone()).to_string();
    AROUND_TOOL + tokens(&tool.name) + tokens(&tool.description) + tokens(&parameters)
}

fn message(message: &ChatMessage) -> usize {
    AROUND_MESSAGE
        + match message {
            ChatMessage::System(text) | ChatMessage::Person(text) => tokens(text),
            ChatMessage::Result { tool, text } => tokens(tool) + tokens(text),
            ChatMessage::Model(ModelTurn { text, thinking, calls }) => {
                tokens(text) + tokens(thinking) + calls.iter().map(call).sum::<usize>()
            }
        }
}

fn call(call: &ToolCall) -> usize {
    AROUND_CALL + tokens(&call.name) + tokens(&call.arguments.to_string())
}

/// How many tokens `text` is, at the most: an eighth is put on top of what is counted.
pub(super) fn tokens(text: &str) -> usize {
    let mut count = 0;
    let mut word = Word::default();
    let mut brackets: usize = 0;
    let mut before = ' ';
    for c in text.chars() {
        if JSON.contains(c) {
            count += word.end();
            brackets += 1;
            before = c;
            continue;
        }
        count += std::mem::take(&mut brackets).div_ceil(2);
        if c.is_ascii_alphanumeric() {
            // "startVm" is two words.
            if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
                count += word.end();
            }
            word.take(c);
        } else {
            count += word.end();
            count += match c.len_utf8() {
                // One space belongs to the word behind it.
                1 => usize::from(c != ' ' || before == ' '),
                2 => 1,
                3 => 2,
                _ => 4,
            };
        }
        before = c;
    }
    count += word.end() + brackets.div_ceil(2);
    count + count.div_ceil(8)
}

/// Letters and digits without a gap.
#[derive(Default)]
struct Word {
    letters: usize,
    digits: usize,
    vowels: usize,
}

impl Word {
    fn take(&mut self, c: char) {
        if c.is_ascii_digit() {
            self.digits += 1;
        } else {
            self.letters += 1;
            self.vowels += usize::from("aeiouy".contains(c.to_ascii_lowercase()));
        }
    }

    /// Its tokens. What is no word of a language may be one a letter.
    fn end(&mut self) -> usize {
        let Self { letters, digits, vowels } = std::mem::take(self);
        let is_one = digits == 0 && letters <= LONG && vowels * 5 >= letters;
        if is_one { letters.div_ceil(LETTERS) } else { letters + digits }
    }
}

#[cfg(test)]
mod tests;
