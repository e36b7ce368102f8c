//! The built program's HTTP API, on the demo cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use futures_util::StreamExt;
use serde_json::{Value, json};
use support::http::Visitor;
use support::{Demo, until};
use terminal::Terminal;
use tokio_tungstenite::tungstenite::Message;

/// The messages at `/ws/events`, for whoever has `ticket`.
async fn listen(
    visitor: &Visitor,
    ticket: &str,
) -> impl futures_util::Stream<Item = Value> + Unpin {
    let url = format!("ws://{}/ws/events?ticket={ticket}", visitor.address());
    let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket
        .filter_map(|message| async move {
            match message {
                Ok(Message::Text(text)) => Some(serde_json::from_str(&text).unwrap()),
                _ => None,
            }
        })
        .boxed()
}

#[test]
fn who_signs_in_sees_the_cluster_and_acts_on_it() {
    let demo = Demo::serving(&[]);
    let nobody = Visitor::of(&demo);
    nobody.get("/healthz").is(200);
    nobody.get("/api/nodes").is(401).says("api-no-sign-in");
    let account = demo.served["account"]["name"].clone();
    let wrong = json!({"username": account, "password": "guessed"});
    nobody.post("/api/auth/login", &wrong).is(401).says("auth-refused");

    let visitor = Visitor::signed_in(&demo);
    let nodes = visitor.get("/api/nodes").is(200).body;
    assert_eq!(nodes["nodes"].as_array().unwrap().len(), 4, "{nodes}");
    assert!(nodes["as_of"].is_string() || nodes["as_of"].is_number(), "{nodes}");

    visitor.post("/api/guests/102/start", &json!({})).is(200);
    assert_eq!(demo.state_of(102), "running");
    let asked = visitor.post("/api/guests/101/stop", &json!({})).is(409);
    let question = &asked.body["question"];
    assert!(question["text"].as_str().unwrap().contains("mediaserver"), "{asked:?}");
    assert_eq!(demo.state_of(101), "running");
    let confirm = format!("/api/confirmations/{}", question["id"].as_str().unwrap());
    visitor.post(&confirm, &json!({})).is(200);
    assert_eq!(demo.state_of(101), "stopped");
    visitor.post(&confirm, &json!({})).is(409);
    // Asked, done and confirmed, all of it by the account.
    demo.run(&["audit", "show", "--demo"]).ended(0).says(account.as_str().unwrap());
}

#[test]
fn a_key_is_made_at_the_command_line() {
    let demo = Demo::serving(&[]);
    let made = demo.run(&["key", "make", "nas", "--role", "operator", "--demo", "--json"]).ended(0);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    let secret = made["secret"].as_str().unwrap();
    let program = Visitor::of(&demo).with(secret);
    program.post("/api/guests/102/start", &json!({})).is(200);
    program.get("/api/runs").is(403).says("api-not-allowed");
    let listed = demo.run(&["key", "list", "--demo"]).ended(0).says("nas").says("operator");
    assert!(!listed.stdout.contains(secret), "{listed:?}");
    demo.run(&["key", "make", "nas", "--demo"]).ended(2).says("auth-key-taken");
    demo.run(&["key", "make", "x", "--days", "0", "--demo"]).ended(2).says("auth-key-days");
    demo.run(&["key", "make", "x", "--as", "viewer", "--role", "admin", "--demo"]).ended(5);
    demo.run(&["key", "revoke", "nas", "--demo"]).ended(0);
    program.get("/api/nodes").is(401).says("auth-token-refused");
    demo.run(&["key", "revoke", "nas", "--demo"]).ended(1).says("auth-no-key");
    demo.run(&["key", "list", "--demo", "--fresh"]).ended(1).says("api-no-sign-ins");
}

