//! Grants: what a skill asks for in its manifest, and what an administrator
//! allows it in the settings. Both are written the same way; a skill may do
//! what stands in both.

mod print;
mod read;

use jarvis_domain::{ApiCall, Call, NodeName, ShellCall, Verb};
use serde::Serialize;

use crate::pattern::{ArgvPattern, PathPattern};
use crate::{Capability, forbidden};

/// Where grants stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A skill's manifest: each request says why.
    Request,
    /// The administrator's settings: a reason may be written, none need be.
    Allowance,
}

/// One grant, checked and in canonical order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grant {
    capability: Capability,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verbs: Vec<Verb>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<PathPattern>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    /// Empty for every node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<NodeName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    argv: Vec<ArgvPattern>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// All grants of one side; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct GrantSet(Vec<Grant>);

impl Grant {
    fn of(capability: Capability) -> Self {
        Self {
            capability,
            verbs: Vec::new(),
            paths: Vec::new(),
            fields: Vec::new(),
            nodes: Vec::new(),
            argv: Vec::new(),
            reason: None,
        }
    }

    /// The whole of a capability that has no narrower form, or of all nodes.
    /// `None` for those that name paths or programs.
    #[must_use]
    pub fn whole(capability: Capability) -> Option<Self> {
        use Capability::{ClusterRead, ClusterWrite, Inventory, Kv, NodeShell, Sensors};
        match capability {
            Inventory | Sensors | Kv => Some(Self::of(capability)),
            ClusterRead | ClusterWrite | NodeShell => None,
        }
    }

    /// The same grant for `node` alone, where one is meant.
    #[must_use]
    pub fn on(self, node: Option<&NodeName>) -> Self {
        Self { nodes: node.into_iter().cloned().collect(), ..self }
    }

    /// The narrowest grant that allows `call`; none where no grant can, since
    /// what it names is never granted or cannot be written as a pattern.
    #[must_use]
    pub fn for_call(call: &Call) -> Option<Self> {
        let grant = match call {
            Call::Api(call) => {
                let read = call.verb == Verb::Get;
                let paths = vec![PathPattern::exactly(&call.path)];
                let fields: Vec<String> =
                    call.fields.iter().map(|field| field.name.clone()).collect();
                let never = forbidden::path(&call.path).is_some()
                    || fields.iter().any(|name| forbidden::field_name(name).is_some());
                if never || call.path.segments().count() > PathPattern::MAX {
                    return None;
                }
                let capability =
                    if read { Capability::ClusterRead } else { Capability::ClusterWrite };
                let verbs = if read { Vec::new() } else { vec![call.verb] };
                Self { verbs, paths, fields, ..Self::of(capability) }
            }
            Call::Shell(call) => Self {
                nodes: vec![call.node.clone()],
                argv: vec![ArgvPattern::new(&call.argv).ok()?],
                ..Self::of(Capability::NodeShell)
            },
        };
        // A word `*` of the call would be a wild card in the grant: an
        // argument that no pattern can name.
        let exact = match call {
            Call::Api(_) => true,
            Call::Shell(call) => !call.argv.iter().any(|word| word.contains('*')),
        };
        exact.then(|| grant.sorted())
    }

    /// Which interface it opens.
    #[must_use]
    pub fn capability(&self) -> Capability {
        self.capability
    }

    /// Why the skill wants it, or the administrator gives it.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Whether `call` is covered. What is never granted is not looked at
    /// here: [`crate::decide`] refuses it first.
    #[must_use]
    pub fn allows(&self, call: &Call) -> bool {
        match (self.capability, call) {
            (Capability::ClusterRead, Call::Api(call)) => {
                call.verb == Verb::Get && self.allows_api(call)
            }
            (Capability::ClusterWrite, Call::Api(call)) => {
                call.verb != Verb::Get && self.verbs.contains(&call.verb) && self.allows_api(call)
            }
            (Capability::NodeShell, Call::Shell(call)) => self.allows_shell(call),
            _ => false,
        }
    }

