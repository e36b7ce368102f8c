//! What skills and engines take of the machine, and what came of their calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The figures of one skill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillFigures {
    /// Calls of the skill; a destructive command is called for its plan too.
    pub calls: u64,
    /// Those that ended in an error, by its code.
    pub errors: BTreeMap<String, u64>,
    /// How long half of the newest calls took at most, microseconds.
    pub p50_us: u64,
    /// The same for all but one in a hundred.
    pub p99_us: u64,
    /// The processor's time in all, microseconds.
    pub cpu_us: u64,
    /// The most memory that one call had, bytes.
    pub peak_memory: u64,
    /// Calls that it made of the host.
    pub host_calls: u64,
    /// Those of them that policy denied.
    pub denials: u64,
}

/// One engine of speech that runs in a child of the host, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFigures {
    /// Which: `whisper`. Several may have one name, where many stream.
    pub name: String,
    /// How it is.
    pub state: EngineState,
    /// Since when it is ready; none where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// How often it was started again: what it did was broken off, or it crashed.
    pub restarts: u64,
    /// The memory that its process holds (`VmRSS`), bytes; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Why it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineState {
    /// It is not ready yet.
    Starting,
    /// It is ready, or at work.
    Running,
    /// It has crashed, and is not to be started again yet.
    Down,
}
