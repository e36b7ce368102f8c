//! Why a listener is told nothing more, beside the end of its sign-in.

use super::hub::EACH;

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

rows! { FeedError;
    TooManyOwn{} => "api-events-too-many-own", 1, 429,
        "One person listens to what happens as often as one may.",
        "Close a window or a program that listens; one connection can tell several.";
    TooMany{} => "api-events-too-many", 1, 503,
        "As many listen to what happens as may in all.",
        "Try again when somebody has gone.";
    TooLong{} => "api-events-frame-too-long", 2, 413,
        "A frame came over a WebSocket that only tells what happens, and a long one.",
        "Send what you want to be done to the API itself: see /api/docs.";
    Protocol(_) => "api-events-protocol", 2, 400,
        "A frame breaks the rules of WebSocket (RFC 6455).",
        "This is a fault of the client program, or of something between it and jarvis.";
    Stopping{} => "api-events-stopping", 1, 503,
        "The host is stopping, and tells nothing more.",
        "Come back once it runs again; what stood then is told anew.";
}
