//! Answers to words: what Home Assistant calls a conversation agent.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::conversation::Ahead;
use crate::error::VoiceError;
use crate::wyoming::PeerError;
use crate::wyoming::message::Message;
use crate::wyoming::server::Replies;

/// The longest words, characters; and the longest name of a conversation.
const WORDS: usize = 500;
const CONVERSATION: usize = 100;

/// Who answers words that come by Wyoming.
#[async_trait]
pub trait Handler: Send + Sync + std::fmt::Debug {
    /// The answer to `words`, said in the conversation of this name and in this language
    /// (BCP 47) where the peer names one; sentences of it are told `ahead` while the rest
    /// is made. Dropping the future breaks off what may be broken off.
    async fn handle(
        &self,
        words: &str,
        conversation: Option<&str>,
        language: Option<&str>,
        ahead: Ahead,
    ) -> Handled;
    /// Names that may be said, for a recogniser that wants them.
    fn names(&self) -> Vec<String>;
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    /// As it is spoken.
    pub text: String,
    /// Whether the words meant something here. What means nothing Home Assistant
    /// may hand to somebody else.
    pub understood: bool,
}

/// Answers `transcript`.
pub(super) async fn handle(
    message: &Message,
    handler: &dyn Handler,
    replies: &mut Replies<'_>,
) -> Result<(), VoiceError> {
    let text = message.text("text");
    let text = text.ok_or(PeerError::Unclear { kind: "transcript", why: "it has no text" })?;
    let words = jarvis_domain::text::line(text, WORDS);
    let context = message.data.get("context").filter(|context| context.is_object());
    let conversation = context.and_then(|context| context.get("conversation_id")?.as_str());
    let conversation = conversation.map(|name| jarvis_domain::text::line(name, CONVERSATION));
    let context = match &conversation {
        Some(name) => json!({"conversation_id": name}),
        None => Value::Null,
    };
    let start = match context.is_object() {
        true => Message::new("handled-start", json!({ "context": context })),
        false => Message::bare("handled-start"),
    };
    let (ahead, mut told) = Ahead::channel();
    let language = message.text("language");
    let answering = async {
        let (name, to) = (conversation.as_deref(), ahead.clone());
        let answer = handler.handle(&words, name, language, to).await;
        ahead.end(&answer.text);
        Ok::<_, VoiceError>(answer)
    };
    let sending = async {
        let mut begun = false;
        while let Some(sentence) = told.next().await {
            if !begun {
                replies.send(&start).await?;
            }
            // Together they are the answer.
            let text = if begun { format!(" {sentence}") } else { sentence };
            replies.send(&chunk(&text)).await?;
            begun = true;
        }
        Ok(begun)
    };
    let (answer, begun) = tokio::try_join!(answering, sending)?;
    let whole = |kind: &str| {
        let mut data = json!({"text": answer.text});
        if let (Some(data), true) = (data.as_object_mut(), context.is_object()) {
            data.insert("context".to_owned(), context.clone());
        }
        Message::new(kind, data)
    };
    if !begun {
        if !answer.understood {
            return replies.send(&whole("not-handled")).await;
        }
        replies.send(&start).await?;
        replies.send(&chunk(&answer.text)).await?;
    }
    replies.send(&whole("handled")).await?;
    replies.send(&Message::bare("handled-stop")).await
}

fn chunk(text: &str) -> Message {
    Message::new("handled-chunk", json!({ "text": text }))
}
