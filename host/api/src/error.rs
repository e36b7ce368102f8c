//! What can go wrong at the doors.

use std::path::PathBuf;

use jarvis_domain::{Explain, Role, Row};

/// An error of the doors.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No host answers at the socket.
    #[error("no jarvis answers at {}", socket.display())]
    NoHost {
        /// The socket.
        socket: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the connection to jarvis broke off before the answer came")]
    Broken(#[source] std::io::Error),
    /// What came is not the protocol.
    #[error("what came over the control socket is not understood")]
    Garbled(#[source] serde_json::Error),
    /// A line is longer than [`crate::control::MAX_LINE`].
    #[error("a request of more than {max} bytes is not read", max = crate::control::MAX_LINE)]
    TooLong,
    /// A host for real answers where a demo was asked for, or the other way.
    #[error("the jarvis at {} {}", socket.display(), if *demo { "runs a demo" } else { "is not a demo" })]
    WrongHost {
        /// The socket.
        socket: PathBuf,
        /// What it is.
        demo: bool,
    },
    /// The socket cannot be made.
    #[error("the control socket {} cannot be made", socket.display())]
    Listen {
        /// The socket.
        socket: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The caller has no role, or one that does not cover the request.
    #[error("{what} needs the role {needed}; you have {}", has.map_or_else(|| "none here".to_owned(), |role| role.to_string()))]
    NotAllowed {
        /// What was asked for.
        what: &'static str,
        /// The least role.
        needed: Role,
        /// The caller's role.
        has: Option<Role>,
    },
    /// One user holds as many connections as one may.
    #[error("user id {uid} holds {most} connections to jarvis already")]
    Crowded {
        /// Who.
        uid: u32,
        /// How many one user may hold.
        most: usize,
    },
    /// A WebSocket that only tells was told something.
    #[error("this WebSocket only tells what happens; it takes no messages")]
    SocketListens,
    /// The sign-in behind an open connection has ended.
    #[error("you are signed out, or your role was taken back")]
    SignedOut,
    /// There is no such run, skill or question.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What it would be.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A host for one command, where nobody signs in.
    #[error("keys belong to a host that serves, and none runs")]
    NoSignIns,
    /// The beginning of an id fits several.
    #[error("the ids of several {kind}s begin with {id}")]
    Ambiguous {
        /// What it would be.
        kind: &'static str,
        /// The beginning that was given.
        id: String,
        /// What it fits.
        fit: Vec<String>,
    },
}

const NO_HOST: Row = Row {
    code: "api-no-host",
    meaning: "No running host answers at the control socket.",
    hint: "Start one with: jarvis serve. Or let the command work by itself: add --demo, or --config FILE",
    exit: 1,
    status: 503,
};
const BROKEN: Row = Row {
    code: "api-broken",
    meaning: "The connection to the host broke before the answer came.",
    hint: "Whatever was started goes on by itself: jarvis runs shows it once the host answers again.",
    exit: 1,
    status: 502,
};
const GARBLED: Row = Row {
    code: "api-garbled",
    meaning: "A line on the control socket is not a request or an answer.",
    hint: "Host and command line may be of different versions: jarvis --version shows this one's.",
    exit: 2,
    status: 400,
};
const TOO_LONG: Row = Row {
    code: "api-too-long",
    meaning: "A request is longer than the door reads.",
    hint: "Ask for less at once.",
    exit: 2,
    status: 413,
};
const WRONG_HOST: Row = Row {
    code: "api-wrong-host",
    meaning: "A demo command met a host for real, or the other way round.",
    hint: "Use --demo only with a host that was started with --demo; --fresh starts one of its own.",
    exit: 2,
    status: 409,
};
const LISTEN: Row = Row {
    code: "api-listen",
    meaning: "The control socket cannot be made.",
    hint: "Check that its folder exists and belongs to the user that jarvis runs as, and that no other jarvis runs.",
    exit: 1,
    status: 500,
};
const NOT_ALLOWED: Row = Row {
    code: "api-not-allowed",
    meaning: "The caller's role does not cover the request.",
    hint: "An administrator gives roles in the settings: to a user id under control: roles:, to accounts and groups for the HTTP API.",
    exit: 5,
    status: 403,
};
const CROWDED: Row = Row {
    code: "api-crowded",
    meaning: "One user holds as many connections to the control socket as one user may.",
    hint: "End what this user has open, each jarvis chat for one, and try again.",
    exit: 1,
    status: 429,
};
const SOCKET_LISTENS: Row = Row {
    code: "api-socket-listens",
    meaning: "A message came over a WebSocket that only tells what happens.",
    hint: "Send what you want to be done to the API itself: see /api/docs.",
    exit: 2,
    status: 400,
};
const SIGNED_OUT: Row = Row {
    code: "api-signed-out",
    meaning: "The sign-in behind an open connection has ended.",
    hint: "Sign in again.",
    exit: 5,
    status: 401,
};
const NOT_FOUND: Row = Row {
    code: "api-not-found",
    meaning: "There is no run, skill or question of that id.",
    hint: "jarvis runs and jarvis skill list show what there is.",
    exit: 1,
    status: 404,
};
const NO_SIGN_INS: Row = Row {
    code: "api-no-sign-ins",
    meaning: "Keys are kept by a host that serves; a host for one command has none.",
    hint: "Start one: jarvis serve, or systemctl start jarvis.",
    exit: 1,
    status: 503,
};
const AMBIGUOUS: Row = Row {
    code: "api-ambiguous",
    meaning: "The beginning of an id fits several things.",
    hint: "Type more of the id: jarvis runs shows as much as is needed.",
    exit: 2,
    status: 409,
};

/// The rows of this room.
#[must_use]
pub fn rows() -> Vec<&'static Row> {
    [ROWS, crate::http::ROWS, crate::feed::ROWS].concat()
}

const ROWS: &[&Row] = &[
    &NO_HOST,
    &BROKEN,
    &GARBLED,
    &TOO_LONG,
    &WRONG_HOST,
    &LISTEN,
    &NOT_ALLOWED,
    &CROWDED,
    &SOCKET_LISTENS,
    &SIGNED_OUT,
    &NOT_FOUND,
    &NO_SIGN_INS,
    &AMBIGUOUS,
];

impl Explain for ApiError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NoHost { .. } => &NO_HOST,
            Self::Broken(_) => &BROKEN,
            Self::Garbled(_) => &GARBLED,
            Self::TooLong => &TOO_LONG,
            Self::WrongHost { .. } => &WRONG_HOST,
            Self::Listen { .. } => &LISTEN,
            Self::NotAllowed { .. } => &NOT_ALLOWED,
            Self::Crowded { .. } => &CROWDED,
            Self::SocketListens => &SOCKET_LISTENS,
            Self::SignedOut => &SIGNED_OUT,
            Self::NotFound { .. } => &NOT_FOUND,
            Self::NoSignIns => &NO_SIGN_INS,
            Self::Ambiguous { .. } => &AMBIGUOUS,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ambiguous { fit, .. } => {
                Some(format!("Type more of one of these:\n{}", fit.join("\n")))
            }
            _ => None,
        }
    }
}
