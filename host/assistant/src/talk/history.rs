//! What was said in one dialogue, as a model is told it again.

use jarvis_domain::model::{ChatMessage, ModelTurn, ToolCall};
use jarvis_domain::text;

/// The most that is told again, bytes in all, of one message, and of an answer
/// of a command: the rest of what a model sees at once is for what is new.
const MOST: usize = 10_000;
const LONG: usize = 2_000;
const RESULT: usize = 500;

/// The messages of a dialogue, the oldest first. It begins with what a person
/// said, and no call is parted from its answer.
#[derive(Debug, Clone, Default)]
pub struct History(Vec<ChatMessage>);

impl History {
    /// The messages.
    #[must_use]
    pub fn messages(&self) -> &[ChatMessage] {
        &self.0
    }

    /// The exchanges, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &[ChatMessage]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let begins = rest.iter().rposition(is_person)?;
            let (before, exchange) = rest.split_at_checked(begins)?;
            rest = before;
            Some(exchange)
        })
    }

    /// Adds an exchange, which begins with what a person said, and forgets the
    /// oldest ones until no more than `kept` messages are left.
    pub(crate) fn add(&mut self, exchange: Vec<ChatMessage>, kept: usize) {
        let mut exchange = if exchange.len() > kept { shortened(exchange) } else { exchange };
        if exchange.len() > kept {
            return;
        }
        exchange.iter_mut().for_each(shorten);
        self.0.extend(exchange);
        while self.0.len() > kept || self.0.iter().map(size).sum::<usize>() > MOST {
            self.forget_one();
        }
    }

    /// Adds what a person said and what was answered.
    pub(crate) fn add_answer(&mut self, words: &str, answer: &str, kept: usize) {
        let turn = ModelTurn { text: answer.to_owned(), ..ModelTurn::default() };
        let exchange = vec![ChatMessage::Person(words.to_owned()), ChatMessage::Model(turn)];
        self.add(exchange, kept);
    }

    /// Forgets the oldest exchange.
    fn forget_one(&mut self) {
        let next = self.0.iter().skip(1).position(is_person);
        let end = next.map_or(self.0.len(), |next| next + 1);
        self.0.drain(..end);
    }
}

/// What was said, and the last answer, without what was called in between.
fn shortened(mut exchange: Vec<ChatMessage>) -> Vec<ChatMessage> {
    let last = exchange.pop();
    exchange.truncate(1);
    exchange.extend(last.filter(
        |last| matches!(last, ChatMessage::Model(ModelTurn { calls, .. }) if calls.is_empty()),
    ));
    exchange
}

/// What an old message keeps.
fn shorten(message: &mut ChatMessage) {
    match message {
        ChatMessage::System(text) | ChatMessage::Person(text) => *text = text::block(text, LONG),
        ChatMessage::Result { text, .. } => *text = text::block(text, RESULT),
        ChatMessage::Model(turn) => {
            turn.text = text::block(&turn.text, LONG);
            turn.thinking.clear();
        }
    }
}

/// Bytes, about.
fn size(message: &ChatMessage) -> usize {
    match message {
        ChatMessage::System(text) | ChatMessage::Person(text) => text.len(),
        ChatMessage::Result { text, tool } => text.len() + tool.len(),
        ChatMessage::Model(ModelTurn { text, calls, .. }) => {
            let call = |call: &ToolCall| call.name.len() + call.arguments.to_string().len();
            text.len() + calls.iter().map(call).sum::<usize>()
        }
    }
}

fn is_person(message: &ChatMessage) -> bool {
    matches!(message, ChatMessage::Person(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with_calls(words: &str, calls: usize) -> Vec<ChatMessage> {
        let call = ToolCall { name: "heat".to_owned(), arguments: json!({}) };
        let called = ModelTurn { calls: vec![call; calls], ..ModelTurn::default() };
        let result = ChatMessage::Result { tool: "heat".to_owned(), text: "54".to_owned() };
        let mut exchange = vec![ChatMessage::Person(words.to_owned()), ChatMessage::Model(called)];
        exchange.extend(vec![result; calls]);
        let answer = ModelTurn { text: "54".to_owned(), ..ModelTurn::default() };
        exchange.push(ChatMessage::Model(answer));
        exchange
    }

    #[test]
    fn the_oldest_exchanges_are_forgotten_whole() {
        for kept in 0..30 {
            let mut history = History::default();
            for round in 0..40 {
                history.add(with_calls(&round.to_string(), round % 7), kept);
                history.add_answer("hello", "hi", kept);
                let messages = history.messages();
                assert!(messages.len() <= kept, "{kept}");
                assert!(messages.first().is_none_or(is_person), "{messages:?}");
                let (mut called, mut answered) = (0, 0);
                for message in messages {
                    match message {
                        ChatMessage::Model(turn) => called += turn.calls.len(),
                        ChatMessage::Result { .. } => answered += 1,
                        _ => {}
                    }
                }
                assert_eq!(called, answered, "each call has its answer");
            }
            assert_eq!(history.messages().is_empty(), kept < 2, "{kept}");
        }
    }
}
