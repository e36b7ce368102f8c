//! Whatever a client may send: an answer or a closed connection, and the next
//! client is served.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::access::READ_TOKEN;
use crate::error::SimulatorError;

/// What comes back for `bytes` on a connection of its own, whose sending side
/// is closed after them where `ends`.
async fn send(bench: &Bench, bytes: &[u8], ends: bool) -> String {
    let mut stream = bench.home().connect().await.unwrap();
    // It may close before it has read all.
    let _ = stream.write_all(bytes).await;
    if ends {
        let _ = stream.shutdown().await;
    }
    let mut back = Vec::new();
    let _ = stream.read_to_end(&mut back).await;
    String::from_utf8_lossy(&back).into_owned()
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_next_is_served() {
    let bench = Bench::new().await;
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65));
    let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(17 * 1024));
    let cases: [(&[u8], &str); 7] = [
        (b"", ""),
        (b"\0\xff\xfe\x01", "HTTP/1.1 400"),
        (b"GET\r\n\r\n", "HTTP/1.1 400"),
        (b"GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400"),
        (many.as_bytes(), "HTTP/1.1 431"),
        (long.as_bytes(), "HTTP/1.1 431"),
    ];
    for (bytes, begin) in cases {
        let back = send(&bench, bytes, bytes.is_empty()).await;
        assert!(back.starts_with(begin), "{:?}: {back}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(bench.home().token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn what_is_no_tls_ends_only_its_own_connection() {
    let bench = Bench::new().await;
    let mut plain = TcpStream::connect(bench.home().address()).await.unwrap();
    plain.write_all(b"GET /api2/json/version HTTP/1.1\r\n\r\n").await.unwrap();
    let mut back = Vec::new();
    let _ = plain.read_to_end(&mut back).await;
    assert!(!back.starts_with(b"HTTP"));
    assert_eq!(bench.home().token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn bodies_are_bounded_and_of_a_known_kind() {
    let bench = Bench::new().await;
    let huge = format!("username={}", "x".repeat(70_000));
    let answer = bench.home().post("/access/ticket", &huge).await;
    assert_eq!((answer.status, answer.reason.as_str()), (501, "for data too large"));
    let chunked = format!(
        "POST /api2/json/access/ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: \
         chunked\r\n\r\n11170\r\n{}\r\n0\r\n\r\n",
        "x".repeat(0x11170)
    );
    let back = send(&bench, chunked.as_bytes(), false).await;
    assert!(back.starts_with("HTTP/1.1 501 for data too large\r\n"), "{back}");
    for (kind, body, status, reason) in [
        (
            "multipart/form-data",
            "x",
            506,
            "upload 'Content-Type 'multipart/form-data' not implemented",
        ),
        ("text/xml", "<a/>", 506, "upload 'Content-Type 'text/xml' not implemented"),
        ("application/json", "{", 400, "malformed JSON string"),
        ("application/json", "[1]", 400, "malformed JSON string"),
        ("application/json", "{\"username\":{}}", 400, "malformed JSON string"),
    ] {
        let client = bench.home().with("Content-Type", kind);
        let answer = client.post("/access/ticket", body).await;
        assert_eq!((answer.status, answer.reason.as_str()), (status, reason), "{kind} {body}");
    }
    let short =
        b"POST /api2/json/access/ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc";
    let back = send(&bench, short, true).await;
    assert!(back.is_empty() || back.starts_with("HTTP/1.1 400"), "{back}");
}

#[tokio::test]
async fn a_hostile_text_in_a_path_stays_a_text() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    for (path, reason) in [
        ("/a%0d%0aSet-Cookie:%20b", "Method 'GET /a"),
        ("/%1b%5b31m", "Method 'GET / [31m' not implemented"),
        // hyper's client reads no reason outside of ASCII.
        ("/%C3%BC", ""),
        ("/../../etc/passwd", "Method 'GET /../../etc/passwd' not implemented"),
    ] {
        let answer = root.get(path).await;
        assert_eq!((answer.status, answer.reason.as_str()), (501, reason), "{path}");
    }
    let long = format!("/{}", "a".repeat(8000));
    assert_eq!(root.get(&long).await.status, 501);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_hung_up_on() {
    let bench = Bench::new().await;
    let mut silent = TcpStream::connect(bench.home().address()).await.unwrap();
    let closed = tokio::spawn(async move {
        let mut back = Vec::new();
        silent.read_to_end(&mut back).await.map(|_| back)
    });
    while !closed.is_finished() {
        bench.clock.advance(std::time::Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    assert!(closed.await.unwrap().unwrap_or_default().is_empty());
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_their_turn() {
    let bench = Bench::open(Timing::INSTANT, 3).await;
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(bench.home().connect().await.unwrap());
    }
    let next = bench.home().token(READ_TOKEN);
    let asked = tokio::spawn(async move { next.get("/version").await });
    // Another door has a limit of its own.
    assert_eq!(bench.client("pve2").token(READ_TOKEN).get("/version").await.status, 200);
    assert!(!asked.is_finished());
    taken.pop();
    assert_eq!(asked.await.unwrap().status, 200);
}

#[tokio::test]
async fn no_other_machine_is_answered_and_a_taken_port_is_told() {
    let bench = Bench::new().await;
    for address in ["0.0.0.0:0", "192.0.2.1:8006", "[::]:0"] {
        let opened = Doors::open(&bench.simulator, address.parse().unwrap()).await;
        assert!(matches!(opened, Err(SimulatorError::NotLoopback(_))), "{address}");
    }
    let taken = Doors::open(&bench.simulator, bench.home().address()).await;
    assert!(matches!(taken, Err(SimulatorError::Door { .. })));
}

#[tokio::test]
async fn no_password_is_in_the_list_of_calls() {
    let bench = Bench::new().await;
    bench.home().user("root@pam").await;
    bench.home().get("/version?password=simulated").await;
    let calls = bench.make("calls");
    assert_eq!(calls.lines().count(), 2);
    assert!(calls.contains("\"path\":\"/api2/json/access/ticket\""), "{calls}");
    assert!(!calls.contains("simulated"), "{calls}");
}
