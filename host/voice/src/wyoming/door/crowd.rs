//! How many connections there are, in all and of one peer, and how often each
//! asks for something that costs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;

use super::allow::one_peer;
use crate::wyoming::PeerError;

/// The most connections at a time. A house has some dozen satellites, each with
/// one for its wake word and one for what is said.
const MOST: usize = 256;
/// The most of one peer. This machine's own programs share one address.
const EACH: usize = 32;
/// How many exchanges a peer may begin at once, and how long until one more.
const BURST: u32 = 30;
const EVERY: Duration = Duration::from_millis(500);

/// Who is there.
#[derive(Debug)]
pub(super) struct Crowd {
    clock: Arc<dyn Clock>,
    peers: Mutex<HashMap<IpAddr, Peer>>,
}

#[derive(Debug, Default)]
struct Peer {
    connections: usize,
    /// When all that it has begun counts no more, by [`Clock::running`].
    even: Duration,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(in crate::wyoming) struct Place {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

impl Crowd {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, peers: Mutex::default() })
    }

    /// Takes a place.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, PeerError> {
        let own = one_peer(address);
        let now = self.clock.running();
        let mut peers = self.peers();
        peers.retain(|_, peer| peer.connections > 0 || peer.even > now);
        if peers.values().map(|peer| peer.connections).sum::<usize>() >= MOST {
            return Err(PeerError::Crowded("all places are taken"));
        }
        let peer = peers.entry(own).or_default();
        if peer.connections >= EACH && !own.is_loopback() {
            return Err(PeerError::Crowded("this address has too many"));
        }
        peer.connections += 1;
        Ok(Place { crowd: Arc::clone(self), address: own })
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<IpAddr, Peer>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Begins an exchange.
    pub(super) fn ask(&self) -> Result<(), PeerError> {
        let now = self.crowd.clock.running();
        let mut peers = self.crowd.peers();
        let Some(peer) = peers.get_mut(&self.address) else { return Ok(()) };
        let even = peer.even.max(now).saturating_add(EVERY);
        if even.saturating_sub(now) > EVERY * BURST {
            return Err(PeerError::TooOften);
        }
        peer.even = even;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut peers = self.crowd.peers();
        if let Some(peer) = peers.get_mut(&self.address) {
            peer.connections = peer.connections.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn one_peer_takes_neither_the_places_nor_the_time_of_others() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let crowd = Crowd::new(clock.clone());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let places: Vec<Place> = (0..EACH).map(|_| crowd.enter(one).unwrap()).collect();
        assert!(matches!(crowd.enter(one), Err(PeerError::Crowded(_))));
        let elsewhere = crowd.enter(other).unwrap();
        for n in 0..BURST {
            // Over several connections it is the same peer.
            places[n as usize % places.len()].ask().unwrap();
        }
        assert!(matches!(places[0].ask(), Err(PeerError::TooOften)));
        elsewhere.ask().unwrap();
        drop(places);
        let again = crowd.enter(one).unwrap();
        assert!(matches!(again.ask(), Err(PeerError::TooOften)), "to come again makes it no less");
        clock.advance(EVERY);
        again.ask().unwrap();
        assert!(again.ask().is_err());
        drop((again, elsewhere));
        clock.advance(EVERY * BURST);
        drop(crowd.enter(IpAddr::from([192, 0, 2, 3])).unwrap());
        assert_eq!(crowd.peers().len(), 1, "who has gone is forgotten");
        let own = IpAddr::from([127, 0, 0, 1]);
        let all: Vec<Place> = (0..MOST).map(|_| crowd.enter(own).unwrap()).collect();
        assert!(crowd.enter(other).is_err());
        drop(all);
        assert!(crowd.enter(other).is_ok());
    }
}
