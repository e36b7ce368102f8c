//! How many connections there are, in all and from one address. A WebSocket is
//! one of them until it ends.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::{Explain, RequestId};
use tokio::sync::watch;

use crate::http::error::HttpError;
use crate::http::problem::Refusal;

/// The most connections at a time.
const MOST: usize = 4096;
/// The most from one address, or one network of IPv6, where whoever has an
/// address has all of its /64. This machine's own programs share one, and so
/// does all that comes through a proxy here.
const EACH: usize = 256;

/// Who is there.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    by_address: Mutex<HashMap<IpAddr, usize>>,
    all: watch::Sender<usize>,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

/// No place is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// For anybody.
    All,
    /// For this address.
    Address,
}

impl Crowd {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Takes a place.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let mut crowd = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if self.count() >= MOST {
            return Err(Full::All);
        }
        let is_own = address.is_loopback();
        let address = network(address);
        let here = crowd.entry(address).or_default();
        if *here >= EACH && !is_own {
            return Err(Full::Address);
        }
        *here += 1;
        self.all.send_modify(|all| *all += 1);
        Ok(Place { crowd: Arc::clone(self), address })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        *self.all.borrow()
    }

    /// Completes when there is none.
    pub(crate) async fn emptied(&self) {
        // The sender is our own.
        let _ = self.all.subscribe().wait_for(|all| *all == 0).await;
    }
}

/// What one caller has of addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut crowd = self.crowd.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = crowd.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                crowd.remove(&self.address);
            }
        }
        self.crowd.all.send_modify(|all| *all = all.saturating_sub(1));
    }
}

impl Full {
    /// What is sent to who finds no place, head and all.
    pub(crate) fn answer(self) -> String {
        let (status, reason, detail) = match self {
            Self::All => {
                (503, "Service Unavailable", "jarvis serves as many connections as it can")
            }
            Self::Address => {
                (429, "Too Many Requests", "this address has too many connections open")
            }
        };
        let error = HttpError::Crowded(detail);
        let mut fault = error.fault();
        fault.status = status;
        let problem = Refusal::from(fault).problem(error.row().meaning, RequestId::new());
        // Nothing in it can fail to be written.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        format!(
            "HTTP/1.1 {status} {reason}\r\ncontent-type: application/problem+json\r\n\
             retry-after: 5\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_the_places_of_all() {
        let crowd = Crowd::new();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut places: Vec<Place> = (0..EACH).map(|_| crowd.enter(one).unwrap()).collect();
        assert_eq!(crowd.enter(one).unwrap_err(), Full::Address);
        assert!(crowd.enter(other).is_ok());
        places.pop();
        assert!(crowd.enter(one).is_ok());
        let own = IpAddr::from([127, 0, 0, 1]);
        let rest: Vec<Place> = (places.len()..MOST).map(|_| crowd.enter(own).unwrap()).collect();
        assert_eq!(crowd.enter(other).unwrap_err(), Full::All);
        assert_eq!(crowd.count(), MOST);
        drop((places, rest));
        assert!(crowd.by_address.lock().unwrap().is_empty());
        assert_eq!(crowd.count(), 0);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let crowd = Crowd::new();
        let at = |host: u128| IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8 << 96) + host));
        let places: Vec<Place> =
            (0..EACH).map(|host| crowd.enter(at(host as u128)).unwrap()).collect();
        assert_eq!(crowd.enter(at(1 << 63)).unwrap_err(), Full::Address);
        assert!(crowd.enter(at(1 << 64)).is_ok());
        let own: Vec<Place> =
            (0..=EACH).map(|_| crowd.enter(Ipv6Addr::LOCALHOST.into()).unwrap()).collect();
        drop((places, own));
        assert!(crowd.by_address.lock().unwrap().is_empty());
    }

    #[test]
    fn who_finds_no_place_is_told_as_by_every_problem() {
        for (full, status) in [(Full::All, 503), (Full::Address, 429)] {
            let answer = full.answer();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            let problem: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(problem["code"], "api-too-many-connections");
            assert_eq!(problem["status"], status);
        }
    }
}
