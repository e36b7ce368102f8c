//! What a destructive command would do, recorded before anybody is asked.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Call, ClusterId, CommandName, text};

/// A SHA-256, shown as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// A skill's manifest, component and sentences, as one digest.
pub type Revision = Digest;

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 hexadecimal digits")]
pub struct BadDigest;

/// The writes that a dry run recorded, bound to everything they depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The cluster it was made for.
    pub cluster: ClusterId,
    /// The command.
    pub command: CommandName,
    /// The revision that made it.
    pub revision: Revision,
    /// The command's arguments, as a JSON object with sorted keys.
    pub arguments: serde_json::Value,
    /// The writes, in order.
    pub writes: Vec<Call>,
}

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of several parts; where one ends is part of the digest.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The first 12 digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        text::cut(&self.to_string(), 12)
    }
}

impl Plan {
    /// The digest that a confirmation is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // Keys of serde_json's maps are sorted, so equal plans have equal texts.
        Digest::of(serde_json::json!(self).to_string().as_bytes())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| BadDigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = BadDigest;

    fn try_from(text: String) -> Result<Self, BadDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_their_text() {
        let digest = Digest::of(b"jarvis");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("12".parse::<Digest>(), Err(BadDigest));
        assert_ne!(Digest::of_parts([&b"ab"[..], b"c"]), Digest::of_parts([&b"a"[..], b"bc"]));
    }

    #[test]
    fn a_plan_that_differs_anywhere_has_another_digest() {
        let plan = Plan {
            cluster: "home".parse().unwrap(),
            command: "vm-lifecycle.stop".parse().unwrap(),
            revision: Digest::of(b"1"),
            arguments: serde_json::json!({"guest": 101}),
            writes: Vec::new(),
        };
        let mut other = plan.clone();
        other.cluster = "work".parse().unwrap();
        assert_eq!(plan.digest(), plan.digest());
        assert_ne!(plan.digest(), other.digest());
    }
}
