use jarvis_skill::mock::{MockHost, Scripted};
use jarvis_skill::{Error, Reach, Request};
use serde_json::{Value, json};

use crate::invoke;

mod looking;
mod power;

/// `/cluster/status` of four nodes, `home` the local one.
fn status(online: [u8; 4], quorate: u8) -> Value {
    let names = ["home", "pve2", "pve3", "pve4"];
    let nodes = names.iter().zip(online).map(|(name, online)| {
        json!({
            "type": "node", "id": format!("node/{name}"), "name": name, "nodeid": 1,
            "local": u8::from(*name == "home"), "online": online, "level": "",
        })
    });
    let cluster = json!({
        "type": "cluster", "id": "cluster", "name": "homelab", "nodes": 4, "quorate": quorate,
        "version": 7,
    });
    std::iter::once(cluster).chain(nodes).collect()
}

/// Four nodes that are all online, but for `pve4` in the inventory.
fn lab() -> MockHost {
    let gib = |count: u64| (count << 30).to_string();
    let node = |host: MockHost, name: &str| {
        host.node(name, "online")
            .with("cpu", "0.1234")
            .with("cpus", "12")
            .with("memory", &gib(8))
            .with("memory-total", &gib(32))
            .with("uptime", "259200")
    };
    let host = ["home", "pve2", "pve3"].into_iter().fold(MockHost::new(), node);
    host.node("pve4", "offline")
        .vm(101, "mediaserver", "home", "running")
        .vm(102, "webserver-01", "home", "stopped")
        .container(108, "grafana", "pve3", "running")
        .vm(119, "pbs", "pve4", "unknown")
        .reads("/cluster/status", status([1; 4], 1))
        .reads("/cluster/tasks", json!([]))
}

/// Outcome and speech; `error` and its sentence.
fn said(host: &MockHost, request: &Request) -> (&'static str, String) {
    match invoke(host, request) {
        Ok(reply) => (reply.outcome.as_str(), reply.speech),
        Err(error) => ("error", error.sentence()),
    }
}

fn on(command: &str, node: &str) -> Request {
    Request::new(command).with("node", node)
}

#[test]
fn bad_requests_are_refused() {
    for bad in [
        Request::new("reboot"),
        Request::new("reboot").with("node", 3),
        Request::new("node"),
        Request::new("reachable").with("node", json!(["home"])),
        Request::new("storage").with("name", 7),
        Request::new("reboot-all").with("which", "some"),
        Request::new("reboot-all").with("except", 1),
        on("destroy", "pve2"),
        on("nodes-all", "pve2"),
        on("-all", "pve2"),
        on("", "pve2"),
    ] {
        let host = lab();
        let answer = invoke(&host, &bad);
        assert!(matches!(answer, Err(Error::Invalid(_))), "{bad:?}: {answer:?}");
        assert!(host.written().is_empty());
    }
}

#[test]
fn a_node_that_is_not_there_is_not_found() {
    for command in ["node", "reachable", "reboot", "shut-down", "wake"] {
        for name in ["ghost", "", "pve2/../home", "--help"] {
            let host = lab();
            let answer = invoke(&host, &on(command, name));
            assert!(matches!(answer, Err(Error::NotFound(_))), "{command} {name}: {answer:?}");
            assert!(host.written().is_empty());
        }
    }
}
