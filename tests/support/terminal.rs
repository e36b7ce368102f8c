//! A terminal of a host, as a browser has it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::PATIENCE;
use crate::support::http::Visitor;

/// One that was asked for.
pub struct Terminal {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What was shown and not asked for yet.
    shown: String,
    /// What was told last.
    told: Value,
}

impl Terminal {
    /// On what `query` says.
    pub async fn open(visitor: &Visitor, query: &str) -> Self {
        let (address, ticket) = (visitor.address(), visitor.ticket());
        let url = format!("ws://{address}/ws/terminal?{query}&ticket={ticket}");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Self { socket, shown: String::new(), told: Value::Null }
    }

    pub async fn types(&mut self, text: &str) {
        self.socket.send(Message::binary(text.as_bytes().to_vec())).await.unwrap();
    }

    /// Waits until `text` is shown; all up to it.
    pub async fn shows(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            let (shown, told) = (&self.shown, &self.told);
            let more = format!("{text:?} is not in {shown:?}, and {told} was told last");
            assert!(self.hears().await, "{more}");
        }
    }

    /// Waits for its end; what was told last.
    pub async fn ends(&mut self) -> Value {
        while self.hears().await {}
        self.told.clone()
    }

    /// Takes the next message, if there is one.
    async fn hears(&mut self) -> bool {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
        match next.unwrap_or_else(|_| panic!("nothing came after {:?}", self.shown)) {
            Some(Ok(Message::Binary(bytes))) => self.shown += &String::from_utf8_lossy(&bytes),
            Some(Ok(Message::Text(text))) => self.told = serde_json::from_str(&text).unwrap(),
            Some(Ok(message)) => return !message.is_close(),
            Some(Err(_)) | None => return false,
        }
        true
    }
}
