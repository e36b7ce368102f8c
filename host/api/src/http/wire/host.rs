//! The host itself: what it is made of, and what it wrote down.

use jarvis_domain::audit::AuditLine;
use jarvis_domain::figures::{EngineFigures, EngineState};
use jarvis_domain::run::{Exchange, RunRecord};
use jarvis_domain::verification::Verification;
use jarvis_domain::{Row, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::schema;
use crate::{Microphone, SkillSummary, Timer};

/// What the settings name for one of the things that a voice assistant needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Model {
    /// For what.
    pub kind: ModelKind,
    /// The model, voice or keyword; none where the settings name none.
    pub name: Option<String>,
    /// What runs it: `ollama`, `faster-whisper`, `piper` …
    pub backend: Option<String>,
    /// Whether it can be used.
    pub state: ModelState,
    /// What else there is to know: why it cannot, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// The microphones that somebody sits at.
#[derive(Debug, Serialize, ToSchema)]
pub struct MicrophoneList {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// They.
    pub microphones: Vec<Microphone>,
}

/// What waits for its time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimerList {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The next one first.
    pub timers: Vec<Timer>,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Understands what no template fits.
    LanguageModel,
    /// Speech to text.
    SpeechToText,
    /// Text to speech.
    TextToSpeech,
    /// The word that jarvis listens for.
    WakeWord,
}

/// Whether a model can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelState {
    /// It is there.
    Ready,
    /// What runs it answers, and does not have it.
    Missing,
    /// What runs it does not answer, or is not what the settings say.
    Unavailable,
    /// The settings name none.
    NotConfigured,
}

/// The models.
#[derive(Debug, Serialize, ToSchema)]
pub struct Models {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// One of each kind.
    pub models: Vec<Model>,
    /// The engines of speech that run in children of this host now. Those of
    /// `jarvis listen` are its own.
    pub engines: Vec<Engine>,
}

/// An engine of speech in a child of the host, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Engine {
    /// Which: `whisper`, `piper`, `porcupine`, `espeak`. One may be there several
    /// times, where many stream.
    pub name: String,
    /// How it is.
    pub state: EngineStanding,
    /// Since when it is ready; left out where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = schema::Timestamp)]
    pub since: Option<Timestamp>,
    /// How often it was started again: what it did was broken off, or it crashed.
    pub restarts: u64,
    /// The memory that its process holds, bytes; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub memory_bytes: Option<u64>,
    /// Why it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// How an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EngineStanding {
    /// It is not ready yet.
    Starting,
    /// It is ready, or at work.
    Running,
    /// It has crashed, and is not to be started again yet.
    Down,
}

impl From<EngineFigures> for Engine {
    fn from(of: EngineFigures) -> Self {
        let EngineFigures { name, state, since, restarts, memory, why } = of;
        let state = match state {
            EngineState::Starting => EngineStanding::Starting,
            EngineState::Running => EngineStanding::Running,
            EngineState::Down => EngineStanding::Down,
        };
        Self { name, state, since, restarts, memory_bytes: memory, note: why }
    }
}

/// Run records.
#[derive(Debug, Serialize, ToSchema)]
pub struct Runs {
    /// Newest first.
    #[schema(value_type = Vec<schema::RunRecord>)]
    pub runs: Vec<RunRecord>,
}

/// Exchanges by voice that led to no run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exchanges {
    /// Newest first.
    #[schema(value_type = Vec<schema::Exchange>)]
    pub exchanges: Vec<Exchange>,
}

/// Lines of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLines {
    /// Oldest first.
    #[schema(value_type = Vec<schema::AuditLine>)]
    pub lines: Vec<AuditLine>,
}

/// The skills.
#[derive(Debug, Serialize, ToSchema)]
pub struct Skills {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// By id.
    pub skills: Vec<SkillSummary>,
}

/// One skill.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneSkill {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Its commands, errors and figures.
    #[serde(flatten)]
    pub skill: SkillSummary,
}

/// Whether the audit log is whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// When it was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// What was found.
    #[serde(flatten)]
    #[schema(value_type = schema::Verification)]
    pub found: Verification,
}

/// Whether the host lives, or can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Whether all is well.
    pub ok: bool,
    /// What was looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<HealthCheck>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthCheck {
    /// What.
    pub name: &'static str,
    /// Whether it is well.
    pub ok: bool,
}

/// Every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Errors {
    /// By code.
    #[schema(value_type = Vec<schema::Row>)]
    pub errors: Vec<&'static Row>,
}
