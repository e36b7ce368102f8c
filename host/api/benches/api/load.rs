//! The one client of all servers: connections that stay open, each with one
//! request after the other.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections at once.
pub(crate) const CLIENTS: usize = 16;

async fn connect(to: SocketAddr) -> SendRequest<Empty<Bytes>> {
    let stream = TcpStream::connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn get(sender: &mut SendRequest<Empty<Bytes>>) -> Bytes {
    let request = Request::get("/api/cluster/resources")
        .header("host", "localhost")
        .header("authorization", "Bearer token")
        .body(Empty::new())
        .unwrap();
    sender.ready().await.unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap().to_bytes()
}

/// The answer.
pub(crate) async fn body(to: SocketAddr) -> Bytes {
    get(&mut connect(to).await).await
}

/// Requests a second.
#[allow(clippy::cast_precision_loss, reason = "counts of a bench")]
pub(crate) async fn requests(to: SocketAddr, time: Duration) -> f64 {
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(async move {
            let mut sender = connect(to).await;
            let mut count = 0_u64;
            while began.elapsed() < time {
                get(&mut sender).await;
                count += 1;
            }
            count
        });
    }
    let count: u64 = clients.join_all().await.into_iter().sum();
    count as f64 / began.elapsed().as_secs_f64()
}
