//! Signing in, and who is let through with what.

use serde_json::json;

use super::client::encode;
use super::*;
use crate::access::{ACT_TOKEN, BARE_TOKEN, PASSWORD, READ_TOKEN, ROOT_TOKEN};

#[tokio::test]
async fn a_password_gives_a_ticket_by_form_and_by_json() {
    let bench = Bench::new().await;
    let json = bench.home().with("Content-Type", "application/json");
    let said = format!(r#"{{"username":"root","realm":"pam","password":"{PASSWORD}"}}"#);
    let signed = json.post("/access/ticket", &said).await.data();
    assert!(signed["ticket"].as_str().unwrap().starts_with("PVE:root@pam:"), "{signed}");
    assert_eq!(signed["cap"]["vms"]["VM.PowerMgmt"], 1);
    assert!(signed.get("NeedTFA").is_none());
    let root = bench.home().user("root@pam").await;
    assert_eq!(root.get("/version").await.data()["release"], "9.2");
}

#[tokio::test]
async fn every_refused_sign_in_looks_the_same() {
    let bench = Bench::new().await;
    for (user, password) in
        [("root@pam", "wrong"), ("ghost@pam", PASSWORD), ("retired@pve", PASSWORD), ("", "")]
    {
        let form = format!("username={}&password={}", encode(user), encode(password));
        let answer = bench.home().post("/access/ticket", &form).await;
        assert_eq!((answer.status, answer.reason.as_str()), (401, "authentication failure"));
        assert_eq!(answer.json()["data"], serde_json::Value::Null, "{user}");
    }
    let answer = bench.home().post("/access/ticket", "username=root@pam").await;
    assert_eq!(answer.status, 400);
    let text = "property is missing and it is not optional";
    assert_eq!(answer.json()["errors"]["password"], text);
}

#[tokio::test]
async fn half_a_ticket_is_no_sign_in_until_the_second_factor() {
    let bench = Bench::new().await;
    let client = bench.home();
    let form = format!("username=alice%40pam&password={PASSWORD}");
    let half = client.post("/access/ticket", &form).await.data();
    assert_eq!(half["NeedTFA"], 1);
    assert!(half.get("cap").is_none());
    let ticket = half["ticket"].as_str().unwrap();
    let csrf = half["CSRFPreventionToken"].as_str().unwrap();
    let early = bench.home().ticket(ticket, csrf).get("/version").await;
    assert_eq!((early.status, early.reason.as_str()), (401, "No ticket"));
    let answer = |code: &str| {
        let form = format!(
            "username=alice%40pam&password={}&tfa-challenge={}",
            encode(code),
            encode(ticket)
        );
        let client = client.clone();
        async move { client.post("/access/ticket", &form).await }
    };
    for wrong in ["totp:000000", "123456", "recovery:123456", PASSWORD] {
        assert_eq!(answer(wrong).await.status, 401, "{wrong}");
    }
    let whole = answer("totp:123456").await.data();
    let text = |key: &str| whole[key].as_str().unwrap().to_owned();
    let alice = bench.home().ticket(&text("ticket"), &text("CSRFPreventionToken"));
    assert_eq!(alice.get("/cluster/status").await.status, 200);
    // Who has no second factor cannot have been challenged.
    let form = format!("username=root%40pam&password={PASSWORD}&tfa-challenge={}", encode(ticket));
    assert_eq!(client.post("/access/ticket", &form).await.status, 401);
}

#[tokio::test]
async fn an_account_is_told_to_who_may_see_it() {
    let bench = Bench::new().await;
    let reader = bench.home().token(READ_TOKEN);
    for (user, expected) in [
        ("alice@pam", json!({"enable": 1, "expire": 0, "groups": ["admins"]})),
        ("retired@pve", json!({"enable": 0, "expire": 0, "groups": ["operators"]})),
        ("former@pve", json!({"enable": 1, "expire": 1_000_000_000, "groups": ["operators"]})),
    ] {
        assert_eq!(reader.get(&format!("/access/users/{user}")).await.data(), expected, "{user}");
    }
    let ghost = reader.get("/access/users/ghost@pam").await;
    assert_eq!((ghost.status, ghost.reason.as_str()), (500, "no such user ('ghost@pam')"));
    let bare = bench.home().token(BARE_TOKEN).get("/access/users/alice@pam").await;
    assert_eq!(bare.status, 403);
}

#[tokio::test]
async fn a_ticket_lives_two_hours_and_renews_itself() {
    let bench = Bench::new().await;
    let form = format!("username=root%40pam&password={PASSWORD}");
    let first = bench.home().post("/access/ticket", &form).await.data();
    let ticket = first["ticket"].as_str().unwrap().to_owned();
    let old = bench.home().ticket(&ticket, first["CSRFPreventionToken"].as_str().unwrap());
    bench.clock.advance(std::time::Duration::from_secs(7000));
    let form = format!("username=root%40pam&password={}", encode(&ticket));
    let second = bench.home().post("/access/ticket", &form).await.data();
    assert_ne!(second["ticket"], first["ticket"]);
    assert_eq!(old.get("/version").await.status, 200);
    bench.clock.advance(std::time::Duration::from_secs(201));
    let late = old.get("/version").await;
    assert_eq!(
        (late.status, late.reason.as_str()),
        (401, "permission denied - invalid PVE ticket")
    );
    assert_eq!(bench.home().post("/access/ticket", &form).await.status, 401);
    let text = |key: &str| second[key].as_str().unwrap().to_owned();
    let new = bench.home().ticket(&text("ticket"), &text("CSRFPreventionToken"));
    assert_eq!(new.get("/version").await.status, 200);
}

#[tokio::test]
async fn a_change_by_ticket_needs_the_token_against_forgery() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    let path = "/nodes/home/qemu/102/status/start";
    assert_eq!(root.post(path, "").await.status, 200);
    let form = format!("username=root%40pam&password={PASSWORD}");
    let signed = bench.home().post("/access/ticket", &form).await.data();
    let ticket = signed["ticket"].as_str().unwrap();
    let of_auditor = bench.simulator.look(|cluster, now| cluster.seal.csrf("auditor@pve", now));
    for csrf in ["", "x", "6B04AE17:", of_auditor.as_str()] {
        let forged = bench.home().ticket(ticket, csrf);
        let answer = forged.post("/nodes/home/qemu/102/status/stop", "").await;
        let expected = (401, "Permission denied - invalid csrf token");
        assert_eq!((answer.status, answer.reason.as_str()), expected, "{csrf}");
        assert_eq!(forged.get("/version").await.status, 200, "{csrf}");
    }
    // A token needs none.
    let by_token = bench.home().token(ACT_TOKEN);
    assert_eq!(by_token.post("/nodes/home/qemu/102/status/stop", "").await.status, 200);
}

