//! Whose requests these are: the names that the server answers for, and the
//! pages that may act here. A name that is not ours is a rebound one (DNS
//! rebinding); a page that is not ours acts for somebody else.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use jarvis_domain::text;

use super::error::HttpError;
use super::proxies::Proxies;

/// What the server is called beside its addresses, whose pages may act, and
/// who may say for whom they ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Names without a port: `jarvis.lan`.
    pub hosts: Vec<String>,
    /// Origins: `https://panel.lan`.
    pub origins: Vec<String>,
    /// Proxies in front of it.
    pub proxies: Proxies,
}

impl Names {
    /// Refuses a request to a name that is not this server's.
    pub(crate) fn check_host(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        local: IpAddr,
    ) -> Result<(), HttpError> {
        let given = headers.get(HOST).map_or("", |host| host.to_str().unwrap_or("?"));
        let target = uri.authority().map(Authority::as_str);
        let is_ours = |name: &str| host_of(name).is_some_and(|host| self.is_ours(host, local));
        if is_ours(given) && target.is_none_or(is_ours) {
            return Ok(());
        }
        let told = if given.is_empty() { "no name" } else { target.unwrap_or(given) };
        Err(HttpError::Host(text::shown(told, 80)))
    }

    fn is_ours(&self, host: &str, local: IpAddr) -> bool {
        if host.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
        {
            return true;
        }
        // A page cannot make an address its own as it can a name.
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse::<IpAddr>()
            .is_ok_and(|given| given.is_loopback() || given.to_canonical() == local.to_canonical())
    }

    /// Refuses what a page of another site sends. What no page sends has no
    /// origin, and has to show a token anyway.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Result<(), HttpError> {
        let Some(origin) = headers.get(ORIGIN) else {
            let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
            return match site {
                Some(b"cross-site") => Err(HttpError::Origin("another site".to_owned())),
                _ => Ok(()),
            };
        };
        let origin = origin.to_str().unwrap_or("?");
        let ours = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let is_ours = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|authority| authority.eq_ignore_ascii_case(ours));
        if is_ours || self.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return Ok(());
        }
        Err(HttpError::Origin(text::shown(origin, 80)))
    }
}

/// The host of `name:port`; none where what follows the name is no port. Only what
/// is one of our own names or an address goes on, so nothing else is asked of it.
fn host_of(name: &str) -> Option<&str> {
    let host = match name.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            port.bytes().all(|digit| digit.is_ascii_digit()).then_some(host)?
        }
        _ => name,
    };
    Some(host.strip_suffix('.').unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_names_are_answered_for() {
        let names = Names { hosts: vec!["jarvis.lan".to_owned()], ..Names::default() };
        let local: IpAddr = "192.0.2.7".parse().unwrap();
        let check = |host: &str, uri: &str| {
            names.check_host(&uri.parse().unwrap(), &headers(&[("host", host)]), local).is_ok()
        };
        for good in [
            "localhost",
            "LOCALHOST:3001",
            "127.0.0.1:3001",
            "[::1]:3001",
            "192.0.2.7",
            "jarvis.lan:80",
            "Jarvis.LAN.",
        ] {
            assert!(check(good, "/"), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "192.0.2.8",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil@localhost",
            "jarvis.lan evil",
            "jarvis.lan:evil",
            "localhost:80@evil.example",
            "[::2]",
            "::2",
        ] {
            assert!(!check(bad, "/"), "{bad}");
        }
        assert!(!check("localhost", "http://evil.example/"));
        assert!(check("localhost", "http://127.0.0.1/"));
        assert!(names.check_host(&"/".parse().unwrap(), &HeaderMap::new(), local).is_err());
    }

    #[test]
    fn only_our_own_pages_may_act() {
        let names = Names { origins: vec!["https://panel.lan".to_owned()], ..Names::default() };
        let check = |origin: &str| {
            names.check_origin(&headers(&[("host", "localhost:3001"), ("origin", origin)])).is_ok()
        };
        for good in ["http://localhost:3001", "https://LOCALHOST:3001", "https://panel.lan"] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "null",
            "http://localhost",
            "http://localhost:3002",
            "http://evil.example",
            "http://panel.lan",
            "ftp://localhost:3001",
            "",
        ] {
            assert!(!check(bad), "{bad}");
        }
        assert!(names.check_origin(&HeaderMap::new()).is_ok());
        assert!(names.check_origin(&headers(&[("sec-fetch-site", "cross-site")])).is_err());
        assert!(names.check_origin(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
    }
}