#[test]
fn a_sign_in_outlives_the_host_and_a_sign_out_does_too() {
    let mut demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let token = visitor.bearer().to_owned();
    demo.kill();
    demo.start(&[]);
    let back = Visitor::of(&demo).with(&token);
    back.get("/api/auth/me").is(200);
    back.post("/api/auth/logout", &json!({})).is(204);
    back.get("/api/auth/me").is(401);
    demo.kill();
    demo.start(&[]);
    Visitor::of(&demo).with(&token).get("/api/auth/me").is(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_until_the_sign_out() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let once = visitor.ticket();
    let mut told = listen(&visitor, &once).await;
    assert_eq!(told.next().await.unwrap()["type"], "hello");
    let snapshot = told.next().await.unwrap();
    assert_eq!(snapshot["snapshot"]["nodes"].as_array().unwrap().len(), 4, "{snapshot}");
    visitor.post("/api/guests/102/start", &json!({})).is(200);
    let mut seen = Vec::new();
    while !seen.iter().any(|message: &Value| message["event"]["topic"] == "guest.state") {
        seen.push(told.next().await.unwrap());
    }
    let again = format!("ws://{}/ws/events?ticket={once}", visitor.address());
    assert!(tokio_tungstenite::connect_async(again).await.is_err(), "a ticket is good once");
    visitor.post("/api/auth/logout", &json!({})).is(204);
    let mut last = Value::Null;
    while let Some(message) = told.next().await {
        last = message;
    }
    assert_eq!((&last["type"], &last["fault"]["code"]), (&"end".into(), &"api-signed-out".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_a_terminal_which_ends_with_the_sign_in() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let mut terminal = Terminal::open(&visitor, "node=pve2&cols=120&rows=40").await;
    terminal.shows("root@pve2:~# ").await;
    terminal.types("stty size\n").await;
    terminal.shows("40 120\r\n").await;
    visitor.post("/api/auth/logout", &json!({})).is(204);
    terminal.ends().await;
    let audit = || demo.run(&["audit", "show", "--demo"]).ended(0).stdout;
    until("its end is written down", || audit().matches("terminal").count() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_have_terminals_by_their_consoles_or_it_is_said_why_not() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let mut container = Terminal::open(&visitor, "guest=107").await;
    container.shows("gitea login: ").await;
    let mut serial = Terminal::open(&visitor, "guest=103").await;
    serial.shows("starting serial terminal on interface serial0").await;
    serial.shows("database login: ").await;
    // Each has its own keys, and the far end hides what is secret.
    container.types("root\n").await;
    container.shows("root\r\nPassword: ").await;
    container.types("not to be seen\n").await;
    let shown = container.shows("gitea login: ").await;
    assert!(shown.contains("Login incorrect") && !shown.contains("not to be seen"), "{shown}");
    serial.types("nobody\n").await;
    serial.shows("nobody\r\nPassword: ").await;
    for (guest, code) in [(101, "cluster-console-no-serial"), (102, "cluster-console-guest-off")] {
        let mut refused = Terminal::open(&visitor, &format!("guest={guest}")).await;
        assert_eq!(refused.ends().await["error"]["code"], code, "{guest}");
    }
    let audit = demo.run(&["audit", "show", "--demo"]).ended(0);
    audit.says("guest 107").says("guest 103").says("did not open");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_told_that_the_host_stops() {
    let mut demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let once = visitor.ticket();
    let mut told = listen(&visitor, &once).await;
    assert_eq!(told.next().await.unwrap()["type"], "hello");
    let url =
        format!("ws://{}/ws/terminal?node=pve2&ticket={}", visitor.address(), visitor.ticket());
    let (mut terminal, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    terminal.next().await.unwrap().unwrap();
    let mut host = demo.stop();
    let mut last = Value::Null;
    while let Some(message) = told.next().await {
        last = message;
    }
    assert_eq!(last["fault"]["code"], "api-events-stopping", "{last}");
    let mut last = Value::Null;
    while let Some(Ok(message)) = terminal.next().await {
        if let Message::Text(text) = message {
            last = serde_json::from_str(&text).unwrap();
        }
    }
    assert_eq!(last["error"]["code"], "api-terminal-stopping", "{last}");
    assert!(host.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_acts_as_it_may_and_opens_no_terminal() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let wanted = json!({"name": "backup", "role": "admin"});
    let made = visitor.post("/api/auth/keys", &wanted).is(201);
    let key = visitor.with(made.body["secret"].as_str().unwrap());
    key.get("/api/nodes").is(200);
    key.post("/api/guests/102/start", &json!({})).is(200);
    let asked = key.post("/api/guests/101/stop", &json!({"confirmed": true})).is(409);
    let confirm = format!("/api/confirmations/{}", asked.body["question"]["id"].as_str().unwrap());
    key.post(&confirm, &json!({})).is(403);
    let enabled = json!({"enabled": false});
    key.send("PUT", "/api/skills/updates/enabled", &enabled.to_string()).is(403);
    key.post("/api/auth/keys", &json!({"name": "other", "role": "viewer"})).is(403);
    let url = format!("ws://{}/ws/terminal?node=pve2&ticket={}", visitor.address(), key.ticket());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let told = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(told.contains("api-terminal-not-a-person"), "{told}");
    assert_eq!(demo.state_of(101), "running");
}

#[test]
fn the_document_names_every_path_and_the_page_shows_it() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::of(&demo);
    let document = visitor.get("/api/openapi.json").is(200).body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{document}");
    assert!(document["paths"].as_object().unwrap().len() > 30);
    let page = visitor.get("/api/docs").is(200);
    assert!(page.head.contains("content-security-policy"), "{page:?}");
    visitor.get("/").is(200);
    until("the metrics count it", || {
        visitor.get("/metrics").is(200).body.to_string().contains("/api/openapi.json")
    });
}
