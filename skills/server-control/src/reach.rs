//! Whether a node answers: what the cluster says of it, and what its doors do.

use jarvis_skill::{Error, Inventory, Reach, Reply, Request, Sensors, words};
use serde_json::json;

/// The answer to `reachable`.
pub(crate) fn answer(host: &(impl Inventory + Sensors), request: &Request) -> Result<Reply, Error> {
    let name: String = request.argument("node")?;
    let node = host.find_one("node", &name)?;
    let reach = host.reachable(&node.id)?;
    let answers = reach.api || reach.ssh || reach.ping == Some(true);
    let took = reach.round_trip_ms.filter(|took| took.is_finite() && *took >= 0.0);
    let told = match (answers, node.state.as_str()) {
        (true, "offline") => "answers, although the cluster counts it as offline",
        (true, _) if !reach.api => "is up, but its Proxmox API does not answer",
        (true, _) => "is up and answers",
        (false, "online") => "is online, says the cluster, but it does not answer",
        (false, "offline") => "is offline and does not answer",
        (false, _) => "does not answer",
    };
    let yes = if answers { "Yes" } else { "No" };
    let speech = format!("{yes}, {} {told}.", node.id);
    let word = |answers: bool| if answers { "answers" } else { "no answer" }.to_owned();
    let mut rows = vec![
        ["Cluster".to_owned(), words::cell(&node.state)],
        ["Proxmox API".to_owned(), word(reach.api)],
        ["Shell".to_owned(), word(reach.ssh)],
    ];
    rows.extend(reach.ping.map(|ping| ["Ping".to_owned(), word(ping)]));
    rows.extend(took.map(|took| ["Fastest answer".to_owned(), format!("{took:.0} ms")]));
    let Reach { api, ssh, ping, .. } = reach;
    let data = json!({
        "node": node.id,
        "state": node.state,
        "answers": answers,
        "api": api,
        "ssh": ssh,
        "ping": ping,
        "round_trip_ms": took,
    });
    let detail = words::table([&words::cell(&node.id), ""], &rows);
    Ok(Reply::done(speech).with_detail(detail).with_data(data))
}
