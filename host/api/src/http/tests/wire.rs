//! What comes as bytes: bodies and heads that are too long, too slow or no
//! HTTP at all. Each is answered and closed, and a neighbour is served all the
//! while.

use std::time::Duration;

use jarvis_domain::{Clock, Role};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Call, Stage};

const LOGIN: &str = "POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\n\
    content-type: application/json\r\n";

/// Somebody else, who is to notice nothing.
pub(super) async fn neighbour(stage: &Stage) {
    let answer = stage.send_as(Role::Viewer, Call::get("/api/nodes")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Sends bytes as they are, lets a neighbour ask, and reads until the server
/// closes.
async fn raw(stage: &Stage, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    // The server may close before all was sent.
    let _ = stream.write_all(bytes).await;
    neighbour(stage).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn of_two_headers_that_say_whose_request_it_is_the_first_was_believed() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Admin);
    let bearer = format!("Authorization: Bearer {token}");
    for (first, second) in [
        ("Host: localhost", "host: evil.example"),
        ("Origin: http://localhost", "Origin: http://evil.example"),
        (&bearer, "Authorization: Bearer other"),
        ("Idempotency-Key: one", "Idempotency-Key: other"),
    ] {
        let host = if first.starts_with("Host") { "" } else { "Host: localhost\r\n" };
        let head = format!("GET /api/nodes HTTP/1.1\r\nConnection: close\r\n{host}");
        let answer = raw(&stage, format!("{head}{first}\r\n{second}\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{first}: {answer}");
        assert!(answer.contains("\"code\":\"api-header-twice\""), "{first}: {answer}");
    }
}

/// Sends bytes and nothing more, and moves the time on until the server closes.
async fn slow(stage: &Stage, bytes: &[u8], most: Duration) -> String {
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let began = stage.clock().now();
    let mut answer = Vec::new();
    loop {
        neighbour(stage).await;
        // As long as nothing has come of it, some more of the time is over.
        let read = stream.read_buf(&mut answer);
        tokio::select! {
            biased;
            read = read => if read.map_or(true, |count| count == 0) { break },
            () = std::future::ready(()) => stage.clock().advance(Duration::from_secs(1)),
        }
        let waited = stage.clock().now().since(began);
        assert!(waited < most * 2, "it is still open after {waited:?}");
    }
    assert!(stage.clock().now().since(began) >= most);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A body in pieces, whose length nobody says.
fn chunked(head: &str, pieces: usize) -> Vec<u8> {
    let mut bytes = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for _ in 0..pieces {
        bytes.extend(b"400\r\n");
        bytes.extend(vec![b' '; 0x400]);
        bytes.extend(b"\r\n");
    }
    bytes
}

#[tokio::test]
async fn a_long_body_is_refused_before_it_comes() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let act = format!(
        "POST /api/guests/102/start HTTP/1.1\r\nhost: localhost\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n"
    );
    let keyed = format!("{act}idempotency-key: one\r\n");
    for (head, most) in [(LOGIN, 8 * 1024), (&*act, 1024 * 1024), (&*keyed, 1024 * 1024)] {
        let announced = format!("{head}content-length: 1000000000\r\n\r\n");
        for bytes in [announced.into_bytes(), chunked(head, most / 1024 + 1)] {
            let answer = raw(&stage, &bytes).await;
            assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
            assert!(answer.contains("api-body-too-large"), "{answer}");
            assert!(answer.contains(&format!("more than {most} bytes")), "{answer}");
        }
    }
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn eight_kibibytes_are_enough_to_sign_in() {
    let stage = Stage::new().await;
    let login = |length: usize| {
        let body = json!({ "username": "admin", "password": "right" }).to_string();
        Call::new(hyper::Method::POST, "/api/auth/login").raw(format!("{body:length$}"))
    };
    assert_eq!(stage.send(login(8 * 1024)).await.status, 200);
    let refused = stage.send(login(8 * 1024 + 1)).await;
    let problem = refused.is_problem(413, "api-body-too-large");
    assert!(problem["hint"].as_str().unwrap().contains("8 KiB"), "{problem}");
}

#[tokio::test]
async fn who_sends_too_slowly_is_given_up_and_nobody_waits_for_it() {
    let stage = Stage::new().await;
    let body = format!("{LOGIN}content-length: 100\r\n\r\n{{");
    let answer = slow(&stage, body.as_bytes(), Duration::from_secs(15)).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("api-body-too-slow"), "{answer}");
    for head in ["", "GET /healthz HTTP/1.1\r\nhost: local"] {
        let answer = slow(&stage, head.as_bytes(), Duration::from_secs(30)).await;
        assert_eq!(answer, "", "hyper closes without a word");
    }
}

#[tokio::test]
async fn what_is_no_http_is_answered_by_hyper_and_closed() {
    let stage = Stage::new().await;
    let get = |rest: &str| format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{rest}\r\n");
    let many: String = (0..500).map(|index| format!("x-{index}: y\r\n")).collect();
    for (what, bytes, status) in [
        ("no request line", "nonsense\r\n\r\n".to_owned(), "400"),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(), "400"),
        ("a handshake of TLS", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n".to_owned(), "400"),
        ("an unknown version", "GET / HTTP/7.0\r\n\r\n".to_owned(), "400"),
        ("no name of a header", get("no colon\r\n"), "400"),
        ("a control character in a header", get("x: \u{1}\r\n"), "400"),
        ("a length that is none", get("content-length: -1\r\n"), "400"),
        ("two lengths", get("content-length: 1\r\ncontent-length: 2\r\n"), "400"),
        ("too many headers", get(&many), "431"),
        ("too long a header", get(&format!("x: {}\r\n", "y".repeat(200_000))), "431"),
        ("too long an address", format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(65_600)), "414"),
    ] {
        let answer = raw(&stage, bytes.as_bytes()).await;
        let told = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&told), "{what}: {answer:?}");
        assert!(answer.ends_with("\r\n\r\n") && answer.contains("content-length: 0"), "{answer:?}");
    }
}