#[tokio::test]
async fn a_wrong_sign_in_says_why_in_the_reason() {
    let bench = Bench::new().await;
    let with = |name: &str, value: &str| bench.home().with(name, value);
    let cases = [
        (bench.home(), "No ticket"),
        (with("Authorization", "Bearer x"), "No ticket"),
        (with("Authorization", "PVEAPIToken"), "No ticket"),
        (with("Authorization", "PVEAPIToken=x"), "no tokenid specified"),
        (bench.home().token("root@pam!all=wrong"), "invalid token value!"),
        (bench.home().token("ghost@pam!all=x"), "no such user ('ghost@pam')"),
        (with("Cookie", "PVEAuthCookie="), "permission denied - invalid PVE ticket"),
        (with("Cookie", "PVEAuthCookie=%ff%00"), "permission denied - invalid PVE ticket"),
        (
            with("Cookie", "PVEAuthCookie=PVE:root@pam:6B04AE17::AAAA"),
            "permission denied - invalid PVE ticket",
        ),
        (with("Cookie", "a=b"), "No ticket"),
    ];
    for (client, reason) in cases {
        let answer = client.get("/version").await;
        assert_eq!((answer.status, answer.reason.as_str()), (401, reason), "{client:?}");
        assert_eq!(answer.body, "");
    }
}

