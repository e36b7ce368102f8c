//! The cluster as a whole: which nodes take part, and whether they are enough.

use jarvis_skill::{ClusterRead, Error, Reply, say, words};
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
            return Err(Error::refused(say!(
                en: "Proxmox did not say which nodes there are.",
                de: "Proxmox hat nicht gesagt, welche Knoten es gibt.",
            )));
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
        self.name.as_ref().map_or_else(
            || say!(en: "The cluster", de: "Der Cluster"),
            |name| say!(en: "The cluster {name}", de: "Der Cluster {name}"),
        )
    }

    /// `all 4 nodes are online`, `only 1 of 4 nodes is online`.
    fn presence(&self) -> String {
        let (online, all) = (self.online(), self.members.len());
        let (be, ist) = if online == 1 { ("is", "ist") } else { ("are", "sind") };
        let einer = if online == 1 { "einer".to_owned() } else { online.to_string() };
        match (online == all, online < self.needed()) {
            (true, _) if all == 1 => {
                say!(en: "its one node is online", de: "der eine Knoten ist online")
            }
            (true, _) => {
                say!(en: "all {all} nodes are online", de: "alle {all} Knoten sind online")
            }
            (false, true) => say!(
                en: "only {online} of {all} nodes {be} online",
                de: "nur {einer} von {all} Knoten {ist} online",
            ),
            (false, false) => say!(
                en: "{online} of {all} nodes {be} online",
                de: "{einer} von {all} Knoten {ist} online",
            ),
        }
    }

    /// A sentence about the nodes that are away, with a space before it.
    fn missing(&self) -> String {
        let names = self.offline();
        let (be, ist) = if names.len() == 1 { ("is", "ist") } else { ("are", "sind") };
        match words::list_of_at_most(&names, 6) {
            none if none.is_empty() => none,
            names => say!(en: " {names} {be} offline.", de: " {names} {ist} offline."),
        }
    }

    /// How many more nodes may fail, as a sentence with a space before it.
    fn margin(&self) -> String {
        let spare = self.online().saturating_sub(self.needed());
        match spare {
            0 => say!(
                en: " If one more fails, the quorum is lost.",
                de: " Fällt noch einer aus, ist das Quorum verloren.",
            ),
            1 => say!(
                en: " One node may fail before the quorum is lost.",
                de: " Ein Knoten darf ausfallen, bevor das Quorum verloren ist.",
            ),
            _ => say!(
                en: " {spare} nodes may fail before the quorum is lost.",
                de: " {spare} Knoten dürfen ausfallen, bevor das Quorum verloren ist.",
            ),
        }
    }

    fn lost(&self) -> String {
        let enough = self.online() >= self.needed();
        let (though, obwohl) = if enough { (", though", ", und doch:") } else { (":", ":") };
        let (called, presence, needed) = (self.called(), self.presence(), self.needed());
        say!(
            en: "{called} has no quorum{though} {presence}, and {needed} are needed. Nothing can be started or changed until it is back.",
            de: "{called} hat kein Quorum{obwohl} {presence}, und {needed} werden gebraucht. Bis es wieder da ist, lässt sich nichts starten oder ändern.",
        )
    }

    fn reply(&self, speech: String) -> Reply {
        let row = |member: &Member| {
            let state = if member.online { "online" } else { "offline" };
            let note = match member.local {
                true => say!(en: "jarvis runs here", de: "hier läuft Jarvis"),
                false => String::new(),
            };
            [words::cell(&member.name), state.to_owned(), note]
        };
        let rows: Vec<_> = self.members.iter().map(row).collect();
        let nodes: Vec<Value> = self
            .members
            .iter()
            .map(|member| {
                json!({ "node": member.name, "online": member.online, "local": member.local })
            })
            .collect();
        let head = say!(en: "Node|State|", de: "Knoten|Zustand|");
        Reply::done(speech).with_detail(words::table_of(&head, &rows)).with_data(json!({
            "cluster": self.name,
            "quorate": self.quorate,
            "online": self.online(),
            "needed": self.quorate.map(|_| self.needed()),
            "nodes": nodes,
        }))
    }
}

/// The answer to `cluster`.
pub(crate) fn status(host: &impl ClusterRead) -> Result<Reply, Error> {
    let standing = Standing::read(host)?;
    let speech = match standing.quorate {
        None => alone(&standing),
        Some(false) => format!("{}{}", standing.lost(), standing.missing()),
        Some(true) if standing.offline().is_empty() => {
            let (called, presence) = (standing.called(), standing.presence());
            say!(
                en: "{called} is healthy: {presence}, and it has its quorum.",
                de: "{called} ist gesund: {presence}, und das Quorum ist da.",
            )
        }
        Some(true) => {
            let (called, presence) = (standing.called(), standing.presence());
            let (missing, margin) = (standing.missing(), standing.margin());
            say!(
                en: "{called} has its quorum, but {presence}.{missing}{margin}",
                de: "{called} hat sein Quorum, aber {presence}.{missing}{margin}",
            )
        }
    };
    Ok(standing.reply(speech))
}

/// The answer to `quorum`.
pub(crate) fn quorum(host: &impl ClusterRead) -> Result<Reply, Error> {
    let standing = Standing::read(host)?;
    let speech = match standing.quorate {
        None => alone(&standing),
        Some(false) => {
            let (lost, missing) = (standing.lost(), standing.missing());
            say!(en: "No. {lost}{missing}", de: "Nein. {lost}{missing}")
        }
        Some(true) => {
            let called = standing.called().replacen('T', "t", 1).replacen("Der", "der", 1);
            let (presence, needed) = (standing.presence(), standing.needed());
            let (missing, margin) = (standing.missing(), standing.margin());
            say!(
                en: "Yes, {called} has its quorum: {presence}, and {needed} are needed.{missing}{margin}",
                de: "Ja, {called} hat sein Quorum: {presence}, und {needed} werden gebraucht.{missing}{margin}",
            )
        }
    };
    Ok(standing.reply(speech))
}

fn alone(standing: &Standing) -> String {
    let name = standing.members.first().map_or("It", |member| &member.name);
    say!(
        en: "{name} is a single machine without a cluster, so it needs no quorum. It is online.",
        de: "{name} ist eine einzelne Maschine ohne Cluster und braucht kein Quorum. Sie ist online.",
    )
}

fn member(entry: &Value) -> Option<Member> {
    Some(Member {
        name: text(entry, &["name"])?.to_owned(),
        online: flag(at(entry, &["online"])).unwrap_or(false),
        local: flag(at(entry, &["local"])).unwrap_or(false),
    })
}
