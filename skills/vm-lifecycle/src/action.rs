//! What can be done to a guest, and when it makes sense.

use jarvis_skill::series::Deed;
use jarvis_skill::{Field, say};

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
            Self::Start => say!(en: "Started", de: "gestartet"),
            Self::ShutDown => say!(en: "Shut down", de: "heruntergefahren"),
            Self::ForceStop => say!(en: "Forced off", de: "hart ausgeschaltet"),
            Self::Reboot => say!(en: "Rebooted", de: "neu gestartet"),
            Self::Suspend => say!(en: "Suspended", de: "pausiert"),
            Self::Resume => say!(en: "Resumed", de: "fortgesetzt"),
            Self::Snapshot(_) => say!(en: "Took a snapshot of", de: "gesichert"),
        }
    }

    fn not_done(&self) -> String {
        match self {
            Self::Start => say!(en: "was not started", de: "wurde nicht gestartet"),
            Self::ShutDown => say!(en: "was not shut down", de: "wurde nicht heruntergefahren"),
            Self::ForceStop => say!(en: "was not forced off", de: "wurde nicht hart ausgeschaltet"),
            Self::Reboot => say!(en: "was not rebooted", de: "wurde nicht neu gestartet"),
            Self::Suspend => say!(en: "was not suspended", de: "wurde nicht pausiert"),
            Self::Resume => say!(en: "was not resumed", de: "wurde nicht fortgesetzt"),
            Self::Snapshot(_) => say!(en: "got no snapshot", de: "bekam keinen Snapshot"),
        }
    }

    fn perhaps_done(&self) -> String {
        match self {
            Self::Snapshot(_) => say!(en: "got a snapshot", de: "einen Snapshot bekam"),
            _ => {
                let not_done = self.not_done();
                match not_done.strip_prefix("wurde nicht ") {
                    Some(done) => format!("{done} wurde"),
                    None => not_done.replacen("was not ", "was ", 1),
                }
            }
        }
    }

    fn told(&self, names: &str, several: bool) -> String {
        let (done, with) = (self.done(), self.done_with());
        let be = if several { "sind" } else { "ist" };
        match self {
            Self::Snapshot(_) => {
                say!(en: "{done} {names}{with}.", de: "Ein Snapshot von {names} ist gemacht{with}.")
            }
            _ => say!(en: "{done} {names}{with}.", de: "{names} {be} {done}{with}."),
        }
    }

    fn going_on(&self, several: bool) -> String {
        let be = if several { "are" } else { "is" };
        let (wird, startet, faehrt) =
            if several { ("werden", "starten", "fahren") } else { ("wird", "startet", "fährt") };
        match self {
            Self::Start => say!(en: "{be} still starting", de: "{startet} noch"),
            Self::ShutDown => say!(en: "{be} still shutting down", de: "{faehrt} noch herunter"),
            Self::ForceStop => {
                say!(en: "{be} still being forced off", de: "{wird} noch hart ausgeschaltet")
            }
            Self::Reboot => say!(en: "{be} still rebooting", de: "{startet} noch neu"),
            Self::Suspend => say!(en: "{be} still being suspended", de: "{wird} noch pausiert"),
            Self::Resume => say!(en: "{be} still being resumed", de: "{wird} noch fortgesetzt"),
            Self::Snapshot(_) => {
                say!(en: "{be} still being snapshotted", de: "{wird} noch gesichert")
            }
        }
    }

    fn done_with(&self) -> String {
        match self {
            Self::Snapshot(name) => say!(en: ", called {name}", de: ", mit dem Namen {name}"),
            _ => String::new(),
        }
    }

    fn advice(&self, called: &str, why: &str) -> Option<String> {
        (*self == Self::ShutDown && why.contains("timeout")).then(|| {
            say!(
                en: "To pull the plug, say: force stop {called}.",
                de: "Um den Stecker zu ziehen: schalte {called} hart aus.",
            )
        })
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

        let refused = Refused;
        let already = Already;
        if guest.template {
            return refused(say!(
                en: "is a template, and nothing can be done to one",
                de: "ist eine Vorlage, und mit Vorlagen geht das nicht",
            ));
        }
        if guest.state == Unknown {
            let node = &guest.node;
            return Refused(say!(
                en: "is in an unknown state; its node {node} may not answer",
                de: "ist in unbekanntem Zustand; vielleicht antwortet der Knoten {node} nicht",
            ));
        }
        let suspended_to_disk = guest.lock.as_deref() == Some("suspended");
        let verdict = match (self, guest.kind, guest.state) {
            (Self::Suspend, Kind::Container, _) | (Self::Resume, Kind::Container, Paused) => {
                refused(say!(
                    en: "is a container, and those can be neither suspended nor resumed",
                    de: "ist ein Container, und die lassen sich weder pausieren noch fortsetzen",
                ))
            }
            (Self::Start | Self::Resume, _, Running) => {
                already(say!(en: "is already running", de: "läuft schon"))
            }
            (Self::Start, _, Paused) => refused(say!(
                en: "is suspended; resume it instead",
                de: "ist pausiert; stattdessen fortsetzen",
            )),
            (Self::Start, _, _) => Go("status/start"),
            (Self::Resume, _, Paused) => Go("status/resume"),
            (Self::Resume, _, _) if suspended_to_disk => Go("status/start"),
            (Self::Resume, _, _) => refused(say!(
                en: "is stopped, not suspended; start it instead",
                de: "ist aus, nicht pausiert; stattdessen starten",
            )),
            (Self::ShutDown | Self::ForceStop, _, Stopped) => {
                already(say!(en: "is already stopped", de: "ist schon aus"))
            }
            (Self::ShutDown, _, Paused) => refused(say!(
                en: "is suspended and cannot shut down; resume it first, or force it off",
                de: "ist pausiert und kann nicht herunterfahren; erst fortsetzen, oder hart ausschalten",
            )),
            (Self::ShutDown, _, _) => Go("status/shutdown"),
            (Self::ForceStop, _, _) => Go("status/stop"),
            (Self::Reboot, _, Stopped) => already(say!(
                en: "is stopped, so there is nothing to reboot",
                de: "ist aus, also gibt es nichts neu zu starten",
            )),
            (Self::Reboot, _, Paused) => refused(
                say!(en: "is suspended; resume it first", de: "ist pausiert; erst fortsetzen"),
            ),
            (Self::Reboot, _, _) => Go("status/reboot"),
            (Self::Suspend, _, Paused) => {
                already(say!(en: "is already suspended", de: "ist schon pausiert"))
            }
            (Self::Suspend, _, Stopped) => already(say!(
                en: "is stopped, so there is nothing to suspend",
                de: "ist aus, also gibt es nichts zu pausieren",
            )),
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
        "backup" => say!(en: "a backup", de: "eine Sicherung"),
        "migrate" => say!(en: "a migration", de: "eine Migration"),
        "snapshot" | "snapshot-delete" => {
            say!(en: "a snapshot in the making", de: "einen entstehenden Snapshot")
        }
        "rollback" => say!(en: "a rollback", de: "ein Zurücksetzen"),
        "clone" => say!(en: "a clone in the making", de: "einen entstehenden Klon"),
        "create" => say!(en: "its creation", de: "das Anlegen"),
        "suspending" => say!(en: "its suspension", de: "das Pausieren"),
        "suspended" => {
            return say!(en: "is suspended to disk", de: "ist auf die Platte pausiert");
        }
        other => return say!(en: "is locked ({other})", de: "ist gesperrt ({other})"),
    };
    say!(en: "is locked by {by}", de: "ist gesperrt durch {by}")
}
