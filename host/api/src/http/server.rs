//! Takes connections, within limits, and serves each until it or the server
//! ends.

mod crowd;
mod held;
mod timer;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jarvis_domain::Clock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) use self::crowd::Crowd;
use self::crowd::{Full, Place};
use self::held::Held;
#[cfg(test)]
pub(crate) use self::held::WRITE_TIME;
use self::timer::{HEAD_TIME, HeadTimer};
use super::guard::{Guarded, Peer};
use super::listen::Bound;
use super::state::Shared;

/// The longest head, bytes, and the most headers.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
/// How long a TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long requests in flight are waited for at the end.
const DRAIN: Duration = Duration::from_secs(10);
/// A pause where no connection can be accepted: often no file is left.
const PAUSE: Duration = Duration::from_millis(100);
/// What a TLS connection begins with.
const HANDSHAKE: u8 = 22;

/// What each connection needs.
struct Server {
    guarded: Guarded,
    builder: http1::Builder,
    tls: Option<TlsAcceptor>,
    state: Shared,
}

/// What a connection ends at, beside itself.
enum Beside {
    /// The server ends.
    Closing,
    /// A request's head has taken too long.
    Late,
}

/// Serves the API until `stop` completes. Requests in flight are then
/// finished, and what is open for long ends at once: it is told so, and waited
/// for as the requests are.
pub(crate) async fn serve(bound: Bound, state: Shared, stop: impl Future<Output = ()>) {
    let Bound { listener, tls, .. } = bound;
    let clock = Arc::clone(&state.parts.clock);
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let server = Arc::new(Server { guarded: Guarded::new(&state), builder, tls, state });
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, from)) => {
                let server = Arc::clone(&server);
                connections.spawn(async move { server.enter(stream, from).await });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                clock.sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    server.state.closing.send_replace(true);
    // Of the connections that became WebSockets, only the crowd knows by now.
    let drained = async {
        while connections.join_next().await.is_some() {}
        server.state.crowd.emptied().await;
    };
    let drained = async {
        tokio::select! {
            () = drained => {}
            () = clock.sleep(DRAIN) => {
                tracing::warn!("some connections did not end in time; operations go on");
            }
        }
    };
    tokio::join!(drained, server.state.parts.terminals.shutdown());
    connections.abort_all();
}

impl Server {
    fn clock(&self) -> &dyn Clock {
        self.state.parts.clock.as_ref()
    }

    /// Serves a connection, unless there are too many.
    async fn enter(&self, stream: TcpStream, from: SocketAddr) {
        match self.state.crowd.enter(from.ip().to_canonical()) {
            Ok(place) => self.shake_hands(stream, from.ip(), place).await,
            Err(full) => {
                self.state.metrics.turned_away.fetch_add(1, Ordering::Relaxed);
                self.turn_away(stream, full).await;
            }
        }
    }

    async fn shake_hands(&self, mut stream: TcpStream, from: IpAddr, place: Place) {
        // An answer is one write: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let Ok(local) = stream.local_addr() else { return };
        let peer = Peer { address: from, local: local.ip(), tls: self.tls.is_some() };
        let held = |stream| Held::new(stream, place, Arc::clone(&self.state.parts.clock));
        let Some(tls) = &self.tls else { return self.connection(held(stream), peer).await };
        let handshake = async {
            let mut first = [0];
            if stream.peek(&mut first).await? == 1 && first != [HANDSHAKE] {
                let plain = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\n\
                    content-length: 29\r\nconnection: close\r\n\r\nThis port speaks HTTPS only.\n";
                tell(&mut stream, plain).await?;
                return Ok(None);
            }
            tls.accept(held(stream)).await.map(Some)
        };
        let shaken: std::io::Result<_> = tokio::select! {
            shaken = handshake => shaken,
            () = self.clock().sleep(HANDSHAKE_TIME) => Err(std::io::ErrorKind::TimedOut.into()),
        };
        match shaken {
            Ok(Some(stream)) => self.connection(stream, peer).await,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, %from, "a TLS handshake failed"),
        }
    }

    /// Serves what comes over `stream`. What is no HTTP, or has a head beyond the
    /// limits, never becomes a request: hyper itself answers it, with a bare 400,
    /// 414 or 431 and no body, and closes. Nothing of hyper's lets that answer be
    /// another (`Server::on_error` is its own), so it is the one refusal that is
    /// no `application/problem+json`; to change that would take an HTTP parser of
    /// our own in front. `tests/wire.rs` holds it to this.
    async fn connection(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
    ) {
        let service = service_fn(|request: hyper::Request<Incoming>| async move {
            Ok::<_, Infallible>(self.guarded.answer(request.map(Body::new), peer).await)
        });
        let heads = HeadTimer::new();
        let mut builder = self.builder.clone();
        let connection =
            builder.timer(heads.clone()).serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection.with_upgrades());
        let mut beside = self.beside(&heads);
        let ended = loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => break ended,
                Some(end) = beside.next() => match end {
                    Beside::Closing => connection.as_mut().graceful_shutdown(),
                    // The connection sees for itself, unless the head has just come.
                    Beside::Late => beside.push(self.late(&heads)),
                },
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, from = %peer.address, "a connection ended early");
        }
    }

    /// What a connection ends at. It is woken with each piece that comes over it,
    /// and these are polled only where they were woken themselves.
    fn beside<'a>(&'a self, heads: &'a HeadTimer) -> FuturesUnordered<BoxFuture<'a, Beside>> {
        let mut closing: watch::Receiver<bool> = self.state.closing.subscribe();
        let closed = async move {
            drop(closing.wait_for(|closing| *closing).await);
            Beside::Closing
        };
        FuturesUnordered::from_iter([closed.boxed(), self.late(heads)])
    }

    fn late<'a>(&'a self, heads: &'a HeadTimer) -> BoxFuture<'a, Beside> {
        async {
            heads.late(self.clock()).await;
            Beside::Late
        }
        .boxed()
    }

    /// Says so to who finds no place, at once: who waits does not know what for.
    async fn turn_away(&self, mut stream: TcpStream, full: Full) {
        if self.tls.is_some() {
            // A handshake is work that is not done for those either.
            return;
        }
        let answer = full.answer();
        tokio::select! {
            _ = tell(&mut stream, &answer) => {}
            () = self.clock().sleep(PAUSE) => {}
        }
    }
}

/// Says something and nothing more. What the other side still sends is read,
/// within bounds: a connection that is closed over it is reset, and what was
/// said is lost.
async fn tell(stream: &mut TcpStream, answer: &str) -> std::io::Result<()> {
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let rest = &mut stream.take(MAX_HEAD as u64);
    tokio::io::copy(rest, &mut tokio::io::sink()).await.map(drop)
}