    /// Whether it opens `capability`, on `node` where one is meant.
    #[must_use]
    pub fn opens(&self, capability: Capability, node: Option<&NodeName>) -> bool {
        self.capability == capability
            && node.is_none_or(|node| self.nodes.is_empty() || self.nodes.contains(node))
    }

    /// Whether it covers everything that `other` covers.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let nodes = self.nodes.is_empty()
            || (!other.nodes.is_empty() && other.nodes.iter().all(|n| self.nodes.contains(n)));
        let has_path = |path| self.paths.iter().any(|own| own.covers(path));
        let has_argv = |argv| self.argv.iter().any(|own| own.covers(argv));
        self.capability == other.capability
            && nodes
            && other.verbs.iter().all(|verb| self.verbs.contains(verb))
            && other.paths.iter().all(has_path)
            && other.fields.iter().all(|field| self.fields.contains(field))
            && other.argv.iter().all(has_argv)
    }

    /// Its parts with one verb and one path or argv each, which together cover
    /// what it covers.
    fn parts(&self) -> Vec<Self> {
        let verbs: Vec<Vec<Verb>> = match self.verbs.as_slice() {
            [] => vec![Vec::new()],
            verbs => verbs.iter().map(|verb| vec![*verb]).collect(),
        };
        let mut parts = Vec::new();
        for verbs in verbs {
            let part = Self { verbs, paths: Vec::new(), argv: Vec::new(), ..self.clone() };
            for path in &self.paths {
                parts.push(Self { paths: vec![path.clone()], ..part.clone() });
            }
            for argv in &self.argv {
                parts.push(Self { argv: vec![argv.clone()], ..part.clone() });
            }
            if self.paths.is_empty() && self.argv.is_empty() {
                parts.push(part);
            }
        }
        parts
    }

    fn allows_api(&self, call: &ApiCall) -> bool {
        self.paths.iter().any(|path| path.matches(&call.path))
            && call.fields.iter().all(|field| self.fields.contains(&field.name))
    }

    fn allows_shell(&self, call: &ShellCall) -> bool {
        (self.nodes.is_empty() || self.nodes.contains(&call.node))
            && self.argv.iter().any(|argv| argv.matches(&call.argv))
    }

    fn sorted(mut self) -> Self {
        fn sort<T: Ord>(list: &mut Vec<T>) {
            list.sort();
            list.dedup();
        }
        sort(&mut self.verbs);
        sort(&mut self.paths);
        sort(&mut self.fields);
        sort(&mut self.nodes);
        sort(&mut self.argv);
        self
    }
}

impl GrantSet {
    /// A set of `grants`.
    #[must_use]
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Self {
        Self(grants.into_iter().collect())
    }

    /// The grants, in the order they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, Grant> {
        self.0.iter()
    }

    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the grants covers `call`. Two halves of two grants do
    /// not make a whole.
    #[must_use]
    pub fn allows(&self, call: &Call) -> bool {
        self.0.iter().any(|grant| grant.allows(call))
    }

    /// Whether one of the grants opens `capability`, on `node` where one is
    /// meant.
    #[must_use]
    pub fn opens(&self, capability: Capability, node: Option<&NodeName>) -> bool {
        self.0.iter().any(|grant| grant.opens(capability, node))
    }

    /// Whether everything that `other` covers is covered here: a skill's new
    /// revision inherits its allowance if its old request covers its new one.
    /// Never wrongly yes; a no may be too careful where one grant of `other`
    /// needs two of these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.missing(other).is_empty()
    }

    /// The parts of `wanted` that are not covered here.
    #[must_use]
    pub fn missing(&self, wanted: &Self) -> Self {
        let covered = |part: &Grant| self.0.iter().any(|grant| grant.covers(part));
        Self(wanted.0.iter().flat_map(Grant::parts).filter(|part| !covered(part)).collect())
    }
}

impl<'a> IntoIterator for &'a GrantSet {
    type Item = &'a Grant;
    type IntoIter = std::slice::Iter<'a, Grant>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
