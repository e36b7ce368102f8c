//! Why a yes did not lead to anything.

use jarvis_domain::{Explain, Row, SkillId};
use jarvis_policy::confirm::Uncounted;

use super::LIFETIME;

/// Why a yes did not lead to anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmError {
    /// No such question.
    #[error("there is no such question")]
    Unknown,
    /// It was answered already.
    #[error("this question was answered already")]
    Used,
    /// It waited too long.
    #[error("this question is older than {} seconds", LIFETIME.as_secs())]
    Expired,
    /// Only so many wait, and others were asked after it.
    #[error("this question gave way to others that were asked after it; nothing was done")]
    GaveWay,
    /// Whoever asked or answered was signed out, or lost their role, before
    /// anything was done.
    #[error("whoever asked or answered is not signed in any more; nothing was done")]
    SignedOut,
    /// Somebody else's command.
    #[error("only whoever asked for this can confirm it")]
    NotYours,
    /// The yes does not count, by policy's rules.
    #[error("{0}")]
    Uncounted(Uncounted),
    /// The cluster changed, so that the command would do something else.
    #[error("what it would do has changed since you were asked; nothing was done")]
    PlanChanged,
    /// The skill changed.
    #[error("the skill {skill} changed since you were asked; nothing was done")]
    Revision {
        /// Which.
        skill: SkillId,
    },
}

const UNKNOWN: Row = Row {
    code: "confirmation-unknown",
    meaning: "There is no such question, or it is so old that it is forgotten.",
    hint: "Ask for the command again.",
    exit: 2,
    status: 404,
};
const USED: Row = Row {
    code: "confirmation-used",
    meaning: "A question is answered once; this one was.",
    hint: "jarvis runs shows what came of it. To do it again, ask for the command again.",
    exit: 1,
    status: 409,
};
const EXPIRED: Row = Row {
    code: "confirmation-expired",
    meaning: "A yes counts for 60 seconds, and while whoever asked is signed in; this one came later.",
    hint: "Ask for the command again.",
    exit: 1,
    status: 410,
};
const GAVE_WAY: Row = Row {
    code: "confirmation-gave-way",
    meaning: "Only so many questions wait, of one person or key and in all; with one more, the oldest of whoever has most is over.",
    hint: "Ask for the command again, and answer before you ask for more.",
    exit: 1,
    status: 410,
};
const NOT_YOURS: Row = Row {
    code: "confirmation-not-yours",
    meaning: "Somebody else asked for the command, and only they can confirm it.",
    hint: "Ask for the command yourself.",
    exit: 5,
    status: 403,
};
const PLAN_CHANGED: Row = Row {
    code: "plan-changed",
    meaning: "Between question and yes something changed, so that the command would do something else.",
    hint: "Ask for the command again; the question will say what it would do now.",
    exit: 1,
    status: 409,
};

/// The rows of this module.
pub(crate) const CONFIRM_ROWS: &[&Row] =
    &[&UNKNOWN, &USED, &EXPIRED, &GAVE_WAY, &NOT_YOURS, &PLAN_CHANGED];

impl From<Uncounted> for ConfirmError {
    fn from(uncounted: Uncounted) -> Self {
        match uncounted {
            Uncounted::Stranger => Self::NotYours,
            other => Self::Uncounted(other),
        }
    }
}

impl Explain for ConfirmError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unknown => &UNKNOWN,
            Self::Used => &USED,
            Self::Expired | Self::SignedOut => &EXPIRED,
            Self::GaveWay => &GAVE_WAY,
            Self::NotYours => &NOT_YOURS,
            Self::Uncounted(uncounted) => uncounted.row(),
            Self::PlanChanged | Self::Revision { .. } => &PLAN_CHANGED,
        }
    }

    fn german(&self) -> Option<String> {
        Some(match self {
            Self::Unknown => "so eine Frage gibt es nicht".to_owned(),
            Self::Used => "diese Frage ist schon beantwortet".to_owned(),
            Self::Expired => {
                format!("diese Frage ist älter als {} Sekunden", LIFETIME.as_secs())
            }
            Self::GaveWay => {
                "diese Frage ist anderen gewichen, die danach kamen; es geschah nichts".to_owned()
            }
            Self::SignedOut => {
                "wer gefragt oder geantwortet hat, ist nicht mehr angemeldet; es geschah nichts"
                    .to_owned()
            }
            Self::NotYours => "das kann nur bestätigen, wer es verlangt hat".to_owned(),
            Self::Uncounted(uncounted) => uncounted.german(),
            Self::PlanChanged => {
                "seit der Frage hat sich geändert, was geschehen würde; es geschah nichts"
                    .to_owned()
            }
            Self::Revision { skill } => {
                format!("der Skill {skill} hat sich seit der Frage geändert; es geschah nichts")
            }
        })
    }
}
