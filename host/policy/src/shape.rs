//! The path notation of policy's own tables: literal segments, `a|b`, typed
//! variables `{node}`, `{vmid}`, `{upid}`, any other `{name}`, `prefix*`, and
//! `**` at the end. Never read from a file: grants have
//! [`crate::PathPattern`], which knows fewer wild cards.

use jarvis_domain::{ApiPath, NodeName, Upid, Vmid};

/// The variables of a path that had a shape.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Captures<'p>(Vec<(&'static str, &'p str)>);

impl<'p> Captures<'p> {
    /// The segment that stood for `{name}`.
    pub(crate) fn get(&self, name: &str) -> Option<&'p str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// The variables of `path` if it has `shape`.
pub(crate) fn matches<'p>(shape: &'static str, path: &'p ApiPath) -> Option<Captures<'p>> {
    let mut captures = Captures::default();
    let mut given = path.segments();
    for wanted in shape.split('/').skip(1) {
        if wanted == "**" {
            return Some(captures);
        }
        let segment = given.next()?;
        if let Some(name) = variable(wanted) {
            if !is_sound(name, segment) {
                return None;
            }
            captures.0.push((name, segment));
        } else if !literal(wanted, segment) {
            return None;
        }
    }
    given.next().is_none().then_some(captures)
}

/// Whether some path has `shape` and is covered by a pattern whose segments
/// are `pattern` (`None` for `*`), open at its end if `open`.
pub(crate) fn overlaps<'a>(
    shape: &'static str,
    pattern: impl Iterator<Item = Option<&'a str>>,
    open: bool,
) -> bool {
    let mut wanted = shape.split('/').skip(1);
    for segment in pattern {
        let fits = match (wanted.next(), segment) {
            (Some("**"), _) => return true,
            (Some(_), None) => true,
            (Some(wanted), Some(segment)) => match variable(wanted) {
                Some(name) => is_sound(name, segment),
                None => literal(wanted, segment),
            },
            (None, _) => false,
        };
        if !fits {
            return false;
        }
    }
    open || matches!(wanted.next(), None | Some("**"))
}

fn variable(wanted: &'static str) -> Option<&'static str> {
    wanted.strip_prefix('{')?.strip_suffix('}')
}

fn literal(wanted: &str, segment: &str) -> bool {
    wanted.split('|').any(|word| match word.strip_suffix('*') {
        Some(prefix) => segment.starts_with(prefix),
        None => segment == word,
    })
}

/// Whether `segment` can be what `{name}` stands for.
fn is_sound(name: &str, segment: &str) -> bool {
    match name {
        "node" => segment.parse::<NodeName>().is_ok(),
        "vmid" => segment.parse::<Vmid>().is_ok(),
        "upid" => segment.parse::<Upid>().is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_matched_segment_by_segment() {
        for (shape, path, expected) in [
            ("/nodes/{node}/qemu|lxc/{vmid}", "/nodes/pve1/lxc/101", true),
            ("/nodes/{node}/qemu|lxc/{vmid}", "/nodes/pve1/lxc/0101", false),
            ("/nodes/{node}/qemu|lxc/{vmid}", "/nodes/pve1/openvz/101", false),
            ("/nodes/{node}/vnc*", "/nodes/pve1/vncshell", true),
            ("/nodes/{node}/vnc*", "/nodes/pve1/vncshell/x", false),
            ("/access/**", "/access", true),
            ("/access/**", "/accessx", false),
        ] {
            let parsed = path.parse().unwrap();
            assert_eq!(matches(shape, &parsed).is_some(), expected, "{shape} {path}");
        }
        let path = "/nodes/pve1/lxc/101".parse().unwrap();
        let found = matches("/nodes/{node}/qemu|lxc/{vmid}", &path).unwrap();
        assert_eq!(
            (found.get("node"), found.get("vmid"), found.get("x")),
            (Some("pve1"), Some("101"), None)
        );
    }

    #[test]
    fn a_pattern_overlaps_where_one_path_has_both() {
        let overlap = |shape, pattern: &str| {
            let pattern: crate::PathPattern = pattern.parse().unwrap();
            overlaps(shape, pattern.segments(), pattern.is_open())
        };
        assert!(overlap("/nodes/{node}/vnc*", "/nodes/*/*"));
        assert!(overlap("/nodes/{node}/vnc*", "/nodes/**"));
        assert!(overlap("/access/**", "/access/*/x"));
        assert!(!overlap("/nodes/{node}/vnc*", "/nodes/*"));
        assert!(!overlap("/nodes/{node}/vnc*", "/nodes/*/status"));
        assert!(!overlap("/nodes/{node}/vnc*", "/nodes/*/*/x"));
    }
}
