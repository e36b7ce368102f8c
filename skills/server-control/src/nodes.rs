//! Which nodes there are, from the inventory: one answer for all of them, also
//! for those that are away.

use jarvis_skill::{Error, Inventory, Item, ItemExt, Reply, words};
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
        return Err(Error::NotFound("There is no node that I may see.".to_owned()));
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
    let head = ["Node", "State", "Processor", "Memory", "Guests running", "Up for"];
    let detail = words::table(head, &rows);
    Ok(Reply::done(speech(&found.items)).with_detail(detail).with_data(data))
}

fn speech(nodes: &[Item]) -> String {
    let in_state = |wanted: &str| -> Vec<&str> {
        nodes.iter().filter(|node| node.state == wanted).map(|node| node.id.as_str()).collect()
    };
    let count = words::plural(nodes.len(), "node");
    let (online, offline) = (in_state("online"), in_state("offline"));
    let there = words::list_of_at_most(&online, NAMES);
    let away = words::list_of_at_most(&offline, NAMES);
    let be = |names: &[&str]| if names.len() == 1 { "is" } else { "are" };
    let unknown = nodes.len() - online.len() - offline.len();
    let mut told = match (online.len(), nodes.len()) {
        (1, 1) => format!("There is 1 node, {there}, and it is online."),
        (all, of) if all == of => format!("There are {count}, all online: {there}."),
        (0, 1) => format!("There is 1 node, and it is not online: {away}."),
        (0, _) => format!("There are {count}, and none is online."),
        _ => format!("There are {count}: {there} {} online.", be(&online)),
    };
    if !online.is_empty() && !offline.is_empty() {
        told.push_str(&format!(" {away} {} offline.", be(&offline)));
    }
    if unknown > 0 {
        told.push_str(&format!(" Of {unknown} the state is not known."));
    }
    told
}

fn row(node: &Item, guests: &[Item]) -> [String; 6] {
    let memory = match (figure(node, "memory"), figure(node, "memory-total")) {
        (Some(used), Some(total)) => {
            format!("{} % of {}", words::percent(used, total), words::memory(total))
        }
        _ => String::new(),
    };
    [
        words::cell(&node.id),
        words::cell(&node.state),
        busy(node).map(|busy| format!("{busy:.0} %")).unwrap_or_default(),
        memory,
        running_on(node, guests).map(|count| count.to_string()).unwrap_or_default(),
        figure(node, "uptime").map(words::duration).unwrap_or_default(),
    ]
}
