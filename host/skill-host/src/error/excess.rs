//! Which limit a call went over.

use std::fmt;
use std::time::Duration;

use jarvis_domain::Row;

use super::rows::row;

/// A limit that a call went over, with what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Calls of the host.
    Calls(u32),
    /// Bytes moved in and out of the host.
    Bytes(u64),
    /// Bytes handed over at one time.
    Argument(u64),
    /// Handles held.
    Handles(u32),
    /// Instances, memories or tables.
    Parts,
    /// Random bytes.
    Random(u64),
    /// The processor's time.
    Cpu(Duration),
}

const CALLS: Row = row(
    "skill-too-many-calls",
    1,
    500,
    "A skill called the host more often than one call of it may.",
    "Raise limits.calls of the skill if its work needs it, or tell its author.",
);
const BYTES: Row = row(
    "skill-too-many-bytes",
    1,
    500,
    "A skill read and wrote more through the host than one call of it may.",
    "Raise limits.bytes of the skill if its work needs it, or tell its author.",
);
const ARGUMENT: Row = row(
    "skill-argument-too-large",
    1,
    500,
    "A skill handed more over in one call of the host than it may.",
    "Raise limits.argument of the skill if its work needs it, or tell its author.",
);
const HANDLES: Row = row(
    "skill-too-many-handles",
    1,
    500,
    "A skill held more streams, timers or operations at the same time than it may.",
    "Raise limits.handles of the skill if its work needs it, or tell its author.",
);
const PARTS: Row = row(
    "skill-too-many-parts",
    1,
    500,
    "A skill's component is made of more instances, memories or tables than it may be.",
    "Raise limits.instances, limits.memories or limits.tables of the skill, or tell its author.",
);
const RANDOM: Row = row(
    "skill-too-much-random",
    1,
    500,
    "A skill asked for more random bytes than one call of it may.",
    "Raise limits.random of the skill if its work needs it, or tell its author.",
);
const CPU: Row = row(
    "skill-cpu",
    1,
    504,
    "A skill computed for longer than it may.",
    "Raise limits.cpu of the skill if its work needs it, or tell its author.",
);

/// The rows of this module.
pub(super) const ROWS: [&Row; 7] = [&CALLS, &BYTES, &ARGUMENT, &HANDLES, &PARTS, &RANDOM, &CPU];

impl Excess {
    pub(super) fn row(self) -> &'static Row {
        match self {
            Self::Calls(_) => &CALLS,
            Self::Bytes(_) => &BYTES,
            Self::Argument(_) => &ARGUMENT,
            Self::Handles(_) => &HANDLES,
            Self::Parts => &PARTS,
            Self::Random(_) => &RANDOM,
            Self::Cpu(_) => &CPU,
        }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(most) => write!(f, "called jarvis more often than its {most} times"),
            Self::Bytes(most) => write!(f, "moved more than its {} KiB", most >> 10),
            Self::Argument(most) => {
                write!(f, "handed over more than its {} KiB in one call", most >> 10)
            }
            Self::Handles(most) => write!(f, "held more than its {most} handles"),
            Self::Parts => f.write_str("is made of more parts than it may be"),
            Self::Random(most) => write!(f, "asked for more than its {most} random bytes"),
            Self::Cpu(most) => write!(f, "computed for longer than its {} ms", most.as_millis()),
        }
    }
}
