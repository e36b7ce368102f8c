//! What can go wrong at the HTTP door itself. What goes wrong behind it keeps
//! its own room's code.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::HeaderName;
use jarvis_domain::{ClusterId, RunId};

/// An error of the HTTP door.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be listened on.
    #[error("jarvis cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Passwords would go over the network for everybody to read.
    #[error("{address} is reached from other machines, and no TLS is set up")]
    Exposed {
        /// The address.
        address: SocketAddr,
    },
    /// Certificate or key cannot be used.
    #[error("the certificate or key {} cannot be used: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Nobody in particular asks.
    #[error("this needs a sign-in")]
    NoSignIn,
    /// A token stands where logs and browsers keep it.
    #[error("a token never stands in an address")]
    TokenInUrl,
    /// A header that there is one of at most stands twice in the request.
    #[error("the header {0} stands in the request more than once")]
    Twice(HeaderName),
    /// The `Host` is none of this server's names.
    #[error("this server does not answer for {0}")]
    Host(String),
    /// Another site's page sends this.
    #[error("a page of {0} may not do this")]
    Origin(String),
    /// The body is too long.
    #[error("a body of more than {max} bytes is not read")]
    TooLarge {
        /// The longest that is read.
        max: usize,
    },
    /// The body came too slowly.
    #[error("the body did not come within {seconds} s")]
    Slow {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The connection broke while the body came.
    #[error("the body did not come as a whole")]
    Torn,
    /// The body says that it is something else.
    #[error("the body has to be application/json, not {0}")]
    MediaType(String),
    /// The body is no text.
    #[error("the body is not UTF-8: byte {at} fits nowhere")]
    NotUtf8 {
        /// Where.
        at: usize,
    },
    /// The body is no JSON.
    #[error("the body is not the JSON that is expected here: {0}")]
    NotJson(String),
    /// The body is nested too deep.
    #[error("the body is nested deeper than {max} levels")]
    TooDeep {
        /// The deepest that is read.
        max: usize,
    },
    /// Fields or parameters are unknown, missing or wrong.
    #[error("{0}")]
    Input(String),
    /// No such path.
    #[error("there is nothing at {0}")]
    NoPath(String),
    /// The path is there, the method is not.
    #[error("{path} does not take {method}")]
    Method {
        /// The path.
        path: String,
        /// The method.
        method: String,
    },
    /// There is no such node, guest, operation or key.
    #[error("there is no {kind} {id}")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// Its id.
        id: String,
        /// The path that lists what there is.
        list: &'static str,
    },
    /// There is no such cluster.
    #[error("there is no cluster {asked} here")]
    Cluster {
        /// What was asked for.
        asked: String,
        /// Those that there are.
        known: Vec<ClusterId>,
    },
    /// Proxmox answered something that this API does not understand.
    #[error("what {path} answered is not understood")]
    Odd {
        /// What was asked.
        path: jarvis_domain::ApiPath,
        /// What is wrong with it.
        why: String,
    },
    /// A key where a person has to sign in.
    #[error("{0} is for a person who signed in, not for a key")]
    NotAPerson(&'static str),
    /// The answer took too long.
    #[error("there was no answer within {seconds} s")]
    Late {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The server itself broke.
    #[error("jarvis itself failed while it answered")]
    Broken,
    /// What the change rests on has changed.
    #[error("this is not what it was when you looked at it")]
    Changed,
    /// A destructive command waits for a yes.
    #[error("{0}")]
    Asked(String),
    /// Several things fit an argument.
    #[error("{0}")]
    Choice(String),
    /// An argument is missing.
    #[error("{0}")]
    Missing(String),
    /// Proxmox says that the command failed.
    #[error("{0}")]
    Failed(String),
    /// Nobody can tell whether it happened.
    #[error("{0}")]
    Unsure(String),
    /// The same key came with another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The first request of this key goes on.
    #[error("the first request with this Idempotency-Key has not ended yet")]
    KeyBusy,
    /// The first request of this key was cut off, or its answer could not be kept.
    #[error(
        "nobody can tell how far the first request with this Idempotency-Key came, or what it was answered"
    )]
    KeyLost,
    /// The first request of this key was answered with a question, and that with yes.
    #[error(
        "the first request with this Idempotency-Key was answered with a question, and somebody has said yes to it: run {run}"
    )]
    KeyAnswered {
        /// What came of the yes.
        run: RunId,
    },
    /// Somebody has as many answers kept as they may.
    #[error("{0} answers to requests of yours with an Idempotency-Key are kept already")]
    KeysFull(usize),
    /// Too many connections.
    #[error("{0}")]
    Crowded(&'static str),
    /// Something was refused before it came to this API's own rules.
    #[error("the request was refused")]
    Refused,
}

