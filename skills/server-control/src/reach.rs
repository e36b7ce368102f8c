//! Whether a node answers: what the cluster says of it, and what its doors do.

use jarvis_skill::{Error, Inventory, Reach, Reply, Request, Sensors, say, words};
use serde_json::json;

/// The answer to `reachable`.
pub(crate) fn answer(host: &(impl Inventory + Sensors), request: &Request) -> Result<Reply, Error> {
    let name: String = request.argument("node")?;
    let node = host.find_one("node", &name)?;
    let reach = host.reachable(&node.id)?;
    let answers = reach.api || reach.ssh || reach.ping == Some(true);
    let took = reach.round_trip_ms.filter(|took| took.is_finite() && *took >= 0.0);
    let told = match (answers, node.state.as_str()) {
        (true, "offline") => say!(
            en: "answers, although the cluster counts it as offline",
            de: "antwortet, obwohl der Cluster ihn als offline führt",
        ),
        (true, _) if !reach.api => say!(
            en: "is up, but its Proxmox API does not answer",
            de: "ist da, aber die Proxmox-API antwortet nicht",
        ),
        (true, _) => say!(en: "is up and answers", de: "ist da und antwortet"),
        (false, "online") => say!(
            en: "is online, says the cluster, but it does not answer",
            de: "ist laut Cluster online, antwortet aber nicht",
        ),
        (false, "offline") => {
            say!(en: "is offline and does not answer", de: "ist offline und antwortet nicht")
        }
        (false, _) => say!(en: "does not answer", de: "antwortet nicht"),
    };
    let yes = match answers {
        true => say!(en: "Yes", de: "Ja"),
        false => say!(en: "No", de: "Nein"),
    };
    let speech = format!("{yes}, {} {told}.", node.id);
    let word = |answers: bool| match answers {
        true => say!(en: "answers", de: "antwortet"),
        false => say!(en: "no answer", de: "keine Antwort"),
    };
    let mut rows = vec![
        ["Cluster".to_owned(), words::cell(&node.state)],
        ["Proxmox API".to_owned(), word(reach.api)],
        ["Shell".to_owned(), word(reach.ssh)],
    ];
    rows.extend(reach.ping.map(|ping| ["Ping".to_owned(), word(ping)]));
    rows.extend(took.map(|took| {
        [say!(en: "Fastest answer", de: "Schnellste Antwort"), format!("{took:.0} ms")]
    }));
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
