//! What became of the installation, in words and as data.

use std::collections::BTreeMap;

use jarvis_skill::{Error, Fate, Outcome, Reply, say, series, words};
use serde_json::json;

use crate::install::After;
use crate::node::{Answer, UPDATE, Waiting};
use crate::reboot::Need;

/// More nodes than these are counted instead of told.
const NODES: usize = 8;
/// More packages than these are counted instead of told.
const NAMES: usize = 4;

type Fates = [(Answer, Fate)];
type Seen = BTreeMap<String, After>;

/// The answer; an error when nothing of what was asked came about.
pub(crate) fn reply(fates: &Fates, seen: &Seen) -> Result<Reply, Error> {
    let told = [
        done(fates, seen),
        going_on(fates),
        already(fates),
        troubles(fates, seen),
        not_reached(fates),
        reboots(seen),
    ];
    let told = told.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let started = seen.values().any(|after| after.started);
    let outcome = match series::outcome(fates.iter().map(|(_, fate)| fate)) {
        Some(outcome) => outcome,
        // An installation that fails may have done a part of its work.
        None if started => Outcome::Failed,
        None => return Err(Error::refused(told)),
    };
    let nodes = fates.iter().map(|(answer, fate)| {
        let after = seen.get(&answer.node);
        json!({
            "node": answer.node,
            "result": fate.word(),
            "message": fate.message(),
            "waited": answer.waiting.as_ref().map(|waiting| waiting.installable().count()).ok(),
            "installed": after.map(|after| after.installed),
            "left": after.map(|after| &after.left),
            "reboot_needed": after.and_then(|after| after.need.as_ref()).map(|need| *need != Need::Nothing),
        })
    });
    let data = json!({ "nodes": nodes.collect::<Vec<_>>() });
    let reply = Reply::new(outcome, told).with_data(data).with_note(note(fates));
    Ok(match wrote(seen) {
        Some(text) => reply.with_detail(text),
        None => reply,
    })
}

/// For whoever is asked whether to install: how much, where, and what else is
/// worth knowing. Of no interest afterwards.
fn note(fates: &Fates) -> String {
    let planned = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Done { .. }));
    let planned: Vec<(&str, &Waiting)> = planned
        .filter_map(|(answer, _)| Some((answer.node.as_str(), answer.waiting.as_ref().ok()?)))
        .collect();
    let count = |(node, waiting): &(&str, &Waiting)| {
        let updates = UPDATE.counted(waiting.installable().count());
        match waiting.security() {
            Some(security @ 1..) => say!(
                en: "{updates} for {node} ({security} for security)",
                de: "{updates} für {node} ({security} für die Sicherheit)",
            ),
            Some(0) | None => say!(en: "{updates} for {node}", de: "{updates} für {node}"),
        }
    };
    let mut told = vec![format!(
        "{}.",
        words::list_of_at_most(&planned.iter().map(count).collect::<Vec<_>>(), NODES)
    )];
    let kernels: Vec<&str> = planned
        .iter()
        .filter(|(_, waiting)| waiting.installable().any(|package| package.is_kernel()))
        .map(|(node, _)| *node)
        .collect();
    if !kernels.is_empty() {
        let (verb, bekommt) =
            if kernels.len() == 1 { ("gets", "bekommt") } else { ("get", "bekommen") };
        let nodes = words::list_of_at_most(&kernels, NODES);
        told.push(say!(
            en: "{nodes} {verb} a new kernel, which a reboot puts to use.",
            de: "{nodes} {bekommt} einen neuen Kernel, den erst ein Neustart in Gebrauch nimmt.",
        ));
    }
    for (node, waiting) in planned.iter().filter(|(_, waiting)| !waiting.removes.is_empty()) {
        let names = words::list_of_at_most(&waiting.removes, NAMES);
        let wird = if waiting.removes.len() == 1 { "wird" } else { "werden" };
        told.push(say!(
            en: "On {node} this removes {names}.",
            de: "Auf {node} {wird} dabei {names} entfernt.",
        ));
    }
    let left_out = fates.iter().filter_map(|(answer, fate)| match fate {
        Fate::Refused(why) | Fate::Already(why) => Some((answer.node.as_str(), why.as_str())),
        _ => None,
    });
    let left_out = words::grouped(left_out, NODES);
    if !left_out.is_empty() {
        let left_out = left_out.join(" ");
        told.push(say!(en: "Left out: {left_out}", de: "Ausgelassen: {left_out}"));
    }
    told.join(" ")
}

