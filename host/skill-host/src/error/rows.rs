//! The rows of errors that an invocation can end with.

use jarvis_domain::Row;

use super::{engine, excess};

pub(super) const fn row(
    code: &'static str,
    exit: u8,
    status: u16,
    meaning: &'static str,
    hint: &'static str,
) -> Row {
    Row { code, meaning, hint, exit, status }
}

pub(super) const UNKNOWN_COMMAND: Row = row(
    "skill-unknown-command",
    2,
    404,
    "No skill in service has a command of this name.",
    "jarvis skill list shows every command.",
);
pub(super) const NOT_SERVING: Row = row(
    "skill-not-serving",
    1,
    503,
    "The skill is installed, but could not be loaded.",
    "jarvis skill check says what is wrong with it.",
);
pub(super) const OTHER_CLUSTER: Row = row(
    "skill-other-cluster",
    2,
    409,
    "The invocation is bound to a cluster that this host does not look after.",
    "Leave the cluster out, name one that this host looks after, or add it to clusters: in the settings.",
);
pub(super) const ROLE: Row = row(
    "skill-role",
    5,
    403,
    "The caller's role does not cover the command's risk.",
    "An administrator can give this door or this caller a higher role in the settings.",
);
pub(super) const TRAPPED: Row = row(
    "skill-trapped",
    1,
    500,
    "A skill crashed. It was thrown away; jarvis and the other skills are well.",
    "This is a fault of the skill: give its author the cause shown.",
);
pub(super) const TIMEOUT: Row = row(
    "skill-timeout",
    1,
    504,
    "A skill used up its time without an answer.",
    "If the cluster is slow, try again; else raise limits.time of the skill.",
);
pub(super) const BROKEN_OFF: Row = row(
    "skill-broken-off",
    1,
    409,
    "Whoever spoke a command broke it off (stop, or the wake word) before it had begun anything.",
    "Say it again if it is wanted after all.",
);
pub(super) const REPLACED: Row = row(
    "skill-replaced",
    1,
    503,
    "A command was ended because its skill was updated 30 s before, or lost its grant, or was disabled.",
    "Look at what the command has done (jarvis runs) and whether the skill serves (jarvis skill list), then say it again.",
);
pub(super) const MEMORY: Row = row(
    "skill-memory",
    1,
    500,
    "A skill wanted more memory than its limit.",
    "Raise limits.memory of the skill if its work needs it, or tell its author.",
);
pub(super) const CROWDED: Row = row(
    "skill-crowded",
    1,
    429,
    "A skill runs as often as it may at the same time, and no place came free.",
    "Try again in a moment; if it happens often, raise limits.concurrent of the skill.",
);
pub(super) const FULL: Row = row(
    "skill-host-full",
    1,
    503,
    "So many calls of skills run that the host has no place for another, and none came free.",
    "Try again in a moment; jarvis skill list shows which skill is called so often.",
);
pub(super) const OUT_OF_MEMORY: Row = row(
    "skill-host-memory",
    1,
    503,
    "The machine has no memory, or no addresses, for a skill's call.",
    "Give jarvis more memory (ulimit -v, MemoryMax= of its unit), or lower limits.memories of the skill.",
);
pub(super) const REPLY_TOO_LARGE: Row = row(
    "skill-reply-too-large",
    1,
    500,
    "A skill's reply is longer than the contract allows.",
    "This is a fault of the skill: its author has to say less, or page.",
);
pub(super) const BAD_REPLY: Row = row(
    "skill-bad-reply",
    1,
    500,
    "A skill's reply cannot be read.",
    "This is a fault of the skill: give its author the sentence above.",
);
pub(super) const CLUSTER: Row = row(
    "skill-cluster-unreachable",
    1,
    502,
    "What the command needs to know of the cluster could not be asked.",
    "See whether the cluster answers, then try again.",
);
pub(super) const HOST: Row = row(
    "skill-host-fault",
    1,
    500,
    "jarvis itself failed while it ran a command.",
    "Please report it with the log; jarvis audit show says what was done by then.",
);

/// The skill was denied something, and says so.
pub(crate) const DENIED: Row = row(
    "skill-denied",
    5,
    403,
    "The skill was not allowed to do what the command needs.",
    "The sentence says which grant or role is missing; an administrator can add it.",
);
/// The skill found the request malformed.
pub(crate) const INVALID: Row = row(
    "skill-invalid",
    2,
    422,
    "The skill cannot make sense of what it was asked.",
    "Change the arguments as the sentence says.",
);
/// What was asked for is not there.
pub(crate) const NOT_FOUND: Row = row(
    "skill-not-found",
    1,
    404,
    "What the command is about does not exist, or may not be seen.",
    "Ask for a list first, for example: list all machines.",
);
/// A deadline inside the skill passed.
pub(crate) const LATE: Row = row(
    "skill-late",
    1,
    504,
    "The cluster did not answer the skill in time.",
    "See whether the cluster answers, and look before trying again: the command may have had an effect.",
);
/// Too much at once.
pub(crate) const BUSY: Row =
    row("skill-busy", 1, 429, "Too much is going on at once.", "Try again in a moment.");
/// The far side is away.
pub(crate) const UNAVAILABLE: Row = row(
    "skill-unavailable",
    1,
    502,
    "The cluster, or a node of it, could not be reached; nothing happened.",
    "See whether the node is up and answers, then try again.",
);
/// The far side failed.
pub(crate) const FAILED: Row = row(
    "skill-failed",
    1,
    502,
    "Proxmox or a node answered with a failure.",
    "The sentence has Proxmox's own words; the task's log on the node has more.",
);
/// Anything else.
pub(crate) const OTHER: Row = row(
    "skill-error",
    1,
    409,
    "The skill refuses, or ended with an error of its own.",
    "The sentence is the skill's; jarvis runs shows what it did.",
);

/// The rows of this module.
pub(crate) const INVOKE_ROWS: &[&Row] = &[
    &UNKNOWN_COMMAND,
    &NOT_SERVING,
    &OTHER_CLUSTER,
    &ROLE,
    &TRAPPED,
    &TIMEOUT,
    &BROKEN_OFF,
    &REPLACED,
    &MEMORY,
    &CROWDED,
    &FULL,
    &OUT_OF_MEMORY,
    &REPLY_TOO_LARGE,
    &BAD_REPLY,
    &CLUSTER,
    &HOST,
    &DENIED,
    &INVALID,
    &NOT_FOUND,
    &LATE,
    &BUSY,
    &UNAVAILABLE,
    &FAILED,
    &OTHER,
    &engine::UNUSABLE,
    &engine::NOT_A_COMPONENT,
];

/// The rows of limits that a call went over.
pub(crate) const EXCESS_ROWS: &[&Row] = &excess::ROWS;
