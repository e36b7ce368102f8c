//! Looking every hour what the nodes could install, for whoever wants to be
//! told of it. The list is the one that Proxmox keeps; nothing is fetched.
//!
//! Where jarvis may not see the list (an account needs Sys.Modify, also to
//! read it) apt is asked on the node; where that is not to be had either,
//! nothing is told, and the log says so once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{
    ApiPath, Clock, ClusterId, Event, EventId, Fields, NodeName, ShellCall, Timestamp, Topic,
    text as clean,
};
use serde_json::{Map, Value, json};

use crate::ClusterError;
use crate::access::Access;
use crate::inventory::Contents;
use crate::lenient::text;
use crate::shell::Shell;

/// Between two looks at a node: Proxmox itself fetches its lists once a day.
const EVERY: Duration = Duration::from_secs(3600);
/// Between two looks whether one is due.
const TICK: Duration = Duration::from_secs(60);
/// New packages that are named.
const NAMED: usize = 20;
/// The longest name of one, characters.
const NAME: usize = 80;

/// What apt is asked where Proxmox shows no list, and how long it may take.
const SIMULATE: [&str; 3] = ["apt-get", "-s", "dist-upgrade"];
const SIMULATED: Duration = Duration::from_secs(20);

/// Looks for updates.
#[derive(Debug)]
pub(crate) struct Updates {
    pub(crate) cluster: ClusterId,
    pub(crate) access: Arc<Access>,
    pub(crate) shell: Arc<Shell>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) events: Arc<dyn EventSink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) known: Known,
}

/// What each node had when it was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<NodeName, Seen>>);

/// When, and packages with their versions.
#[derive(Debug, Clone, Default)]
struct Seen {
    at: Timestamp,
    waiting: BTreeSet<(String, String)>,
    /// Whether the log says that they cannot be seen.
    told: bool,
}

impl Updates {
    /// Looks for as long as it is polled, and only while somebody wants it.
    pub(crate) async fn watch(&self) {
        loop {
            if self.events.wants(Topic::UpdatesFound)
                && let Ok(snapshot) = self.contents.obtain(Duration::MAX).await
            {
                self.known.all().retain(|name, _| snapshot.node(name).is_some());
                // One after the other: nobody waits for it.
                for node in snapshot.nodes.iter().filter(|node| node.is_online()) {
                    self.look(&node.name).await;
                }
            }
            self.clock.sleep(TICK).await;
        }
    }

    async fn look(&self, node: &NodeName) {
        let now = self.clock.now();
        let before = self.known.all().get(node).cloned();
        if before.as_ref().is_some_and(|seen| now.since(seen.at) < EVERY) {
            return;
        }
        let Seen { waiting: before, told, .. } = before.unwrap_or_default();
        let waiting = match self.waiting(node).await {
            Ok(waiting) => waiting,
            Err(error) => {
                // Once, until they are seen again.
                if !told {
                    tracing::info!(%node, %error, "the node's updates cannot be seen, so none are told");
                }
                self.known
                    .all()
                    .insert(node.clone(), Seen { at: now, waiting: before, told: true });
                return;
            }
        };
        let new: Vec<&str> =
            waiting.difference(&before).map(|(package, _)| package.as_str()).collect();
        if new.is_empty() || self.tell(node, now, waiting.len(), &new).await {
            self.known.all().insert(node.clone(), Seen { at: now, waiting, told: false });
        }
    }

    /// As Proxmox tells it, or as apt does where Proxmox shows it to nobody
    /// without Sys.Modify. Should apt not be there to ask, the right that lacks
    /// is the reason.
    async fn waiting(&self, node: &NodeName) -> Result<BTreeSet<(String, String)>, ClusterError> {
        match self.listed(node).await {
            Err(error) if error.kind() == CallErrorKind::Failed(403) => {
                self.simulated(node).await.ok_or(error)
            }
            listed => listed,
        }
    }

    /// Asks apt, which changes nothing.
    async fn simulated(&self, node: &NodeName) -> Option<BTreeSet<(String, String)>> {
        let argv = SIMULATE.map(str::to_owned).to_vec();
        let call = ShellCall { node: node.clone(), argv };
        match self.shell.run(&call, SIMULATED).await {
            Ok(captured) if captured.status == 0 => {
                let text = String::from_utf8_lossy(&captured.stdout);
                // A key that is bound to another command prints what that prints.
                let waiting: BTreeSet<_> = text.lines().filter_map(installed).collect();
                (!waiting.is_empty() || text.lines().any(is_summary)).then_some(waiting)
            }
            Ok(captured) => {
                tracing::debug!(%node, status = captured.status, "apt tells no updates");
                None
            }
            Err(error) => {
                tracing::debug!(%node, %error, "apt cannot be asked");
                None
            }
        }
    }

    async fn listed(&self, node: &NodeName) -> Result<BTreeSet<(String, String)>, ClusterError> {
        let path = format!("/nodes/{node}/apt/update");
        let what = || format!("get {path}");
        let parsed: ApiPath = path.parse().map_err(|error| ClusterError::Parameter {
            what: what(),
            message: format!("{error}"),
        })?;
        let list = self.access.get(&parsed, &Fields::none()).await?;
        let list = list.as_array().ok_or_else(|| ClusterError::Garbled {
            what: what(),
            why: "it is not a list".to_owned(),
        })?;
        let package = |entry: &Value| {
            Some((
                short(text(entry, "Package")?),
                short(text(entry, "Version").unwrap_or_default()),
            ))
        };
        Ok(list.iter().filter_map(package).collect())
    }

    /// False when it could not be handed in: the next look tells it.
    async fn tell(&self, node: &NodeName, at: Timestamp, updates: usize, new: &[&str]) -> bool {
        let named: Vec<&&str> = new.iter().take(NAMED).collect();
        let data = json!({
            "node": node.as_str(),
            "updates": updates,
            "new": new.len(),
            "packages": named,
        });
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        let subject = format!("{}/node/{node}", self.cluster);
        let topic = Topic::UpdatesFound;
        let told =
            self.events.publish(Event { id: EventId::new(), topic, at, subject, data }).await;
        told.inspect_err(|error| tracing::error!(%error, "updates cannot be told yet")).is_ok()
    }
}

fn short(name: &str) -> String {
    clean::line(name, NAME)
}

/// Package and version of a line such as `Inst openssl [3.5.1-1] (3.5.4-1 …)`.
fn installed(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix("Inst ")?.split_once(' ')?;
    let version = rest.split_once('(')?.1.split([' ', ')']).next()?;
    Some((short(name), short(version)))
}

/// `0 upgraded, 0 newly installed, …`, which apt says in any case.
fn is_summary(line: &str) -> bool {
    let mut words = line.split(' ');
    let is_count = words.next().is_some_and(|count| count.parse::<u32>().is_ok());
    is_count && words.next().is_some_and(|word| word.starts_with("upgraded"))
}

impl Known {
    fn all(&self) -> MutexGuard<'_, BTreeMap<NodeName, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
