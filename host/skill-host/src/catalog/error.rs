//! Why a skill is not in service.

use jarvis_domain::{Caller, Explain, Revision, Row, SkillId, Timestamp, Topic};
use jarvis_policy::{Capability, GrantSet};

use crate::error::EngineError;
use crate::folder::FolderError;
use crate::manifest::ContractVersion;

/// Why a skill is not in service.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its folder, manifest or sentences have mistakes.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Its component cannot be compiled.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Its component is being compiled, which takes so long that others do not
    /// wait for it.
    #[error("its component is being compiled")]
    Compiling,
    /// It was built against another version of the contract.
    #[error("built for jarvis:skill {theirs}, this host speaks {}", ContractVersion::HOST)]
    Contract {
        /// What it was built for.
        theirs: String,
    },
    /// It imports a capability that its manifest does not request.
    #[error("its component uses {capability}, which skill.yaml does not request")]
    NotRequested {
        /// The capability.
        capability: Capability,
    },
    /// It imports a capability that the administrator does not allow.
    #[error("it uses {capability}, which it is not allowed")]
    NotAllowed {
        /// The skill.
        skill: SkillId,
        /// The capability.
        capability: Capability,
        /// What would have to be added.
        missing: GrantSet,
    },
    /// An administrator took it out of service.
    #[error("{} disabled it at {at}", by.principal)]
    Disabled {
        /// The skill.
        skill: SkillId,
        /// Who.
        by: Caller,
        /// When.
        at: Timestamp,
    },
    /// An update requests more than the skill was allowed and than the revision
    /// before it requested.
    #[error("this revision asks for more than the one that serves")]
    AsksMore {
        /// The skill.
        skill: SkillId,
        /// What it asks for beyond that, with its reasons.
        more: GrantSet,
    },
    /// Grants are not inherited here, and nobody approved this revision.
    #[error("this revision needs an approval of its own: {why}")]
    NotApproved {
        /// The skill.
        skill: SkillId,
        /// The revision.
        revision: Revision,
        /// Why it does not inherit the grants of the one before.
        why: String,
    },
    /// It imports something that no skill gets.
    #[error("its component uses {import}, which no skill has{}", why(.import))]
    Import {
        /// The import by its whole name.
        import: String,
    },
    /// It does not answer commands.
    #[error("its component does not export jarvis:skill/skill@{}", ContractVersion::HOST)]
    NoExport,
    /// It takes events, and its manifest names none.
    #[error("its component takes events, and skill.yaml does not say which")]
    NoTopics,
    /// Its manifest names events, and it takes none.
    #[error(
        "skill.yaml names events, and its component does not export jarvis:skill/events@{}",
        ContractVersion::HOST
    )]
    NoEvents,
    /// It wants to hear of what it may not see.
    #[error("it wants to hear of {topic}, and the settings do not allow it inventory")]
    TopicNotAllowed {
        /// The skill.
        skill: SkillId,
        /// The first such topic.
        topic: Topic,
        /// What would have to be added.
        missing: GrantSet,
    },
    /// It needs more memory to begin with than it may have.
    #[error("it begins with {needs} KiB of memory, and may have {limit} KiB")]
    Memory {
        /// What it begins with, KiB.
        needs: u64,
        /// What it may have, KiB.
        limit: u64,
    },
    /// It is made of more than it may be.
    #[error("it has {has} {what}, and may have {may}")]
    Parts {
        /// Of what.
        what: &'static str,
        /// How many it has.
        has: u64,
        /// How many it may have.
        may: u64,
    },
    /// Its imports or exports have other types than the contract's.
    #[error("its component does not fit jarvis:skill {}", ContractVersion::HOST)]
    Unfit(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub(super) const COMPILING: Row = Row {
    code: "skill-compiling",
    meaning: "A large component is being compiled; other skills do not wait for it.",
    hint: "It serves when that is done, which takes some seconds the first time.",
    exit: 1,
    status: 503,
};
const CONTRACT: Row = Row {
    code: "skill-contract",
    meaning: "A skill was built for another version of the contract than this host speaks.",
    hint: "Build the skill again with the SDK of this jarvis, or update jarvis.",
    exit: 2,
    status: 422,
};
const NOT_REQUESTED: Row = Row {
    code: "skill-not-requested",
    meaning: "A component uses a capability that its manifest does not request.",
    hint: "Add the capability to requests: in skill.yaml, with a reason.",
    exit: 2,
    status: 422,
};
const NOT_ALLOWED: Row = Row {
    code: "skill-not-allowed",
    meaning: "A skill uses a capability that the administrator does not allow it.",
    hint: "Look at what it requests and why (jarvis skill show), then jarvis skill approve it, or allow it in the settings.",
    exit: 5,
    status: 403,
};
pub(super) const DISABLED: Row = Row {
    code: "skill-disabled",
    meaning: "An administrator took a skill out of service.",
    hint: "jarvis skill enable puts it back.",
    exit: 5,
    status: 403,
};
const ASKS_MORE: Row = Row {
    code: "skill-asks-more",
    meaning: "An update of a skill requests more than it was allowed; the revision before it serves on.",
    hint: "Look at what it asks for and why (jarvis skill grants), then approve it, or put the old files back.",
    exit: 5,
    status: 403,
};
const NOT_APPROVED: Row = Row {
    code: "skill-not-approved",
    meaning: "Each revision of a skill needs an approval of its own where its settings say pin: digest, and in a folder that others than root and the user of jarvis may write.",
    hint: "Look at the skill and approve it (jarvis skill grants), or take the right to write from others (chmod go-w, chown).",
    exit: 5,
    status: 403,
};
const IMPORT: Row = Row {
    code: "skill-import",
    meaning: "A component uses something that no skill has.",
    hint: "Build the skill without it: a skill reaches the world through jarvis:skill alone.",
    exit: 2,
    status: 422,
};
const NO_EXPORT: Row = Row {
    code: "skill-no-export",
    meaning: "A component does not answer commands.",
    hint: "Export the interface skill of jarvis:skill; with the Rust SDK that is jarvis_skill::export!.",
    exit: 2,
    status: 422,
};
const NO_TOPICS: Row = Row {
    code: "skill-no-topics",
    meaning: "A component takes events, and its manifest does not say which.",
    hint: "Name the topics in skill.yaml, each with a reason, or do not export events:\nevents:\n  - topic: guest.state\n    reason: …",
    exit: 2,
    status: 422,
};
const NO_EVENTS: Row = Row {
    code: "skill-no-events",
    meaning: "A manifest names events, and the component takes none.",
    hint: "Export the interface events of jarvis:skill, with the Rust SDK jarvis_skill::export!(invoke, on_event), or take events: out of skill.yaml.",
    exit: 2,
    status: 422,
};
const TOPIC_NOT_ALLOWED: Row = Row {
    code: "skill-topic-not-allowed",
    meaning: "A skill wants to hear of the cluster, which the administrator does not allow it to see.",
    hint: "Look at what it wants and why (jarvis skill show), then allow it inventory in the settings.",
    exit: 5,
    status: 403,
};
pub(crate) const TOO_BIG: Row = Row {
    code: "skill-too-big",
    meaning: "A component begins with more memory, or is made of more parts, than it may have.",
    hint: "Raise limits.memory, limits.memories, limits.tables or limits.instances in skill.yaml, up to the administrator's ceiling.",
    exit: 2,
    status: 422,
};
const UNFIT: Row = Row {
    code: "skill-unfit",
    meaning: "A component's functions have other types than the contract's.",
    hint: "Build the skill again with the SDK of this jarvis.",
    exit: 2,
    status: 422,
};

/// The rows of this module.
pub(crate) const LOAD_ROWS: &[&Row] = &[
    &COMPILING,
    &CONTRACT,
    &NOT_REQUESTED,
    &NOT_ALLOWED,
    &DISABLED,
    &ASKS_MORE,
    &NOT_APPROVED,
    &IMPORT,
    &NO_EXPORT,
    &NO_TOPICS,
    &NO_EVENTS,
    &TOPIC_NOT_ALLOWED,
    &TOO_BIG,
    &UNFIT,
];

impl LoadError {
    /// Whether it may go away without a change of the skill's files.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Folder(error) => error.may_pass(),
            Self::Engine(error) => matches!(error, EngineError::Unusable { .. }),
            Self::Compiling => true,
            _ => false,
        }
    }
}

