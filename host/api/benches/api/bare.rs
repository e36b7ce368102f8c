//! Servers with nothing of their own.

use std::net::SocketAddr;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, DATE};
use axum::routing::get;
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// A bare axum handler that returns these bytes: the same headers, and the body.
/// Those that a server writes by itself are left to it.
pub(crate) async fn serve(mut headers: HeaderMap, body: Bytes) -> SocketAddr {
    for own in [CONTENT_LENGTH, DATE] {
        headers.remove(own);
    }
    let handler = move || {
        let (headers, body) = (headers.clone(), body.clone());
        async move { (headers, body) }
    };
    plain(Router::new().route("/api/cluster/resources", get(handler))).await
}

/// A server with nothing of its own.
pub(crate) async fn plain(router: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let service = TowerToHyperService::new(router.clone());
            let connection = http1::Builder::new()
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    address
}
