//! Segment patterns over [`ApiPath`]s.

use std::str::FromStr;

use jarvis_domain::{ApiPath, BadPath, text};
use serde::{Deserialize, Serialize};

/// `/nodes/*/qemu/*/status/current`: `*` is exactly one segment, `**` at the
/// end is any number of them, none included. The first segment is written out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    segments: Vec<Segment>,
    tail: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Segment {
    /// `*`, before literals so that the order of patterns is that of their text.
    Any,
    Literal(String),
}

/// Why a text is no path pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPathPattern {
    /// Without its wild cards it is no canonical path.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// `a*`, `***`.
    #[error("the wild card in {0:?} stands for part of a segment; * stands for a whole one")]
    Partial(String),
    /// `**` before the end.
    #[error("** may only be the last segment")]
    InnerTail,
    /// `/*`, `/**`: a pattern that could be about anything.
    #[error("the first segment must be written out, like /nodes or /cluster")]
    WildFirst,
    /// [`PathPattern::MAX`].
    #[error("the pattern has more than {max} segments", max = PathPattern::MAX)]
    Long,
}

impl PathPattern {
    /// The most segments; the deepest paths of Proxmox have nine.
    pub const MAX: usize = 16;

    /// The pattern that covers `path` and nothing else.
    #[must_use]
    pub fn exactly(path: &ApiPath) -> Self {
        let literal = |segment: &str| Segment::Literal(segment.to_owned());
        Self { segments: path.segments().map(literal).collect(), tail: false }
    }

    /// Whether it ends in `**`.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.tail
    }

    /// Whether `path` is covered.
    #[must_use]
    pub fn matches(&self, path: &ApiPath) -> bool {
        let mut given = path.segments();
        let all = self.segments.iter().all(|segment| match (segment, given.next()) {
            (Segment::Any, Some(_)) => true,
            (Segment::Literal(literal), Some(segment)) => literal == segment,
            (_, None) => false,
        });
        all && (self.tail || given.next().is_none())
    }

    /// Whether every path that `other` covers is covered here too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let long_enough = if self.tail {
            other.segments.len() >= self.segments.len()
        } else {
            !other.tail && other.segments.len() == self.segments.len()
        };
        long_enough
            && self.segments.iter().zip(&other.segments).all(|(own, others)| match own {
                Segment::Any => true,
                Segment::Literal(_) => own == others,
            })
    }

    /// The segments, `None` for `*`.
    pub(crate) fn segments(&self) -> impl Iterator<Item = Option<&str>> {
        self.segments.iter().map(|segment| match segment {
            Segment::Any => None,
            Segment::Literal(literal) => Some(literal.as_str()),
        })
    }
}

impl FromStr for PathPattern {
    type Err = BadPathPattern;

    fn from_str(text: &str) -> Result<Self, BadPathPattern> {
        // A wild card is replaced by a letter, so that everything else must be
        // as canonical as a path is.
        let stand_in: String = text.replace('*', "x");
        stand_in.parse::<ApiPath>()?;
        let words: Vec<&str> = text.split('/').skip(1).collect();
        if words.len() > Self::MAX {
            return Err(BadPathPattern::Long);
        }
        let mut pattern = Self { segments: Vec::new(), tail: false };
        for (index, word) in words.iter().enumerate() {
            match *word {
                "*" | "**" if index == 0 => return Err(BadPathPattern::WildFirst),
                "**" if index + 1 == words.len() => pattern.tail = true,
                "**" => return Err(BadPathPattern::InnerTail),
                "*" => pattern.segments.push(Segment::Any),
                word if word.contains('*') => {
                    return Err(BadPathPattern::Partial(text::cut(word, 80)));
                }
                word => pattern.segments.push(Segment::Literal(word.to_owned())),
            }
        }
        Ok(pattern)
    }
}

impl TryFrom<String> for PathPattern {
    type Error = BadPathPattern;

    fn try_from(text: String) -> Result<Self, BadPathPattern> {
        text.parse()
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.to_string()
    }
}

impl std::fmt::Display for PathPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for segment in self.segments() {
            write!(f, "/{}", segment.unwrap_or("*"))?;
        }
        f.write_str(if self.tail { "/**" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PathPattern {
        text.parse().unwrap()
    }

    #[test]
    fn wild_cards_stand_for_whole_segments() {
        for (text, path, expected) in [
            ("/nodes/*/status", "/nodes/pve1/status", true),
            ("/nodes/*/status", "/nodes/pve1/x/status", false),
            ("/nodes/*/status", "/nodes/status", false),
            ("/nodes/*/status", "/nodes/pve1/status/x", false),
            ("/nodes/**", "/nodes", true),
            ("/nodes/**", "/nodes/pve1/qemu/101/config", true),
            ("/nodes/**", "/nodesx", false),
            ("/nodes/*/qemu/**", "/nodes/pve1/qemu", true),
            ("/nodes/*/qemu/**", "/nodes/pve1", false),
            ("/nodes/pve1", "/nodes/PVE1", false),
        ] {
            assert_eq!(pattern(text).matches(&path.parse().unwrap()), expected, "{text} {path}");
        }
    }

    #[test]
    fn wild_cards_in_the_wrong_place_are_refused() {
        use BadPathPattern::{InnerTail, Long, Partial, Path, WildFirst};
        for (text, expected) in [
            ("/nodes/pve*/status", Partial("pve*".into())),
            ("/nodes/***", Partial("***".into())),
            ("/nodes/**/status", InnerTail),
            ("/*", WildFirst),
            ("/**", WildFirst),
            ("/*/pve1", WildFirst),
            ("nodes/*", Path(BadPath::NotAbsolute)),
            ("/nodes/../*", Path(BadPath::Dots("/nodes/../x".into()))),
            ("/nodes//*", Path(BadPath::EmptySegment("/nodes//x".into()))),
            ("/nodes/*/", Path(BadPath::EmptySegment("/nodes/x/".into()))),
        ] {
            assert_eq!(text.parse::<PathPattern>(), Err(expected), "{text}");
        }
        for text in ["/nodes/%2e%2e/*", "/nodes/\0", "/nodes/-x", "/nodes/a b", "", "/", "/nodes?*"]
        {
            assert!(matches!(text.parse::<PathPattern>(), Err(Path(_))), "{text:?}");
        }
        assert_eq!("/a".repeat(17).parse::<PathPattern>(), Err(Long));
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one() {
        for (wide, narrow, expected) in [
            ("/nodes/*", "/nodes/pve1", true),
            ("/nodes/pve1", "/nodes/*", false),
            ("/nodes/**", "/nodes/*/qemu/**", true),
            ("/nodes/*/qemu/**", "/nodes/**", false),
            ("/nodes/*", "/nodes/**", false),
            ("/nodes/**", "/nodes", true),
        ] {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), expected, "{wide} {narrow}");
        }
    }
}
