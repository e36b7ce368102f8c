//! Which updates wait, in words, as a table and as data.

use jarvis_skill::{Clock, ClusterRead, Error, Item, NodeShell, Reply, Request, say, words};
use serde_json::{Value, json};

use crate::node::{self, Answer, Package, UPDATE, Waiting};

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
        return say!(en: "{node} is up to date.", de: "{node} ist auf dem neuesten Stand.");
    }
    let (security, others) = split(waiting);
    let updates = UPDATE.counted(count);
    let warten = if count == 1 { "wartet" } else { "warten" };
    let mut told = say!(en: "{node} has {updates} waiting", de: "Auf {node} {warten} {updates}");
    match (security.as_slice(), others.as_slice()) {
        ([], others) => {
            told.push_str(&format!(": {}.", words::list_of_at_most(others, NAMES)));
            if waiting.security() == Some(0) {
                told.push_str(&say!(
                    en: " None is for security.",
                    de: " Keines davon betrifft die Sicherheit.",
                ));
            }
        }
        (security, others) => {
            let (count, names) = (security.len(), words::list_of_at_most(security, NAMES));
            told.push_str(&say!(
                en: ", {count} of them for security: {names}.",
                de: ", davon {count} für die Sicherheit: {names}.",
            ));
            if !others.is_empty() {
                let others = words::list_of_at_most(others, NAMES);
                told.push_str(&say!(en: " The others: {others}.", de: " Die anderen: {others}."));
            }
        }
    }
    told
}

fn many(asked: &[(&str, &Waiting)]) -> String {
    let total: usize = asked.iter().map(|(_, waiting)| waiting.packages.len()).sum();
    if total == 0 {
        let nodes: Vec<&str> = asked.iter().map(|(node, _)| *node).collect();
        let nodes = words::list_of_at_most(&nodes, NODES);
        return say!(en: "{nodes} are up to date.", de: "{nodes} sind auf dem neuesten Stand.");
    }
    let behind: Vec<String> = asked
        .iter()
        .filter(|(_, waiting)| !waiting.packages.is_empty())
        .map(|(node, waiting)| {
            let count = waiting.packages.len();
            say!(en: "{count} on {node}", de: "{count} auf {node}")
        })
        .collect();
    let (verb, wartet) = if total == 1 { ("waits", "Es wartet") } else { ("wait", "Es warten") };
    let updates = UPDATE.counted(total);
    let behind = words::list_of_at_most(&behind, NODES);
    let mut told = say!(en: "{updates} {verb}: {behind}.", de: "{wartet} {updates}: {behind}.");
    let mut names: Vec<String> = asked.iter().flat_map(|(_, waiting)| split(waiting).0).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    if count > 0 {
        let verb = if count == 1 { "is" } else { "are" };
        let names = words::list_of_at_most(&names, NAMES);
        told.push_str(&say!(
            en: " {count} of them {verb} for security: {names}.",
            de: " Davon für die Sicherheit: {count}, nämlich {names}.",
        ));
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
            let name = match package.is_kernel() {
                true => say!(en: "a new kernel", de: "ein neuer Kernel"),
                false => package.name.clone(),
            };
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
        let origin = &package.origin;
        let from = match (package.security, package.kept_back) {
            (_, true) => say!(en: "{origin}, kept back", de: "{origin}, zurückgehalten"),
            (Some(true), false) => say!(en: "{origin}, security", de: "{origin}, Sicherheit"),
            _ => package.origin.clone(),
        };
        let new = say!(en: "new", de: "neu");
        let old = package.old.as_deref().unwrap_or(&new);
        [*node, &package.name, old, &package.new, &from].map(words::cell)
    };
    let rows: Vec<_> = updates.iter().take(ROWS).map(row).collect();
    let mut table = words::table_of(
        &say!(
            en: "Node|Package|Installed|Waiting|From",
            de: "Knoten|Paket|Installiert|Wartet|Von",
        ),
        &rows,
    );
    let more = updates.len().saturating_sub(ROWS);
    if more > 0 {
        let more =
            words::Noun { en: "more update", de: ("ein weiteres Update", "weitere Updates") }
                .counted(more);
        table.push_str(&say!(en: "\nAnd {more}.\n", de: "\nUnd {more}.\n"));
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
