//! The API's methods: a table of verb, path and parameters, and what each one
//! does. The words of a command line are `pvesh`'s business.

pub(crate) mod access;
pub(crate) mod apt;
pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod figures;
pub(crate) mod guests;
pub(crate) mod lifecycle;
pub(crate) mod nodes;
pub(crate) mod power;
pub(crate) mod rrd;
pub(crate) mod snapshots;
pub(crate) mod tasks;
pub(crate) mod terminals;

use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp, Upid, Vmid};
use serde_json::Value;

use crate::access::Caller;
use crate::cluster::Cluster;
use crate::guest::{self, Guest};
use crate::node::Node;
use crate::pvesh::{Args, Die};
use crate::worker::{Effect, Job};

/// A verb, by `pvesh`'s name of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Set,
    Create,
    Delete,
}

/// What a parameter's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// So many characters at most.
    Text(usize),
    /// Between the two, both included.
    Integer(i64, i64),
    Boolean,
    Choice(&'static [&'static str]),
    Node,
    Vmid,
    /// A list of guests' numbers.
    Vmids,
    ConfigId,
    /// A host name of so many characters at most.
    DnsName(usize),
    /// A list of tags.
    Tags,
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// What a method gives back.
pub(crate) enum Reply {
    /// `returns: null`: nothing is printed.
    Null,
    Value(Value),
    /// A part of a list, and how long the whole list is; `pvesh` does not say
    /// the latter.
    Page(Value, usize),
    /// A worker, which `pvesh` waits for and HTTPS does not.
    Worker(Job),
    /// A terminal that listens under this task.
    Terminal(Value, Upid),
}

/// What a method works on.
pub(crate) struct Context<'a> {
    pub(crate) cluster: &'a mut Cluster,
    pub(crate) now: Timestamp,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The place of the node that was called, in the cluster's list.
    pub(crate) here: usize,
    /// What happens by itself afterwards.
    pub(crate) later: Vec<(Duration, Effect)>,
}

/// What a method returns.
pub(crate) type Answer = Result<Reply, Die>;

/// One method.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) verb: Verb,
    /// `{name}` stands for any segment, `{kind}` for `qemu` and `lxc`.
    pub(crate) path: &'static str,
    /// Goes over ssh when the path names another node.
    pub(crate) proxied: bool,
    /// Without those of the path.
    pub(crate) params: &'static [Param],
    pub(crate) run: fn(&mut Context<'_>, &Args) -> Answer,
}

/// Every method, by module.
pub(crate) static METHODS: &[&[Method]] = &[
    cluster::METHODS,
    nodes::METHODS,
    apt::METHODS,
    guests::METHODS,
    config::METHODS,
    power::METHODS,
    lifecycle::METHODS,
    snapshots::METHODS,
    tasks::METHODS,
    terminals::METHODS,
    rrd::METHODS,
    access::METHODS,
];

/// A parameter that may be left out.
pub(crate) const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

/// A parameter that must be there.
pub(crate) const fn must(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

impl Method {
    /// The parameters, those of the path first.
    pub(crate) fn all(&self) -> impl Iterator<Item = Param> {
        let of_path = segments(self.path).into_iter().filter_map(|segment| {
            let name = segment.strip_prefix('{')?.strip_suffix('}')?;
            let kind = match name {
                "node" => Kind::Node,
                "vmid" => Kind::Vmid,
                "snapname" => Kind::ConfigId,
                _ => Kind::Text(512),
            };
            Some(must(name, kind))
        });
        of_path.chain(self.params.iter().copied())
    }
}

impl Verb {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Delete, Self::Get, Self::Set];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Create => "create",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }
}

impl Kind {
    /// As the short usage line has it: an enumeration is a string there.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Integer(..) | Self::Vmid => "integer",
            Self::Boolean => "boolean",
            Self::Text(_)
            | Self::Choice(_)
            | Self::Node
            | Self::Vmids
            | Self::ConfigId
            | Self::DnsName(_)
            | Self::Tags => "string",
        }
    }

    pub(crate) fn takes(self) -> crate::pvesh::Takes {
        use crate::pvesh::Takes;
        match self {
            Self::Boolean => Takes::Perhaps,
            Self::Vmids => Takes::Each,
            _ => Takes::Value,
        }
    }
}

impl Context<'_> {
    /// The node that was called.
    pub(crate) fn local(&self) -> Option<&Node> {
        self.cluster.nodes.get(self.here)
    }

    /// The node that the path names; `localhost` is the local one.
    pub(crate) fn node(&self, args: &Args) -> Result<NodeName, Die> {
        let name = args.get("node").unwrap_or("localhost");
        let node = match name {
            "localhost" => self.local(),
            name => self.cluster.node(name),
        };
        node.map(|node| node.name.clone())
            .ok_or_else(|| Die::new(format!("no such cluster node '{name}'")))
    }

    /// The guest that the path names, whether or not there is one.
    pub(crate) fn subject(&self, args: &Args) -> Result<(NodeName, guest::Kind, Vmid), Die> {
        let kind = match args.get("kind") {
            Some("lxc") => guest::Kind::Lxc,
            _ => guest::Kind::Qemu,
        };
        let vmid = args.vmid("vmid").ok_or_else(|| Die::new("no guest's number"))?;
        Ok((self.node(args)?, kind, vmid))
    }

    /// The guest that the path names.
    pub(crate) fn guest(&self, args: &Args) -> Result<&Guest, Die> {
        let (node, kind, vmid) = self.subject(args)?;
        self.cluster
            .guest(&node, kind, vmid)
            // ENOENT is left in errno by the file that was not there.
            .ok_or_else(|| Die::with(2, guest::missing(&node, kind, vmid)))
    }
}

/// The segments of a path; slashes too many are ignored.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// Whether `path` is one that `pattern` stands for.
pub(crate) fn fits(pattern: &[&str], path: &[&str]) -> bool {
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(pattern, segment)| match *pattern {
            "{kind}" => matches!(*segment, "qemu" | "lxc"),
            pattern => pattern.starts_with('{') || pattern == *segment,
        })
}

/// The method for `verb` at `path`, and what its path says.
pub(crate) fn find(verb: Verb, path: &str) -> Option<(&'static Method, Vec<(String, String)>)> {
    let path = segments(path);
    let method = METHODS
        .iter()
        .copied()
        .flatten()
        .find(|method| method.verb == verb && fits(&segments(method.path), &path))?;
    let named = segments(method.path).into_iter().zip(path).filter_map(|(pattern, segment)| {
        let name = match pattern {
            // A method for one kind of guests alone.
            "qemu" | "lxc" => "kind",
            pattern => pattern.strip_prefix('{')?.strip_suffix('}')?,
        };
        Some((name.to_owned(), segment.to_owned()))
    });
    Some((method, named.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_method_however_its_slashes_are_written() {
        for path in ["version", "/version", "//version/"] {
            assert!(find(Verb::Get, path).is_some(), "{path}");
        }
        let (method, named) = find(Verb::Create, "/nodes/a/lxc/104/status/start").unwrap();
        assert_eq!(method.path, "/nodes/{node}/{kind}/{vmid}/status/start");
        assert!(named.contains(&("kind".to_owned(), "lxc".to_owned())));
        for path in ["/nope", "/nodes/a/nope", "/nodes/a/docker/1/status/start", "/version/x"] {
            assert!(find(Verb::Get, path).is_none(), "{path}");
        }
    }

    #[test]
    fn no_two_methods_share_verb_and_path() {
        let mut all: Vec<_> =
            METHODS.iter().copied().flatten().map(|m| (m.verb.word(), m.path)).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
