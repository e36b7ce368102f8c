//! All conversations by voice over WebSockets: who holds them, and how many
//! there may be.

use std::sync::Arc;

use jarvis_domain::{Clock, Principal};

use super::error::VoiceSocketError;
use super::port::Voices;
use crate::seats::{Full, Seat, Seats};

/// How many one person may have: a browser, and devices in some rooms.
pub(super) const EACH: usize = 4;
/// How many all together may have. Each may have an engine for its wake word.
pub(super) const ALL: usize = 16;

/// See the module.
#[derive(Debug)]
pub struct Talks {
    voices: Option<Arc<dyn Voices>>,
    seats: Arc<Seats>,
    clock: Arc<dyn Clock>,
}

impl Talks {
    /// Held by `voices`; where that is nobody, each is refused.
    #[must_use]
    pub fn new(voices: Option<Arc<dyn Voices>>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { voices, seats: Seats::new(EACH, ALL), clock })
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Whoever holds one with `who`, and the seat for it.
    pub(super) fn seat(
        &self,
        who: &Principal,
    ) -> Result<(Arc<dyn Voices>, Seat), VoiceSocketError> {
        let voices = self.voices.clone().ok_or(VoiceSocketError::Off)?;
        let seat = self.seats.take(who).map_err(|full| match full {
            Full::Own => VoiceSocketError::TooManyOwn,
            Full::All => VoiceSocketError::TooMany,
        })?;
        Ok((voices, seat))
    }
}
