//! Why a host function did not do what a skill asked: the contract's `error`,
//! and the cases in which the skill is stopped instead of answered.

use jarvis_domain::kv::StoreError;
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{CallError, Explain, text};

use crate::bindings::types;
use crate::error::Excess;
use crate::guest::Guest;

/// The longest text of an error, bytes (`wit/types.wit`).
const MAX_TEXT: usize = 4 << 10;

/// The contract's `error`, or an end.
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
#[derive(Debug)]
pub enum Refusal {
    /// No grant, role or declared risk covers it.
    Denied(String),
    /// The call is malformed.
    Invalid(String),
    /// It could not be reached.
    Unavailable(String),
    /// The far side failed.
    Failed {
        /// Its status; 0 where it has none.
        status: i32,
        /// Its words.
        message: String,
    },
    /// Anything else.
    Other(String),
    /// The cluster did not do it.
    Cluster(CallError),
    /// The skill is stopped.
    Stop(Stop),
}

/// Why a skill is stopped in the middle of a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// It went over a limit.
    #[error("the skill {0}")]
    TooMuch(Excess),
    /// Its time is up.
    #[error("the skill's time is up")]
    Late,
    /// Whoever asked for it has broken it off.
    #[error("it was broken off by whoever asked for it")]
    BrokenOff,
    /// The host broke a promise to itself.
    #[error("{0}")]
    Host(String),
}

impl Refusal {
    /// For a run record: what the skill was told.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Denied(text) => format!("denied: {text}"),
            Self::Invalid(text) => format!("invalid: {text}"),
            Self::Unavailable(text) => format!("unavailable: {text}"),
            Self::Failed { status, message } => format!("failed ({status}): {message}"),
            Self::Other(text) => text.clone(),
            Self::Cluster(error) => error.to_string(),
            Self::Stop(stop) => format!("stopped: {stop}"),
        }
    }
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        Self::Cluster(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let row = error.row();
        Self::Unavailable(format!("{error}. {}", row.hint))
    }
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl types::Host for Guest {
    fn convert_error(&mut self, refusal: Refusal) -> wasmtime::Result<types::Error> {
        let bounded = |text: String| text::block(&text, MAX_TEXT);
        Ok(match refusal {
            Refusal::Denied(text) => types::Error::Denied(bounded(text)),
            Refusal::Invalid(text) => types::Error::Invalid(bounded(text)),
            Refusal::Unavailable(text) => types::Error::Unavailable(bounded(text)),
            Refusal::Failed { status, message } => {
                types::Error::Failed(types::Failure { status, message: bounded(message) })
            }
            Refusal::Other(text) => types::Error::Other(bounded(text)),
            Refusal::Cluster(CallError { kind, fault }) => {
                let text = bounded(fault.sentence.clone());
                self.session.scope.record.fault(fault);
                match kind {
                    CallErrorKind::NotFound => types::Error::NotFound(text),
                    CallErrorKind::TimedOut => types::Error::Timeout,
                    CallErrorKind::Busy(millis) => types::Error::Busy(millis),
                    CallErrorKind::Unavailable => types::Error::Unavailable(text),
                    CallErrorKind::Failed(status) => {
                        types::Error::Failed(types::Failure { status, message: text })
                    }
                    CallErrorKind::Garbled => types::Error::Other(text),
                }
            }
            Refusal::Stop(stop) => return Err(stop.into()),
        })
    }
}
