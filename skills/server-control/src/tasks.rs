//! Which tasks run. Proxmox lists about the last 25 of each node, those that
//! run among them; a node that died with a task still has it listed as running.

use jarvis_skill::{Clock, ClusterRead, Error, Inventory, Reply, Request, say, words};
use serde_json::{Value, json};

use crate::lenient::{at, number, text};

/// More tasks than these are counted instead of told.
const TOLD: usize = 3;

/// What kinds of tasks are called, in English and, with the article, in German. Kinds
/// are those that pve-manager, qemu-server and pve-container 9.2 give to
/// `fork_worker`.
const KINDS: &[(&[&str], &str, &str)] = &[
    (&["vzdump"], "backup", "eine Sicherung"),
    (&["qmstart", "vzstart", "hastart"], "start", "ein Start"),
    (&["qmshutdown", "vzshutdown"], "shutdown", "ein Herunterfahren"),
    (&["qmstop", "vzstop", "hastop"], "stop", "ein hartes Ausschalten"),
    (&["qmreboot", "vzreboot"], "reboot", "ein Neustart"),
    (&["qmreset"], "reset", "ein hartes Zurücksetzen"),
    (&["qmpause", "qmsuspend", "vzsuspend"], "suspend", "ein Pausieren"),
    (&["qmresume", "vzresume"], "resume", "ein Fortsetzen"),
    (&["qmigrate", "vzmigrate", "hamigrate"], "migration", "eine Migration"),
    (&["qmsnapshot", "vzsnapshot"], "snapshot", "ein Snapshot"),
    (&["qmdelsnapshot", "vzdelsnapshot"], "removal of a snapshot", "das Entfernen eines Snapshots"),
    (&["qmrollback", "vzrollback"], "rollback", "ein Zurücksetzen auf einen Snapshot"),
    (&["qmclone", "vzclone"], "clone", "ein Klonen"),
    (&["qmcreate", "vzcreate"], "creation", "ein Anlegen"),
    (&["qmrestore", "vzrestore"], "restore", "ein Wiederherstellen"),
    (&["qmdestroy", "vzdestroy"], "removal", "ein Löschen"),
    (&["qmmove", "move_volume"], "move of a disk", "das Verschieben einer Platte"),
    (&["vncproxy", "vncshell", "termproxy", "spiceproxy", "spiceshell"], "console", "eine Konsole"),
    (&["aptupdate"], "refresh of the package lists", "ein Aktualisieren der Paketlisten"),
    (&["imgcopy", "download", "upid_download", "aplinfo"], "download", "ein Download"),
    (&["startall"], "start of all guests", "ein Start aller Gäste"),
    (&["stopall"], "stop of all guests", "ein Anhalten aller Gäste"),
    (&["migrateall"], "migration of all guests", "eine Migration aller Gäste"),
];

/// A task that has not ended.
struct Task {
    node: String,
    /// In words; in German with its article.
    kind: String,
    /// What it is about, in words; empty for the node itself.
    about: String,
    user: String,
    /// Seconds.
    since: Option<u64>,
    upid: String,
}

impl Task {
    fn told(&self) -> String {
        let Self { kind, about, node, .. } = self;
        let about = match about.as_str() {
            "" => String::new(),
            about => say!(en: " of {about}", de: " von {about}"),
        };
        let since = self.since.map(words::duration_behind);
        let since = since.map(|span| say!(en: " for {span}", de: " seit {span}"));
        let since = since.unwrap_or_default();
        say!(en: "a {kind}{about} on {node}{since}", de: "{kind}{about} auf {node}{since}")
    }

    fn row(&self) -> [String; 5] {
        [
            words::cell(&self.kind),
            words::cell(&self.about),
            words::cell(&self.node),
            self.since.map(words::duration_behind).unwrap_or_default(),
            words::cell(&self.user),
        ]
    }
}

