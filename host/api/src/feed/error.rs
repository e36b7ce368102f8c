//! Why a listener is told nothing more, beside the end of its sign-in.

use jarvis_domain::{Explain, Row};

use super::seats::EACH;

/// An error of a listener.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FeedError {
    /// One person listens as often as one may.
    #[error("you listen to what happens {EACH} times already")]
    TooManyOwn,
    /// All together listen as often as they may.
    #[error("as many listen to what happens as there are places")]
    TooMany,
    /// A frame is longer than is read.
    #[error("a frame of more than {} bytes is not read", super::socket::MAX_FRAME)]
    TooLong,
    /// What came is not the WebSocket protocol.
    #[error("what came is not the WebSocket protocol: {0}")]
    Protocol(String),
    /// The host is about to end.
    #[error("jarvis is stopping")]
    Stopping,
}

const TOO_MANY_OWN: Row = Row {
    code: "api-events-too-many-own",
    meaning: "One person listens to what happens as often as one may.",
    hint: "Close a window or a program that listens; one connection can tell several.",
    exit: 1,
    status: 429,
};
const TOO_MANY: Row = Row {
    code: "api-events-too-many",
    meaning: "As many listen to what happens as may in all.",
    hint: "Try again when somebody has gone.",
    exit: 1,
    status: 503,
};
const TOO_LONG: Row = Row {
    code: "api-events-frame-too-long",
    meaning: "A frame came over a WebSocket that only tells what happens, and a long one.",
    hint: "Send what you want to be done to the API itself: see /api/docs.",
    exit: 2,
    status: 413,
};
const PROTOCOL: Row = Row {
    code: "api-events-protocol",
    meaning: "A frame breaks the rules of WebSocket (RFC 6455).",
    hint: "This is a fault of the client program, or of something between it and jarvis.",
    exit: 2,
    status: 400,
};
const STOPPING: Row = Row {
    code: "api-events-stopping",
    meaning: "The host is stopping, and tells nothing more.",
    hint: "Come back once it runs again; what stood then is told anew.",
    exit: 1,
    status: 503,
};

/// The rows of listeners.
pub(crate) const ROWS: &[&Row] = &[&TOO_MANY_OWN, &TOO_MANY, &TOO_LONG, &PROTOCOL, &STOPPING];

impl Explain for FeedError {
    fn row(&self) -> &'static Row {
        match self {
            Self::TooManyOwn => &TOO_MANY_OWN,
            Self::TooMany => &TOO_MANY,
            Self::TooLong => &TOO_LONG,
            Self::Protocol(_) => &PROTOCOL,
            Self::Stopping => &STOPPING,
        }
    }
}