fn done(fates: &Fates, seen: &Seen) -> Option<String> {
    let done: Vec<(&str, &After)> = fates
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Done { .. }))
        .filter_map(|(answer, _)| Some((answer.node.as_str(), seen.get(&answer.node)?)))
        .collect();
    if done.is_empty() {
        return None;
    }
    let counts: Vec<String> = done
        .iter()
        .map(|(node, after)| {
            let updates = UPDATE.counted(after.installed);
            say!(en: "{updates} on {node}", de: "{updates} auf {node}")
        })
        .collect();
    let counts = words::list_of_at_most(&counts, NODES);
    let mut told = say!(en: "Installed {counts}.", de: "Installiert: {counts}.");
    for (node, after) in done.iter().filter(|(_, after)| !after.left.is_empty()) {
        let left = words::list_of_at_most(&after.left, NAMES);
        let (verb, wurde) =
            if after.left.len() == 1 { ("was", "wurde") } else { ("were", "wurden") };
        told.push_str(&say!(
            en: " On {node}, {left} {verb} kept back.",
            de: " Auf {node} {wurde} {left} zurückgehalten.",
        ));
    }
    Some(told)
}

fn going_on(fates: &Fates) -> Option<String> {
    let (answer, _) = fates.iter().find(|(_, fate)| *fate == Fate::Running)?;
    let node = &answer.node;
    Some(say!(
        en: "{node} is still installing its updates; that goes on by itself, and \"what updates are waiting on {node}\" tells how far it is.",
        de: "{node} installiert noch; das geht von selbst weiter, und \"welche Updates warten auf {node}\" sagt, wie weit es ist.",
    ))
}

fn already(fates: &Fates) -> Option<String> {
    let already = fates.iter().filter_map(|(answer, fate)| match fate {
        Fate::Already(how) => Some((answer.node.as_str(), how.as_str())),
        _ => None,
    });
    join(&words::grouped(already, NODES))
}

fn troubles(fates: &Fates, seen: &Seen) -> Option<String> {
    let told = fates.iter().filter_map(|(answer, fate)| {
        let node = answer.node.clone();
        let installed = seen.get(&answer.node).map_or(0, |after| after.installed);
        let waited = answer.waiting.as_ref().map_or(0, |w| w.installable().count());
        let what = match fate {
            Fate::Refused(why) => why.clone(),
            Fate::Failed(why) if installed > 0 => {
                let why = words::bare(why);
                say!(
                    en: "got only {installed} of its {waited} updates: {why}",
                    de: "bekam nur {installed} von {waited} Updates: {why}",
                )
            }
            Fate::Failed(why) => {
                let why = words::bare(why);
                say!(en: "was not updated: {why}", de: "wurde nicht aktualisiert: {why}")
            }
            Fate::Unknown(why) => {
                let why = words::bare(why);
                return Some((
                    say!(en: "It is not certain that {node}", de: "Es ist nicht sicher, ob {node}"),
                    say!(en: "was updated: {why}", de: "aktualisiert wurde: {why}"),
                ));
            }
            _ => return None,
        };
        Some((node, what))
    });
    join(&words::grouped(told, NODES))
}

fn not_reached(fates: &Fates) -> Option<String> {
    let nodes = fates.iter().filter(|(_, fate)| *fate == Fate::NotReached);
    let nodes: Vec<&str> = nodes.map(|(answer, _)| answer.node.as_str()).collect();
    let (verb, wurde) = if nodes.len() == 1 { ("was", "wurde") } else { ("were", "wurden") };
    let told = words::list_of_at_most(&nodes, NODES);
    (!nodes.is_empty())
        .then(|| say!(en: "{told} {verb} not begun.", de: "{told} {wurde} nicht begonnen."))
}

fn reboots(seen: &Seen) -> Option<String> {
    let due = seen.iter().filter_map(|(node, after)| {
        let need = after.need.as_ref().filter(|need| **need != Need::Nothing)?;
        Some((node.clone(), need.told()))
    });
    join(&words::grouped(due, NODES))
}

/// What apt-get wrote last, where it failed or goes on.
fn wrote(seen: &Seen) -> Option<String> {
    let mut text = String::new();
    for (node, after) in seen.iter().filter(|(_, after)| !after.wrote.is_empty()) {
        text.push_str(&say!(
            en: "The last that apt-get wrote on {node}:\n\n",
            de: "Zuletzt schrieb apt-get auf {node}:\n\n",
        ));
        for line in &after.wrote {
            text.push_str(&format!("    {line}\n"));
        }
        text.push('\n');
    }
    (!text.is_empty()).then_some(text)
}

fn join(sentences: &[String]) -> Option<String> {
    (!sentences.is_empty()).then(|| sentences.join(" "))
}
