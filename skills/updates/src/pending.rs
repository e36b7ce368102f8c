//! Which updates wait, in words, as a table and as data.

use jarvis_skill::{Clock, ClusterRead, Error, Item, NodeShell, Reply, Request, words};
use serde_json::{Value, json};

use crate::node::{self, Answer, Package, Waiting};

/// More packages than these are counted instead of told.
const NAMES: usize = 5;
/// More nodes than these are counted instead of told.
const NODES: usize = 6;
/// A table with more rows is nothing to read.
const ROWS: usize = 200;
/// More packages than these would not fit into a reply's data.
const DATA: usize = 1200;

/// The answer to `pending`.
pub(crate) fn answer(
    host: &(impl ClusterRead + NodeShell + Clock),
    request: &Request,
    nodes: &[Item],
) -> Result<Reply, Error> {
    let answers = nodes.iter().map(|node| node::ask(host, request, node));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let reply = Reply::done(speech(&answers)?).with_data(data(&answers));
    Ok(match table(&answers) {
        Some(table) => reply.with_detail(table),
        None => reply,
    })
}

/// What waits, as sentences; an error when no node could be asked.
pub(crate) fn speech(answers: &[Answer]) -> Result<String, Error> {
    let asked: Vec<(&str, &Waiting)> = answers
        .iter()
        .filter_map(|answer| Some((answer.node.as_str(), answer.waiting.as_ref().ok()?)))
        .collect();
    let silent = silent(answers);
    let mut told = match asked.as_slice() {
        [] => return Err(Error::Unavailable(silent)),
        [(node, waiting)] => one(node, waiting),
        several => many(several),
    };
    if !silent.is_empty() {
        told.push_str(&format!(" {silent}"));
    }
    Ok(told)
}

fn one(node: &str, waiting: &Waiting) -> String {
    let count = waiting.packages.len();
    if count == 0 {
        return format!("{node} is up to date.");
    }
    let (security, others) = split(waiting);
    let mut told = format!("{node} has {} waiting", words::plural(count, "update"));
    match (security.as_slice(), others.as_slice()) {
        ([], others) => {
            told.push_str(&format!(": {}.", words::list_of_at_most(others, NAMES)));
            if waiting.security() == Some(0) {
                told.push_str(" None is for security.");
            }
        }
        (security, others) => {
            told.push_str(&format!(
                ", {} of them for security: {}.",
                security.len(),
                words::list_of_at_most(security, NAMES)
            ));
            if !others.is_empty() {
                let others = words::list_of_at_most(others, NAMES);
                told.push_str(&format!(" The others: {others}."));
            }
        }
    }
    told
}

fn many(asked: &[(&str, &Waiting)]) -> String {
    let total: usize = asked.iter().map(|(_, waiting)| waiting.packages.len()).sum();
    if total == 0 {
        let nodes: Vec<&str> = asked.iter().map(|(node, _)| *node).collect();
        return format!("{} are up to date.", words::list_of_at_most(&nodes, NODES));
    }
    let behind: Vec<String> = asked
        .iter()
        .filter(|(_, waiting)| !waiting.packages.is_empty())
        .map(|(node, waiting)| format!("{} on {node}", waiting.packages.len()))
        .collect();
    let verb = if total == 1 { "waits" } else { "wait" };
    let updates = words::plural(total, "update");
    let mut told = format!("{updates} {verb}: {}.", words::list_of_at_most(&behind, NODES));
    let mut names: Vec<String> = asked.iter().flat_map(|(_, waiting)| split(waiting).0).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    if count > 0 {
        let verb = if count == 1 { "is" } else { "are" };
        let names = words::list_of_at_most(&names, NAMES);
        told.push_str(&format!(" {count} of them {verb} for security: {names}."));
    }
    told
}

/// The names of those for security, and of the others; a kernel and what
/// belongs to it is one thing.
fn split(waiting: &Waiting) -> (Vec<String>, Vec<String>) {
    let (security, others): (Vec<&Package>, Vec<&Package>) =
        waiting.packages.iter().partition(|package| package.security == Some(true));
    let names = |packages: Vec<&Package>| {
        let mut names: Vec<String> = Vec::new();
        for package in packages {
            let name =
                if package.is_kernel() { "a new kernel".to_owned() } else { package.name.clone() };
            if !names.contains(&name) || !package.is_kernel() {
                names.push(name);
            }
        }
        names
    };
    (names(security), names(others))
}

/// The nodes that could not be asked, as sentences; empty for none.
pub(crate) fn silent(answers: &[Answer]) -> String {
    let said = answers
        .iter()
        .filter_map(|answer| Some((answer.node.as_str(), answer.waiting.as_ref().err()?.as_str())));
    words::grouped(said, NODES).join(" ")
}

/// Every update, those for security first; none where nothing waits.
pub(crate) fn table(answers: &[Answer]) -> Option<String> {
    let updates: Vec<(&str, &Package)> = answers
        .iter()
        .filter_map(|answer| Some((answer.node.as_str(), answer.waiting.as_ref().ok()?)))
        .flat_map(|(node, waiting)| waiting.packages.iter().map(move |package| (node, package)))
        .collect();
    if updates.is_empty() {
        return None;
    }
    let row = |(node, package): &(&str, &Package)| {
        let from = match (package.security, package.kept_back) {
            (_, true) => format!("{}, kept back", package.origin),
            (Some(true), false) => format!("{}, security", package.origin),
            _ => package.origin.clone(),
        };
        let old = package.old.as_deref().unwrap_or("new");
        [*node, &package.name, old, &package.new, &from].map(words::cell)
    };
    let rows: Vec<_> = updates.iter().take(ROWS).map(row).collect();
    let mut table = words::table(["Node", "Package", "Installed", "Waiting", "From"], &rows);
    let more = updates.len().saturating_sub(ROWS);
    if more > 0 {
        table.push_str(&format!("\nAnd {}.\n", words::plural(more, "more update")));
    }
    Some(table)
}

/// Every update, for programs.
pub(crate) fn data(answers: &[Answer]) -> Value {
    let mut room = DATA;
    let nodes = answers.iter().map(|answer| match &answer.waiting {
        Err(why) => json!({ "node": answer.node, "error": format!("{} {why}", answer.node) }),
        Ok(waiting) => {
            let shown = waiting.packages.len().min(room);
            room -= shown;
            let updates = waiting.packages.iter().take(shown).map(|package| {
                json!({
                    "name": package.name,
                    "old": package.old,
                    "new": package.new,
                    "origin": package.origin,
                    "security": package.security,
                    "kept_back": package.kept_back,
                })
            });
            json!({
                "node": answer.node,
                "count": waiting.packages.len(),
                "security": waiting.security(),
                "removes": waiting.removes,
                "updates": updates.collect::<Vec<_>>(),
                "truncated": shown < waiting.packages.len(),
            })
        }
    });
    json!({ "nodes": nodes.collect::<Vec<_>>() })
}
