//! How many may listen, one person and all together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::Principal;

use super::error::FeedError;

/// How often one person may listen: more windows than anybody looks at.
pub(crate) const EACH: usize = 32;
/// How many may listen in all: half of the connections that there may be, so
/// that requests find a place however many listen.
const ALL: usize = 2048;

/// The seats.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: Mutex<BTreeMap<Principal, usize>>,
}

/// A seat, given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    who: Principal,
}

impl Seats {
    /// A seat for `who`.
    pub(super) fn take(self: &Arc<Self>, who: &Principal) -> Result<Seat, FeedError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(who).is_some_and(|own| *own >= EACH) {
            return Err(FeedError::TooManyOwn);
        }
        if taken.values().sum::<usize>() >= ALL {
            return Err(FeedError::TooMany);
        }
        *taken.entry(who.clone()).or_default() += 1;
        Ok(Seat { seats: Arc::clone(self), who: who.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.who) {
            *own = own.saturating_sub(1);
        }
        taken.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_so_many_each_and_so_many_in_all() {
        let seats = Arc::<Seats>::default();
        let who = |number: usize| Principal(format!("user:{number}@pam"));
        let mut held: Vec<Seat> =
            (0..ALL).map(|number| seats.take(&who(number / EACH)).unwrap()).collect();
        assert!(matches!(seats.take(&who(0)), Err(FeedError::TooManyOwn)));
        assert!(matches!(seats.take(&who(ALL)), Err(FeedError::TooMany)));
        held.pop();
        assert!(matches!(seats.take(&who(0)), Err(FeedError::TooManyOwn)));
        assert!(seats.take(&who(ALL)).is_ok());
        drop(held);
        assert!(seats.taken.lock().unwrap().is_empty());
    }
}
