//! What one guest does.

use jarvis_skill::{ClusterRead, Error, Inventory, Reply, Request, words};
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
        format!("{name} is a template.")
    } else if guest.state == State::Unknown {
        format!("The state of {name} is not known; does its node {} answer?", guest.node)
    } else {
        format!("{name} is {}.", guest.state.word())
    };
    if let Some(lock) = &guest.lock {
        speech.push_str(&format!(" It {}.", locked(lock)));
    }
    let mut rows = vec![
        ["Number".to_owned(), guest.id.clone()],
        ["Kind".to_owned(), guest.kind.word().to_owned()],
        ["Node".to_owned(), words::cell(&guest.node)],
    ];
    rows.extend(uptime.map(|seconds| ["Up for".to_owned(), words::duration(seconds)]));
    if !guest.tags.is_empty() {
        rows.push(["Tags".to_owned(), words::cell(&guest.tags.join(", "))]);
    }
    let heading = [words::cell(&name), guest.state.word().to_owned()];
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
