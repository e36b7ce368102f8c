//! Whether a node needs a reboot: a newer kernel is installed than the one
//! that runs, or a package has asked for one.
//!
//! The running kernel is `/nodes/{node}/status`'s; the installed ones are
//! packages of `/nodes/{node}/apt/versions`, which lists every kernel's image.

use std::time::Duration;

use jarvis_skill::{Clock, ClusterRead, Error, Item, NodeShell, Reply, Request, say, words};
use serde_json::{Value, json};

use crate::node::why;

/// Where Debian's packages ask for a reboot.
const FLAG: [&str; 3] = ["test", "-e", "/var/run/reboot-required"];
/// How long the look at it may take.
const LOOK: Duration = Duration::from_secs(10);
/// More nodes than these are counted instead of told.
const NODES: usize = 6;

/// What a node needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    /// Kernels by their releases.
    Kernel {
        running: String,
        newest: String,
    },
    /// A package asked for it.
    Asked,
}

impl Need {
    /// After a node's name: `needs a reboot …`.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Nothing => say!(en: "needs no reboot", de: "braucht keinen Neustart"),
            Self::Kernel { newest, .. } => say!(
                en: "needs a reboot for the new kernel {newest}",
                de: "braucht einen Neustart für den neuen Kernel {newest}",
            ),
            Self::Asked => say!(
                en: "needs a reboot, which an installed package asked for",
                de: "braucht einen Neustart, um den ein installiertes Paket gebeten hat",
            ),
        }
    }

    fn data(&self, node: &str) -> Value {
        let (running, newest) = match self {
            Self::Kernel { running, newest } => (Some(running), Some(newest)),
            _ => (None, None),
        };
        json!({
            "node": node,
            "reboot_needed": *self != Self::Nothing,
            "running_kernel": running,
            "newest_kernel": newest,
        })
    }
}

/// The answer to `reboot-needed`.
pub(crate) fn answer(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    nodes: &[Item],
) -> Result<Reply, Error> {
    let mut asked: Vec<(&str, Need)> = Vec::new();
    let mut silent: Vec<(&str, String)> = Vec::new();
    for node in nodes {
        let need = if node.state == "offline" {
            Err(say!(en: "is offline", de: "ist offline"))
        } else if request.time_left(host).is_zero() {
            Err(say!(
                en: "was not asked, because there was no time left",
                de: "wurde nicht gefragt, weil keine Zeit mehr war",
            ))
        } else {
            ask(host, &node.id)?
        };
        match need {
            Ok(need) => asked.push((&node.id, need)),
            Err(why) => silent.push((&node.id, why)),
        }
    }
    let silence = words::grouped(silent.iter().map(|(node, why)| (*node, why.as_str())), NODES);
    if asked.is_empty() {
        return Err(Error::Unavailable(silence.join(" ")));
    }
    let data = asked.iter().map(|(node, need)| need.data(node));
    let unknown =
        silent.iter().map(|(node, why)| json!({ "node": node, "error": format!("{node} {why}") }));
    let data: Vec<Value> = data.chain(unknown).collect();
    let told: Vec<String> = speech(&asked).into_iter().chain(silence).collect();
    Ok(Reply::done(told.join(" ")).with_data(json!({ "nodes": data })))
}

fn speech(asked: &[(&str, Need)]) -> Vec<String> {
    let due = asked.iter().filter(|(_, need)| *need != Need::Nothing);
    let due = due.map(|(node, need)| ((*node).to_owned(), need.told()));
    let due = words::grouped(due, NODES);
    match asked {
        _ if !due.is_empty() => due,
        [(node, need)] => vec![format!("{node} {}.", need.told())],
        several => {
            let names: Vec<&str> = several.iter().map(|(node, _)| *node).collect();
            let names = words::list_of_at_most(&names, NODES);
            vec![say!(
                en: "None of {names} needs a reboot.",
                de: "Keiner von {names} braucht einen Neustart.",
            )]
        }
    }
}

