//! Which nodes there are, from the inventory: one answer for all of them, also
//! for those that are away.

use jarvis_skill::{Error, Inventory, Item, ItemExt, Language, Reply, language, say, words};
use serde_json::json;

/// More names than these are counted instead of told.
const NAMES: usize = 8;

/// How many guests run on `node`; none where nobody can tell.
pub(crate) fn running_on(node: &Item, guests: &[Item]) -> Option<usize> {
    let here = guests.iter().filter(|guest| guest.parent.as_deref() == Some(&node.id));
    let is_up = node.state == "online";
    is_up.then(|| here.filter(|guest| matches!(guest.state.as_str(), "running" | "paused")).count())
}

/// A number that the inventory knows of an item.
pub(crate) fn figure(item: &Item, name: &str) -> Option<u64> {
    item.attribute(name)?.parse().ok()
}

/// How busy a node's processors are, in percent, 0 to 100.
pub(crate) fn busy(node: &Item) -> Option<f64> {
    let share: f64 = node.attribute("cpu")?.parse().ok()?;
    share.is_finite().then(|| (share * 100.0).clamp(0.0, 100.0))
}

/// The answer to `nodes`.
pub(crate) fn answer(host: &impl Inventory) -> Result<Reply, Error> {
    let found = host.find_all("node", None)?;
    if found.items.is_empty() {
        return Err(Error::NotFound(say!(
            en: "There is no node that I may see.",
            de: "Es ist kein Knoten zu sehen.",
        )));
    }
    let guests = host.find_all("guest", None)?.items;
    let rows: Vec<_> = found.items.iter().map(|node| row(node, &guests)).collect();
    let nodes = found.items.iter().map(|node| {
        json!({
            "node": node.id,
            "state": node.state,
            "cpu_percent": busy(node),
            "cpus": figure(node, "cpus"),
            "memory_bytes": figure(node, "memory"),
            "memory_total_bytes": figure(node, "memory-total"),
            "uptime_seconds": figure(node, "uptime"),
            "running_guests": running_on(node, &guests),
        })
    });
    let data = json!({ "as_of": found.as_of, "nodes": nodes.collect::<Vec<_>>() });
    let head = say!(
        en: "Node|State|Processor|Memory|Guests running|Up for",
        de: "Knoten|Zustand|Prozessor|Arbeitsspeicher|Laufende Gäste|Läuft seit",
    );
    let detail = words::table_of(&head, &rows);
    Ok(Reply::done(speech(&found.items)).with_detail(detail).with_data(data))
}

fn speech(nodes: &[Item]) -> String {
    let in_state = |wanted: &str| -> Vec<&str> {
        nodes.iter().filter(|node| node.state == wanted).map(|node| node.id.as_str()).collect()
    };
    let count = words::Noun::NODE.counted(nodes.len());
    let (online, offline) = (in_state("online"), in_state("offline"));
    let there = words::list_of_at_most(&online, NAMES);
    let away = words::list_of_at_most(&offline, NAMES);
    let be = |names: &[&str]| match (names.len(), language()) {
        (1, Language::English) => "is",
        (_, Language::English) => "are",
        (1, Language::German) => "ist",
        (_, Language::German) => "sind",
    };
    let (be_online, be_offline) = (be(&online), be(&offline));
    let unknown = nodes.len() - online.len() - offline.len();
    let mut told = match (online.len(), nodes.len()) {
        (1, 1) => say!(
            en: "There is 1 node, {there}, and it is online.",
            de: "Es gibt einen Knoten, {there}, und er ist online.",
        ),
        (all, of) if all == of => say!(
            en: "There are {count}, all online: {there}.",
            de: "Es gibt {count}, alle online: {there}.",
        ),
        (0, 1) => say!(
            en: "There is 1 node, and it is not online: {away}.",
            de: "Es gibt einen Knoten, und er ist nicht online: {away}.",
        ),
        (0, _) => say!(
            en: "There are {count}, and none is online.",
            de: "Es gibt {count}, und keiner ist online.",
        ),
        _ => say!(
            en: "There are {count}: {there} {be_online} online.",
            de: "Es gibt {count}: {there} {be_online} online.",
        ),
    };
    if !online.is_empty() && !offline.is_empty() {
        told.push_str(&format!(" {away} {be_offline} offline."));
    }
    if unknown > 0 {
        told.push_str(&say!(
            en: " Of {unknown} the state is not known.",
            de: " Von {unknown} ist der Zustand nicht bekannt.",
        ));
    }
    told
}

fn row(node: &Item, guests: &[Item]) -> [String; 6] {
    let memory = match (figure(node, "memory"), figure(node, "memory-total")) {
        (Some(used), Some(total)) => {
            let (percent, total) = (words::percent(used, total), words::memory(total));
            say!(en: "{percent} % of {total}", de: "{percent} % von {total}")
        }
        _ => String::new(),
    };
    [
        words::cell(&node.id),
        words::cell(&node.state),
        busy(node).map(|busy| format!("{busy:.0} %")).unwrap_or_default(),
        memory,
        running_on(node, guests).map(|count| count.to_string()).unwrap_or_default(),
        figure(node, "uptime").map(words::duration_behind).unwrap_or_default(),
    ]
}
