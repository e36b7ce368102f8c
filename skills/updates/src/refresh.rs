//! Fetching the package lists anew, side by side, and what waits then.

use jarvis_skill::{
    Clock, ClusterRead, ClusterWrite, End, Error, Fate, Field, Item, NodeShell, Operation, Reply,
    Request, Verb, say, series, words,
};

use crate::node::{self, Answer};
use crate::pending;

/// What became of the attempt to begin.
enum Begun {
    Over(Fate),
    Going(Box<dyn Operation>),
}

/// The answer to `refresh`.
pub(crate) fn answer(
    host: &(impl ClusterRead + ClusterWrite + NodeShell + Clock),
    request: &Request,
    nodes: &[Item],
) -> Result<Reply, Error> {
    let mut begun: Vec<Begun> = Vec::with_capacity(nodes.len());
    for node in nodes {
        begun.push(begin(host, node)?);
    }
    let ended: Vec<(&Item, Fate)> = nodes
        .iter()
        .zip(begun)
        .map(|(node, begun)| match begun {
            Begun::Over(fate) => (node, fate),
            Begun::Going(operation) => (node, Fate::from(End::of(&*operation, request, host))),
        })
        .collect();
    let mut answers: Vec<Answer> = Vec::new();
    for (node, _) in ended.iter().filter(|(_, fate)| matches!(fate, Fate::Done { .. })) {
        answers.push(node::ask(host, request, node)?);
    }
    let mut told = said(&ended);
    if !answers.is_empty() {
        told.push(pending::speech(&answers).unwrap_or_else(|error| error.sentence()));
    }
    let told = told.join(" ");
    let Some(outcome) = series::outcome(ended.iter().map(|(_, fate)| fate)) else {
        return Err(Error::failure(told));
    };
    let reply = Reply::new(outcome, told).with_data(pending::data(&answers));
    Ok(match pending::table(&answers) {
        Some(table) => reply.with_detail(table),
        None => reply,
    })
}

/// An error only when the call was denied.
fn begin(host: &impl ClusterWrite, node: &Item) -> Result<Begun, Error> {
    if node.state == "offline" {
        return Ok(Begun::Over(Fate::Refused(say!(en: "is offline", de: "ist offline"))));
    }
    let path = format!("/nodes/{}/apt/update", node.id);
    let no_fields: &[Field] = &[];
    match host.write(Verb::Create, &path, no_fields) {
        Ok(Some(operation)) => Ok(Begun::Going(operation)),
        Ok(None) => Ok(Begun::Over(Fate::Done { warnings: 0 })),
        Err(error) => Ok(Begun::Over(Fate::not_started(error)?)),
    }
}

fn said(ended: &[(&Item, Fate)]) -> Vec<String> {
    let mut told = Vec::new();
    let named = |of: fn(&Fate) -> bool| {
        let names = ended.iter().filter(|(_, fate)| of(fate)).map(|(node, _)| node.id.as_str());
        names.collect::<Vec<_>>()
    };
    let done = named(|fate| matches!(fate, Fate::Done { .. }));
    if !done.is_empty() {
        let done = words::list(&done);
        told.push(say!(
            en: "Refreshed the package lists of {done}.",
            de: "Die Paketlisten von {done} sind aktualisiert.",
        ));
    }
    let going = named(|fate| *fate == Fate::Running);
    if !going.is_empty() {
        let (verb, holt) = if going.len() == 1 { ("is", "holt") } else { ("are", "holen") };
        let going = words::list(&going);
        told.push(say!(
            en: "{going} {verb} still fetching package lists.",
            de: "{going} {holt} noch Paketlisten.",
        ));
    }
    let trouble = ended.iter().filter_map(|(node, fate)| {
        let what = match fate {
            Fate::Refused(why) => why.clone(),
            Fate::Failed(why) => {
                let why = words::bare(why);
                say!(en: "was not refreshed: {why}", de: "wurde nicht aktualisiert: {why}")
            }
            Fate::Unknown(why) => {
                let why = words::bare(why);
                say!(
                    en: "may not have been refreshed: {why}",
                    de: "wurde vielleicht nicht aktualisiert: {why}",
                )
            }
            _ => return None,
        };
        Some((node.id.clone(), what))
    });
    told.extend(words::grouped(trouble, 6));
    told
}