/// What the node of this name needs, or why that cannot be told, after its
/// name. An error only when the call was denied.
pub(crate) fn ask(
    host: &(impl ClusterRead + NodeShell),
    node: &str,
) -> Result<Result<Need, String>, Error> {
    let read = |path: String| match host.read_json(&path) {
        Ok(value) => Ok(Ok(value)),
        Err(error) => why(error).map(Err),
    };
    let status = match read(format!("/nodes/{node}/status"))? {
        Ok(status) => status,
        Err(why) => return Ok(Err(why)),
    };
    let versions = match read(format!("/nodes/{node}/apt/versions"))? {
        Ok(versions) => versions,
        Err(why) => return Ok(Err(why)),
    };
    let (running, newest) = (running(&status), newest(&versions));
    if let (Some(running), Some(newest)) = (&running, &newest)
        && numbers(newest) > numbers(running)
    {
        let (running, newest) = (running.clone(), newest.clone());
        return Ok(Ok(Need::Kernel { running, newest }));
    }
    let flag = host.run_on(node, &FLAG.map(str::to_owned), LOOK);
    Ok(match flag {
        Ok(output) if output.status == 0 => Ok(Need::Asked),
        Err(_) if running.is_none() || newest.is_none() => Err(say!(
            en: "does not tell which kernel it runs, and which it has",
            de: "sagt nicht, welcher Kernel läuft und welche da sind",
        )),
        _ => Ok(Need::Nothing),
    })
}

/// The release of the running kernel; older releases of Proxmox tell it only
/// within `kversion`, `Linux 6.8.12-15-pve #1 SMP …`.
fn running(status: &Value) -> Option<String> {
    let release = status.get("current-kernel").and_then(|kernel| kernel.get("release"));
    let release = release.and_then(Value::as_str);
    let version = || status.get("kversion")?.as_str()?.split_whitespace().nth(1);
    release.or_else(version).map(|release| words::line(release, 60))
}

/// The release of the newest installed kernel.
fn newest(versions: &Value) -> Option<String> {
    let text = |package: &'_ Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    let installed = versions
        .as_array()?
        .iter()
        .filter(|package| text(package, "CurrentState").is_none_or(|state| state == "Installed"));
    let releases = installed.filter_map(|package| release(&text(package, "Package")?));
    releases.max_by_key(|release| numbers(release))
}

/// `7.0.2-8-pve` of `proxmox-kernel-7.0.2-8-pve-signed`; none for packages
/// that are no kernel's image.
fn release(package: &str) -> Option<String> {
    let named = package.strip_prefix("proxmox-kernel-").or(package.strip_prefix("pve-kernel-"))?;
    let release = named.strip_suffix("-signed").unwrap_or(named);
    let is_release = release.starts_with(|c: char| c.is_ascii_digit()) && release.ends_with("-pve");
    is_release.then(|| words::line(release, 60))
}

/// The numbers of a release, by which kernels are in order.
fn numbers(release: &str) -> Vec<u64> {
    let parts = release.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().unwrap_or(u64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_ordered_by_their_numbers() {
        let installed = |names: &[&str]| {
            let list = names.iter().map(|n| json!({"Package": n, "CurrentState": "Installed"}));
            newest(&list.collect())
        };
        for (names, expected) in [
            (
                &["proxmox-kernel-7.0.2-6-pve-signed", "proxmox-kernel-7.0.2-10-pve"][..],
                Some("7.0.2-10-pve"),
            ),
            (&["pve-kernel-5.15.83-1-pve", "proxmox-kernel-6.8.4-2-pve"], Some("6.8.4-2-pve")),
            (&["proxmox-kernel-7.0", "proxmox-kernel-helper", "pve-manager"], None),
            (&[], None),
        ] {
            assert_eq!(installed(names).as_deref(), expected, "{names:?}");
        }
        let gone =
            json!([{"Package": "proxmox-kernel-9.0.0-1-pve", "CurrentState": "ConfigFiles"}]);
        assert_eq!(newest(&gone), None);
        assert_eq!(newest(&json!("x")), None);
    }

    #[test]
    fn the_running_kernel_is_found_in_old_and_new_answers() {
        for (status, expected) in [
            (json!({"current-kernel": {"release": "7.0.2-6-pve"}}), Some("7.0.2-6-pve")),
            (json!({"kversion": "Linux 6.8.12-15-pve #1 SMP"}), Some("6.8.12-15-pve")),
            (json!({"kversion": "Linux"}), None),
            (json!(null), None),
        ] {
            assert_eq!(running(&status).as_deref(), expected);
        }
    }
}
