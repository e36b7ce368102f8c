//! A path of the Proxmox API in its one canonical form.
//!
//! `pvesh` ignores leading, trailing and double slashes and takes no URL
//! encoding; this type has exactly one spelling for each path, so that what
//! is matched is what is sent. Paths with a wild card are policy's patterns.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{NodeName, Vmid};

/// `/nodes/pve1/qemu/101/status/current`: a leading slash, segments parted by
/// one slash, none empty, none `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiPath(String);

/// Why a text is no canonical path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It is relative, empty, or only a slash.
    #[error("a path begins with / and names at least one segment")]
    NotAbsolute,
    /// `//` or a slash at the end.
    #[error("the path {0:?} has an empty segment")]
    EmptySegment(String),
    /// `.` or `..`.
    #[error("the path {0:?} has a . or .. segment")]
    Dots(String),
    /// Anything but letters, digits and `-._:@!+`.
    #[error("the path {path:?} has the character {character:?}")]
    Character {
        /// The path, shortened.
        path: String,
        /// The first character that may not stand in it.
        character: char,
    },
    /// A segment that `pvesh` could read as an option.
    #[error("the path {0:?} has a segment that begins with -")]
    Dash(String),
    /// Longer than [`ApiPath::MAX`].
    #[error("the path is longer than {max} bytes", max = ApiPath::MAX)]
    Long,
}

impl ApiPath {
    /// The longest path in bytes; the longest real ones, with a UPID, have
    /// under 200.
    pub const MAX: usize = 512;

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }

    /// The node of a `/nodes/{node}/…` path.
    #[must_use]
    pub fn node(&self) -> Option<NodeName> {
        let mut segments = self.segments();
        (segments.next() == Some("nodes")).then(|| segments.next()?.parse().ok())?
    }

    /// The guest of a `/nodes/{node}/{qemu|lxc}/{vmid}/…` path.
    #[must_use]
    pub fn guest(&self) -> Option<Vmid> {
        let mut segments = self.segments().skip(2);
        matches!(segments.next(), Some("qemu" | "lxc")).then(|| segments.next()?.parse().ok())?
    }
}

impl FromStr for ApiPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let shown = || crate::text::cut(text, 80);
        if text.len() > Self::MAX {
            return Err(BadPath::Long);
        }
        let Some(rest) = text.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
            return Err(BadPath::NotAbsolute);
        };
        for segment in rest.split('/') {
            match segment {
                "" => return Err(BadPath::EmptySegment(shown())),
                "." | ".." => return Err(BadPath::Dots(shown())),
                _ if segment.starts_with('-') => return Err(BadPath::Dash(shown())),
                _ => {}
            }
            let stray =
                segment.chars().find(|c| !c.is_ascii_alphanumeric() && !"-._:@!+".contains(*c));
            if let Some(character) = stray {
                return Err(BadPath::Character { path: shown(), character });
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ApiPath {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        text.parse()
    }
}

impl From<ApiPath> for String {
    fn from(path: ApiPath) -> Self {
        path.0
    }
}

impl std::fmt::Display for ApiPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_paths_name_their_node_and_guest() {
        let path: ApiPath = "/nodes/pve1/qemu/101/status/current".parse().unwrap();
        assert_eq!(path.node().unwrap().as_str(), "pve1");
        assert_eq!(path.guest().unwrap().get(), 101);
        let task: ApiPath =
            "/nodes/pve1/tasks/UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:100:root@pam:/status"
                .parse()
                .unwrap();
        assert_eq!((task.segments().count(), task.guest()), (5, None));
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for bad in [
            "",
            "/",
            "nodes",
            "//nodes",
            "/nodes/",
            "/nodes//pve1",
            "/nodes/../access",
            "/./nodes",
            "/nodes/%2e%2e/access",
            "/nodes/pve1\0",
            "/nodes/pve1\n",
            "/nodes/ä",
            "/nodes/p ve",
            "/nodes/--noproxy",
            "/nodes/-x",
            "/nodes?x=1",
            "/nodes#x",
            "/nodes/*",
        ] {
            assert!(bad.parse::<ApiPath>().is_err(), "{bad:?}");
        }
        assert_eq!(format!("/{}", "a".repeat(600)).parse::<ApiPath>(), Err(BadPath::Long));
    }
}
