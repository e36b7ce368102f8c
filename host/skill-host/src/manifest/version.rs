//! The two versions of a manifest: the skill's own, and the contract's.

use std::str::FromStr;

use jarvis_domain::text;

/// A skill's own version, as Semantic Versioning 2.0.0 writes it: `0.1.0`,
/// `1.2.3-rc.1`. For people; the revision, not this, tells skills apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

/// The contract that a skill was built against: `0.1` for `jarvis:skill@0.1.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractVersion {
    major: u16,
    minor: u16,
}

/// Not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVersion {
    /// A skill's version has three numbers.
    #[error("{0:?} is not a version: it is three numbers, like 0.1.0 or 1.2.3-rc.1")]
    Skill(String),
    /// A contract's version has two numbers.
    #[error("{0:?} is not a contract version: it is two numbers, like {host}", host = ContractVersion::HOST)]
    Contract(String),
}

impl Version {
    /// The version as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ContractVersion {
    /// What this host speaks: the version of the package in `wit/`.
    pub const HOST: Self = Self { major: 0, minor: 1 };

    /// Whether this host can run a skill built against it. Below 1.0 each
    /// minor version stands alone; from 1.0 a host serves its elders.
    #[must_use]
    pub fn is_served(self) -> bool {
        let host = Self::HOST;
        self.major == host.major
            && (self.minor == host.minor || (host.major > 0 && self.minor < host.minor))
    }
}

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let (rest, build) = text.split_once('+').map_or((text, None), |(r, b)| (r, Some(b)));
        let (numbers, pre) = rest.split_once('-').map_or((rest, None), |(n, p)| (n, Some(p)));
        let sound = numbers.split('.').count() == 3
            && numbers.split('.').all(|part| number(part).is_some())
            && [build, pre].into_iter().flatten().all(is_suffix)
            && text.len() <= 64;
        if sound { Ok(Self(text.to_owned())) } else { Err(BadVersion::Skill(text::cut(text, 60))) }
    }
}

impl FromStr for ContractVersion {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let parsed = text
            .split_once('.')
            .and_then(|(major, minor)| Some(Self { major: number(major)?, minor: number(minor)? }));
        parsed.ok_or_else(|| BadVersion::Contract(text::cut(text, 60)))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Digits without a leading zero.
fn number(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

fn is_suffix(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_three_numbers() {
        for good in ["0.1.0", "1.22.333", "1.0.0-rc.1", "1.0.0+build-5", "1.0.0-a-b+c.d"] {
            assert_eq!(good.parse::<Version>().map(|v| v.to_string()), Ok(good.to_owned()));
        }
        for bad in
            ["", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.x", "1.0.0-", "1.0.0+", "-1.0.0"]
        {
            assert_eq!(bad.parse::<Version>(), Err(BadVersion::Skill(bad.to_owned())));
        }
        assert!(format!("1.0.0-{}", "a".repeat(80)).parse::<Version>().is_err());
    }

    #[test]
    fn only_the_hosts_own_contract_is_served_below_one() {
        for (text, served) in [("0.1", true), ("0.2", false), ("0.0", false), ("1.1", false)] {
            assert_eq!(text.parse::<ContractVersion>().map(ContractVersion::is_served), Ok(served));
        }
        for bad in ["", "0", "0.1.0", "0.", ".1", "a.b", "00.1"] {
            assert!(bad.parse::<ContractVersion>().is_err(), "{bad:?}");
        }
    }
}
