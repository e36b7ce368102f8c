//! A chat, as it is said.

use std::collections::VecDeque;

use async_trait::async_trait;
use jarvis_domain::Fault;
use jarvis_domain::model::{Chat, Piece, Saying, TurnFigures};

use crate::client::{Asked, Ollama};
use crate::connection::{Answer, Open};
use crate::error::OllamaError;
use crate::lines::Lines;
use crate::wire::{self, ChatLine};

/// What a model may say in one turn, bytes of its lines. One that has come into
/// a circle says the same for ever.
const MOST: usize = 8 << 20;

/// What a model says. Dropping it closes the connection, by which Ollama stops.
#[derive(Debug)]
struct Said {
    asked: Asked,
    lines: Lines,
    _open: Open,
    pieces: VecDeque<Piece>,
    read: usize,
    end: Option<TurnFigures>,
}

impl Ollama {
    pub(crate) async fn begin(&self, chat: &Chat) -> Result<Box<dyn Saying>, OllamaError> {
        let asked = &self.asked;
        let body = wire::chat(&asked.settings, chat);
        let first = asked.settings.patience.first;
        let answer = asked.ask("/api/chat", Some(&body), (first, "answering")).await?;
        let Answer { body, open, .. } = answer;
        Ok(Box::new(Said {
            asked: asked.clone(),
            lines: Lines::new(body),
            _open: open,
            pieces: VecDeque::new(),
            read: 0,
            end: None,
        }))
    }
}

impl Said {
    async fn piece(&mut self) -> Result<Option<Piece>, OllamaError> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Ok(Some(piece));
            }
            if self.end.is_some() {
                return Ok(None);
            }
            self.line().await?;
        }
    }

    /// Reads one more line.
    async fn line(&mut self) -> Result<(), OllamaError> {
        let Self { asked, lines, .. } = self;
        let patience = asked.settings.patience;
        // With streaming on, the head comes before the model has read anything.
        let after = if self.read == 0 { patience.first } else { patience.idle };
        let line = asked.in_time(after, "answering", lines.next(asked)).await?;
        let line = line.ok_or_else(|| asked.broken(None))?;
        self.read += line.len();
        if self.read > MOST {
            return Err(asked.garbled(format!("an answer has more than {MOST} bytes")));
        }
        let mut line: ChatLine = asked.line(&line)?;
        if let Some(error) = &line.error {
            return Err(asked.refused(200, error));
        }
        self.pieces.extend(line.pieces());
        if line.done {
            self.end = Some(line.figures());
        }
        Ok(())
    }
}

#[async_trait]
impl Saying for Said {
    async fn next(&mut self) -> Result<Option<Piece>, Box<Fault>> {
        Ok(self.piece().await?)
    }

    fn figures(&self) -> TurnFigures {
        self.end.unwrap_or_default()
    }
}
