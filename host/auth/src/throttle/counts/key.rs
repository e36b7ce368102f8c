//! Whose count it is.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use jarvis_domain::identity::Account;

/// An account, where somebody is, or both together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::throttle) enum Key {
    Account(Account),
    Place(Place),
    Known(Account, Place),
}

/// An address, as far as it tells one person from another: whoever has an IPv6
/// address has all of its /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::throttle) struct Place(IpAddr);

impl Place {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
            }
            address => address,
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account {account}"),
            Self::Place(place) => write!(f, "address {}", place.0),
            Self::Known(account, place) => write!(f, "known {account} {}", place.0),
        }
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let account = |text: &str| text.parse().map_err(drop);
        let place = |text: &str| text.parse().map(Place::of).map_err(drop);
        match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["account", of] => Ok(Self::Account(account(of)?)),
            ["address", of] => Ok(Self::Place(place(of)?)),
            ["known", of, from] => Ok(Self::Known(account(of)?, place(from)?)),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_as_people_are() {
        let place = |text: &str| Place::of(text.parse().unwrap());
        assert_eq!(place("2001:db8::1"), place("2001:db8::ffff:1:2:3"));
        assert_ne!(place("2001:db8::1"), place("2001:db8:0:1::1"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let (account, place) =
            ("a@b@pam".parse::<Account>().unwrap(), Place::of([192, 0, 2, 1].into()));
        for key in [
            Key::Account(account.clone()),
            Key::Place(place),
            Key::Place(Place::of("2001:db8::7".parse().unwrap())),
            Key::Known(account, place),
        ] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for bad in ["", "account", "account root", "address x", "known a@pam", "x a@pam"] {
            assert_eq!(bad.parse::<Key>(), Err(()), "{bad}");
        }
    }
}
