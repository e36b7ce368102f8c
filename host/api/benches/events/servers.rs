//! Those that tell: jarvis, and a bare server of the same bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::StreamExt;
use jarvis_api::feed::Hub;
use jarvis_domain::{Event, EventId, SystemClock, Timestamp, Topic};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::listeners::{Socket, connect};
use crate::stage;

/// What a listener that never reads has waiting for it: more than any buffer
/// on the way holds, and less than the feed keeps.
const WAITING: u64 = 3000;
/// Bytes of each of those.
const LONG: usize = 4096;

/// A server that listeners are told by.
pub(crate) trait Teller {
    /// Where.
    fn address(&self) -> SocketAddr;
    /// Tells all of them.
    fn tell(&self, event: &Event);
}

/// The API.
pub(crate) struct Jarvis {
    server: stage::Server,
    hub: Arc<Hub>,
    looking: JoinHandle<()>,
}

/// As little as tells the same.
pub(crate) struct Bare {
    address: SocketAddr,
    news: broadcast::Sender<Utf8Bytes>,
    told: AtomicU64,
    server: JoinHandle<()>,
}

/// The change number `number`, and whether none follows.
pub(crate) fn event(number: u32, published: Duration, last: bool) -> Event {
    let published = u64::try_from(published.as_nanos()).unwrap();
    let data = json!({ "from": "stopped", "to": "running", "published": published, "last": last });
    Event {
        id: EventId::new(),
        topic: Topic::GuestState,
        at: Timestamp(1_800_000_000_000),
        subject: format!("fake/guest/{}", 100 + number % 1000),
        data: data.as_object().cloned().unwrap_or_default(),
    }
}

impl Jarvis {
    pub(crate) async fn start() -> Self {
        let hub = Hub::new(Arc::new(SystemClock));
        let server = stage::jarvis(stage::HOME, Arc::clone(&hub)).await;
        let looking = Arc::clone(&hub);
        let looking = tokio::spawn(async move { looking.run().await });
        Self { server, hub, looking }
    }

    /// One more listener, which never reads, and for which so much waits that
    /// the server soon cannot write to it.
    pub(crate) async fn with_silent(&self) -> Socket {
        let mut long = event(0, Duration::ZERO, false);
        long.data.insert("why".to_owned(), "x".repeat(LONG).into());
        for _ in 0..WAITING {
            self.hub.tell(&long);
        }
        let mut curious = connect(self.address(), "curious", None, None).await;
        let hello = curious.next().await.unwrap().unwrap();
        let hello: serde_json::Value = serde_json::from_str(hello.to_text().unwrap()).unwrap();
        let since = format!("{}.0", hello.get("epoch").and_then(|epoch| epoch.as_str()).unwrap());
        connect(self.address(), "silent", Some(&since), Some(4096)).await
    }
}

impl Bare {
    pub(crate) async fn start() -> Self {
        let news = broadcast::Sender::<Utf8Bytes>::new(4096);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = news.clone();
        let enter = async move |upgrade: WebSocketUpgrade| {
            let mut news = told.subscribe();
            upgrade.on_upgrade(async move |mut socket| {
                // What jarvis tells first, as short as it can be.
                let mut next = Ok(Utf8Bytes::from_static("{\"type\":\"snapshot\"}"));
                while let Ok(text) = next {
                    if socket.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                    next = news.recv().await;
                }
            })
        };
        let router = Router::new().route("/ws/events", get(enter));
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, news, told: AtomicU64::new(0), server }
    }
}

impl Teller for Jarvis {
    fn address(&self) -> SocketAddr {
        self.server.address
    }

    fn tell(&self, event: &Event) {
        self.hub.tell(event);
    }
}

impl Teller for Bare {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn tell(&self, event: &Event) {
        let number = self.told.fetch_add(1, Ordering::Relaxed) + 1;
        let event = serde_json::to_string(event).unwrap();
        let text = format!("{{\"seq\":{number},\"type\":\"event\",\"event\":{event}}}");
        self.news.send(text.into()).unwrap();
    }
}

impl Drop for Jarvis {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.server.abort();
    }
}
