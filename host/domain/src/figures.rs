//! What a skill took of the machine, and what came of its calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
