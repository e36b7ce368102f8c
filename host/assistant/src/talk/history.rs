//! What was said in one dialogue, as a model is told it again.

use jarvis_domain::model::{ChatMessage, ModelTurn};

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

    /// Adds an exchange, which begins with what a person said, and forgets the
    /// oldest ones until no more than `kept` messages are left.
    pub(crate) fn add(&mut self, exchange: Vec<ChatMessage>, kept: usize) {
        let exchange = if exchange.len() > kept { shortened(exchange) } else { exchange };
        if exchange.len() > kept {
            return;
        }
        self.0.extend(exchange);
        while self.0.len() > kept {
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

fn is_person(message: &ChatMessage) -> bool {
    matches!(message, ChatMessage::Person(_))
}

#[cfg(test)]
mod tests {
    use jarvis_domain::model::ToolCall;
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
