use std::net::SocketAddr;

use jarvis_domain::identity::{Life, Shown};
use jarvis_domain::{Caller, Door, Principal, Role, Timestamp};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::{MaybeTlsStream, accept_async_with_config};

use super::super::hub::tests::{Rig, event, rig, with_nodes};
use super::*;

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Server {
    address: SocketAddr,
    ends: watch::Sender<bool>,
    closing: watch::Sender<bool>,
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
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (person, hub) = (person.clone(), Arc::clone(&hub));
            let (clock, open) = (Arc::clone(&clock) as _, open.clone());
            tokio::spawn(async move {
                let socket = accept_async_with_config(stream, Some(config())).await.unwrap();
                serve(socket, person, None, hub, clock, open).await;
            });
        }
    });
    Server { address, ends, closing }
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
    for expected in ["hello", "snapshot", "microphones"] {
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
async fn what_is_long_comes_in_frames_that_are_not() {
    let rig = rig();
    let names: Vec<String> = (0..5000).map(|number| format!("node{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    rig.is_now(Ok(with_nodes(2, &names))).await;
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    assert_eq!(next(&mut client).await.unwrap()["type"], "hello");
    let snapshot = next(&mut client).await.unwrap();
    assert_eq!(snapshot["snapshot"]["nodes"].as_array().unwrap().len(), 5000);
    for (length, expected) in [
        (FRAGMENT, vec![FRAGMENT]),
        (FRAGMENT + 1, vec![FRAGMENT, 1]),
        (2 * FRAGMENT, vec![FRAGMENT, FRAGMENT]),
    ] {
        let length_of = |frame: &Message| match frame {
            Message::Frame(frame) => frame.payload().len(),
            whole => whole.len(),
        };
        let frames = frames("x".repeat(length).into());
        assert_eq!(frames.iter().map(length_of).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn what_is_long_may_take_long_and_not_for_ever() {
    let clock = jarvis_domain::ManualClock::at(Timestamp(0));
    let message = Utf8Bytes::from("x".repeat(8 * PIECE));
    // Twice as fast as it has to be, and half as fast.
    for (pause, arrives) in [(WRITE / 2, true), (WRITE * 2, false)] {
        let (near, mut far) = tokio::io::duplex(FRAGMENT);
        let role = tungstenite::protocol::Role::Server;
        let socket = WebSocketStream::from_raw_socket(near, role, Some(config())).await;
        let (mut writer, reader) = socket.split();
        let sending = async {
            let sent = send(&mut writer, vec![message.clone()], &clock).await;
            drop((writer, reader));
            sent.is_ok()
        };
        let reading = async {
            let (mut piece, mut read) = (vec![0; PIECE], 0);
            while far.read_exact(&mut piece).await.is_ok() {
                read += piece.len();
                clock.advance(pause);
            }
            read
        };
        let (sent, read) = tokio::join!(sending, reading);
        assert_eq!((sent, read == message.len()), (arrives, arrives), "{pause:?} a piece");
    }
}

/// The code of the last word, and that of the close after it.
async fn ended(client: &mut Client) -> (String, u16) {
    let end = next(client).await.unwrap();
    assert_eq!(end["type"], "end");
    match client.next().await {
        Some(Ok(tungstenite::Message::Close(Some(close)))) => {
            (end["fault"]["code"].as_str().unwrap().to_owned(), close.code.into())
        }
        other => panic!("{other:?} after {end}"),
    }
}

#[tokio::test]
async fn frames_that_nobody_should_send_are_told_and_harm_no_neighbour() {
    let rig = rig();
    let server = server(&rig).await;
    let mut neighbour = connect(&server).await;
    greeted(&mut neighbour).await;
    let long = [&[0x82, 0xfe, 0x04, 0x01][..], &[0; 4 + 1025]].concat();
    for (what, frames, code, close) in [
        ("a frame of 1025 bytes", &long[..], "api-events-frame-too-long", 1009),
        (
            "one said to have 2^62",
            &[0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            "api-events-frame-too-long",
            1009,
        ),
        (
            "text that is no UTF-8",
            &[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
            "api-events-protocol",
            1002,
        ),
        ("a continuation of nothing", &[0x80, 0x81, 0, 0, 0, 0, b'x'], "api-events-protocol", 1002),
        (
            "a beginning within another",
            &[0x01, 0x80, 0, 0, 0, 0, 0x01, 0x80, 0, 0, 0, 0],
            "api-events-protocol",
            1002,
        ),
        ("a ping in two pieces", &[0x09, 0x80, 0, 0, 0, 0], "api-events-protocol", 1002),
        ("a frame without a mask", &[0x89, 0x00], "api-events-protocol", 1002),
        ("reserved bits", &[0xf9, 0x80, 0, 0, 0, 0], "api-events-protocol", 1002),
        ("an unknown kind", &[0x83, 0x80, 0, 0, 0, 0], "api-events-protocol", 1002),
        ("a message after all", &[0x81, 0x80, 0, 0, 0, 0], "api-socket-listens", 1008),
    ] {
        let mut client = connect(&server).await;
        greeted(&mut client).await;
        client.get_mut().write_all(frames).await.unwrap();
        assert_eq!(ended(&mut client).await, (code.to_owned(), close), "{what}");
        rig.hub.tell(&event("home/node/one"));
        assert_eq!(next(&mut neighbour).await.unwrap()["type"], "event", "{what}");
    }
}

#[tokio::test]
async fn a_close_is_answered() {
    let rig = rig();
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    let close = CloseFrame { code: CloseCode::Normal, reason: "enough".into() };
    client.close(Some(close.clone())).await.unwrap();
    let answer = client.next().await.unwrap().unwrap();
    assert_eq!(answer, tungstenite::Message::Close(Some(close)));
    assert!(client.next().await.is_none(), "and then the connection is closed");
}

#[tokio::test]
async fn frames_after_the_close_are_for_nobody() {
    let rig = rig();
    let server = server(&rig).await;
    let mut neighbour = connect(&server).await;
    greeted(&mut neighbour).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    let close = [0x88, 0x80, 0, 0, 0, 0];
    let late = [0x81, 0x81, 0, 0, 0, 0, b'x'];
    client.get_mut().write_all(&[&close[..], &late].concat()).await.unwrap();
    assert_eq!(next(&mut client).await, None, "nothing is said to who has closed");
    rig.hub.tell(&event("home/node/one"));
    assert_eq!(next(&mut neighbour).await.unwrap()["type"], "event");
}

#[tokio::test]
async fn the_hosts_end_is_told_and_who_does_not_read_is_not_waited_for() {
    let rig = rig();
    let server = server(&rig).await;
    let mut client = connect(&server).await;
    greeted(&mut client).await;
    let mut silent = connect(&server).await;
    greeted(&mut silent).await;
    server.closing.send_replace(true);
    assert_eq!(ended(&mut client).await, ("api-events-stopping".to_owned(), 1012));
    while rig.hub.is_heard() {
        tokio::task::yield_now().await;
    }
    // It never answers the close; the socket ends all the same.
    let mut rest = Vec::new();
    let reading = silent.get_mut().read_to_end(&mut rest);
    tokio::pin!(reading);
    loop {
        tokio::select! {
            biased;
            read = &mut reading => {
                read.unwrap();
                break;
            }
            () = tokio::task::yield_now() => rig.clock.advance(PARTING / 10),
        }
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
