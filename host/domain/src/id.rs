//! Ids that jarvis makes: UUID version 7 (RFC 9562), so that they sort by time.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later than every id made before it in this process.
            #[must_use]
            #[allow(clippy::new_without_default, reason = "two calls never give the same value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    };
}

/// Not an id that jarvis made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id looks like 0199a3c2-7d1e-7000-8000-000000000000")]
pub struct BadId;

id!(
    /// One request, however often it is retried.
    RequestId
);
id!(
    /// One run record: everything that followed from one invocation.
    RunId
);
id!(
    /// One exchange by voice that led to no run.
    ExchangeId
);
id!(
    /// One operation on the cluster.
    OperationId
);
id!(
    /// One question that waits for its answer.
    ConfirmationId
);
id!(
    /// One event, for whichever skills it is.
    EventId
);
id!(
    /// One microphone, for as long as somebody sits at it.
    MicrophoneId
);
id!(
    /// One terminal, over all of its sockets.
    TerminalId
);
id!(
    /// One timer, or one command for later.
    TimerId
);

impl From<OperationId> for EventId {
    /// The event of an operation's end has the operation's own id, so that an
    /// end that is found out twice is one event.
    fn from(id: OperationId) -> Self {
        Self(id.0)
    }
}
