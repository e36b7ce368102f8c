//! What one guest does.

use jarvis_skill::{ClusterRead, Error, Inventory, Reply, Request, say, words};
use serde_json::json;

use crate::action::locked;
use crate::guest::{self, State};

/// The answer to `status`.
pub(crate) fn answer(
    host: &(impl Inventory + ClusterRead),
    request: &Request,
) -> Result<Reply, Error> {
    let mut guest = guest::find(host, request.argument("guest")?)?;
    if guest.state != State::Unknown {
        guest = guest.refreshed(host)?;
    }
    let name = guest.called();
    let uptime = guest.uptime.filter(|_| guest.state == State::Running);
    let mut speech = if guest.template {
        say!(en: "{name} is a template.", de: "{name} ist eine Vorlage.")
    } else if guest.state == State::Unknown {
        let node = &guest.node;
        say!(
            en: "The state of {name} is not known; does its node {node} answer?",
            de: "Der Zustand von {name} ist nicht bekannt; antwortet der Knoten {node}?",
        )
    } else if guest.state == State::Running {
        say!(en: "{name} is running.", de: "{name} läuft.")
    } else {
        let state = guest.state.said();
        say!(en: "{name} is {state}.", de: "{name} ist {state}.")
    };
    if let Some(lock) = &guest.lock {
        let locked = locked(lock);
        speech.push_str(&say!(en: " It {locked}.", de: " {name} {locked}."));
    }
    let mut rows = vec![
        [say!(en: "Number", de: "Nummer"), guest.id.clone()],
        [say!(en: "Kind", de: "Art"), guest.kind.said()],
        [say!(en: "Node", de: "Knoten"), words::cell(&guest.node)],
    ];
    rows.extend(
        uptime
            .map(|seconds| [say!(en: "Up for", de: "Läuft seit"), words::duration_behind(seconds)]),
    );
    if !guest.tags.is_empty() {
        rows.push(["Tags".to_owned(), words::cell(&guest.tags.join(", "))]);
    }
    let heading = [words::cell(&name), guest.state.said()];
    let detail = words::table([&heading[0], &heading[1]], &rows);
    Ok(Reply::done(speech).with_detail(detail).with_data(json!({
        "vmid": guest.id.parse::<u32>().ok(),
        "name": guest.name,
        "kind": guest.kind.word().to_lowercase(),
        "node": guest.node,
        "state": guest.state.word(),
        "template": guest.template,
        "lock": guest.lock,
        "uptime_seconds": uptime,
        "tags": guest.tags,
    })))
}
