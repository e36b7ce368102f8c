//! What a call is for: the kinds of task it starts, and what must be so once
//! it has worked. Kinds are those that pve-manager 9.2 gives to
//! `fork_worker`; HA-managed guests have `hastart` and `hastop`.

use jarvis_domain::inventory::GuestKind;
use jarvis_domain::{ApiCall, NodeName, Upid, Verb, Vmid};

/// What to expect of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// The kinds of task that it can start; none for calls that start no task,
    /// and for those this table does not know.
    pub(super) kinds: &'static [&'static str],
    /// What must be so once it has worked; none where nobody knows.
    pub(super) effect: Option<Effect>,
    /// The guest it is about.
    pub(super) guest: Option<Target>,
}

/// A guest, and the node on which it was when the call was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) node: NodeName,
    pub(super) kind: GuestKind,
    pub(super) vmid: Vmid,
}

/// What must be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// The guest runs, and is not held.
    Running,
    /// It is off.
    Stopped,
    /// It is held in memory.
    Paused,
    /// Held or off: a container is suspended by `lxc-checkpoint -s`, which
    /// writes it to disk and stops it (pve-container, `API2/LXC/Status.pm`).
    PausedOrStopped,
    /// The snapshot is listed.
    Snapshot(String),
    /// The snapshot is gone.
    NoSnapshot(String),
    /// The snapshot is what the guest now goes on from.
    RolledBack(String),
    /// The task that was to be stopped runs no more.
    TaskEnded(Upid),
    /// There is nothing beyond the task itself: a refreshed package list.
    TaskAlone,
}

impl Expected {
    /// Whether what must be so afterwards is mostly so beforehand: a guest
    /// that is rebooted runs before and after.
    pub(super) fn may_have_held(&self) -> bool {
        let returns = ["qmreboot", "vzreboot", "qmreset", "qmrollback", "vzrollback"];
        self.kinds.iter().any(|kind| returns.contains(kind))
    }
}

/// What to expect of `call`.
pub(super) fn expected(call: &ApiCall) -> Expected {
    let segments: Vec<&str> = call.path.segments().collect();
    let guest = target(call);
    let kind = guest.as_ref().map(|guest| guest.kind);
    let (kinds, effect): (&'static [&'static str], _) =
        match (call.verb, segments.get(4..).unwrap_or_default()) {
            (Verb::Create, ["status", action]) if guest.is_some() => power(call, kind, action),
            (Verb::Create, ["snapshot"]) if guest.is_some() => {
                let name = call.fields.get("snapname").map(str::to_owned);
                (&["qmsnapshot", "vzsnapshot"], name.map(Effect::Snapshot))
            }
            (Verb::Delete, ["snapshot", name]) if guest.is_some() => {
                (&["qmdelsnapshot", "vzdelsnapshot"], Some(Effect::NoSnapshot((*name).to_owned())))
            }
            (Verb::Create, ["snapshot", name, "rollback"]) if guest.is_some() => {
                (&["qmrollback", "vzrollback"], Some(Effect::RolledBack((*name).to_owned())))
            }
            (Verb::Create, ["migrate"]) if guest.is_some() => {
                (&["qmigrate", "vzmigrate", "hamigrate"], None)
            }
            (Verb::Delete, []) => match segments.get(2..).unwrap_or_default() {
                ["tasks", upid] => (&[], upid.parse().ok().map(Effect::TaskEnded)),
                _ => (&[], None),
            },
            (Verb::Create, []) => match segments.get(2..).unwrap_or_default() {
                ["apt", "update"] => (&["aptupdate"], Some(Effect::TaskAlone)),
                ["vzdump"] => (&["vzdump"], Some(Effect::TaskAlone)),
                _ => (&[], None),
            },
            _ => (&[], None),
        };
    Expected { kinds, effect, guest }
}

/// Whether a task of this kind only hands its request to HA.
pub(super) fn is_ha(kind: &str) -> bool {
    matches!(kind, "hastart" | "hastop")
}

