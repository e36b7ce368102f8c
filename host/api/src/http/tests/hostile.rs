//! Bad input of every kind: each has a clear error, and none slows a neighbour.

use hyper::Method;
use jarvis_domain::Role;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Call, Stage};

/// Sends bytes as they are, and reads until the server closes.
async fn raw(stage: &Stage, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // The server may close before all was sent.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn neighbour(stage: &Stage) {
    let answer = stage.send_as(Role::Viewer, Call::get("/api/nodes")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let stage = Stage::new().await;
    let body = json!({ "usrname": "a", "password": 7, "code": ["x"], "extra": null });
    let problem = stage.send(Call::post("/api/auth/login", body)).await;
    let problem = problem.is_problem(400, "api-bad-input");
    let fields: Vec<&str> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["username", "password", "code", "extra", "usrname"]);
    for (path, field) in [
        ("/api/nodes?clutser=x", "?clutser"),
        ("/api/operations?limit=0", "?limit"),
        ("/api/operations?hours=x", "?hours"),
        ("/api/nodes/home/temperature?hours=1&hours=2", "?hours"),
        ("/api/guests/7", "path"),
        ("/api/nodes/a%2fb", "path"),
        ("/api/nodes/%ff", "path"),
        ("/api/operations/nonsense", "path"),
    ] {
        let answer = stage.send_as(Role::Admin, Call::get(path)).await;
        let problem = answer.is_problem(400, "api-bad-input");
        assert_eq!(problem["fields"][0]["field"], field, "{path}: {problem}");
    }
    let action = Call::post("/api/guests/101/explode", json!({}));
    let problem = stage.send_as(Role::Operator, action).await.is_problem(400, "api-bad-input");
    assert_eq!(problem["fields"][0]["field"], "action");
}

#[tokio::test]
async fn bodies_that_are_no_json_are_told_so() {
    let stage = Stage::new().await;
    let login = || Call::new(Method::POST, "/api/auth/login");
    let deep = format!("{{\"username\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    for (call, status, code) in [
        (login().raw(&b"{\"username\":\"\xff\xfe\"}"[..]), 400, "api-not-utf8"),
        (login().raw(deep), 400, "api-too-deep"),
        (login().raw("{\"username\":"), 400, "api-not-json"),
        (login().raw("[1]"), 400, "api-not-json"),
        (login().raw("{}").header("content-type", "text/plain"), 415, "api-media-type"),
        (login(), 400, "api-bad-input"),
    ] {
        stage.send(call).await.is_problem(status, code);
    }
    neighbour(&stage).await;
}

#[tokio::test]
async fn a_long_body_is_refused_before_it_comes() {
    let stage = Stage::new().await;
    let head = "POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\n\
        content-type: application/json\r\ncontent-length: 1000000000\r\n\r\n";
    let answer = raw(&stage, head.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("api-body-too-large"),
        "{answer}"
    );
    // And one that does not say how long it is.
    let mut chunked = "POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        .as_bytes()
        .to_vec();
    for _ in 0..33 {
        chunked.extend(b"8000\r\n");
        chunked.extend(vec![b' '; 0x8000]);
        chunked.extend(b"\r\n");
    }
    let answer = raw(&stage, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    neighbour(&stage).await;
}

#[tokio::test]
async fn a_slow_body_is_given_up_and_nobody_waits_for_it() {
    let stage = Stage::new().await;
    let mut slow = TcpStream::connect(stage.address).await.unwrap();
    let head = "POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\n\
        content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    neighbour(&stage).await;
    let mut answer = Vec::new();
    {
        let reading = slow.read_to_end(&mut answer);
        tokio::pin!(reading);
        loop {
            tokio::select! {
                biased;
                _ = &mut reading => break,
                () = tokio::task::yield_now() => {
                    stage.clock().advance(Duration::from_millis(100));
                }
            }
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("api-body-too-slow"), "{answer}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let stage = Stage::new().await;
    let mut flood = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n".to_vec();
    for index in 0..500 {
        flood.extend(format!("x-{index}: y\r\n").as_bytes());
    }
    flood.extend(b"\r\n");
    let answer = raw(&stage, &flood).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long =
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    let answer = raw(&stage, long.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    neighbour(&stage).await;
}

#[tokio::test]
async fn other_names_and_other_pages_are_refused() {
    let stage = Stage::new().await;
    let rebound = Call::get("/healthz").header("host", "evil.example");
    stage.send(rebound).await.is_problem(421, "api-host-refused");
    let start = || Call::post("/api/guests/102/start", json!({}));
    let foreign = start().header("origin", "http://evil.example");
    stage.send_as(Role::Operator, foreign).await.is_problem(403, "api-origin-refused");
    let own = start().header("origin", &format!("http://{}", stage.address));
    assert_eq!(stage.send_as(Role::Operator, own).await.status, 200);
    let socket = Call::get("/ws/none")
        .header("upgrade", "websocket")
        .header("origin", "http://evil.example");
    stage.send(socket).await.is_problem(403, "api-origin-refused");
}

#[tokio::test]
async fn a_token_in_an_address_is_refused_with_a_hint() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Admin);
    for name in ["token", "access_token", "Token"] {
        let answer = stage.send(Call::get(&format!("/api/nodes?{name}={token}"))).await;
        let problem = answer.is_problem(400, "api-token-in-url");
        assert!(!problem.to_string().contains(&token), "{problem}");
    }
}

#[tokio::test]
async fn wrong_paths_and_methods_look_like_all_problems() {
    let stage = Stage::new().await;
    stage.send(Call::get("/api/nothing")).await.is_problem(404, "api-no-such-path");
    let wrong = stage.send(Call::new(Method::DELETE, "/api/nodes")).await;
    wrong.is_problem(405, "api-method-not-allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    let other = stage.send_as(Role::Viewer, Call::get("/api/nodes?cluster=mars")).await;
    assert_eq!(other.is_problem(404, "api-unknown-cluster")["clusters"], json!(["fake"]));
    let unknown = stage.send_as(Role::Viewer, Call::get("/api/nodes/mars")).await;
    unknown.is_problem(404, "api-unknown");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_no_end() {
    let stage = Stage::new().await;
    stage.send(Call::get("/api/nodes").by("panic")).await.is_problem(500, "api-internal");
    neighbour(&stage).await;
}

#[tokio::test]
async fn a_cluster_that_is_silent_is_said_to_be() {
    let stage = Stage::new().await;
    stage.fakes.cluster.silent(true);
    let answer = stage.send_as(Role::Viewer, Call::get("/api/nodes")).await;
    assert!(answer.status.is_server_error(), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
