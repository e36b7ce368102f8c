//! The host that these tests talk to, and a client that talks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::identity::{Life, Person, Shown};
use jarvis_domain::{Caller, Door, ManualClock, Principal, Role, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::{MAX_FRAME, Talks, serve};
use super::parrot::Parrot;

/// How long anything may really take: no machine is so slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// What most begin with.
pub(super) const START: &str = r#"{"start":{"mode":"push-to-talk"}}"#;

/// A host whose conversations are played.
pub(super) struct Rig {
    pub(super) clock: Arc<ManualClock>,
    pub(super) parrot: Arc<Parrot>,
    pub(super) closing: watch::Sender<bool>,
    address: SocketAddr,
    lives: watch::Sender<bool>,
}

/// A client that is connected.
pub(super) struct Client(pub(super) WebSocketStream<TcpStream>);

#[derive(Clone)]
struct Entrance {
    talks: Arc<Talks>,
    lives: watch::Sender<bool>,
    closing: watch::Sender<bool>,
}

#[derive(Deserialize)]
struct Who {
    who: String,
    role: Option<Role>,
}

async fn enter(
    upgrade: WebSocketUpgrade,
    Query(Who { who, role }): Query<Who>,
    State(Entrance { talks, lives, closing }): State<Entrance>,
) -> Response {
    let (ends, life) = Life::new();
    tokio::spawn(async move {
        let _ = lives.subscribe().wait_for(|over| *over).await;
        drop(ends);
    });
    let caller = Caller { principal: Principal(who), door: Door::Api, role };
    let person = Person { caller, shown: Shown::Token("1".to_owned()), expires: None, life };
    let upgrade = upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME);
    upgrade.on_upgrade(move |socket| serve(socket, person, talks, closing.subscribe()))
}

impl Rig {
    pub(super) async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let parrot = Arc::<Parrot>::default();
        let talks = Talks::new(Some(Arc::clone(&parrot) as _), Arc::clone(&clock) as _);
        Self::of(clock, parrot, talks).await
    }

    /// Which the settings do not want.
    pub(super) async fn off() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let talks = Talks::new(None, Arc::clone(&clock) as _);
        Self::of(clock, Arc::default(), talks).await
    }

    async fn of(clock: Arc<ManualClock>, parrot: Arc<Parrot>, talks: Arc<Talks>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (lives, closing) = (watch::Sender::new(false), watch::Sender::new(false));
        let door = Entrance { talks, lives: lives.clone(), closing: closing.clone() };
        let router = Router::new().route("/ws/voice", get(enter)).with_state(door);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { clock, parrot, closing, address, lives }
    }

    /// Somebody who is connected, with a role unless it is empty.
    pub(super) async fn connect(&self, who: &str, role: &str) -> Client {
        let role = if role.is_empty() { String::new() } else { format!("&role={role}") };
        let url = format!("ws://{}/ws/voice?who={who}{role}", self.address);
        let socket = TcpSocket::new_v4().unwrap();
        // So that one who does not read is soon noticed.
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        Client(tokio_tungstenite::client_async(url, stream).await.unwrap().0)
    }

    /// A viewer who has begun.
    pub(super) async fn begin(&self, who: &str) -> Client {
        let mut client = self.connect(who, "viewer").await;
        client.say(START).await;
        let started = client.next().await;
        assert!(started["started"].is_object(), "{started}");
        client
    }

    /// Ends everybody's sign-in.
    pub(super) fn sign_out(&self) {
        self.lives.send_replace(true);
    }

    /// Moves the time on until `done`.
    pub(super) async fn hurry<T>(&self, step: Duration, done: impl Future<Output = T>) -> T {
        tokio::pin!(done);
        loop {
            tokio::select! {
                biased;
                done = &mut done => return done,
                () = tokio::task::yield_now() => self.clock.advance(step),
            }
        }
    }
}

impl Client {
    pub(super) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub(super) async fn sound(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// The next text, or sound as `{"sound": bytes}`; `{"closed": code}` at the
    /// end.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next.expect("nothing comes") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Binary(bytes))) => {
                    return serde_json::json!({ "sound": bytes.to_vec() });
                }
                Some(Ok(Message::Close(close))) => {
                    let code = close.map(|close| u16::from(close.code));
                    return serde_json::json!({ "closed": code });
                }
                Some(Ok(_)) => {}
                gone => return serde_json::json!({ "gone": format!("{gone:?}") }),
            }
        }
    }

    /// The last word: an error of this code, and how the socket is closed.
    pub(super) async fn refused(&mut self, code: &str, closed: u16) {
        let error = self.next().await;
        assert_eq!(error["error"]["code"], code, "{error}");
        assert!(!error["error"]["hint"].as_str().unwrap().is_empty());
        assert_eq!(self.next().await["closed"], closed);
    }
}
