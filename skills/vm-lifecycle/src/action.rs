//! What can be done to a guest, and when it makes sense.

use jarvis_skill::Field;
use jarvis_skill::series::Deed;

use crate::guest::{Guest, Kind, State};

/// One thing to do to a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Start,
    /// Graceful: what people mean by "stop".
    ShutDown,
    /// Pulls the plug.
    ForceStop,
    Reboot,
    /// Holds a VM in memory.
    Suspend,
    Resume,
    /// With the snapshot's name.
    Snapshot(String),
}

/// Whether to go on. The texts are the end of a sentence that begins with the
/// guest's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Write to this path below the guest.
    Go(&'static str),
    /// It is so already.
    Already(String),
    /// It makes no sense, or cannot work.
    Refused(String),
}

impl Deed for Action {
    fn done(&self) -> String {
        match self {
            Self::Start => "Started",
            Self::ShutDown => "Shut down",
            Self::ForceStop => "Forced off",
            Self::Reboot => "Rebooted",
            Self::Suspend => "Suspended",
            Self::Resume => "Resumed",
            Self::Snapshot(_) => "Took a snapshot of",
        }
        .to_owned()
    }

    fn not_done(&self) -> String {
        match self {
            Self::Start => "was not started",
            Self::ShutDown => "was not shut down",
            Self::ForceStop => "was not forced off",
            Self::Reboot => "was not rebooted",
            Self::Suspend => "was not suspended",
            Self::Resume => "was not resumed",
            Self::Snapshot(_) => "got no snapshot",
        }
        .to_owned()
    }

    fn perhaps_done(&self) -> String {
        match self {
            Self::Snapshot(_) => "got a snapshot".to_owned(),
            _ => self.not_done().replacen("was not ", "was ", 1),
        }
    }

    fn going_on(&self, several: bool) -> String {
        let be = if several { "are" } else { "is" };
        match self {
            Self::Start => format!("{be} still starting"),
            Self::ShutDown => format!("{be} still shutting down"),
            Self::ForceStop => format!("{be} still being forced off"),
            Self::Reboot => format!("{be} still rebooting"),
            Self::Suspend => format!("{be} still being suspended"),
            Self::Resume => format!("{be} still being resumed"),
            Self::Snapshot(_) => format!("{be} still being snapshotted"),
        }
    }

    fn done_with(&self) -> String {
        match self {
            Self::Snapshot(name) => format!(", called {name}"),
            _ => String::new(),
        }
    }

    fn advice(&self, called: &str, why: &str) -> Option<String> {
        (*self == Self::ShutDown && why.contains("timeout"))
            .then(|| format!("To pull the plug, say: force stop {called}."))
    }
}

impl Action {
    /// The fields of the write.
    pub(crate) fn fields(&self) -> Vec<Field> {
        match self {
            Self::Snapshot(name) => vec![Field::new("snapname", name)],
            _ => Vec::new(),
        }
    }

    /// Whether it makes sense for this guest, as it is now.
    pub(crate) fn judge(&self, guest: &Guest) -> Verdict {
        use State::{Paused, Running, Stopped, Unknown};
        use Verdict::{Already, Go, Refused};

        let refused = |why: &str| Refused(why.to_owned());
        let already = |why: &str| Already(why.to_owned());
        if guest.template {
            return refused("is a template, and nothing can be done to one");
        }
        if guest.state == Unknown {
            return Refused(format!(
                "is in an unknown state; its node {} may not answer",
                guest.node
            ));
        }
        let suspended_to_disk = guest.lock.as_deref() == Some("suspended");
        let verdict = match (self, guest.kind, guest.state) {
            (Self::Suspend, Kind::Container, _) | (Self::Resume, Kind::Container, Paused) => {
                refused("is a container, and those can be neither suspended nor resumed")
            }
            (Self::Start | Self::Resume, _, Running) => already("is already running"),
            (Self::Start, _, Paused) => refused("is suspended; resume it instead"),
            (Self::Start, _, _) => Go("status/start"),
            (Self::Resume, _, Paused) => Go("status/resume"),
            (Self::Resume, _, _) if suspended_to_disk => Go("status/start"),
            (Self::Resume, _, _) => refused("is stopped, not suspended; start it instead"),
            (Self::ShutDown | Self::ForceStop, _, Stopped) => already("is already stopped"),
            (Self::ShutDown, _, Paused) => {
                refused("is suspended and cannot shut down; resume it first, or force it off")
            }
            (Self::ShutDown, _, _) => Go("status/shutdown"),
            (Self::ForceStop, _, _) => Go("status/stop"),
            (Self::Reboot, _, Stopped) => already("is stopped, so there is nothing to reboot"),
            (Self::Reboot, _, Paused) => refused("is suspended; resume it first"),
            (Self::Reboot, _, _) => Go("status/reboot"),
            (Self::Suspend, _, Paused) => already("is already suspended"),
            (Self::Suspend, _, Stopped) => already("is stopped, so there is nothing to suspend"),
            (Self::Suspend, _, _) => Go("status/suspend"),
            (Self::Snapshot(_), _, _) => Go("snapshot"),
        };
        match (&verdict, &guest.lock) {
            (Go("status/start"), _) if suspended_to_disk => verdict,
            (Go(_), Some(lock)) => Refused(locked(lock)),
            _ => verdict,
        }
    }
}

/// A lock in words, after a guest's name.
pub(crate) fn locked(lock: &str) -> String {
    let by = match lock {
        "backup" => "a backup",
        "migrate" => "a migration",
        "snapshot" | "snapshot-delete" => "a snapshot in the making",
        "rollback" => "a rollback",
        "clone" => "a clone in the making",
        "create" => "its creation",
        "suspending" => "its suspension",
        "suspended" => return "is suspended to disk".to_owned(),
        other => return format!("is locked ({other})"),
    };
    format!("is locked by {by}")
}
