//! Why somebody's words are not said.

use jarvis_domain::{Explain, Row};

/// Why somebody's words are not said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnnounceError {
    /// There are none.
    #[error("there is nothing to say")]
    Empty,
    /// There are too many.
    #[error("more than {most} characters are not said")]
    Long {
        /// As many as there may be.
        most: usize,
    },
    /// They come too often.
    #[error("{most} announcements in a minute are enough")]
    Often {
        /// As many as may come.
        most: usize,
    },
    /// Nothing can be said there.
    #[error("nothing can be said at {place:?} now; {}", listed(known))]
    NoPlace {
        /// Where.
        place: String,
        /// Where it can.
        known: Vec<String>,
    },
}

const TEXT: Row = Row {
    code: "announcement-text",
    meaning: "An announcement has no words, or more than 400 characters.",
    hint: "Say it in one or two sentences.",
    exit: 2,
    status: 422,
};
const OFTEN: Row = Row {
    code: "announcement-often",
    meaning: "One person or program had six things said within a minute.",
    hint: "Wait a minute, or say it in one sentence.",
    exit: 1,
    status: 429,
};
const NO_PLACE: Row = Row {
    code: "announcement-no-place",
    meaning: "An announcement is for a place where nobody can say it now.",
    hint: "Leave the place out, or name one of those that jarvis microphones lists.",
    exit: 1,
    status: 404,
};

/// The rows of this module.
pub(crate) const ANNOUNCE_ROWS: &[&Row] = &[&TEXT, &OFTEN, &NO_PLACE];

impl Explain for AnnounceError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Empty | Self::Long { .. } => &TEXT,
            Self::Often { .. } => &OFTEN,
            Self::NoPlace { .. } => &NO_PLACE,
        }
    }
}

fn listed(known: &[String]) -> String {
    match known {
        [] => "nobody listens anywhere".to_owned(),
        some => format!("there are {}", some.join(", ")),
    }
}
