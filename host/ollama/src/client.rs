//! Who asks Ollama, and how patiently.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::model::Room;
use jarvis_domain::{Clock, text};
use serde_json::Value;

use crate::address::Address;
use crate::connection::{self, Answer};
use crate::error::OllamaError;
use crate::wire::Refusal;

/// Tokens of a few spoken sentences and of a call or two.
const ANSWER: usize = 512;

/// How a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaSettings {
    /// Where Ollama is.
    pub address: Address,
    /// The model, with its tag; `latest` without one.
    pub model: String,
    /// Whether it thinks before it answers; it is not asked to decide without.
    pub think: Option<bool>,
    /// How long it stays in memory after a chat.
    pub keep_alive: KeepAlive,
    /// How many tokens it sees at once (`num_ctx`).
    pub context: u32,
    /// How many tokens it makes in a turn at most (`num_predict`).
    pub most_made: Option<u32>,
    /// How long it is waited for.
    pub patience: Patience,
}

/// How long a model stays in memory after a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepAlive {
    /// Until Ollama ends, or needs the room.
    ForEver,
    /// For so long.
    For(Duration),
}

/// How long Ollama is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For what it answers at once: lists, and that it is there.
    pub answer: Duration,
    /// For the first word of a chat: a model that is not in memory is loaded
    /// first, and then reads all that was said.
    pub first: Duration,
    /// Between two lines.
    pub idle: Duration,
}

/// A model at an Ollama.
#[derive(Debug, Clone)]
pub struct Ollama {
    pub(crate) asked: Asked,
}

/// What each request is made with.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) settings: Arc<OllamaSettings>,
    clock: Arc<dyn Clock>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(5),
            first: Duration::from_secs(120),
            idle: Duration::from_secs(30),
        }
    }
}

impl KeepAlive {
    /// As the API has it: seconds, and -1 for ever.
    pub(crate) fn wire(self) -> i64 {
        match self {
            Self::ForEver => -1,
            Self::For(time) => i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        }
    }
}

impl Ollama {
    /// A model that is asked so. Nobody is asked yet.
    #[must_use]
    pub fn new(settings: OllamaSettings, clock: Arc<dyn Clock>) -> Self {
        Self { asked: Asked { settings: Arc::new(settings), clock } }
    }
}

impl OllamaSettings {
    /// What the model sees at once. Where it may say as much as it likes, an eighth of
    /// that is kept free for it, and what a spoken answer needs at the least.
    pub(crate) fn room(&self) -> Room {
        let all = usize::try_from(self.context).unwrap_or(usize::MAX);
        let made = self.most_made.and_then(|made| usize::try_from(made).ok());
        let answer = made.unwrap_or_else(|| (all / 8).max(ANSWER));
        Room { all, answer: answer.min(all / 2) }
    }
}

impl Asked {
    pub(crate) fn address(&self) -> &Address {
        &self.settings.address
    }

    /// Asks, and waits for the head of the answer `within` that time. What is
    /// no answer is told as Ollama tells it.
    pub(crate) async fn ask(
        &self,
        path: &str,
        body: Option<&Value>,
        (within, doing): (Duration, &'static str),
    ) -> Result<Answer, OllamaError> {
        let answer = self.in_time(within, doing, connection::ask(self, path, body)).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let status = answer.status;
        let said = self.in_time(self.settings.patience.answer, doing, answer.whole(self)).await?;
        let refusal: Result<Refusal, _> = serde_json::from_slice(&said);
        Err(match refusal {
            Ok(Refusal { error }) => self.refused(status, &error),
            Err(_) => self.garbled(format!("it answers HTTP {status} to {path}")),
        })
    }

    /// Waits for `work`, for at most that long.
    pub(crate) async fn in_time<T>(
        &self,
        after: Duration,
        doing: &'static str,
        work: impl Future<Output = Result<T, OllamaError>>,
    ) -> Result<T, OllamaError> {
        tokio::select! {
            biased;
            done = work => done,
            () = self.clock.sleep(after) => Err(OllamaError::Silent {
                address: self.address().to_string(),
                after,
                doing,
            }),
        }
    }

    /// What Ollama says in place of an answer.
    pub(crate) fn refused(&self, status: u16, says: &str) -> OllamaError {
        let says = text::shown(says, 400);
        let model = self.settings.model.clone();
        if says.contains("does not support tools") {
            return OllamaError::NoTools { model };
        }
        if status == 404 {
            return OllamaError::Missing { address: self.address().to_string(), model };
        }
        OllamaError::Refused { status, says }
    }

    pub(crate) fn garbled(&self, why: impl Into<String>) -> OllamaError {
        OllamaError::Garbled { address: self.address().to_string(), why: why.into() }
    }

    pub(crate) fn broken(&self, source: Option<hyper::Error>) -> OllamaError {
        OllamaError::Broken { address: self.address().to_string(), source }
    }

    /// A request that has no answer.
    pub(crate) fn cut_off(&self, error: hyper::Error) -> OllamaError {
        if error.is_parse() {
            return self.garbled(format!("it is not HTTP: {error}"));
        }
        self.broken(Some(error))
    }

    /// A line of JSON.
    pub(crate) fn line<T: serde::de::DeserializeOwned>(
        &self,
        line: &[u8],
    ) -> Result<T, OllamaError> {
        serde_json::from_slice(line).map_err(|error| {
            let line = text::shown(&String::from_utf8_lossy(line), 80);
            self.garbled(format!("{error} in {line:?}"))
        })
    }
}
