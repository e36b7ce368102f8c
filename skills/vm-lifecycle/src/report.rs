//! What became of the guests, in words and as data.

use jarvis_skill::{Error, Fate, Reply, fate, words};
use serde_json::{Value, json};

use crate::action::Action;
use crate::guest::Guest;

/// More names than these are counted instead of told.
const NAMES: usize = 8;
/// More troubles than these are counted instead of told.
const TROUBLES: usize = 4;

/// The answer; an error when nothing of what was asked came about.
pub(crate) fn reply(action: &Action, fates: &[(Guest, Fate)]) -> Result<Reply, Error> {
    let sentences =
        [done(action, fates), going_on(action, fates), already(fates), troubles(action, fates)];
    let speech = sentences.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    match fate::outcome(fates.iter().map(|(_, fate)| fate)) {
        Some(outcome) => Ok(Reply::new(outcome, speech).with_data(data(action, fates))),
        None if fates.iter().any(|(_, fate)| matches!(fate, Fate::Failed(_))) => {
            Err(Error::failure(speech))
        }
        None => Err(Error::refused(speech)),
    }
}

fn names(fates: &[(Guest, Fate)], of: impl Fn(&Fate) -> bool) -> Vec<String> {
    fates.iter().filter(|(_, fate)| of(fate)).map(|(guest, _)| guest.called()).collect()
}

fn done(action: &Action, fates: &[(Guest, Fate)]) -> Option<String> {
    let names = names(fates, |fate| matches!(fate, Fate::Done { .. }));
    if names.is_empty() {
        return None;
    }
    let mut told = format!("{} {}", action.done(), words::list_of_at_most(&names, NAMES));
    if let Action::Snapshot(name) = action {
        told.push_str(&format!(", called {name}"));
    }
    told.push('.');
    let warnings = fates.iter().map(|(_, fate)| match fate {
        Fate::Done { warnings } => usize::try_from(*warnings).unwrap_or(usize::MAX),
        _ => 0,
    });
    match warnings.fold(0, usize::saturating_add) {
        0 => {}
        count => told.push_str(&format!(" Proxmox gave {}.", words::plural(count, "warning"))),
    }
    Some(told)
}

fn going_on(action: &Action, fates: &[(Guest, Fate)]) -> Option<String> {
    let names = names(fates, |fate| *fate == Fate::Running);
    let told = words::list_of_at_most(&names, NAMES);
    (!names.is_empty()).then(|| format!("{told} {}.", action.going_on(names.len() > 1)))
}

/// What was so already, guests of the same kind of so together.
fn already(fates: &[(Guest, Fate)]) -> Option<String> {
    let already = fates.iter().filter_map(|(guest, fate)| match fate {
        Fate::Already(how) => Some((guest.called(), how.clone())),
        _ => None,
    });
    join(&fate::grouped(already, NAMES))
}

fn troubles(action: &Action, fates: &[(Guest, Fate)]) -> Option<String> {
    let all: Vec<&(Guest, Fate)> = fates.iter().filter(|(_, fate)| fate.is_trouble()).collect();
    let told = all.iter().take(TROUBLES).map(|(guest, fate)| trouble(action, guest, fate));
    let more = all.len().saturating_sub(TROUBLES);
    let more = (more > 0).then(|| format!("There is trouble with {more} more."));
    join(&told.chain(more).collect::<Vec<_>>())
}

fn trouble(action: &Action, guest: &Guest, fate: &Fate) -> String {
    let name = guest.called();
    let not_done = action.not_done();
    match fate {
        Fate::Refused(why) => format!("{name} {why}."),
        Fate::Failed(why) => {
            let mut told = format!("{name} {not_done}: {}.", bare(why));
            if *action == Action::ShutDown && why.contains("timeout") {
                told.push_str(&format!(" To pull the plug, say: force stop {name}."));
            }
            told
        }
        Fate::Unknown(why) => {
            format!("It is not certain that {name} {}: {}.", certain(action), bare(why))
        }
        Fate::Done { .. } | Fate::Running | Fate::Already(_) | Fate::NotBegun => String::new(),
    }
}

/// `was started`, after a guest's name.
fn certain(action: &Action) -> String {
    match action.not_done().strip_prefix("was not ") {
        Some(done) => format!("was {done}"),
        None => "got a snapshot".to_owned(),
    }
}

/// A text that a sentence goes on with.
fn bare(text: &str) -> &str {
    match text.trim_end_matches('.') {
        "" => "no reason was given",
        bare => bare,
    }
}

fn join(sentences: &[String]) -> Option<String> {
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn data(action: &Action, fates: &[(Guest, Fate)]) -> Value {
    let guests = fates.iter().map(|(guest, fate)| {
        let warnings = if let Fate::Done { warnings } = fate { *warnings } else { 0 };
        json!({
            "vmid": guest.id.parse::<u32>().ok(),
            "name": guest.name,
            "kind": guest.kind.word().to_lowercase(),
            "node": guest.node,
            "result": fate.word(),
            "message": fate.text(),
            "warnings": warnings,
        })
    });
    let snapshot = match action {
        Action::Snapshot(name) => Some(name),
        _ => None,
    };
    json!({ "guests": guests.collect::<Vec<_>>(), "snapshot": snapshot })
}
