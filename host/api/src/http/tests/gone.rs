//! Callers who are gone before they are answered: hung up, or signed out.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::identity::Identity;
use jarvis_domain::invocation::Unwatched;
use jarvis_domain::run::{RunEnd, RunRecord};
use jarvis_domain::{Caller, Door, Principal, Role};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::turnstile::Turnstile;
use super::{Call, Stage};
use crate::{Request, Response, Words, control};

/// Sends `call`, and hangs up once it waits at `turnstile`, which is opened when
/// the server has seen that.
async fn hang_up(stage: &Stage, call: Call, turnstile: &Turnstile) {
    turnstile.shut();
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(&[head(&call).as_bytes(), &call.body].concat()).await.unwrap();
    turnstile.came().await;
    drop(stream);
    while stage.connections().await > 0 {
        tokio::task::yield_now().await;
    }
    turnstile.open();
}

fn head(call: &Call) -> String {
    let lines = call.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    format!(
        "{} {} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n{}\r\n",
        call.method,
        call.path,
        call.body.len(),
        lines.collect::<String>()
    )
}

/// Sends `call` as an admin who is signed out before its body comes; the answer.
async fn sign_out_meanwhile(stage: &Stage, call: Call) -> String {
    let token = stage.identity.person(Role::Admin);
    // The server says so once it knows who asks and reads the body.
    let call = call.by(&token).header("expect", "100-continue").header("connection", "close");
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(head(&call).as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !told.ends_with(b"\r\n\r\n") {
        let got = stream.read_buf(&mut told).await.unwrap();
        assert!(got > 0, "it was closed after {:?}", String::from_utf8_lossy(&told));
    }
    assert!(told.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&told));
    let out = stage.send(Call::new(hyper::Method::POST, "/api/auth/logout").by(&token)).await;
    assert_eq!(out.status, 204);
    stream.write_all(&call.body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn who_is_signed_out_before_their_body_comes_decides_nothing() {
    let stage = Stage::new().await;
    for call in [
        Call::post("/api/skills/temperatures/grants", json!({ "action": "revoke" })),
        Call::new(hyper::Method::PUT, "/api/skills/temperatures/enabled")
            .json(json!({ "enabled": false })),
        Call::post("/api/auth/keys", json!({ "name": "backup", "role": "viewer" })),
        Call::post("/api/auth/logout-everywhere", json!({ "account": "viewer@pam" })),
        Call::post("/api/guests/102/start", json!({})),
        Call::post("/api/ask", json!({ "words": "start webserver-01" })),
    ] {
        let path = call.path.clone();
        let answer = sign_out_meanwhile(&stage, call).await;
        assert!(answer.contains("\"api-signed-out\""), "{path}: {answer}");
    }
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn who_is_signed_out_while_they_wait_for_their_turn_decides_nothing() {
    let stage = Stage::new().await;
    let backup = json!({ "name": "backup", "role": "viewer" });
    let made = stage.send_as(Role::Admin, Call::post("/api/auth/keys", backup)).await.json();
    let key = format!("/api/auth/keys/{}", made["key"]["id"].as_str().unwrap());
    let look = async || {
        let keys = stage.send_as(Role::Admin, Call::get("/api/auth/keys")).await.json();
        let grants = Call::get("/api/skills/temperatures/grants");
        (keys["keys"].clone(), stage.send_as(Role::Admin, grants).await.json())
    };
    let before = look().await;
    for call in [
        Call::post("/api/skills/temperatures/grants", json!({ "action": "revoke" })),
        Call::new(hyper::Method::PUT, "/api/skills/temperatures/enabled")
            .json(json!({ "enabled": false })),
        Call::post("/api/auth/keys", json!({ "name": "other", "role": "viewer" })),
        Call::new(hyper::Method::DELETE, &key),
    ] {
        let path = call.path.clone();
        let token = stage.identity.person(Role::Admin);
        let turns = (stage.service.changing_keys().await, stage.service.changing_grants().await);
        let sent = stage.send(call.by(&token));
        tokio::pin!(sent);
        let waits = async {
            while stage.service.in_turn() < 3 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = &mut sent => panic!("{path}: {}", answer.text()),
            () = waits => {}
        }
        let out = Call::new(hyper::Method::POST, "/api/auth/logout").by(&token);
        assert_eq!(stage.send(out).await.status, 204);
        drop(turns);
        sent.await.is_problem(401, "api-signed-out");
        assert_eq!(look().await, before, "{path}");
    }
}

#[tokio::test]
async fn who_is_signed_out_while_an_answer_is_streamed_is_told_that_last() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    stage.fakes.cluster.hangs(true);
    let ask = Call::post("/api/ask", json!({ "words": "start webserver-01" }));
    let ask = ask.header("accept", "text/event-stream").by(&token);
    let sign_out = async {
        stage.fakes.cluster.hanging.notified().await;
        let out = Call::new(hyper::Method::POST, "/api/auth/logout").by(&token);
        assert_eq!(stage.send(out).await.status, 204);
    };
    let (answer, ()) = tokio::join!(stage.send(ask), sign_out);
    let text = answer.text();
    let (_, last) = text.rsplit_once("event: ").unwrap_or_else(|| panic!("{text:?}"));
    assert!(last.starts_with("problem\n") && last.contains("\"api-signed-out\""), "{text}");
    assert!(!text.contains("event: answer"), "{text}");
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

#[tokio::test]
async fn who_comes_again_with_the_key_after_hanging_up_is_answered() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let start =
        || Call::post("/api/guests/102/start", json!({})).header("idempotency-key", "k").by(&token);
    hang_up(&stage, start(), &stage.claiming).await;
    // However long the disk takes for what goes on meanwhile.
    let answered = async {
        loop {
            let again = stage.send(start()).await;
            if again.status == 200 {
                return again;
            }
            again.is_problem(409, "api-idempotency-busy");
        }
    };
    let again = tokio::time::timeout(Duration::from_secs(120), answered).await;
    let again = again.expect("the first one goes on and on");
    assert_eq!(again.header("idempotency-replayed"), "true", "{}", again.text());
    assert_eq!(stage.fakes.cluster.started().len(), 1);
}

/// What became of a start that whoever asked for it has left, over the control
/// socket, while it only read: its run, and what was begun.
async fn leave(spoken: bool) -> (RunRecord, Vec<String>) {
    let stage = Stage::new().await;
    let socket = stage.folder.path().join("control.sock");
    let listener = control::Listener::bind(&socket).await.unwrap();
    let operator = Role::Operator;
    let role_of: control::RoleOf = Arc::new(move |_| Some(operator));
    let admission = control::Admission { role_of, spoken: operator, host: 0 };
    let service = Arc::clone(&stage.service);
    let serving = tokio::spawn(control::serve(listener, service, admission, pending()));
    let client = control::Client::connect(&socket, None).await.unwrap();
    let mut client = if spoken { client.spoken() } else { client };
    stage.fakes.cluster.hangs(true);
    let (words, locale) = ("start webserver-01".to_owned(), "en".to_owned());
    let words = Words { words, locale, confirmed: false, cluster: None, place: None };
    tokio::select! {
        said = client.call(Request::Say(words), &Unwatched) => panic!("{said:?}"),
        () = stage.fakes.cluster.hanging.notified() => {}
    }
    // The next call goes over another connection, and the host has then seen
    // that the first was closed.
    client.call(Request::Hello, &Unwatched).await.unwrap();
    client.call(Request::Hello, &Unwatched).await.unwrap();
    stage.fakes.cluster.hangs(false);
    let by = Caller {
        principal: Principal("uid:0".to_owned()),
        door: Door::Cli,
        role: Some(Role::Admin),
    };
    let run = loop {
        let runs = Request::Runs { limit: 1, before: None };
        let conversation = &mut stage.service.conversation();
        let told = stage.service.handle(runs, &by, conversation, Arc::new(Unwatched)).await;
        let Ok(Response::Runs(runs)) = told else { panic!("{told:?}") };
        if let [run] = runs.as_slice()
            && run.end.is_some()
        {
            break run.clone();
        }
        tokio::task::yield_now().await;
    };
    serving.abort();
    (run, stage.fakes.cluster.started())
}

#[tokio::test]
async fn what_was_spoken_is_broken_off_with_its_connection_and_what_was_typed_goes_on() {
    let (run, started) = leave(true).await;
    let Some(RunEnd::Failed(fault)) = run.end else { panic!("{run:?}") };
    assert_eq!((fault.code.as_str(), started.len()), ("skill-broken-off", 0));
    let (run, started) = leave(false).await;
    assert!(matches!(run.end, Some(RunEnd::Answered(_))), "{run:?}");
    assert_eq!(started, ["create /nodes/home/qemu/102/status/start"]);
}
