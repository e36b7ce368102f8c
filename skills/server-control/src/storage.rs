//! How full the storages are. In the inventory a shared storage stands once,
//! however many nodes see it, so sums are true.

use jarvis_skill::{Error, Inventory, Item, ItemExt, Reply, Request, words};
use serde_json::json;

use crate::nodes::figure;

/// Percent from which on a storage is nearly full.
const NEARLY: u64 = 90;
/// More names than these are counted instead of told.
const NAMES: usize = 5;

/// One storage, or one node's part of it.
struct Storage<'a> {
    item: &'a Item,
    /// Bytes used and in all; none where it is not available.
    size: Option<(u64, u64)>,
}

impl<'a> Storage<'a> {
    fn of(item: &'a Item) -> Self {
        let known = (figure(item, "used"), figure(item, "total"));
        let size = match known {
            (Some(used), Some(total)) if item.state == "available" && total > 0 => {
                Some((used, total))
            }
            _ => None,
        };
        Self { item, size }
    }

    /// `nas-backup`, `local on pve2`.
    fn called(&self) -> String {
        let name = words::line(&self.item.id, 60);
        match &self.item.parent {
            Some(node) => format!("{name} on {node}"),
            None => name,
        }
    }

    fn percent(&self) -> Option<u64> {
        self.size.map(|(used, total)| words::percent(used, total))
    }

    fn row(&self) -> [String; 6] {
        let (used, free, total) = match self.size {
            Some((used, total)) => (
                format!("{} %", words::percent(used, total)),
                words::bytes(total.saturating_sub(used)),
                words::bytes(total),
            ),
            None => ("not available".to_owned(), String::new(), String::new()),
        };
        [
            words::cell(&self.item.id),
            self.item.parent.as_deref().map_or_else(|| "all (shared)".to_owned(), words::cell),
            words::cell(self.item.attribute("plugin").unwrap_or_default()),
            used,
            free,
            total,
        ]
    }
}

/// The answer to `storage`.
pub(crate) fn answer(host: &impl Inventory, request: &Request) -> Result<Reply, Error> {
    let node: Option<String> = request.optional("node")?;
    let name: Option<String> = request.optional("name")?;
    let found = host.find_all("storage", None)?;
    let on_node = |item: &&Item| {
        node.as_ref().is_none_or(|node| item.parent.as_ref().is_none_or(|parent| parent == node))
    };
    let is_named = |item: &&Item| name.as_ref().is_none_or(|name| plain(name) == plain(&item.id));
    let wanted: Vec<Storage<'_>> =
        found.items.iter().filter(on_node).filter(is_named).map(Storage::of).collect();
    if wanted.is_empty() {
        return Err(Error::NotFound(missing(name.as_deref(), &found.items)));
    }
    let rows: Vec<_> = wanted.iter().map(Storage::row).collect();
    let (used, total) = sum(&wanted);
    let storages = wanted.iter().map(|storage| {
        json!({
            "storage": storage.item.id,
            "node": storage.item.parent,
            "shared": storage.item.parent.is_none(),
            "plugin": storage.item.attribute("plugin"),
            "available": storage.size.is_some(),
            "used_bytes": storage.size.map(|(used, _)| used),
            "total_bytes": storage.size.map(|(_, total)| total),
        })
    });
    let data = json!({
        "as_of": found.as_of,
        "used_bytes": used,
        "total_bytes": total,
        "storages": storages.collect::<Vec<_>>(),
    });
    let head = ["Storage", "Node", "Kind", "Used", "Free", "Size"];
    let detail = words::table(head, &rows);
    Ok(Reply::done(speech(&wanted, node.as_deref())).with_detail(detail).with_data(data))
}

fn sum(storages: &[Storage<'_>]) -> (u64, u64) {
    storages.iter().filter_map(|storage| storage.size).fold((0, 0), |sum: (u64, u64), size| {
        (sum.0.saturating_add(size.0), sum.1.saturating_add(size.1))
    })
}

fn speech(storages: &[Storage<'_>], node: Option<&str>) -> String {
    let (used, total) = sum(storages);
    let free = words::bytes(total.saturating_sub(used));
    let fullest = storages.iter().max_by_key(|storage| storage.percent());
    let place = node.map(|node| format!(" of {}", words::line(node, 63))).unwrap_or_default();
    let share = words::percent(used, total);
    let mut told = match storages {
        [one] if one.size.is_some() => {
            format!("{} is {share} percent full, with {free} free.", one.called())
        }
        _ if total == 0 => String::new(),
        _ => format!("The storage{place} is {share} percent full, with {free} free."),
    };
    let nearly: Vec<String> = storages
        .iter()
        .filter_map(|storage| Some((storage, storage.percent()?)))
        .filter(|(_, percent)| *percent >= NEARLY)
        .map(|(storage, percent)| format!("{} at {percent} percent", storage.called()))
        .collect();
    if !nearly.is_empty() {
        told.push_str(&format!(" Nearly full: {}.", words::list_of_at_most(&nearly, NAMES)));
    } else if storages.len() > 1
        && let Some((fullest, percent)) = fullest.and_then(|s| Some((s, s.percent()?)))
    {
        told.push_str(&format!(" The fullest is {}, at {percent} percent.", fullest.called()));
    }
    let away: Vec<String> =
        storages.iter().filter(|storage| storage.size.is_none()).map(Storage::called).collect();
    if !away.is_empty() {
        let be = if away.len() == 1 { "is" } else { "are" };
        told.push_str(&format!(" {} {be} not available.", words::list_of_at_most(&away, NAMES)));
    }
    told.trim_start().to_owned()
}

fn missing(name: Option<&str>, all: &[Item]) -> String {
    let Some(name) = name else { return "There is no storage that I may see.".to_owned() };
    let mut known: Vec<&str> = all.iter().map(|item| item.id.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let name = words::line(name, 60);
    match words::list_of_at_most(&known, NAMES) {
        none if none.is_empty() => format!("There is no storage {name}."),
        known => format!("There is no storage {name}; there are {}.", words::line(&known, 300)),
    }
}

/// A name as it is said: `Local LVM` is `local-lvm`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
