//! How full the storages are. In the inventory a shared storage stands once,
//! however many nodes see it, so sums are true.

use jarvis_skill::{Error, Inventory, Item, ItemExt, Reply, Request, say, words};
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
            Some(node) => say!(en: "{name} on {node}", de: "{name} auf {node}"),
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
            None => {
                (say!(en: "not available", de: "nicht verfügbar"), String::new(), String::new())
            }
        };
        [
            words::cell(&self.item.id),
            {
                let shared = || say!(en: "all (shared)", de: "alle (gemeinsam)");
                self.item.parent.as_deref().map_or_else(shared, words::cell)
            },
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
    let head = say!(
        en: "Storage|Node|Kind|Used|Free|Size",
        de: "Speicher|Knoten|Art|Belegt|Frei|Größe",
    );
    let detail = words::table_of(&head, &rows);
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
    let place = node.map(|node| words::line(node, 63));
    let place = place.map(|node| say!(en: " of {node}", de: " von {node}")).unwrap_or_default();
    let share = words::percent(used, total);
    let mut told = match storages {
        [one] if one.size.is_some() => {
            let called = one.called();
            say!(
                en: "{called} is {share} percent full, with {free} free.",
                de: "{called} ist zu {share} Prozent voll, {free} sind frei.",
            )
        }
        _ if total == 0 => String::new(),
        _ => say!(
            en: "The storage{place} is {share} percent full, with {free} free.",
            de: "Der Speicher{place} ist zu {share} Prozent voll, {free} sind frei.",
        ),
    };
    let nearly: Vec<String> = storages
        .iter()
        .filter_map(|storage| Some((storage, storage.percent()?)))
        .filter(|(_, percent)| *percent >= NEARLY)
        .map(|(storage, percent)| {
            let called = storage.called();
            say!(en: "{called} at {percent} percent", de: "{called} mit {percent} Prozent")
        })
        .collect();
    if !nearly.is_empty() {
        let nearly = words::list_of_at_most(&nearly, NAMES);
        told.push_str(&say!(en: " Nearly full: {nearly}.", de: " Fast voll: {nearly}."));
    } else if storages.len() > 1
        && let Some((fullest, percent)) = fullest.and_then(|s| Some((s, s.percent()?)))
    {
        let fullest = fullest.called();
        told.push_str(&say!(
            en: " The fullest is {fullest}, at {percent} percent.",
            de: " Am vollsten ist {fullest}, mit {percent} Prozent.",
        ));
    }
    let away: Vec<String> =
        storages.iter().filter(|storage| storage.size.is_none()).map(Storage::called).collect();
    if !away.is_empty() {
        let (be, ist) = if away.len() == 1 { ("is", "ist") } else { ("are", "sind") };
        let away = words::list_of_at_most(&away, NAMES);
        told.push_str(&say!(
            en: " {away} {be} not available.",
            de: " {away} {ist} nicht verfügbar.",
        ));
    }
    told.trim_start().to_owned()
}

fn missing(name: Option<&str>, all: &[Item]) -> String {
    let Some(name) = name else {
        return say!(
            en: "There is no storage that I may see.",
            de: "Es ist kein Speicher zu sehen.",
        );
    };
    let mut known: Vec<&str> = all.iter().map(|item| item.id.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let name = words::line(name, 60);
    match words::list_of_at_most(&known, NAMES) {
        none if none.is_empty() => say!(
            en: "There is no storage {name}.",
            de: "Den Speicher {name} gibt es nicht.",
        ),
        known => {
            let known = words::line(&known, 300);
            say!(
                en: "There is no storage {name}; there are {known}.",
                de: "Den Speicher {name} gibt es nicht; es gibt {known}.",
            )
        }
    }
}

/// A name as it is said: `Local LVM` is `local-lvm`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
