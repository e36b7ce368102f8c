//! How many connections there are, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The most connections at a time.
const MOST: usize = 4096;
/// The most from one address. This machine's own programs share one, and so
/// does all that comes through a proxy here.
const EACH: usize = 256;

/// Who is there.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    by_address: Mutex<HashMap<IpAddr, usize>>,
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
        if crowd.values().sum::<usize>() >= MOST {
            return Err(Full::All);
        }
        let here = crowd.entry(address).or_default();
        if *here >= EACH && !address.is_loopback() {
            return Err(Full::Address);
        }
        *here += 1;
        Ok(Place { crowd: Arc::clone(self), address })
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
    }
}

impl Full {
    /// What is sent to who finds no place, head and all.
    pub(crate) fn answer(self) -> String {
        let (status, detail) = match self {
            Self::All => ("503 Service Unavailable", "jarvis serves as many connections as it can"),
            Self::Address => {
                ("429 Too Many Requests", "this address has too many connections open")
            }
        };
        let number = status.get(..3).unwrap_or("503");
        let body = format!(
            "{{\"type\":\"/api/errors#api-too-many-connections\",\"title\":\"Too many connections\",\
             \"status\":{number},\"code\":\"api-too-many-connections\",\"detail\":\"{detail}\",\
             \"hint\":\"Close some, and try again in a moment.\",\"request\":\"\"}}"
        );
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
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
        drop((places, rest));
        assert!(crowd.by_address.lock().unwrap().is_empty());
        assert!(Full::Address.answer().starts_with("HTTP/1.1 429 "));
    }
}
