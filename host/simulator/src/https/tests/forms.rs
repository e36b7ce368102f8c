//! The forms of errors, and of results.

use serde_json::json;

use super::*;
use crate::access::{READ_TOKEN, ROOT_TOKEN};

#[tokio::test]
async fn errors_have_proxmox_statuses_reasons_and_bodies() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    let cases = [
        ("GET", "/nope", 501, "Method 'GET /nope' not implemented"),
        ("PUT", "/version", 501, "Method 'PUT /version' not implemented"),
        ("DELETE", "/nodes/home", 501, "Method 'DELETE /nodes/home' not implemented"),
        ("POST", "/nodes/home/qemu/102/status/reset", 500, "VM 102 not running"),
        ("POST", "/nodes/home/wakeonlan", 500, "'home' is local node, cannot wake my self!"),
        (
            "GET",
            "/nodes/home/qemu/999/status/current",
            500,
            "Configuration file 'nodes/home/qemu-server/999.conf' does not exist",
        ),
        (
            "GET",
            "/nodes/ghost/status",
            500,
            "hostname lookup 'ghost' failed - failed to get address info for: ghost: Name or \
             service not known",
        ),
        ("GET", "/nodes/home/rrddata", 400, "Parameter verification failed."),
    ];
    for (method, path, status, reason) in cases {
        let answer = root.ask(method, path, "").await.unwrap();
        assert_eq!((answer.status, answer.reason.as_str()), (status, reason), "{path}");
        let body = answer.json();
        assert_eq!(
            (&body["data"], &body["message"]),
            (&json!(null), &json!(format!("{reason}\n")))
        );
    }
}

#[tokio::test]
async fn wrong_parameters_are_told_one_by_one() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    let unknown =
        "property is not defined in schema and the schema does not allow additional properties";
    let status = "/nodes/home/status";
    let cases = [
        ("POST", status, "", "command", "property is missing and it is not optional"),
        (
            "POST",
            status,
            "command=dance",
            "command",
            "value 'dance' does not have a value in the enumeration 'reboot, shutdown'",
        ),
        ("POST", status, "command=reboot&now=1", "now", unknown),
        ("POST", status, "command=reboot&kind=lxc", "kind", unknown),
        (
            "POST",
            status,
            "command=reboot&node=pve2",
            "node",
            "duplicate parameter (already defined in URI)",
        ),
        ("GET", "/nodes/home/qemu/99/config", "", "vmid", "value must have a minimum value of 100"),
        (
            "GET",
            "/nodes/home/qemu/abc/config",
            "",
            "vmid",
            "type check ('integer') failed - got 'abc'",
        ),
        (
            "GET",
            "/nodes/home/qemu?full=maybe",
            "",
            "full",
            "type check ('boolean') failed - got 'maybe'",
        ),
        ("GET", "/nodes/home/qemu?full=", "", "full", "type check ('boolean') failed - got ''"),
        ("GET", "/nodes/home/tasks/UPID:x/status", "", "upid", "unable to parse worker upid"),
    ];
    for (method, path, form, name, text) in cases {
        let answer = root.ask(method, path, form).await.unwrap();
        let reason = (answer.status, answer.reason.as_str());
        assert_eq!(reason, (400, "Parameter verification failed."), "{path} {form}");
        assert_eq!(answer.json()["errors"], json!({ name: text }), "{path} {form}");
    }
    // Nothing was done meanwhile.
    bench.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(root.get(status).await.status, 200);
}

#[tokio::test]
async fn only_root_itself_may_skip_a_lock() {
    let bench = Bench::new().await;
    let path = "/nodes/pve2/qemu/110/status/stop";
    let token = bench.home().token(ROOT_TOKEN);
    let answer = token.post(path, "skiplock=1").await;
    assert_eq!(answer.json()["errors"]["skiplock"], "Only root may use this option.");
    let root = bench.home().user("root@pam").await;
    assert_eq!(root.post(path, "skiplock=1").await.status, 200);
}

#[tokio::test]
async fn what_is_not_the_api_is_refused_by_the_server() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    for (method, path, status, reason) in [
        ("GET", "=/", 404, "no such file '/'"),
        ("GET", "=/etc/passwd", 404, "no such file '/etc/passwd'"),
        ("GET", "=/api2/html/nodes", 501, "no such uri"),
        ("PATCH", "/version", 501, "method 'PATCH' not available"),
        ("GET", "=/api2/json/%ff", 400, "bad request"),
    ] {
        let answer = root.ask(method, path, "").await.unwrap();
        assert_eq!((answer.status, answer.reason.as_str()), (status, reason), "{path}");
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn results_are_wrapped_and_nothing_is_null() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    let rebooted = root.post("/nodes/pve2/status", "command=reboot").await;
    assert_eq!((rebooted.status, rebooted.json()), (200, json!({ "data": null })));
    let list = root.get("/nodes").await.data();
    let print = bench.simulator.look(|cluster, _| cluster.nodes[1].fingerprint());
    assert_eq!(list[1]["ssl_fingerprint"], json!(print));
    // The path is decoded once, as a UPID in a client's path needs it.
    let encoded = root.get("/nodes/h%6Fme/status").await;
    assert_eq!(encoded.data()["swap"]["used"], 0);
    assert_eq!(root.get("//nodes//home/status/").await.status, 200);
}

#[tokio::test]
async fn every_door_is_its_own_node() {
    let bench = Bench::new().await;
    let far = bench.client("pve3").token(READ_TOKEN);
    let status = far.get("/cluster/status").await.data();
    let local: Vec<_> = status.as_array().unwrap().iter().filter(|n| n["local"] == 1).collect();
    assert_eq!((local.len(), &local[0]["name"]), (1, &json!("pve3")));
    let own = far.get("/nodes/localhost/qemu").await.data();
    assert_eq!(own, far.get("/nodes/pve3/qemu").await.data());
    assert_ne!(own, far.get("/nodes/home/qemu").await.data());
    let root = bench.client("pve3").user("root@pam").await;
    let answer = root.post("/nodes/pve3/wakeonlan", "").await;
    assert_eq!(answer.reason, "'pve3' is local node, cannot wake my self!");
}
