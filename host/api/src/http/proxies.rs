//! Who stands behind a proxy. Only one that the settings name is believed:
//! whoever else sends the header could name anybody.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Proxies that say truly for whom they ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpAddr>);

impl Proxies {
    /// Those at these addresses.
    #[must_use]
    pub fn at(addresses: Vec<IpAddr>) -> Self {
        Self(addresses.into_iter().map(|address| address.to_canonical()).collect())
    }

    /// Where a request comes from that reached us from `from`. Each proxy adds
    /// whom it was asked by at the end of `X-Forwarded-For`, so the last one
    /// there that is no proxy of ours is who asks; what stands before that is
    /// only their word.
    pub(crate) fn client(&self, from: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.0.contains(&from.to_canonical()) {
            return from;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter();
        let told: Vec<&str> =
            lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).collect();
        let mut client = from;
        for one in told.iter().rev() {
            let Some(address) = address(one.trim()) else { break };
            client = address;
            if !self.0.contains(&address) {
                break;
            }
        }
        client
    }
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    let with_port = || text.parse().ok().map(|socket: SocketAddr| socket.ip());
    bare.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_of_ours_are_believed_and_only_what_they_added() {
        let proxies = Proxies::at(vec!["127.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
        for (from, told, expected) in [
            ("127.0.0.1", &[][..], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("::ffff:127.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["192.0.2.7:4711"], "192.0.2.7"),
            ("127.0.0.1", &["[2001:db8::1]:80"], "2001:db8::1"),
            // What came first, anybody could have sent.
            ("127.0.0.1", &["10.9.9.9, 192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["10.9.9.9", "192.0.2.7"], "192.0.2.7"),
            ("127.0.0.1", &["192.0.2.7, 10.0.0.2"], "192.0.2.7"),
            ("127.0.0.1", &["unknown"], "127.0.0.1"),
            ("127.0.0.1", &["192.0.2.7, _hidden, 10.0.0.2"], "10.0.0.2"),
            ("192.0.2.9", &["127.0.0.1"], "192.0.2.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in told {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let client = proxies.client(from.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{from} {told:?}");
        }
    }
}
