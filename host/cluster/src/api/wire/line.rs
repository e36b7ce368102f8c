//! One connection, and one request at a time over it.

use std::error::Error;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::ext::ReasonPhrase;
use hyper::header::DATE;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::Reply;
use crate::ClusterError;
use crate::api::error::ApiError;
use crate::api::settings::Endpoint;

/// What a request carries.
pub(super) type Sent = Full<Bytes>;

/// The longest answer that is kept, bytes. `/cluster/resources` of 10,000
/// guests has about 5 MB.
pub(super) const LIMIT: usize = 64 << 20;

/// An open connection. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) endpoint: Endpoint,
    sender: SendRequest<Sent>,
    driver: tokio::task::JoinHandle<()>,
}

impl Line {
    pub(super) async fn over(
        endpoint: Endpoint,
        stream: TlsStream<TcpStream>,
    ) -> Result<Self, hyper::Error> {
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the Proxmox API ended");
            }
        });
        Ok(Self { endpoint, sender, driver })
    }

    /// Whether another request can be sent over it, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends `request` and reads the whole answer.
    pub(super) async fn exchange(
        &mut self,
        what: &str,
        request: Request<Sent>,
    ) -> Result<Reply, ClusterError> {
        let ended = |error| broken(what, error);
        self.sender.ready().await.map_err(ended)?;
        let response = self.sender.send_request(request).await.map_err(ended)?;
        let (status, reason) = (response.status().as_u16(), reason(&response));
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.map(str::to_owned);
        let body = whole(what, response.into_body()).await?;
        Ok(Reply { status, reason, date, body })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// All of a body, unless it is longer than is kept.
async fn whole(what: &str, mut body: Incoming) -> Result<Bytes, ClusterError> {
    let too_long = || ClusterError::TooLong { what: what.to_owned(), limit: LIMIT };
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(too_long());
    }
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(what, error))?.into_data() else { continue };
        if kept.len() + data.len() > LIMIT {
            return Err(too_long());
        }
        kept.extend_from_slice(&data);
    }
    Ok(kept.into())
}

/// Proxmox's own words, which stand where HTTP has its standard phrases.
fn reason(response: &Response<Incoming>) -> String {
    let own = response.extensions().get::<ReasonPhrase>();
    let own = own.map(|own| String::from_utf8_lossy(own.as_bytes()).into_owned());
    own.or_else(|| response.status().canonical_reason().map(str::to_owned)).unwrap_or_default()
}

fn broken(what: &str, error: hyper::Error) -> ClusterError {
    let what = what.to_owned();
    if error.is_parse() {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        return ClusterError::Garbled { what, why: format!("it is not HTTP: {cause}") };
    }
    ApiError::Interrupted { what, source: error }.into()
}
