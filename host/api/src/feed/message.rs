//! What goes to a listener: one JSON object a text frame.
//!
//! `hello` comes first, with the name of this host's life (`epoch`) and the
//! number of the newest message; then, unless the listener goes on from where
//! it was, one `snapshot` or `silent` for each cluster, the `microphones` and the `timers`,
//! without a number; then the numbered messages. `missed` says that some are gone, and snapshots
//! follow it again. `end` is the last one.

use jarvis_domain::announce::Announcement;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{ClusterId, Event, Fault};
use serde::Serialize;

use super::change::Change;
use crate::{Microphone, Timer};

/// One message, without its number.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub(super) enum Body<'a> {
    /// The first message.
    Hello {
        /// This life of the host; numbers of another one mean nothing.
        epoch: &'a str,
        /// The number that the next message follows.
        after: u64,
        /// The listener goes on where it was: no snapshots follow.
        resumed: bool,
    },
    /// How a cluster stands.
    Snapshot {
        /// All of it.
        snapshot: &'a Snapshot,
    },
    /// A cluster does not answer.
    Silent {
        /// Which.
        cluster: &'a ClusterId,
        /// Why not.
        fault: &'a Fault,
    },
    /// What changed in a cluster since its snapshot or the change before.
    Change {
        /// Which.
        cluster: &'a ClusterId,
        /// What.
        #[serde(flatten)]
        change: &'a Change,
    },
    /// The microphones that somebody sits at, all of them.
    Microphones {
        /// They.
        microphones: &'a [Microphone],
    },
    /// What waits for its time, all of it.
    Timers {
        /// It.
        timers: &'a [Timer],
    },
    /// Something is to be said aloud.
    Announcement {
        /// What.
        announcement: &'a Announcement,
    },
    /// Something happened.
    Event {
        /// What.
        event: &'a Event,
    },
    /// The listener was too slow, or away for too long.
    Missed {
        /// How many messages; 0 where nobody knows.
        count: u64,
    },
    /// Nothing more comes.
    End {
        /// Why.
        fault: &'a Fault,
    },
}

/// Where a listener was: `EPOCH.NUMBER`, of the newest message it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Since {
    pub(super) epoch: String,
    pub(super) seen: u64,
}

/// Not a place in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("since is the epoch of hello, a dot and the number of the newest message: EPOCH.17")]
pub(crate) struct BadSince;

impl Body<'_> {
    /// As JSON. Nothing in it can fail to be written.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| {
            tracing::error!(%error, "a message of the feed could not be written");
            r#"{"type":"unwritable"}"#.to_owned()
        })
    }
}

/// `body`, a JSON object, with its number in front.
pub(super) fn numbered(body: &str, seq: u64) -> String {
    let rest = body.strip_prefix('{').unwrap_or(body);
    format!("{{\"seq\":{seq},{rest}")
}

impl std::str::FromStr for Since {
    type Err = BadSince;

    fn from_str(text: &str) -> Result<Self, BadSince> {
        let (epoch, seen) = text.rsplit_once('.').ok_or(BadSince)?;
        let seen = seen.parse().map_err(|_| BadSince)?;
        Ok(Self { epoch: epoch.to_owned(), seen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_first() {
        let body = Body::Missed { count: 3 }.text();
        assert_eq!(numbered(&body, 7), r#"{"seq":7,"type":"missed","count":3}"#);
    }

    #[test]
    fn a_place_is_read() {
        let since = Since { epoch: "a-b".to_owned(), seen: 17 };
        assert_eq!("a-b.17".parse(), Ok(since));
        for bad in ["", "17", "a.", "a.-1", "a.x", "a.99999999999999999999"] {
            assert_eq!(bad.parse::<Since>(), Err(BadSince), "{bad}");
        }
    }
}
