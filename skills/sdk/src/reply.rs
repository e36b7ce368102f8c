//! What a command answers.

use serde_json::Value;

/// How a command ended, by the skill's own account; the host checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All that was asked for is done; also the answer of a read.
    Done,
    /// Begun, and still running.
    Started,
    /// It was so already; nothing was written.
    NothingChanged,
    /// Some of it did not come about; `speech` says what did.
    Failed,
    /// Nobody can tell.
    Unknown,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// How it ended.
    pub outcome: Outcome,
    /// One or two sentences to speak, without markup.
    pub speech: String,
    /// Markdown for a screen.
    pub detail: Option<String>,
    /// For programs.
    pub data: Option<Value>,
    /// For the person who is asked about the plan of a dry run: what the plan
    /// itself does not tell.
    pub note: Option<String>,
}

impl Outcome {
    /// The contract's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Started => "started",
            Self::NothingChanged => "nothing-changed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Reply {
    /// An answer of this outcome.
    pub fn new(outcome: Outcome, speech: impl Into<String>) -> Self {
        Self { outcome, speech: speech.into(), detail: None, data: None, note: None }
    }

    /// [`Outcome::Done`].
    pub fn done(speech: impl Into<String>) -> Self {
        Self::new(Outcome::Done, speech)
    }

    /// [`Outcome::Started`].
    pub fn started(speech: impl Into<String>) -> Self {
        Self::new(Outcome::Started, speech)
    }

    /// [`Outcome::NothingChanged`].
    pub fn nothing_changed(speech: impl Into<String>) -> Self {
        Self::new(Outcome::NothingChanged, speech)
    }

    /// [`Outcome::Failed`]; when nothing at all came about, return an error
    /// instead.
    pub fn failed(speech: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, speech)
    }

    /// [`Outcome::Unknown`].
    pub fn unknown(speech: impl Into<String>) -> Self {
        Self::new(Outcome::Unknown, speech)
    }

    /// With markdown for a screen.
    #[must_use]
    pub fn with_detail(mut self, markdown: impl Into<String>) -> Self {
        self.detail = Some(markdown.into());
        self
    }

    /// With a note for whoever is asked about a dry run's plan; at most 500
    /// characters are shown.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// With a value for programs.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}
