//! Looking whether what a task was for is so: the task of an HA guest ends
//! before anything has happened, and a reboot is finished by another process.

use std::time::Duration;

use jarvis_domain::Verified;
use jarvis_domain::inventory::GuestKind;
use jarvis_domain::read::CallErrorKind;
use serde_json::Value;

use super::Supervisor;
use super::effect::{Effect, Expected, Target};
use super::task::{self, Task};
use crate::ClusterError;
use crate::lenient::{count, field, text};

/// The first pause between two looks; later ones are the settings' own.
const FIRST: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Waits until the effect is seen, at most `settle`.
    pub(super) async fn verify(&self, expected: &Expected, settle: Duration) -> Verified {
        let Expected { effect: Some(effect), guest, .. } = expected else {
            let why = "jarvis does not know how to see the effect of this call".to_owned();
            return Verified::No { why };
        };
        let until = self.clock.now().plus(settle);
        let mut pause = FIRST;
        loop {
            let seen = match self.look(effect, guest.as_ref()).await {
                Ok(None) => return Verified::Yes,
                Ok(Some(other)) => other,
                Err(error) => format!("cannot be looked at: {error}"),
            };
            if self.clock.now() >= until {
                let waited = settle.as_secs();
                let why = format!("{} {seen}, {waited} s afterwards", called(guest.as_ref()));
                return Verified::No { why };
            }
            self.clock.sleep(pause).await;
            pause = self.timeouts.task_poll;
        }
    }

    /// One look: none when the effect is there, else what is there instead.
    pub(super) async fn look(
        &self,
        effect: &Effect,
        guest: Option<&Target>,
    ) -> Result<Option<String>, ClusterError> {
        if let Effect::TaskEnded(upid) = effect {
            let runs = task::status(&self.access, upid).await? == Task::Running;
            return Ok(runs.then(|| "still runs".to_owned()));
        }
        let Some(guest) = guest else { return Ok(None) };
        match effect {
            Effect::TaskAlone | Effect::TaskEnded(_) => Ok(None),
            Effect::Running | Effect::Stopped | Effect::Paused | Effect::PausedOrStopped => {
                let current = self.of_guest(guest, "status/current").await?;
                let state = state(&current);
                Ok((!is_wanted(effect, state)).then(|| format!("is {state}")))
            }
            Effect::Snapshot(name) => {
                let snapshots = self.of_guest(guest, "snapshot").await?;
                let Some(entry) = snapshot(&snapshots, name) else {
                    return Ok(Some(format!("has no snapshot {name}")));
                };
                // It is listed before it is made, and for ever where its worker
                // was killed meanwhile.
                let half = text(entry, "snapstate");
                Ok(half.map(|state| format!("has half a snapshot {name} ({state})")))
            }
            Effect::NoSnapshot(name) => {
                let snapshots = self.of_guest(guest, "snapshot").await?;
                Ok(snapshot(&snapshots, name).map(|_| format!("still has the snapshot {name}")))
            }
            Effect::RolledBack(name) => {
                let snapshots = self.of_guest(guest, "snapshot").await?;
                let parent =
                    snapshot(&snapshots, "current").and_then(|current| text(current, "parent"));
                Ok((parent != Some(name)).then(|| format!("does not go on from {name}")))
            }
        }
    }

    /// Reads below the guest's path, wherever it is now: HA may start it on
    /// another node.
    async fn of_guest(&self, guest: &Target, below: &str) -> Result<Value, ClusterError> {
        let kind = match guest.kind {
            GuestKind::Vm => "qemu",
            GuestKind::Container => "lxc",
        };
        let path = |node: &str| format!("/nodes/{node}/{kind}/{}/{below}", guest.vmid);
        let first = self.access.read(&path(guest.node.as_str()), &[]).await;
        let Err(error) = first else { return first };
        if !matches!(error.kind(), CallErrorKind::NotFound | CallErrorKind::Unavailable) {
            return Err(error);
        }
        let guests = self.access.read("/cluster/resources", &[("type", "vm".to_owned())]).await?;
        let now = guests
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| count(field(entry, "vmid")) == Some(u64::from(guest.vmid.get())))
            .and_then(|entry| text(entry, "node"));
        match now {
            Some(node) if node != guest.node.as_str() => self.access.read(&path(node), &[]).await,
            _ => Err(error),
        }
    }
}

/// A guest's state: that of QEMU itself where it is more exact.
fn state(current: &Value) -> &str {
    let status = text(current, "status").unwrap_or("unknown");
    match text(current, "qmpstatus") {
        Some(exact) if status == "running" => exact,
        _ => status,
    }
}

fn is_wanted(effect: &Effect, state: &str) -> bool {
    match effect {
        Effect::Running => state == "running",
        Effect::Stopped => state == "stopped",
        Effect::Paused => matches!(state, "paused" | "suspended"),
        Effect::PausedOrStopped => matches!(state, "paused" | "suspended" | "stopped"),
        _ => false,
    }
}

fn snapshot<'a>(snapshots: &'a Value, name: &str) -> Option<&'a Value> {
    snapshots.as_array().into_iter().flatten().find(|entry| text(entry, "name") == Some(name))
}

fn called(guest: Option<&Target>) -> String {
    match guest.map(|guest| (guest.kind, guest.vmid)) {
        Some((GuestKind::Vm, vmid)) => format!("VM {vmid}"),
        Some((GuestKind::Container, vmid)) => format!("container {vmid}"),
        None => "it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn qemu_knows_better_than_running() {
        for (current, expected) in [
            (json!({"status": "running", "qmpstatus": "paused"}), "paused"),
            (json!({"status": "running", "qmpstatus": "io-error"}), "io-error"),
            (json!({"status": "running"}), "running"),
            (json!({"status": "stopped", "qmpstatus": "stopped"}), "stopped"),
            (json!(null), "unknown"),
        ] {
            assert_eq!(state(&current), expected);
        }
        assert!(!is_wanted(&Effect::Running, "io-error") && !is_wanted(&Effect::Running, "paused"));
    }
}
