//! Callers who hang up before they are answered.

use jarvis_domain::Role;
use jarvis_domain::identity::Identity;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::turnstile::Turnstile;
use super::{Call, Stage};

/// Sends `call`, and hangs up once it waits at `turnstile`, which is opened when
/// the server has seen that.
async fn hang_up(stage: &Stage, call: Call, turnstile: &Turnstile) {
    turnstile.shut();
    let mut text = format!(
        "{} {} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n",
        call.method,
        call.path,
        call.body.len()
    );
    for (name, value) in &call.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(&[text.as_bytes(), &call.body].concat()).await.unwrap();
    turnstile.came().await;
    drop(stream);
    while stage.connections().await > 0 {
        tokio::task::yield_now().await;
    }
    turnstile.open();
}

#[tokio::test]
async fn a_decision_is_in_force_though_nobody_waits_for_it() {
    let stage = Stage::new().await;
    let grants = || stage.send_as(Role::Admin, Call::get("/api/skills/temperatures/grants"));
    let before = grants().await.json();
    let token = stage.identity.person(Role::Admin);
    let revoke = Call::post("/api/skills/temperatures/grants", json!({ "action": "revoke" }));
    hang_up(&stage, revoke.by(&token), &stage.deciding).await;
    let after = grants().await.json();
    assert_ne!(before["decision"], after["decision"], "{after}");
}

#[tokio::test]
async fn a_sign_in_that_nobody_waits_for_is_whole() {
    let stage = Stage::new().await;
    let login = json!({ "username": "admin@pam", "password": "right" });
    let login = Call::post("/api/auth/login", login);
    hang_up(&stage, login, &stage.identity.checking).await;
    while stage.identity.sign_ins().is_empty() {
        tokio::task::yield_now().await;
    }
}
