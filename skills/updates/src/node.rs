//! Asking one node which updates wait on it.

use std::time::Duration;

use jarvis_skill::{Clock, ClusterRead, Error, Item, NodeShell, Request, say, words};
use serde_json::Value;

use crate::simulation::{self, Install, Simulation};

/// How long a look at a node's shell may take.
const LOOK: Duration = Duration::from_secs(20);

/// What is counted here.
pub(crate) const UPDATE: words::Noun = words::Noun { en: "update", de: ("ein Update", "Updates") };

/// Packages whose update people want to hear of, by the start of the name.
const NOTABLE: [&str; 14] = [
    "proxmox-ve",
    "pve-manager",
    "qemu-server",
    "pve-qemu-kvm",
    "pve-container",
    "lxc-pve",
    "corosync",
    "ceph",
    "zfs",
    "openssh-server",
    "openssl",
    "libc6",
    "systemd",
    "pve-firmware",
];

/// An update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// Names and versions are fit to be told.
    pub(crate) name: String,
    /// None for a package that is new to the node.
    pub(crate) old: Option<String>,
    pub(crate) new: String,
    /// `Debian`, `Proxmox`.
    pub(crate) origin: String,
    /// None where nobody could tell.
    pub(crate) security: Option<bool>,
    /// An installation would leave it as it is.
    pub(crate) kept_back: bool,
}

/// What waits on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Those for security first, then the notable ones.
    pub(crate) packages: Vec<Package>,
    /// What an installation would remove.
    pub(crate) removes: Vec<String>,
}

/// What came of asking one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) node: String,
    /// Or why it could not be asked: the end of a sentence that begins with
    /// the node's name.
    pub(crate) waiting: Result<Waiting, String>,
}

impl Package {
    /// Whether it is a kernel.
    pub(crate) fn is_kernel(&self) -> bool {
        ["proxmox-kernel-", "pve-kernel-"].iter().any(|kernel| {
            let rest = self.name.strip_prefix(kernel);
            rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }

    /// Whether people want to hear of it.
    pub(crate) fn is_notable(&self) -> bool {
        self.is_kernel() || NOTABLE.iter().any(|name| self.name.starts_with(name))
    }

    fn read(value: &Value, simulation: Option<&Simulation>) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let name = text("Package")?;
        let origin = words::line(text("Origin").unwrap_or("unknown"), 40);
        let labelled = origin.to_ascii_lowercase().contains("security");
        let planned = simulation
            .map(|simulation| simulation.installs.get(name).map(|install| install.security));
        let security = match planned {
            _ if labelled => Some(true),
            Some(Some(security)) => Some(security),
            Some(None) | None => None,
        };
        Some(Self {
            name: words::line(name, 80),
            old: text("OldVersion").map(|old| words::line(old, 60)),
            new: words::line(text("Version").unwrap_or("unknown"), 60),
            origin,
            security,
            kept_back: planned == Some(None),
        })
    }

    /// From a simulation alone.
    fn simulated(name: &str, install: &Install) -> Self {
        let said =
            |text: &Option<String>, length| text.as_deref().map(|text| words::line(text, length));
        let unknown = || "unknown".to_owned();
        Self {
            name: words::line(name, 80),
            old: said(&install.old, 60),
            new: said(&install.new, 60).unwrap_or_else(unknown),
            origin: said(&install.origin, 40).unwrap_or_else(unknown),
            security: Some(install.security),
            kept_back: false,
        }
    }
}

impl Waiting {
    /// The packages in the order in which they are told.
    fn of(mut packages: Vec<Package>, simulation: Option<Simulation>) -> Self {
        packages.sort_by_key(|package| {
            (package.security != Some(true), !package.is_notable(), package.name.clone())
        });
        let removes = simulation.map(|simulation| simulation.removes).unwrap_or_default();
        let removes = removes.iter().map(|name| words::line(name, 80)).collect();
        Self { packages, removes }
    }

    /// How many are for security; none where nobody could tell.
    pub(crate) fn security(&self) -> Option<usize> {
        let open = |package: &Package| package.security.is_none() && !package.kept_back;
        let known = self.packages.iter().filter(|p| p.security == Some(true)).count();
        (known > 0 || !self.packages.iter().any(open)).then_some(known)
    }

    /// What an installation would install.
    pub(crate) fn installable(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !package.kept_back)
    }
}

/// Asks a node. An error only when the call was denied.
pub(crate) fn ask(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    node: &Item,
) -> Result<Answer, Error> {
    let silent = |why: String| Ok(Answer { node: node.id.clone(), waiting: Err(why) });
    if node.state == "offline" {
        // It would only be waited for in vain.
        return silent(say!(en: "is offline", de: "ist offline"));
    }
    if request.time_left(host).is_zero() {
        return silent(say!(
            en: "was not asked, because there was no time left",
            de: "wurde nicht gefragt, weil keine Zeit mehr war",
        ));
    }
    let list = match host.read_json(&format!("/nodes/{}/apt/update", node.id)) {
        Ok(list) => list,
        // Proxmox shows its list only to who may change the node (Sys.Modify);
        // apt itself asks nobody.
        Err(error) if is_forbidden(&error) => {
            return match simulate(host, &node.id) {
                Some(plan) => Ok(Answer { node: node.id.clone(), waiting: Ok(by_apt(plan)) }),
                None => silent(why(error)?),
            };
        }
        Err(error) => return silent(why(error)?),
    };
    let Value::Array(list) = list else {
        return silent(say!(
            en: "gave a garbled list of updates",
            de: "hat eine unlesbare Liste von Updates geliefert",
        ));
    };
    let simulation = if list.is_empty() { None } else { simulate(host, &node.id) };
    let packages =
        list.iter().filter_map(|value| Package::read(value, simulation.as_ref())).collect();
    Ok(Answer { node: node.id.clone(), waiting: Ok(Waiting::of(packages, simulation)) })
}

/// Whether it is Proxmox that will not show it. What the policy denies is no
/// failure of a call.
fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Failed(failure) if failure.status == 403)
}

/// What waits as apt alone tells it, which leaves out what it would keep back.
fn by_apt(plan: Simulation) -> Waiting {
    let packages = plan.installs.iter().map(|(name, install)| Package::simulated(name, install));
    Waiting::of(packages.collect(), Some(plan))
}

/// What an installation would do; none where the node's shell cannot be asked,
/// which is no reason to say nothing at all.
fn simulate(host: &impl NodeShell, node: &str) -> Option<Simulation> {
    let output = host.run_on(node, &simulation::ARGV.map(str::to_owned), LOOK).ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status == 0 { Simulation::read(&text) } else { None }
}

/// Why a node could not be asked, after its name. Denials are the host's to
/// tell.
pub(crate) fn why(error: Error) -> Result<String, Error> {
    match error {
        Error::Denied(_) => Err(error),
        Error::Timeout => Ok(say!(
            en: "did not answer in time",
            de: "hat nicht rechtzeitig geantwortet",
        )),
        other => {
            let sentence = other.sentence();
            let why = words::bare(&sentence);
            Ok(say!(en: "could not be asked ({why})", de: "konnte nicht gefragt werden ({why})"))
        }
    }
}