#[tokio::test]
async fn every_method_asks_for_its_privilege() {
    let bench = Bench::new().await;
    let start = "/nodes/home/qemu/101/status/start";
    // Who, what, the status, and for a 403 what is missing.
    let cases = [
        ("auditor@pve", "GET", "/cluster/status", 200, ""),
        ("auditor@pve", "POST", start, 403, "/vms/101, VM.PowerMgmt"),
        ("auditor@pve", "GET", "/nodes/home/apt/update", 403, "/nodes/home, Sys.Modify"),
        ("operator@pve", "POST", start, 200, ""),
        ("operator@pve", "GET", "/nodes/home/qemu/101/status/current", 200, ""),
        ("operator@pve", "GET", "/nodes/pve3/qemu/115/status/current", 403, "/vms/115, VM.Audit"),
        ("operator@pve", "GET", "/nodes/home/status", 403, "/nodes/home, Sys.Audit"),
        (
            "operator@pve",
            "POST",
            "/nodes/home/status?command=reboot",
            403,
            "/nodes/home, Sys.PowerMgmt",
        ),
        (
            "operator@pve",
            "POST",
            "/nodes/home/qemu/101/snapshot?snapname=xx",
            403,
            "/vms/101, VM.Snapshot",
        ),
        ("operator@pve", "DELETE", "/nodes/home/qemu/102", 403, "/vms/102, VM.Allocate"),
        ("operator@pve", "POST", "/nodes/home/stopall", 403, "/, VM.PowerMgmt"),
        ("operator@pve", "POST", "/nodes/pve3/stopall?vms=115", 403, "/vms/115, VM.PowerMgmt"),
        ("operator@pve", "POST", "/nodes/home/stopall?vms=101", 200, ""),
        (
            "guest@pve",
            "POST",
            "/nodes/home/qemu/101/snapshot/first/rollback",
            403,
            "/vms/101, VM.Snapshot|VM.Snapshot.Rollback",
        ),
        (READ_TOKEN, "GET", "/nodes/pve2/status", 200, ""),
        (READ_TOKEN, "POST", start, 403, "/vms/101, VM.PowerMgmt"),
        (ACT_TOKEN, "POST", "/nodes/pve2/apt/update", 200, ""),
        (BARE_TOKEN, "GET", "/version", 200, ""),
        (BARE_TOKEN, "GET", "/cluster/status", 403, "/, Sys.Audit"),
        (BARE_TOKEN, "POST", start, 403, "/vms/101, VM.PowerMgmt"),
        (ROOT_TOKEN, "GET", "/nodes/home/apt/update", 200, ""),
    ];
    for (who, method, path, status, lacking) in cases {
        let client =
            if who.contains('!') { bench.home().token(who) } else { bench.home().user(who).await };
        let answer = client.ask(method, path, "").await.unwrap();
        assert_eq!(answer.status, status, "{who} {method} {path}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.reason, format!("Permission check failed ({lacking})"), "{path}");
            assert_eq!(answer.json()["message"], format!("{}\n", answer.reason));
        }
    }
}

#[tokio::test]
async fn lists_leave_out_what_a_caller_may_not_see() {
    let bench = Bench::new().await;
    let count = |answer: Answer| answer.data().as_array().unwrap().len();
    let bare = bench.home().token(BARE_TOKEN);
    for path in [
        "/cluster/resources?type=vm",
        "/cluster/resources?type=storage",
        "/nodes/home/qemu",
        "/nodes/home/lxc",
        "/nodes/home/storage",
        "/nodes/home/tasks",
        "/cluster/tasks",
    ] {
        let answer = bare.get(path).await;
        assert_eq!(
            (answer.status, answer.json()["data"].clone()),
            (200, serde_json::json!([])),
            "{path}"
        );
    }
    assert_eq!(bare.get("/access/permissions").await.data(), serde_json::json!({}));
    let nodes = bare.get("/nodes").await.data();
    assert_eq!(nodes[0]["status"], "online");
    assert!(nodes[0].get("cpu").is_none() && nodes[0].get("maxmem").is_none(), "{nodes}");
    let all = count(bench.home().token(READ_TOKEN).get("/cluster/resources?type=vm").await);
    let operator = bench.home().user("operator@pve").await;
    assert_eq!(count(operator.get("/cluster/resources?type=vm").await), all - 1);
    // An own task is seen without a right on the node.
    operator.post("/nodes/home/qemu/101/status/shutdown", "").await.data();
    assert_eq!(count(operator.get("/cluster/tasks").await), 1);
    assert_eq!(count(bare.get("/cluster/tasks").await), 0);
}

#[tokio::test]
async fn permissions_tell_none_from_may_not_see() {
    let bench = Bench::new().await;
    let read = bench.home().token(READ_TOKEN);
    assert_eq!(read.get("/access/permissions").await.data()["/"]["VM.Audit"], 1);
    let operator = bench.home().user("operator@pve").await;
    let own = operator.get("/access/permissions?userid=operator@pve!bare").await;
    assert_eq!(own.data(), serde_json::json!({}));
    let other = operator.get("/access/permissions?userid=root@pam").await;
    assert_eq!(other.status, 403);
    let domains = bench.home().get("/access/domains").await.data();
    assert_eq!(domains[1]["realm"], "pve");
}
