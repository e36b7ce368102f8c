//! Which models there are, what ours is able to do, and how it is fetched.

use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Fault;
use jarvis_domain::model::{Abilities, Chat, Fetched, LanguageModel, Room, Saying, Standing};
use serde_json::json;

use crate::client::Ollama;
use crate::connection::Answer;
use crate::error::OllamaError;
use crate::lines::Lines;
use crate::wire::{PullLine, Shown, Tags};

/// How long nothing may come of what is fetched: a registry may be slow, and a
/// digest of many gigabytes takes its time.
const FETCHING: Duration = Duration::from_secs(120);
/// The lines that a fetch is told in, at most: a few a second, for some days.
const MOST_LINES: usize = 2_000_000;

impl Ollama {
    async fn look(&self) -> Result<Standing, OllamaError> {
        let asked = &self.asked;
        let body = json!({"model": asked.settings.model});
        let within = (asked.settings.patience.answer, "telling what it has");
        let answer = match asked.ask("/api/show", Some(&body), within).await {
            Ok(answer) => answer,
            Err(OllamaError::Missing { .. }) => return self.missing().await,
            Err(error) => return Err(error),
        };
        let shown = asked.in_time(within.0, within.1, answer.whole(asked)).await?;
        Ok(Standing::Ready(asked.line::<Shown>(&shown)?.abilities()))
    }

    /// Whatever says 404 need not be Ollama: one that is lists what it has.
    async fn missing(&self) -> Result<Standing, OllamaError> {
        self.models().await.map(|_| Standing::Missing)
    }

    /// The models that Ollama has.
    pub async fn models(&self) -> Result<Vec<String>, OllamaError> {
        let asked = &self.asked;
        let within = (asked.settings.patience.answer, "telling what it has");
        let answer = asked.ask("/api/tags", None, within).await?;
        let listed = asked.in_time(within.0, within.1, answer.whole(asked)).await?;
        let Tags { models } = asked.line(&listed)?;
        Ok(models.into_iter().map(|tag| tag.name).collect())
    }

    async fn pull(&self, told: &(dyn Fn(Fetched) + Send + Sync)) -> Result<(), OllamaError> {
        let asked = &self.asked;
        let body = json!({"model": asked.settings.model, "stream": true});
        let answer = asked.ask("/api/pull", Some(&body), (FETCHING, "fetching")).await?;
        let Answer { body, open: _open, .. } = answer;
        let mut lines = Lines::new(body);
        for _ in 0..MOST_LINES {
            let line = asked.in_time(FETCHING, "fetching", lines.next(asked)).await?;
            let line: PullLine = asked.line(&line.ok_or_else(|| asked.broken(None))?)?;
            if let Some(error) = line.error {
                return Err(asked.refused(200, &error));
            }
            if line.status == "success" {
                return Ok(());
            }
            let bytes = line.total.map(|total| (line.completed.unwrap_or(0).min(total), total));
            told(Fetched { doing: jarvis_domain::text::shown(&line.status, 80), bytes });
        }
        Err(asked.garbled("it never ends to fetch"))
    }
}

impl Shown {
    fn abilities(&self) -> Abilities {
        match &self.capabilities {
            Some(able) => {
                let has = |what: &str| able.iter().any(|able| able == what);
                Abilities { tools: has("tools"), thinking: has("thinking") }
            }
            None => Abilities { tools: self.template.contains(".Tools"), thinking: false },
        }
    }
}

#[async_trait]
impl LanguageModel for Ollama {
    fn name(&self) -> &str {
        &self.asked.settings.model
    }

    fn room(&self) -> Room {
        self.asked.settings.room()
    }

    async fn standing(&self) -> Result<Standing, Box<Fault>> {
        Ok(self.look().await?)
    }

    async fn chat(&self, chat: &Chat) -> Result<Box<dyn Saying>, Box<Fault>> {
        Ok(self.begin(chat).await?)
    }

    async fn fetch(&self, told: &(dyn Fn(Fetched) + Send + Sync)) -> Result<(), Box<Fault>> {
        Ok(self.pull(told).await?)
    }
}
