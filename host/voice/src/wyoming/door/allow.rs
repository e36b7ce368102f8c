//! Who may connect: this machine, and the addresses and networks that the
//! settings name. Wyoming has no sign-in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address, or all whose first bits are the same: `192.168.1.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Text that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address or a network belongs here, as 192.168.1.20, 192.168.1.0/24 or fd00::/64")]
pub struct BadNetwork;

impl Network {
    /// Whether `address` is of it.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - self.bits)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - self.bits)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }

    /// Whether it leaves out nobody at all.
    fn is_everybody(&self) -> bool {
        self.bits == 0
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most).ok_or(BadNetwork)?,
            None => most,
        };
        let network = Self { address, bits };
        // That would be the whole world, and no list.
        if network.is_everybody() { Err(BadNetwork) } else { Ok(network) }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Whether `address` may connect: one of this machine, or one of `allowed`.
#[must_use]
pub fn may_enter(address: IpAddr, allowed: &[Network]) -> bool {
    address.to_canonical().is_loopback() || allowed.iter().any(|network| network.has(address))
}

/// What one peer has of addresses: of IPv6 the network, where whoever has an
/// address has all of its /64.
pub(super) fn one_peer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        IpAddr::V4(address) if address.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_and_this_machine_may_enter() {
        let allowed: Vec<Network> =
            ["192.168.1.0/24", "10.0.0.7", "fd00::/64"].map(|text| text.parse().unwrap()).into();
        for (address, expected) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.168.1.255", true),
            ("::ffff:192.168.1.3", true),
            ("192.168.2.1", false),
            ("10.0.0.7", true),
            ("10.0.0.8", false),
            ("fd00::1:2:3:4", true),
            ("fd00:0:0:1::1", false),
        ] {
            assert_eq!(may_enter(address.parse().unwrap(), &allowed), expected, "{address}");
        }
        assert!(!may_enter("192.168.1.3".parse().unwrap(), &[]));
    }

    #[test]
    fn a_network_is_an_address_and_its_bits_and_never_everybody() {
        for text in ["", "pve1", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "0.0.0.0/0", "::/0"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
        assert_eq!("10.0.0.1".parse::<Network>().unwrap().to_string(), "10.0.0.1/32");
    }
}
