//! The cluster as a whole: which nodes take part, and whether they are enough.

use jarvis_skill::{ClusterRead, Error, Reply, words};
use serde_json::{Value, json};

use crate::lenient::{at, flag, text};

/// The cluster at this moment, as corosync sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Its name; none for a machine without a cluster.
    pub(crate) name: Option<String>,
    /// Whether it has its quorum; none for a machine without a cluster.
    pub(crate) quorate: Option<bool>,
    /// By name.
    pub(crate) members: Vec<Member>,
}

/// One node of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) online: bool,
    /// It is the one that jarvis runs on.
    pub(crate) local: bool,
}

impl Standing {
    /// Asks the cluster.
    pub(crate) fn read(host: &impl ClusterRead) -> Result<Self, Error> {
        let answer = host.read_json("/cluster/status")?;
        let entries = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        let of = |kind: &'static str| {
            entries.iter().filter(move |entry| text(entry, &["type"]) == Some(kind))
        };
        let mut members: Vec<Member> = of("node").filter_map(member).collect();
        if members.is_empty() {
            return Err(Error::refused("Proxmox did not say which nodes there are."));
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let cluster = of("cluster").next();
        Ok(Self {
            name: cluster
                .and_then(|entry| text(entry, &["name"]))
                .map(|name| words::line(name, 60)),
            quorate: cluster.map(|entry| flag(at(entry, &["quorate"])).unwrap_or(false)),
            members,
        })
    }

    /// How many nodes are online.
    fn online(&self) -> usize {
        self.members.iter().filter(|member| member.online).count()
    }

    /// How many must be: more than half. Counts a vote for each node, as
    /// clusters have it unless somebody changed that.
    fn needed(&self) -> usize {
        self.members.len() / 2 + 1
    }

    fn offline(&self) -> Vec<&str> {
        let off = self.members.iter().filter(|member| !member.online);
        off.map(|member| member.name.as_str()).collect()
    }

    fn called(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(|| "The cluster".to_owned(), |name| format!("The cluster {name}"))
    }

    /// `all 4 nodes are online`, `only 1 of 4 nodes is online`.
    fn presence(&self) -> String {
        let (online, all) = (self.online(), self.members.len());
        let be = if online == 1 { "is" } else { "are" };
        match (online == all, online < self.needed()) {
            (true, _) if all == 1 => "its one node is online".to_owned(),
            (true, _) => format!("all {all} nodes are online"),
            (false, true) => format!("only {online} of {all} nodes {be} online"),
            (false, false) => format!("{online} of {all} nodes {be} online"),
        }
    }

    /// A sentence about the nodes that are away, with a space before it.
    fn missing(&self) -> String {
        let names = self.offline();
        let be = if names.len() == 1 { "is" } else { "are" };
        match words::list_of_at_most(&names, 6) {
            none if none.is_empty() => none,
            names => format!(" {names} {be} offline."),
        }
    }

    /// How many more nodes may fail, as a sentence with a space before it.
    fn margin(&self) -> String {
        let spare = self.online().saturating_sub(self.needed());
        match spare {
            0 => " If one more fails, the quorum is lost.".to_owned(),
            1 => " One node may fail before the quorum is lost.".to_owned(),
            _ => format!(" {spare} nodes may fail before the quorum is lost."),
        }
    }

    fn lost(&self) -> String {
        let though = if self.online() >= self.needed() { ", though" } else { ":" };
        format!(
            "{} has no quorum{though} {}, and {} are needed. Nothing can be started or changed until it is back.",
            self.called(),
            self.presence(),
            self.needed()
        )
    }

    fn reply(&self, speech: String) -> Reply {
        let row = |member: &Member| {
            let state = if member.online { "online" } else { "offline" };
            let note = if member.local { "jarvis runs here" } else { "" };
            [words::cell(&member.name), state.to_owned(), note.to_owned()]
        };
        let rows: Vec<_> = self.members.iter().map(row).collect();
        let nodes: Vec<Value> = self
            .members
            .iter()
            .map(|member| {
                json!({ "node": member.name, "online": member.online, "local": member.local })
            })
            .collect();
        Reply::done(speech).with_detail(words::table(["Node", "State", ""], &rows)).with_data(
            json!({
                "cluster": self.name,
                "quorate": self.quorate,
                "online": self.online(),
                "needed": self.quorate.map(|_| self.needed()),
                "nodes": nodes,
            }),
        )
    }
}

/// The answer to `cluster`.
pub(crate) fn status(host: &impl ClusterRead) -> Result<Reply, Error> {
    let standing = Standing::read(host)?;
    let speech = match standing.quorate {
        None => alone(&standing),
        Some(false) => format!("{}{}", standing.lost(), standing.missing()),
        Some(true) if standing.offline().is_empty() => {
            format!(
                "{} is healthy: {}, and it has its quorum.",
                standing.called(),
                standing.presence()
            )
        }
        Some(true) => format!(
            "{} has its quorum, but {}.{}{}",
            standing.called(),
            standing.presence(),
            standing.missing(),
            standing.margin()
        ),
    };
    Ok(standing.reply(speech))
}

/// The answer to `quorum`.
pub(crate) fn quorum(host: &impl ClusterRead) -> Result<Reply, Error> {
    let standing = Standing::read(host)?;
    let speech = match standing.quorate {
        None => alone(&standing),
        Some(false) => format!("No. {}{}", standing.lost(), standing.missing()),
        Some(true) => format!(
            "Yes, {} has its quorum: {}, and {} are needed.{}{}",
            standing.called().replacen('T', "t", 1),
            standing.presence(),
            standing.needed(),
            standing.missing(),
            standing.margin()
        ),
    };
    Ok(standing.reply(speech))
}

fn alone(standing: &Standing) -> String {
    let name = standing.members.first().map_or("It", |member| &member.name);
    format!("{name} is a single machine without a cluster, so it needs no quorum. It is online.")
}

fn member(entry: &Value) -> Option<Member> {
    Some(Member {
        name: text(entry, &["name"])?.to_owned(),
        online: flag(at(entry, &["online"])).unwrap_or(false),
        local: flag(at(entry, &["local"])).unwrap_or(false),
    })
}
