//! What can go wrong at a terminal. What policy refuses, and what the cluster
//! cannot open, is told in their own words.

use jarvis_domain::{BadSize, ClusterId, TerminalId};

use super::places::{ALL, EACH};
use super::{keys, socket};

/// An error of a terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TerminalError {
    /// It is not said what the terminal is to be on.
    #[error("{0}")]
    Request(String),
    /// A program's key.
    #[error("a terminal is opened by a signed-in person, not by a key")]
    NotAPerson,
    /// No such cluster.
    #[error("there is no cluster {0}")]
    NoCluster(ClusterId),
    /// No such terminal, or no longer.
    #[error("there is no terminal {0}")]
    NotFound(TerminalId),
    /// Somebody else's.
    #[error("the terminal {0} belongs to somebody else")]
    NotYours(TerminalId),
    /// One person has as many as one may.
    #[error("you have {EACH} terminals open already")]
    TooManyOwn,
    /// All together have as many as there may be.
    #[error("{ALL} terminals are open already")]
    TooMany,
    /// The host is about to end.
    #[error("jarvis is stopping, and with it its terminals")]
    Stopping,
    /// It could not be written down.
    #[error("no terminal is opened, since it cannot be written down")]
    Unrecorded(#[source] jarvis_domain::kv::StoreError),
    /// The pseudo-terminal or its program does not start.
    #[error("the terminal's program cannot be started: {0}")]
    Start(String),
    /// The cluster does not open it in time.
    #[error("the terminal did not open within {0} s")]
    Late(u64),
    /// Nobody waits for it any more.
    #[error("whoever asked for the terminal went before it was open")]
    Left,
    /// A text frame that is no control.
    #[error("a text frame is none of those that a terminal knows: {0}")]
    Control(String),
    /// A frame is longer than is read.
    #[error("a frame of more than {} bytes is not read", socket::MOST)]
    TooLong,
    /// What came is not the WebSocket protocol.
    #[error("what came is not the WebSocket protocol: {0}")]
    Protocol(String),
    /// A size that no terminal has.
    #[error(transparent)]
    Size(#[from] BadSize),
    /// More changes of size than anybody can see.
    #[error("the size was changed more than {} times within a second", socket::RESIZES)]
    TooFast,
    /// More was said to be shown than was sent.
    #[error("more was said to be shown than was sent")]
    Ack,
    /// More was typed than is kept.
    #[error("the program reads nothing, and {} bytes wait for it already", keys::MOST)]
    KeysFull,
    /// Nothing was typed or shown for long.
    #[error("nothing was typed or shown for {0} min")]
    Idle(u64),
    /// Its owner is signed out.
    #[error("the sign-in that the terminal was opened with has ended")]
    SignedOut,
    /// Another socket has it now.
    #[error("the terminal {0} was opened in another window")]
    TakenOver(TerminalId),
}

rows! { TerminalError;
    Request(_) => "api-terminal-request", 2, 400,
        "A terminal was asked for without a word on what.",
        "Name one of node=NAME, guest=NUMBER and session=ID.";
    NoCluster(_) => "api-terminal-no-cluster", 1, 404,
        "A terminal was asked for on a cluster that the settings do not name.",
        "Leave the cluster out for the main one; the others stand in the settings under clusters:";
    NotFound(_) => "api-terminal-not-found", 1, 404,
        "There is no terminal of that id, or it has ended.",
        "Open a new one. A terminal is kept for five minutes after its connection was lost.";
    NotYours(_) => "api-terminal-not-yours", 5, 403,
        "A terminal belongs to whoever opened it.",
        "Open one of your own.";
    TooManyOwn{} => "api-terminal-too-many-own", 1, 429,
        "One person has as many terminals open as one may.",
        "Close one that you do not need; one whose connection was lost goes by itself in five minutes.";
    TooMany{} => "api-terminal-too-many", 1, 503,
        "As many terminals are open as there may be in all.",
        "Try again when somebody has closed one.";
    Stopping{} => "api-terminal-stopping", 1, 503,
        "The host is stopping and ends its terminals.",
        "Open a new one once it runs again.";
    Unrecorded(_) => "api-terminal-unrecorded", 1, 503,
        "The audit log cannot be written, so no terminal is opened.",
        "Look at the cause: the disk of the state folder may be full.";
    Start(_) => "api-terminal-start", 1, 502,
        "A terminal's program cannot be started on this machine.",
        "Look at the cause: a missing program, or the machine's limit of terminals or processes.";
    Late(_) => "api-terminal-late", 1, 504,
        "A terminal takes too long to open.",
        "Try again; the node that it is on, or the one that jarvis asks, may be overloaded or hang.";
    Left{} => "api-terminal-left", 1, 408,
        "Whoever asked for a terminal hung up before it was open.",
        "It was not opened; ask for it again.";
    Control(_) => "api-terminal-control", 2, 400,
        "A text frame at a terminal is none of its controls.",
        "Keys are sent as binary frames; text frames are {\"resize\":{\"cols\":80,\"rows\":24}}, {\"ack\":BYTES} and {\"end\":{}}.";
    TooLong{} => "api-terminal-frame-too-long", 2, 413,
        "A frame is longer than a terminal reads.",
        "Send long texts in several frames.";
    Protocol(_) => "api-terminal-protocol", 2, 400,
        "A frame breaks the rules of WebSocket (RFC 6455).",
        "This is a fault of the client program, or of something between it and jarvis.";
    Size(_) => "api-terminal-size", 2, 400,
        "A terminal cannot have that size.",
        "Both numbers are from 1 to 1000.";
    TooFast{} => "api-terminal-too-fast", 1, 429,
        "A terminal's size was changed more often than it can be followed.",
        "This is a fault of the client program; the last size that was taken holds.";
    Ack{} => "api-terminal-ack", 2, 400,
        "A client says that it has shown more than it was sent.",
        "An ack is the number of bytes shown since the one before.";
    KeysFull{} => "api-terminal-keys-full", 1, 429,
        "More was typed than the program reads, and what came last was dropped.",
        "Wait for the program, or end it and paste less at once.";
    Idle(_) => "api-terminal-idle", 1, 408,
        "A terminal where nothing happened for long was ended.",
        "Open a new one. How long it may be idle is in the settings, under terminal: idle:";
    SignedOut{} => "api-terminal-signed-out", 5, 401,
        "A terminal ends with the sign-in or the role that it was opened with.",
        "Sign in again.";
    NotAPerson{} => "api-terminal-not-a-person", 5, 403,
        "A key asked for a terminal.",
        "Sign in. Programs use the API, where each command is asked about as it has to be.";
    TakenOver(_) => "api-terminal-taken-over", 1, 409,
        "A terminal has one window; its owner has opened it in another.",
        "Go on there, or open a new one.";
}
