//! Which tasks run. Proxmox lists about the last 25 of each node, those that
//! run among them; a node that died with a task still has it listed as running.

use jarvis_skill::{Clock, ClusterRead, Error, Inventory, Reply, Request, words};
use serde_json::{Value, json};

use crate::lenient::{at, number, text};

/// More tasks than these are counted instead of told.
const TOLD: usize = 3;

/// What kinds of tasks are called, and whether they are about a guest. Kinds
/// are those that pve-manager, qemu-server and pve-container 9.2 give to
/// `fork_worker`.
const KINDS: &[(&[&str], &str)] = &[
    (&["vzdump"], "backup"),
    (&["qmstart", "vzstart", "hastart"], "start"),
    (&["qmshutdown", "vzshutdown"], "shutdown"),
    (&["qmstop", "vzstop", "hastop"], "stop"),
    (&["qmreboot", "vzreboot"], "reboot"),
    (&["qmreset"], "reset"),
    (&["qmpause", "qmsuspend", "vzsuspend"], "suspend"),
    (&["qmresume", "vzresume"], "resume"),
    (&["qmigrate", "vzmigrate", "hamigrate"], "migration"),
    (&["qmsnapshot", "vzsnapshot"], "snapshot"),
    (&["qmdelsnapshot", "vzdelsnapshot"], "removal of a snapshot"),
    (&["qmrollback", "vzrollback"], "rollback"),
    (&["qmclone", "vzclone"], "clone"),
    (&["qmcreate", "vzcreate"], "creation"),
    (&["qmrestore", "vzrestore"], "restore"),
    (&["qmdestroy", "vzdestroy"], "removal"),
    (&["qmmove", "move_volume"], "move of a disk"),
    (&["vncproxy", "vncshell", "termproxy", "spiceproxy", "spiceshell"], "console"),
    (&["aptupdate"], "refresh of the package lists"),
    (&["imgcopy", "download", "upid_download", "aplinfo"], "download"),
    (&["startall"], "start of all guests"),
    (&["stopall"], "stop of all guests"),
    (&["migrateall"], "migration of all guests"),
];

/// A task that has not ended.
struct Task {
    node: String,
    /// In words.
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
        let about =
            if self.about.is_empty() { String::new() } else { format!(" of {}", self.about) };
        let since = self.since.map(|s| format!(" for {}", words::duration(s))).unwrap_or_default();
        format!("a {}{about} on {}{since}", self.kind, self.node)
    }

    fn row(&self) -> [String; 5] {
        [
            words::cell(&self.kind),
            words::cell(&self.about),
            words::cell(&self.node),
            self.since.map(words::duration).unwrap_or_default(),
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
        return Err(Error::refused("Proxmox did not list its tasks."));
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
    Ok(reply.with_detail(words::table(["Task", "Of", "Node", "For", "User"], &rows)))
}

fn task<'a>(entry: &Value, now: u64, name: impl Fn(&str) -> Option<&'a str>) -> Option<Task> {
    let kind = text(entry, &["type"])?;
    let id = text(entry, &["id"]).unwrap_or_default();
    let known = KINDS.iter().find(|(kinds, _)| kinds.contains(&kind));
    let about = match name(id).map(|name| words::line(name, 60)) {
        Some(name) if !name.is_empty() => name,
        _ if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("guest {id}")
        }
        _ => words::line(id, 60),
    };
    Some(Task {
        node: words::line(text(entry, &["node"])?, 63),
        kind: known.map_or_else(
            || format!("{} task", words::line(kind, 40)),
            |(_, word)| (*word).to_owned(),
        ),
        about,
        user: words::line(text(entry, &["user"]).unwrap_or_default(), 60),
        since: number(at(entry, &["starttime"])).map(|start| now.saturating_sub(start)),
        upid: text(entry, &["upid"]).unwrap_or_default().to_owned(),
    })
}

fn speech(tasks: &[Task], lost: usize, node: Option<&str>) -> String {
    let place = node.map(|node| format!(" on {}", words::line(node, 63))).unwrap_or_default();
    let mut told = match tasks.len() {
        0 => format!("No tasks are running{place}."),
        count => {
            let be = if count == 1 { "is" } else { "are" };
            let each: Vec<String> = tasks.iter().map(Task::told).collect();
            let each = words::list_of_at_most(&each, TOLD);
            format!("{} {be} running{place}: {each}.", words::plural(count, "task"))
        }
    };
    match lost {
        0 => {}
        1 => told.push_str(" One more was running on a node that is offline now."),
        lost => told.push_str(&format!(" {lost} more were running on nodes that are offline now.")),
    }
    told
}
