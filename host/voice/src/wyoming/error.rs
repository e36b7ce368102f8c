//! What is wrong with whoever connects to us, or wants to.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jarvis_domain::{Explain, Row};

/// Told to a peer as `error`, where it can still be told anything.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Nobody can connect.
    #[error("nobody can be let in at tcp://{address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// Anybody could connect.
    #[error("tcp://{0} is not this machine's alone, and no peers are named that may connect")]
    Open(SocketAddr),
    /// Nobody is told where it is.
    #[error("it cannot be said by Zeroconf where Wyoming is spoken: {0}")]
    Announce(String),
    /// The settings do not name this address.
    #[error("this address is not among those that may connect")]
    NotAllowed,
    /// No place is left.
    #[error("there are too many connections: {0}")]
    Crowded(&'static str),
    /// A peer asks for more than a room of people could.
    #[error("this address asks too often")]
    TooOften,
    /// An exchange is longer than it may be.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// A message, or what belongs to it, does not come.
    #[error("nothing came for {} s", .0.as_secs())]
    Stalled(Duration),
    /// Something is asked for that is not here.
    #[error("there is no {0} here")]
    Absent(&'static str),
    /// A message lacks what it must have.
    #[error("{kind}: {why}")]
    Unclear {
        /// Its type.
        kind: &'static str,
        /// What is wrong.
        why: &'static str,
    },
}

const LISTEN: Row = Row {
    code: "wyoming-listen",
    meaning: "The address at which jarvis is to serve Wyoming cannot be used.",
    hint: "Look whether something else has that port (10300 is also faster-whisper's), and whether the address is one of this machine's.",
    exit: 2,
    status: 500,
};
const OPEN: Row = Row {
    code: "wyoming-open",
    meaning: "Wyoming has no sign-in, and would be served to whoever can reach this machine.",
    hint: "Name the peers that may connect, in allow: beside listen:, or listen on 127.0.0.1.",
    exit: 2,
    status: 500,
};
const ANNOUNCE: Row = Row {
    code: "wyoming-announce",
    meaning: "The network cannot be told by Zeroconf where Wyoming is spoken.",
    hint: "Leave announce: out, and give Home Assistant the address by hand.",
    exit: 2,
    status: 500,
};
const NOT_ALLOWED: Row = Row {
    code: "wyoming-not-allowed",
    meaning: "Somebody connected by Wyoming whom the settings do not name.",
    hint: "If it is one of yours, add its address or network to allow:.",
    exit: 5,
    status: 403,
};
const CROWDED: Row = Row {
    code: "wyoming-crowded",
    meaning: "There are too many Wyoming connections, of one address or in all.",
    hint: "Look which program opens them and does not close them.",
    exit: 1,
    status: 429,
};
const TOO_OFTEN: Row = Row {
    code: "wyoming-too-often",
    meaning: "One address asks for more by Wyoming than a room of people could.",
    hint: "Wait a moment; look which program asks.",
    exit: 1,
    status: 429,
};
const TOO_LONG: Row = Row {
    code: "wyoming-too-long",
    meaning: "A Wyoming peer sends an utterance or a text without end.",
    hint: "End an utterance by audio-stop, and cut a long text into several.",
    exit: 1,
    status: 413,
};
const STALLED: Row = Row {
    code: "wyoming-stalled",
    meaning: "A Wyoming peer stopped in the middle of something.",
    hint: "Look whether it still runs, and at the network between.",
    exit: 1,
    status: 408,
};
const ABSENT: Row = Row {
    code: "wyoming-absent",
    meaning: "A Wyoming peer asks for something that jarvis has not, such as a wake word.",
    hint: "describe tells what there is. jarvis doctor says which part is missing, and the command that brings it.",
    exit: 1,
    status: 501,
};
const UNCLEAR: Row = Row {
    code: "wyoming-unclear",
    meaning: "A Wyoming peer sent a message that lacks what it must have.",
    hint: "Look at the version of that program; jarvis speaks Wyoming 1.10.",
    exit: 1,
    status: 400,
};

/// The rows of [`PeerError`].
pub(crate) const PEER_ROWS: &[&Row] = &[
    &LISTEN,
    &OPEN,
    &ANNOUNCE,
    &NOT_ALLOWED,
    &CROWDED,
    &TOO_OFTEN,
    &TOO_LONG,
    &STALLED,
    &ABSENT,
    &UNCLEAR,
];

impl Explain for PeerError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Listen { .. } => &LISTEN,
            Self::Open(_) => &OPEN,
            Self::Announce(_) => &ANNOUNCE,
            Self::NotAllowed => &NOT_ALLOWED,
            Self::Crowded(_) => &CROWDED,
            Self::TooOften => &TOO_OFTEN,
            Self::TooLong(_) => &TOO_LONG,
            Self::Stalled(_) => &STALLED,
            Self::Absent(_) => &ABSENT,
            Self::Unclear { .. } => &UNCLEAR,
        }
    }
}
