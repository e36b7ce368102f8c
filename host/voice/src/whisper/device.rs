//! Where whisper is to compute, which settings say in every build.

use serde::{Deserialize, Serialize};

/// What the settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// A GPU where there is one, else the processor.
    Auto,
    /// The processor.
    Cpu,
    /// A GPU.
    Cuda,
}
