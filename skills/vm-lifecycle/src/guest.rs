//! A guest as the cluster has it at this moment.

use jarvis_skill::{ClusterRead, Error, Inventory, Item, ItemExt, say, words};
use serde_json::Value;

/// A virtual machine or a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    /// Its number, as text.
    pub(crate) id: String,
    /// Its name, fit to be told; empty where Proxmox has none.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) node: String,
    pub(crate) state: State,
    pub(crate) template: bool,
    /// What holds it locked.
    pub(crate) lock: Option<String>,
    /// Seconds since it started.
    pub(crate) uptime: Option<u64>,
    pub(crate) tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Vm,
    Container,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Running,
    Stopped,
    /// Held in memory, by a suspend or by Proxmox itself.
    Paused,
    Unknown,
}

impl Kind {
    /// For programs; in English people say it so.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Vm => "VM",
            Self::Container => "container",
        }
    }

    /// As people say it.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Vm => "VM".to_owned(),
            Self::Container => say!(en: "container", de: "Container"),
        }
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Vm => "qemu",
            Self::Container => "lxc",
        }
    }
}

impl State {
    /// As people say it.
    pub(crate) fn said(self) -> String {
        match self {
            Self::Running => say!(en: "running", de: "eingeschaltet"),
            Self::Stopped => say!(en: "stopped", de: "aus"),
            Self::Paused => say!(en: "suspended", de: "pausiert"),
            Self::Unknown => say!(en: "unknown", de: "unbekannt"),
        }
    }

    /// For programs; in English people say it so.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Paused => "suspended",
            Self::Unknown => "unknown",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "stopped" => Self::Stopped,
            "paused" | "suspended" => Self::Paused,
            _ => Self::Unknown,
        }
    }
}

impl Guest {
    /// How people are told of it: its name, else `VM 101`.
    pub(crate) fn called(&self) -> String {
        if self.name.is_empty() {
            format!("{} {}", self.kind.said(), self.id)
        } else {
            self.name.clone()
        }
    }

    /// A path of the API below this guest.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/nodes/{}/{}/{}/{rest}", self.node, self.kind.segment(), self.id)
    }

    /// A guest of the inventory; `None` for an item of another kind.
    pub(crate) fn of(item: &Item) -> Option<Self> {
        let kind = match item.kind.as_str() {
            "vm" => Kind::Vm,
            "container" => Kind::Container,
            _ => return None,
        };
        Some(Self {
            id: item.id.clone(),
            name: words::line(&item.name, 60),
            kind,
            node: item.parent.clone()?,
            state: State::read(&item.state),
            template: item.attribute("template") == Some("1"),
            lock: lock(item.attribute("lock")),
            uptime: item.attribute("uptime").and_then(|text| text.parse().ok()),
            tags: item.tags.iter().map(|tag| words::line(tag, 60)).collect(),
        })
    }

    /// The same guest with what its own status says now.
    pub(crate) fn refreshed(self, host: &impl ClusterRead) -> Result<Self, Error> {
        let called = self.called();
        let status = host.read_json(&self.path("status/current")).map_err(|error| {
            told(
                error,
                &say!(
                    en: "The state of {called} could not be read",
                    de: "Der Zustand von {called} war nicht zu lesen",
                ),
            )
        })?;
        let text = |key: &str| status.get(key).and_then(Value::as_str);
        // A held VM still has a process, and so the status `running`.
        let state = match (text("status"), text("qmpstatus")) {
            (Some("running"), Some("paused" | "suspended")) => State::Paused,
            (Some(status), _) => State::read(status),
            (None, _) => State::Unknown,
        };
        Ok(Self {
            state,
            template: self.template || status.get("template").is_some_and(is_true),
            lock: lock(text("lock")),
            uptime: status.get("uptime").and_then(number),
            ..self
        })
    }
}

/// The guest with this number, as the inventory has it.
pub(crate) fn find(host: &impl Inventory, vmid: u32) -> Result<Guest, Error> {
    let id = vmid.to_string();
    let found = host.find_all("guest", Some(&id))?.items;
    let guest = found.iter().filter(|item| item.id == id).find_map(Guest::of);
    guest.ok_or_else(|| {
        Error::NotFound(say!(
            en: "There is no guest with the number {id}.",
            de: "Einen Gast mit der Nummer {id} gibt es nicht.",
        ))
    })
}

/// An error with a beginning that says what did not work. Errors without a
/// text of their own, and denials, which carry what to paste, stay as they are.
fn told(error: Error, beginning: &str) -> Error {
    let sentence = format!("{beginning}: {}", error.sentence());
    match error {
        Error::NotFound(_) => Error::NotFound(sentence),
        Error::Unavailable(_) => Error::Unavailable(sentence),
        Error::Failed(failure) => {
            Error::Failed(jarvis_skill::Failure { message: sentence, ..failure })
        }
        Error::Other(_) => Error::Other(sentence),
        Error::Denied(_) | Error::Invalid(_) | Error::Timeout | Error::Busy(_) => error,
    }
}

fn lock(text: Option<&str>) -> Option<String> {
    text.map(|text| words::line(text, 40)).filter(|text| !text.is_empty())
}

/// Proxmox writes booleans as 1 and 0, now and then as text.
fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true) || number(value) == Some(1)
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