rows! { HttpError, hint own_hint;
    Listen{..} => "api-http-listen", 1, 500,
        "The address of the HTTP API cannot be listened on.",
        "Another program may listen there: ss -ltnp shows which. Change the port in the settings, or PORT.";
    Exposed{..} => "api-exposed", 2, 500,
        "The HTTP API would be reached from other machines without TLS.",
        "Set up TLS in the settings (jarvis makes a certificate itself if asked to), listen on 127.0.0.1, or allow plain HTTP there in so many words.";
    Certificate{..} => "api-certificate", 2, 500,
        "The certificate or key of the HTTP API cannot be used.",
        "Give PEM files: the certificate with its chain, and its key, both readable for the user that jarvis runs as.";
    NoSignIn{} => "api-no-sign-in", 5, 401,
        "The request names nobody.",
        "Sign in with POST /api/auth/login and send the token as Authorization: Bearer; a program sends an API key the same way.";
    TokenInUrl{} => "api-token-in-url", 5, 400,
        "A token stands in the address, where logs and browsers keep it.",
        "Send it as Authorization: Bearer; for a WebSocket of a browser take a ticket from POST /api/auth/ticket. This token should be ended now: POST /api/auth/logout.";
    Twice(_) => "api-header-twice", 2, 400,
        "A header that a request has once at most stands in it more than once.",
        "Send it once. Where a proxy adds it, have it take the place of the one that came.";
    Host(_) => "api-host-refused", 2, 421,
        "The request is addressed to a name that is not this server's.",
        "Use the server's address, or add the name to the allowed hosts in the settings.";
    Origin(_) => "api-origin-refused", 5, 403,
        "A page of another site tried to act here.",
        "If that page is yours, add its origin to the allowed origins in the settings.";
    TooLarge{..} => "api-body-too-large", 2, 413,
        "The body of a request is longer than the API reads.",
        "Send less at a time: a body has at most 1 MiB, and 8 KiB where somebody signs in.";
    Slow{..} => "api-body-too-slow", 2, 408,
        "The body of a request came too slowly.",
        "Send it again, over a better connection.";
    Torn{} => "api-body-torn", 2, 400,
        "The body of a request broke off.",
        "Send it again.";
    MediaType(_) => "api-media-type", 2, 415,
        "The body of a request is not JSON.",
        "Send JSON, with Content-Type: application/json.";
    NotUtf8{..} => "api-not-utf8", 2, 400,
        "A request holds bytes that are no UTF-8 text.",
        "Send UTF-8.";
    NotJson(_) => "api-not-json", 2, 400,
        "The body of a request is not the JSON that is expected.",
        "GET /api/openapi.json says what each request takes.";
    TooDeep{..} => "api-too-deep", 2, 400,
        "The body of a request is nested too deep.",
        "GET /api/openapi.json says what each request takes.";
    Input(_) => "api-bad-input", 2, 400,
        "Fields or parameters of a request are unknown, missing or wrong.",
        "The list of fields says what is wrong with each.";
    NoPath(_) => "api-no-such-path", 2, 404,
        "The API has no such path.",
        "GET /api/openapi.json lists every path; /api/docs shows them.";
    Method{..} => "api-method-not-allowed", 2, 405,
        "The path does not take this method.",
        "The header Allow says which it takes.";
    Unknown{..} => "api-unknown", 1, 404,
        "There is no node, guest, operation or key of that name.",
        "Look at what there is.";
    Cluster{..} => "api-unknown-cluster", 2, 404,
        "This host does not look after the named cluster.",
        "GET /api/clusters shows which it looks after.";
    Odd{..} => "api-odd-answer", 1, 502,
        "Proxmox answered something that this API does not understand.",
        "It may be of another version; please tell the project which.";
    NotAPerson(_) => "api-not-a-person", 5, 403,
        "A key asked for what only a person who signed in may do.",
        "Sign in with POST /api/auth/login.";
    Late{..} => "api-late", 1, 504,
        "A request took longer than the API waits.",
        "What was started goes on by itself: GET /api/operations and /api/runs show it.";
    Broken{} => "api-internal", 1, 500,
        "jarvis itself failed while it answered.",
        "Look into its log for the request's id, and tell the project.";
    Changed{} => "api-changed", 2, 412,
        "What a change rests on was changed by somebody else meanwhile.",
        "Get it again, look at it, and send the change with its new ETag.";
    Asked(_) => "api-confirmation-needed", 4, 409,
        "A destructive command waits for a person's yes.",
        "POST /api/confirmations/{id} says yes, DELETE says no; the question is good once, and for a minute.";
    Choice(_) => "api-choice-needed", 4, 409,
        "Several things fit what was asked for.",
        "Send the request again with one of the options.";
    Missing(_) => "api-value-missing", 4, 422,
        "An argument of the command is missing.",
        "Send the request again with it.";
    Failed(_) => "api-command-failed", 1, 502,
        "Proxmox says that the command failed.",
        "GET /api/operations/{id}/log shows what Proxmox wrote about it.";
    Unsure(_) => "api-outcome-unknown", 1, 504,
        "Nobody can tell whether the command did what it was for.",
        "Look at the guest or node itself; GET /api/runs/{id} shows what was seen.";
    KeyReused{} => "api-idempotency-key-reused", 2, 422,
        "An Idempotency-Key came again with another method, path or body.",
        "Take a new key for each request.";
    KeyBusy{} => "api-idempotency-busy", 1, 409,
        "The first request with an Idempotency-Key goes on.",
        "Ask again in a moment, with the same key.";
    KeyLost{} => "api-idempotency-lost", 1, 409,
        "jarvis was stopped, or failed, while it answered the first request with this Idempotency-Key, or could not keep the answer.",
        "GET /api/operations shows whether it was started. To try again take a new key.";
    KeyAnswered{..} => "api-idempotency-answered", 1, 409,
        "The first request with an Idempotency-Key asked a question, and somebody has said yes to it since.",
        "The answer to that yes, GET /api/operations and the run say what came of it. To do it again take a new key.";
    KeysFull(_) => "api-idempotency-full", 1, 429,
        "As many answers are kept for one person or key as there may be.",
        "Each is kept for 24 hours. Leave the header out where a repeat does no harm.";
    Crowded(_) => "api-too-many-connections", 1, 503,
        "More connections are open than the HTTP API serves.",
        "Close some, and try again in a moment.";
    Refused{} => "api-refused", 2, 400,
        "The request is not one that HTTP or WebSocket allow.",
        "Look at the status, and at GET /api/openapi.json.";
}

impl HttpError {
    fn own_hint(&self) -> Option<String> {
        match self {
            Self::Unknown { list, .. } => Some(format!("GET {list} shows what there is.")),
            Self::Cluster { known, .. } => {
                let known: Vec<&str> = known.iter().map(ClusterId::as_str).collect();
                Some(format!("There are: {}.", known.join(", ")))
            }
            _ => None,
        }
    }
}