fn power(
    call: &ApiCall,
    kind: Option<GuestKind>,
    action: &str,
) -> (&'static [&'static str], Option<Effect>) {
    let to_disk = matches!(call.fields.get("todisk"), Some("1" | "yes" | "on" | "true"));
    match action {
        "start" => (&["qmstart", "vzstart", "hastart"], Some(Effect::Running)),
        "stop" => (&["qmstop", "vzstop", "hastop"], Some(Effect::Stopped)),
        "shutdown" => (&["qmshutdown", "vzshutdown", "hastop"], Some(Effect::Stopped)),
        "reboot" => (&["qmreboot", "vzreboot"], Some(Effect::Running)),
        "reset" => (&["qmreset"], Some(Effect::Running)),
        "resume" => (&["qmresume", "vzresume"], Some(Effect::Running)),
        "suspend" => {
            let effect = match kind {
                Some(GuestKind::Container) => Effect::PausedOrStopped,
                _ if to_disk => Effect::Stopped,
                _ => Effect::Paused,
            };
            (&["qmpause", "qmsuspend", "vzsuspend"], Some(effect))
        }
        _ => (&[], None),
    }
}

fn target(call: &ApiCall) -> Option<Target> {
    let kind = match call.path.segments().nth(2)? {
        "qemu" => GuestKind::Vm,
        "lxc" => GuestKind::Container,
        _ => return None,
    };
    Some(Target { node: call.path.node()?, kind, vmid: call.path.guest()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_domain::{Field, Fields};

    fn seen(
        verb: Verb,
        path: &str,
        fields: &[(&str, &str)],
    ) -> (Vec<&'static str>, Option<Effect>) {
        let fields = fields
            .iter()
            .map(|(name, value)| Field { name: (*name).to_owned(), value: (*value).to_owned() });
        let call =
            ApiCall { verb, path: path.parse().unwrap(), fields: Fields::new(fields).unwrap() };
        let expected = expected(&call);
        (expected.kinds.to_vec(), expected.effect)
    }

    #[test]
    fn each_call_has_its_tasks_and_its_effect() {
        let name = || "before".to_owned();
        let plain: &[(&str, &str)] = &[];
        for (verb, path, fields, kind, effect) in [
            (
                Verb::Create,
                "/nodes/a/qemu/101/status/start",
                plain,
                "hastart",
                Some(Effect::Running),
            ),
            (Verb::Create, "/nodes/a/lxc/101/status/stop", plain, "vzstop", Some(Effect::Stopped)),
            (
                Verb::Create,
                "/nodes/a/qemu/101/status/shutdown",
                plain,
                "hastop",
                Some(Effect::Stopped),
            ),
            (
                Verb::Create,
                "/nodes/a/qemu/101/status/reboot",
                plain,
                "qmreboot",
                Some(Effect::Running),
            ),
            (
                Verb::Create,
                "/nodes/a/qemu/101/status/suspend",
                plain,
                "qmpause",
                Some(Effect::Paused),
            ),
            (
                Verb::Create,
                "/nodes/a/qemu/101/status/suspend",
                &[("todisk", "1")],
                "qmsuspend",
                Some(Effect::Stopped),
            ),
            (
                Verb::Create,
                "/nodes/a/lxc/101/status/suspend",
                plain,
                "vzsuspend",
                Some(Effect::PausedOrStopped),
            ),
            (
                Verb::Create,
                "/nodes/a/qemu/101/snapshot",
                &[("snapname", "before")],
                "qmsnapshot",
                Some(Effect::Snapshot(name())),
            ),
            (
                Verb::Delete,
                "/nodes/a/qemu/101/snapshot/before",
                plain,
                "qmdelsnapshot",
                Some(Effect::NoSnapshot(name())),
            ),
            (
                Verb::Create,
                "/nodes/a/lxc/101/snapshot/before/rollback",
                plain,
                "vzrollback",
                Some(Effect::RolledBack(name())),
            ),
            (Verb::Create, "/nodes/a/qemu/101/migrate", plain, "hamigrate", None),
            (Verb::Create, "/nodes/a/apt/update", plain, "aptupdate", Some(Effect::TaskAlone)),
        ] {
            let (kinds, seen) = seen(verb, path, fields);
            assert!(kinds.contains(&kind), "{path}: {kinds:?}");
            assert_eq!(seen, effect, "{path}");
        }
    }

    #[test]
    fn what_the_table_does_not_know_expects_nothing() {
        for (verb, path) in [
            (Verb::Create, "/nodes/a/status"),
            (Verb::Set, "/nodes/a/qemu/101/config"),
            (Verb::Create, "/nodes/a/qemu/abc/status/start"),
            (Verb::Set, "/nodes/a/qemu/101/status/start"),
            (Verb::Create, "/nodes/a/storage/local/status/start"),
            (Verb::Create, "/pools"),
        ] {
            assert_eq!(seen(verb, path, &[]), (Vec::new(), None), "{path}");
        }
    }
}