/// The answer to `tasks`.
pub(crate) fn answer(
    host: &(impl Inventory + ClusterRead + Clock),
    request: &Request,
) -> Result<Reply, Error> {
    let node: Option<String> = request.optional("node")?;
    let answer = host.read_json("/cluster/tasks")?;
    let Some(entries) = answer.as_array() else {
        return Err(Error::refused(say!(
            en: "Proxmox did not list its tasks.",
            de: "Proxmox hat die Vorgänge nicht aufgezählt.",
        )));
    };
    let open = entries.iter().filter(|entry| at(entry, &["endtime"]).is_null());
    let open: Vec<&Value> =
        open.filter(|entry| node.is_none() || text(entry, &["node"]) == node.as_deref()).collect();
    let offline: Vec<String> = host
        .find_all("node", None)?
        .items
        .into_iter()
        .filter(|item| item.state == "offline")
        .map(|item| item.id)
        .collect();
    let (lost, running): (Vec<&Value>, Vec<&Value>) = open
        .into_iter()
        .partition(|entry| text(entry, &["node"]).is_some_and(|n| offline.iter().any(|o| o == n)));
    let guests = if running.is_empty() { Vec::new() } else { host.find_all("guest", None)?.items };
    let name = |id: &str| guests.iter().find(|guest| guest.id == id).map(|g| g.name.as_str());
    let now = host.now_ms() / 1000;
    let mut tasks: Vec<Task> =
        running.into_iter().filter_map(|entry| task(entry, now, name)).collect();
    // What runs longest is told first.
    tasks.sort_by_key(|task| std::cmp::Reverse(task.since));
    let rows: Vec<_> = tasks.iter().map(Task::row).collect();
    let data = tasks.iter().map(|task| {
        json!({
            "node": task.node,
            "kind": task.kind,
            "about": task.about,
            "user": task.user,
            "running_seconds": task.since,
            "upid": task.upid,
        })
    });
    let data = json!({ "tasks": data.collect::<Vec<_>>(), "lost": lost.len() });
    let reply = Reply::done(speech(&tasks, lost.len(), node.as_deref())).with_data(data);
    if rows.is_empty() {
        return Ok(reply);
    }
    Ok(reply.with_detail(words::table_of(
        &say!(en: "Task|Of|Node|For|User", de: "Vorgang|Von|Knoten|Seit|Benutzer"),
        &rows,
    )))
}

fn task<'a>(entry: &Value, now: u64, name: impl Fn(&str) -> Option<&'a str>) -> Option<Task> {
    let kind = text(entry, &["type"])?;
    let id = text(entry, &["id"]).unwrap_or_default();
    let known = KINDS.iter().find(|(kinds, ..)| kinds.contains(&kind));
    let about = match name(id).map(|name| words::line(name, 60)) {
        Some(name) if !name.is_empty() => name,
        _ if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            say!(en: "guest {id}", de: "Gast {id}")
        }
        _ => words::line(id, 60),
    };
    Some(Task {
        node: words::line(text(entry, &["node"])?, 63),
        kind: known.map_or_else(
            || {
                let kind = words::line(kind, 40);
                say!(en: "{kind} task", de: "ein Vorgang {kind}")
            },
            |(_, english, german)| say!(en: "{english}", de: "{german}"),
        ),
        about,
        user: words::line(text(entry, &["user"]).unwrap_or_default(), 60),
        since: number(at(entry, &["starttime"])).map(|start| now.saturating_sub(start)),
        upid: text(entry, &["upid"]).unwrap_or_default().to_owned(),
    })
}

fn speech(tasks: &[Task], lost: usize, node: Option<&str>) -> String {
    let place = node.map(|node| words::line(node, 63));
    let place = place.map(|node| say!(en: " on {node}", de: " auf {node}")).unwrap_or_default();
    let mut told = match tasks.len() {
        0 => say!(en: "No tasks are running{place}.", de: "Es laufen keine Vorgänge{place}."),
        count => {
            let (be, laufen) = if count == 1 { ("is", "läuft") } else { ("are", "laufen") };
            let each: Vec<String> = tasks.iter().map(Task::told).collect();
            let each = words::list_of_at_most(&each, TOLD);
            let tasks = words::Noun { en: "task", de: ("Ein Vorgang", "Vorgänge") }.counted(count);
            say!(
                en: "{tasks} {be} running{place}: {each}.",
                de: "{tasks} {laufen}{place}: {each}.",
            )
        }
    };
    match lost {
        0 => {}
        1 => told.push_str(&say!(
            en: " One more was running on a node that is offline now.",
            de: " Einer mehr lief auf einem Knoten, der jetzt offline ist.",
        )),
        lost => told.push_str(&say!(
            en: " {lost} more were running on nodes that are offline now.",
            de: " {lost} weitere liefen auf Knoten, die jetzt offline sind.",
        )),
    }
    told
}
