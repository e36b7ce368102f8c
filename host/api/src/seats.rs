//! How much of something that is open for long there may be, of one person and
//! in all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::Principal;

/// The seats.
#[derive(Debug)]
pub(crate) struct Seats {
    each: usize,
    all: usize,
    taken: Mutex<BTreeMap<Principal, usize>>,
}

/// Why somebody has no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// They have as many as one may.
    Own,
    /// There are no more.
    All,
}

/// A seat, given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    who: Principal,
}

impl Seats {
    /// So many for one person, and so many in all.
    pub(crate) fn new(each: usize, all: usize) -> Arc<Self> {
        Arc::new(Self { each, all, taken: Mutex::default() })
    }

    /// A seat for `who`.
    pub(crate) fn take(self: &Arc<Self>, who: &Principal) -> Result<Seat, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(who).is_some_and(|own| *own >= self.each) {
            return Err(Full::Own);
        }
        if taken.values().sum::<usize>() >= self.all {
            return Err(Full::All);
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
        let seats = Seats::new(3, 10);
        let who = |number: usize| Principal(format!("user:{number}@pam"));
        let mut held: Vec<Seat> =
            (0..10).map(|number| seats.take(&who(number / 3)).unwrap()).collect();
        assert_eq!(seats.take(&who(0)).err(), Some(Full::Own));
        assert_eq!(seats.take(&who(10)).err(), Some(Full::All));
        held.pop();
        assert_eq!(seats.take(&who(0)).err(), Some(Full::Own));
        assert!(seats.take(&who(10)).is_ok());
        drop(held);
        assert!(seats.taken.lock().unwrap().is_empty());
    }
}
