//! Terminals over the real door: `termproxy`, `vncwebsocket`, and what is
//! said over the connection, by the same library that the host will use.

mod bad;
mod talk;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use super::client::{Client, Socket, encode};
use super::*;

/// What `termproxy` answered.
struct Open {
    /// Of the node or guest.
    path: String,
    port: u64,
    ticket: String,
    upid: String,
    user: String,
}

/// A client that has been told `OK`.
struct Talk {
    socket: Socket,
    /// What has come and was not yet asked for.
    heard: String,
}

impl Open {
    /// Opens a terminal of the node or guest at `path`.
    async fn new(client: &Client, path: &str, form: &str) -> Self {
        let told = client.post(&format!("{path}/termproxy"), form).await.data();
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        let port = told["port"].as_u64().unwrap();
        let (ticket, upid, user) = (text("ticket"), text("upid"), text("user"));
        Self { path: path.to_owned(), port, ticket, upid, user }
    }

    fn url(&self) -> String {
        self.with(self.port, &self.ticket)
    }

    fn with(&self, port: u64, ticket: &str) -> String {
        format!("{}/vncwebsocket?port={port}&vncticket={}", self.path, encode(ticket))
    }

    /// Connects and says the first line.
    async fn talk(&self, client: &Client) -> Talk {
        let mut talk =
            Talk { socket: client.websocket(&self.url()).await.unwrap(), heard: String::new() };
        talk.send(format!("{}:{}\n", self.user, self.ticket)).await;
        talk.hear("OK").await;
        talk
    }
}

impl Talk {
    async fn send(&mut self, bytes: impl Into<Vec<u8>>) {
        self.socket.send(Message::binary(bytes.into())).await.unwrap();
    }

    /// Types text, as one message.
    async fn type_in(&mut self, text: &str) {
        self.send(format!("0:{}:{text}", text.len())).await;
    }

    /// Waits until this has been shown; all that came before it and with it.
    async fn hear(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.heard.find(text) {
                let rest = self.heard.split_off(at + text.len());
                return std::mem::replace(&mut self.heard, rest);
            }
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.heard.push_str(&String::from_utf8_lossy(&bytes));
                }
                other => panic!("{text:?} never came, {other:?} did after {:?}", self.heard),
            }
        }
    }

    /// What still comes until the connection is closed, as Proxmox does it:
    /// without a word in WebSocket.
    async fn end(mut self) -> String {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.heard.push_str(&String::from_utf8_lossy(&bytes));
                }
                Some(Ok(message)) => panic!("{message:?}"),
                Some(Err(_)) | None => return self.heard,
            }
        }
    }
}

impl Bench {
    /// The status of a task, once it is over; and its log.
    async fn over(&self, upid: &str) -> (Option<String>, String) {
        let ended = |cluster: &Cluster| {
            cluster.tasks.iter().any(|task| task.upid.as_str() == upid && task.ended.is_some())
        };
        self.until(ended).await;
        self.simulator.look(|cluster, _| {
            let task = cluster.tasks.iter().find(|task| task.upid.as_str() == upid).unwrap();
            (task.result(), task.log.clone())
        })
    }
}

async fn root(bench: &Bench) -> Client {
    bench.home().user("root@pam").await
}

fn status(error: &tokio_tungstenite::tungstenite::Error) -> Option<u16> {
    match error {
        tokio_tungstenite::tungstenite::Error::Http(answer) => Some(answer.status().as_u16()),
        _ => None,
    }
}
