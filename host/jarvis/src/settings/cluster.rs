//! `cluster:`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use jarvis_document::{Cursor, Keys};
use jarvis_domain::ClusterId;
use serde::Serialize;
use utoipa::ToSchema;

use super::api::Api;
use super::described;
use super::read::{absolute, millis};
use super::ssh::{self, NodeAddress, Ssh};
use super::temperatures::Temperatures;

/// How the cluster is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SettingsAccess)]
pub(crate) enum Access {
    /// `pvesh` on the node that jarvis runs on.
    Pvesh,
    /// The HTTPS API.
    Api,
}

/// `cluster:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsCluster)]
pub(crate) struct Cluster {
    /// Its name in records and answers.
    #[schema(value_type = String)]
    pub(crate) id: ClusterId,
    /// What people call it beside that.
    pub(crate) names: Vec<String>,
    /// What people call guests and nodes, by their names or numbers.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
    /// How it is reached.
    pub(crate) access: Access,
    /// The HTTPS API; there where it is used.
    #[schema(required)]
    pub(crate) api: Option<Api>,
    /// Programs on nodes; there where the settings say how to get to them.
    #[schema(required)]
    pub(crate) ssh: Option<Ssh>,
    /// The `pvesh` program.
    #[schema(value_type = String)]
    pub(crate) pvesh: PathBuf,
    /// How long a read of the own node may take.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) read_timeout: Duration,
    /// How long a read that another node answers may take.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) proxied_read_timeout: Duration,
    /// How long a guest under HA may take to reach the state it was sent to.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) ha_settle: Duration,
    /// How long a node may take to go away or come back.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) node_settle: Duration,
    /// When a node is too hot, and how often that is looked at.
    pub(crate) temperatures: Temperatures,
    /// Nodes that Proxmox does not know the address of, or that are off.
    pub(crate) nodes: Vec<NodeAddress>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            id: super::read::cluster_id("home"),
            names: Vec::new(),
            aliases: BTreeMap::new(),
            access: Access::Pvesh,
            api: None,
            ssh: None,
            pvesh: "/usr/bin/pvesh".into(),
            read_timeout: Duration::from_secs(10),
            proxied_read_timeout: Duration::from_secs(20),
            ha_settle: Duration::from_secs(60),
            node_settle: Duration::from_secs(900),
            temperatures: Temperatures::default(),
            nodes: Vec::new(),
        }
    }
}

impl Cluster {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let duration =
            |key, default| keys.optional(key).and_then(|c| c.duration()).unwrap_or(default);
        let cluster = Self {
            id: keys.optional("id").and_then(|c| c.parsed()).unwrap_or(default.id),
            names: keys.optional("names").and_then(|c| names(&c)).unwrap_or_default(),
            aliases: keys.optional("aliases").and_then(|c| aliases(&c)).unwrap_or_default(),
            access: keys
                .optional("access")
                .and_then(|c| c.one_of(&[("pvesh", Access::Pvesh), ("api", Access::Api)]))
                .unwrap_or(default.access),
            api: keys.optional("api").and_then(|c| Api::read(c.mapping()?)),
            ssh: keys.optional("ssh").and_then(|c| c.mapping()).map(Ssh::read),
            pvesh: keys.optional("pvesh").and_then(|c| absolute(&c)).unwrap_or(default.pvesh),
            read_timeout: duration("read_timeout", default.read_timeout),
            proxied_read_timeout: duration("proxied_read_timeout", default.proxied_read_timeout),
            ha_settle: duration("ha_settle", default.ha_settle),
            node_settle: duration("node_settle", default.node_settle),
            temperatures: keys
                .optional("temperatures")
                .and_then(|c| Temperatures::read(&c))
                .unwrap_or_default(),
            nodes: keys.optional("nodes").map(|c| ssh::nodes(&c)).unwrap_or_default(),
        };
        if cluster.access == Access::Api {
            let _ = keys.required("api");
        }
        keys.finish();
        cluster
    }

    /// The clusters beside the main one, each with an id of its own.
    pub(crate) fn others(cursor: &Cursor<'_>, main: &Self) -> Vec<Self> {
        let mut taken: BTreeSet<String> = main.called().collect();
        let mut others: Vec<Self> = Vec::new();
        for item in cursor.sequence().unwrap_or_default() {
            let Some(keys) = item.mapping() else { continue };
            if keys.required("id").is_none() {
                continue;
            }
            let cluster = Self::read(keys);
            for called in cluster.called().collect::<BTreeSet<_>>() {
                if !taken.insert(called.clone()) {
                    item.problem(format!("another cluster is called {called} already"));
                }
            }
            if cluster.access == Access::Pvesh {
                item.problem(
                    "only the main cluster is reached by pvesh; this one needs access: api",
                );
            }
            others.push(cluster);
        }
        others
    }

    /// Its id and its names, as they are compared.
    fn called(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter().map(String::as_str);
        names.chain([self.id.as_str()]).map(str::to_lowercase)
    }

    /// How nodes' shells are reached. From a node, whose root gets to all
    /// others, it needs no word in the settings.
    pub(crate) fn shells(&self) -> Option<jarvis_cluster::SshSettings> {
        let ssh = match self.access {
            Access::Pvesh => Some(self.ssh.clone().unwrap_or_default()),
            Access::Api => self.ssh.clone(),
        };
        ssh.map(|ssh| ssh.with(&self.nodes))
    }
}

/// Other names, by the guest or node.
fn aliases(cursor: &Cursor<'_>) -> Option<BTreeMap<String, Vec<String>>> {
    let keys = cursor.mapping()?;
    Some(keys.entries().filter_map(|(of, all)| Some((of.to_owned(), names(&all)?))).collect())
}

/// Words that people say; nothing else can be heard.
fn names(cursor: &Cursor<'_>) -> Option<Vec<String>> {
    let names = cursor.one_or_more()?.into_iter().filter_map(|item| {
        let name = item.text()?;
        if !name.chars().any(char::is_alphanumeric) || name.chars().any(char::is_control) {
            item.problem("a name belongs here that can be said: lab, the office");
            return None;
        }
        // Whether "the" is said makes no difference.
        Some(name.trim().strip_prefix("the ").unwrap_or(name.trim()).to_owned())
    });
    Some(names.collect())
}