impl Explain for LoadError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Folder(error) => error.row(),
            Self::Engine(error) => error.row(),
            Self::Compiling => &COMPILING,
            Self::Contract { .. } => &CONTRACT,
            Self::NotRequested { .. } => &NOT_REQUESTED,
            Self::NotAllowed { .. } => &NOT_ALLOWED,
            Self::Disabled { .. } => &DISABLED,
            Self::AsksMore { .. } => &ASKS_MORE,
            Self::NotApproved { .. } => &NOT_APPROVED,
            Self::Import { .. } => &IMPORT,
            Self::NoExport => &NO_EXPORT,
            Self::NoTopics => &NO_TOPICS,
            Self::NoEvents => &NO_EVENTS,
            Self::TopicNotAllowed { .. } => &TOPIC_NOT_ALLOWED,
            Self::Memory { .. } | Self::Parts { .. } => &TOO_BIG,
            Self::Unfit(_) => &UNFIT,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(error) => error.hint(),
            // Python's runtime imports files and sockets whether a skill uses
            // them or not.
            Self::Import { import } if import.starts_with("wasi:") => Some(
                "Build the skill without it: a skill reaches the world through jarvis:skill \
                 alone. A skill in Python is built with componentize-py componentize --stub-wasi."
                    .to_owned(),
            ),
            Self::NotRequested { capability } => Some(format!(
                "Add this to skill.yaml, with the paths, nodes or programs it needs:\nrequests:\n  \
                 - capability: {capability}\n    reason: …"
            )),
            Self::Disabled { skill, .. } => {
                Some(format!("To put it back: jarvis skill enable {skill}"))
            }
            Self::AsksMore { skill, more } => Some(format!(
                "It asks for this too:\n{}How to approve it: jarvis skill grants {skill}",
                more.to_yaml(2)
            )),
            Self::NotApproved { skill, revision, .. } => Some(format!(
                "Look at what it asks for: jarvis skill grants {skill}\nTo approve it as it is \
                 now: jarvis skill approve {skill} {}",
                revision.short()
            )),
            Self::NotAllowed { skill, missing, .. }
            | Self::TopicNotAllowed { skill, missing, .. } => Some(format!(
                "See why it wants it with jarvis skill grants {skill}, which also says how to \
                 approve it. Or add this to the settings, which count where nothing was \
                 decided by hand:\n{}",
                super::link::paste(skill, missing)
            )),
            _ => None,
        }
    }
}

fn why(import: &str) -> &'static str {
    const REASONS: [(&str, &str); 4] = [
        ("wasi:filesystem/", ": there are no files"),
        ("wasi:sockets/", ": there is no network"),
        ("wasi:http/", ": there is no network"),
        ("jarvis:skill/", ": the contract has no such interface"),
    ];
    REASONS.iter().find(|(prefix, _)| import.starts_with(prefix)).map_or("", |(_, why)| why)
}
