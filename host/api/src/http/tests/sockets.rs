//! What is open for long: how much of it there may be, and what becomes of a
//! client that reads nothing.

use std::time::Duration;

use futures_util::StreamExt;
use jarvis_domain::{Clock, Role};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use super::stage::Socket;
use super::Stage;
use crate::http::server::WRITE_TIME;

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
