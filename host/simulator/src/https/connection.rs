//! One connection: TLS, then HTTP/1.1, for as long as the node is there and
//! has the certificate that it began with.

use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::identity::Identity;
use super::trouble::{self, wait_while};
use crate::engine::Simulator;
use crate::fault::DoorTrouble;

/// No HTTP, in no version.
const BABBLE: &[u8] = b"\x00\xff220 mail.example.com ESMTP\x1b[31m\r\n\r\n";
/// How long a client may take for its part of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long it may take for a request's head, or be silent between two.
const HEAD: Duration = Duration::from_secs(30);
/// How many headers a request may have, as with pve-http-server.
const HEADERS: usize = 64;
/// How many bytes its head may have.
const HEAD_BYTES: usize = 16 * 1024;

/// Serves `stream`, which came in at the node at `here`, to its end.
pub(super) async fn connection(simulator: Simulator, here: usize, stream: TcpStream) {
    let found = simulator.look(|cluster, _| {
        let node = cluster.nodes.get(here)?;
        Some((node.is_up(), node.identity.clone()?))
    });
    let Some((is_up, identity)) = found else { return };
    if !is_up {
        // Nothing answers at a node without power. On the loopback address the
        // connection is there all the same, and closes without a word.
        simulator.clock().sleep(simulator.timing().dead_node).await;
        return;
    }
    tokio::select! {
        () = serve(&simulator, here, &identity, stream) => {}
        () = gone(&simulator, here, &identity) => {}
    }
}

async fn serve(simulator: &Simulator, here: usize, identity: &Identity, stream: TcpStream) {
    let trouble = wait_while(simulator, here, DoorTrouble::Silent).await;
    let acceptor = TlsAcceptor::from(identity.config());
    let stream = tokio::select! {
        stream = acceptor.accept(stream) => stream,
        () = simulator.clock().sleep(HANDSHAKE) => return,
    };
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "no TLS came about"),
    };
    if trouble == Some(DoorTrouble::Babble) {
        return babble(stream).await;
    }
    let (terminals, mut opened) = mpsc::unbounded_channel();
    let service = service_fn(|request| trouble::answer(simulator, here, request, &terminals));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "an HTTPS connection ended early");
    }
    if let Ok(terminal) = opened.try_recv() {
        terminal.run().await;
    }
}

/// Says what is no HTTP, and hangs up.
async fn babble(mut stream: TlsStream<TcpStream>) {
    // A client that is gone hears nothing.
    let _ = stream.write_all(BABBLE).await;
    let _ = stream.shutdown().await;
}

/// Completes once the node has no power, or another certificate.
async fn gone(simulator: &Simulator, here: usize, began: &Identity) {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let same = simulator.look(|cluster, _| {
            let node = cluster.nodes.get(here).filter(|node| node.is_up());
            node.and_then(|node| node.identity.as_ref()).is_some_and(|now| now.is(began))
        });
        if !same || changes.changed().await.is_err() {
            return;
        }
    }
}
