//! What skills write and print, kept for their authors. It is no audit: lines
//! may be lost, and the skill chose their words.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kv::StoreError;
use crate::{RunId, SkillId, Timestamp};

/// One line of a skill's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillLine {
    /// When it was written.
    pub at: Timestamp,
    /// The run that it belongs to.
    pub run: RunId,
    /// How much it matters.
    pub level: SkillLevel,
    /// How it came.
    pub from: SkillStream,
    /// The line, what a terminal would obey written out.
    pub text: String,
}

/// How much a line matters, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the levels of wit/log.wit")]
pub enum SkillLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// How a line came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkillStream {
    /// Through the interface `log`.
    Log,
    /// Printed to standard output.
    Stdout,
    /// Printed to standard error.
    Stderr,
    /// The host's own words about the skill.
    Host,
}

/// Some lines, and where those go on that are not written yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillLogPage {
    /// Oldest first.
    pub lines: Vec<SkillLine>,
    /// To be passed to [`SkillLogs::after`]. Good while this host runs.
    pub next: u64,
}

/// Keeps the skills' logs.
#[async_trait]
pub trait SkillLogs: Send + Sync + std::fmt::Debug {
    /// Takes one line. Never waits and never fails: what cannot be kept is
    /// dropped, and the host's own log says so.
    fn write(&self, skill: &SkillId, line: SkillLine);

    /// The newest lines of a skill, at most `limit`; none where it has no log.
    async fn recent(&self, skill: &SkillId, limit: usize) -> Result<SkillLogPage, StoreError>;

    /// The lines from `next` of an earlier page on; waits at most `wait` for
    /// the first. What was dropped meanwhile is left out.
    async fn after(
        &self,
        skill: &SkillId,
        next: u64,
        wait: Duration,
    ) -> Result<SkillLogPage, StoreError>;
}
