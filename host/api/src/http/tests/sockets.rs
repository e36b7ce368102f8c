//! What is open for long: how much of it there may be, what becomes of a
//! client that reads nothing, and how it ends.

use std::time::Duration;

use futures_util::StreamExt;
use jarvis_domain::{Clock, Role};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;

use super::stage::Socket;
use super::{Call, Stage};
use crate::http::server::WRITE_TIME;

/// How often one person may listen.
const EACH: usize = 32;

/// The next text; none once the socket is closed.
async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await?.unwrap() {
            Message::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// Moves the time on until `done`, for those who wait for it meanwhile.
async fn hurry<T>(clock: &jarvis_domain::ManualClock, done: impl Future<Output = T>) -> T {
    tokio::pin!(done);
    loop {
        tokio::select! {
            biased;
            done = &mut done => return done,
            () = tokio::task::yield_now() => clock.advance(Duration::from_millis(100)),
        }
    }
}

#[tokio::test]
async fn who_asks_for_much_and_reads_nothing_is_given_up() {
    let stage = Stage::new().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut greedy = socket.connect(stage.address).await.unwrap();
    // Together far more than all buffers on the way hold.
    let request = "GET /api/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n";
    greedy.write_all(request.repeat(500).as_bytes()).await.unwrap();
    let began = stage.clock().now();
    // The neighbour that asks is served all the while.
    while stage.connections().await > 0 {
        let waited = stage.clock().now().since(began);
        assert!(waited < WRITE_TIME * 10, "it is still there after {waited:?}");
        stage.clock().advance(Duration::from_secs(1));
    }
    assert!(stage.clock().now().since(began) >= WRITE_TIME);
    drop(greedy);
}

#[tokio::test]
async fn a_websocket_counts_as_a_connection_until_it_ends() {
    let stage = Stage::new().await;
    let mut events = stage.socket(Role::Viewer, "/ws/events").await;
    assert_eq!(next(&mut events).await.unwrap()["type"], "hello");
    let mut terminal = stage.socket(Role::Admin, "/ws/terminal?node=home").await;
    assert!(next(&mut terminal).await.unwrap()["opened"].is_object());
    assert_eq!(stage.connections().await, 2);
    for (socket, left) in [(events, 1), (terminal, 0)] {
        drop(socket);
        while stage.connections().await > left {}
    }
}

#[tokio::test]
async fn one_person_listens_so_often_and_no_more() {
    let stage = Stage::new().await;
    let mut held = Vec::new();
    for _ in 0..EACH {
        let mut socket = stage.socket(Role::Viewer, "/ws/events").await;
        assert_eq!(next(&mut socket).await.unwrap()["type"], "hello");
        held.push(socket);
    }
    let mut more = stage.socket(Role::Viewer, "/ws/events").await;
    let end = next(&mut more).await.unwrap();
    assert_eq!(
        (&end["type"], &end["fault"]["code"]),
        (&"end".into(), &"api-events-too-many-own".into())
    );
    assert!(matches!(more.next().await, None | Some(Ok(Message::Close(_)))));
    // It is nobody else's quota, and one's own again once a window is closed.
    let mut other = stage.socket(Role::Operator, "/ws/events").await;
    assert_eq!(next(&mut other).await.unwrap()["type"], "hello");
    let mut closed = held.pop().unwrap();
    closed.close(None).await.unwrap();
    while closed.next().await.is_some() {}
    let mut again = stage.socket(Role::Viewer, "/ws/events").await;
    assert_eq!(next(&mut again).await.unwrap()["type"], "hello");
}

#[tokio::test]
async fn what_is_open_is_told_of_the_end_before_requests_have_ended() {
    let mut stage = Stage::new().await;
    let mut events = stage.socket(Role::Viewer, "/ws/events").await;
    assert_eq!(next(&mut events).await.unwrap()["type"], "hello");
    assert_eq!(next(&mut events).await.unwrap()["type"], "snapshot");
    assert_eq!(next(&mut events).await.unwrap()["type"], "microphones");
    assert_eq!(next(&mut events).await.unwrap()["type"], "timers");
    let mut terminal = stage.socket(Role::Admin, "/ws/terminal?node=home").await;
    assert!(next(&mut terminal).await.unwrap()["opened"].is_object());
    let mut slow = TcpStream::connect(stage.address).await.unwrap();
    let head = "POST /api/auth/login HTTP/1.1\r\nhost: localhost\r\n\
        content-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    // It is in a handler's hands by now.
    stage.send(Call::get("/healthz")).await;
    let before = stage.clock().now();
    stage.stop();
    let end = next(&mut events).await.unwrap();
    assert_eq!(end["fault"]["code"], "api-events-stopping");
    let word = next(&mut terminal).await.unwrap();
    assert_eq!(word["error"]["code"], "api-terminal-stopping");
    for socket in [&mut events, &mut terminal] {
        let Some(Ok(Message::Close(Some(close)))) = socket.next().await else { panic!("no close") };
        assert_eq!(u16::from(close.code), 1012);
        while socket.next().await.is_some() {}
    }
    assert_eq!(stage.clock().now(), before, "nobody waited for the request");
    let clock = stage.fakes.clock.clone();
    hurry(&clock, stage.end()).await;
    let mut answer = Vec::new();
    let _ = slow.read_to_end(&mut answer).await;
}
