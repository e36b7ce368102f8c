use std::net::SocketAddr;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use jarvis_domain::identity::{Life, Shown};
use jarvis_domain::{Caller, Door, Principal, Role, Timestamp};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::super::hub::tests::{Rig, event, rig};
use super::*;

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Server {
    address: SocketAddr,
    ends: watch::Sender<bool>,
    _closing: watch::Sender<bool>,
}

async fn server(rig: &Rig) -> Server {
    let (ends, life) = Life::new();
    let person = Person {
        caller: Caller {
            principal: Principal("user:alice@pam".to_owned()),
            door: Door::Api,
            role: Some(Role::Viewer),
        },
        shown: Shown::Token("1".to_owned()),
        expires: Some(Timestamp(u64::MAX)),
        life,
    };
    let (hub, clock) = (Arc::clone(&rig.hub), rig.clock.clone());
    let (closing, open) = watch::channel(false);
    let upgrade = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |socket| serve(socket, person, None, hub, clock, open))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(upgrade));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Server { address, ends, _closing: closing }
}

async fn connect(server: &Server) -> Client {
    tokio_tungstenite::connect_async(format!("ws://{}/", server.address)).await.unwrap().0
}

/// The next message that is no ping; none once the socket is closed.
async fn next(client: &mut Client) -> Option<Value> {
    loop {
        match client.next().await? {
            Ok(tungstenite::Message::Text(text)) => {
                return Some(serde_json::from_str(&text).unwrap());
            }
            Ok(tungstenite::Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

async fn greeted(client: &mut Client) {
    for expected in ["hello", "snapshot"] {
        assert_eq!(next(client).await.unwrap()["type"], expected);
    }
}

#[tokio::test]
async fn what_happens_arrives() {
    let rig = rig();
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    rig.hub.tell(&event("home/node/one"));
    let told = next(&mut client).await.unwrap();
    assert_eq!((&told["type"], &told["seq"]), (&"event".into(), &1.into()));
}

#[tokio::test]
async fn it_ends_with_the_sign_in() {
    let rig = rig();
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    server.ends.send_replace(true);
    let end = next(&mut client).await.unwrap();
    assert_eq!((&end["type"], &end["fault"]["code"]), (&"end".into(), &"api-signed-out".into()));
    assert_eq!(next(&mut client).await, None);
}

#[tokio::test]
async fn who_talks_instead_of_listening_is_told_so() {
    let rig = rig();
    let server = server(&rig).await;
    for message in
        [tungstenite::Message::text("{}"), tungstenite::Message::binary(vec![0_u8; 1024])]
    {
        let mut client = connect(&server).await;
        greeted(&mut client).await;
        client.send(message).await.unwrap();
        let end = next(&mut client).await.unwrap();
        assert_eq!(end["fault"]["code"], "api-socket-listens");
        assert_eq!(next(&mut client).await, None);
    }
}

#[tokio::test]
async fn who_does_not_answer_pings_is_gone() {
    let rig = rig();
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    // A client that is not polled answers no pings.
    while rig.hub.is_heard() {
        rig.clock.advance(PING);
        tokio::task::yield_now().await;
    }
}
