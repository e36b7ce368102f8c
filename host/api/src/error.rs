//! What can go wrong at the doors.

use std::path::PathBuf;

use jarvis_domain::{Role, Row};

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
    /// There is no such run, exchange, skill, question or microphone.
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
    /// There are as many microphones as there may be.
    #[error("there are {most} microphones already, and no more may be")]
    Microphones {
        /// How many there may be.
        most: usize,
    },
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

rows! { ApiError, hint own_hint;
    NoHost{..} => "api-no-host", 1, 503,
        "No running host answers at the control socket.",
        "Start one with: jarvis serve. Or let the command work by itself: add --demo, or --config FILE";
    Broken(_) => "api-broken", 1, 502,
        "The connection to the host broke before the answer came.",
        "Whatever was started goes on by itself: jarvis runs shows it once the host answers again.";
    Garbled(_) => "api-garbled", 2, 400,
        "A line on the control socket is not a request or an answer.",
        "Host and command line may be of different versions: jarvis --version shows this one's.";
    TooLong{} => "api-too-long", 2, 413,
        "A request is longer than the door reads.",
        "Ask for less at once.";
    WrongHost{..} => "api-wrong-host", 2, 409,
        "A demo command met a host for real, or the other way round.",
        "Use --demo only with a host that was started with --demo; --fresh starts one of its own.";
    Listen{..} => "api-listen", 1, 500,
        "The control socket cannot be made.",
        "Check that its folder exists and belongs to the user that jarvis runs as, and that no other jarvis runs.";
    NotAllowed{..} => "api-not-allowed", 5, 403,
        "The caller's role does not cover the request.",
        "An administrator gives roles in the settings: to a user id under control: roles:, to accounts and groups for the HTTP API.";
    Crowded{..} => "api-crowded", 1, 429,
        "One user holds as many connections to the control socket as one user may.",
        "End what this user has open, each jarvis chat for one, and try again.";
    SocketListens{} => "api-socket-listens", 2, 400,
        "A message came over a WebSocket that only tells what happens.",
        "Send what you want to be done to the API itself: see /api/docs.";
    SignedOut{} => "api-signed-out", 5, 401,
        "The sign-in behind an open connection has ended.",
        "Sign in again.";
    NotFound{..} => "api-not-found", 1, 404,
        "There is no run, exchange, skill, question or microphone of that id.",
        "jarvis runs, jarvis skill list and jarvis microphones show what there is.";
    NoSignIns{} => "api-no-sign-ins", 1, 503,
        "Keys are kept by a host that serves; a host for one command has none.",
        "Start one: jarvis serve, or systemctl start jarvis.";
    Microphones{..} => "api-microphones", 1, 429,
        "There are as many microphones at this host as there may be.",
        "End what listens elsewhere: jarvis microphones shows it.";
    Ambiguous{..} => "api-ambiguous", 2, 409,
        "The beginning of an id fits several things.",
        "Type more of the id: jarvis runs shows as much as is needed.";
}

/// The rows of this room.
#[must_use]
pub fn rows() -> Vec<&'static Row> {
    [ROWS, crate::http::ROWS, crate::feed::ROWS, crate::terminal::ROWS, crate::voice::ROWS].concat()
}

impl ApiError {
    fn own_hint(&self) -> Option<String> {
        match self {
            Self::Ambiguous { fit, .. } => {
                Some(format!("Type more of one of these:\n{}", fit.join("\n")))
            }
            _ => None,
        }
    }
}
