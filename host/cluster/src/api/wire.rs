//! Requests over TLS connections of our own: which host is asked, what is
//! kept open, how long and how large an answer may be, and whether a request
//! can have arrived. What an answer means is `answer.rs`'s to know.
//!
//! There is no proxy and no redirect here: what is sent goes to the hosts
//! that the settings name.

mod line;
mod waiting;

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request};
use jarvis_domain::{Clock, Timestamp};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::ApiError;
use super::settings::{ApiSettings, Endpoint, Trust};
use super::trust::{self, Changed};
use crate::pvesh::within;
use crate::{ClusterError, Timeouts};
use line::Line;
use waiting::Waiting;

/// Connections that are kept for the next read. Each costs the node a little
/// memory, and `pveproxy` closes it by itself after some seconds.
const KEPT: usize = 8;

/// The way to the hosts.
#[derive(Debug)]
pub(super) struct Wire {
    endpoints: Vec<Endpoint>,
    /// The endpoint that is asked first: the one that answered last.
    first: AtomicUsize,
    trust: Trust,
    tls: Arc<ClientConfig>,
    idle: Mutex<Vec<Line>>,
    /// See [`Wire::ahead`].
    ahead: AtomicI64,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
}

/// A request, but for who makes it.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    /// A form; empty for reads. Never shown: it may hold a password.
    pub(super) body: Body,
    /// Whether the host that is asked answers by itself. Who has to ask another
    /// node shows nothing of itself by being late.
    pub(super) own: bool,
}

/// A body that is not shown.
#[derive(Clone, Default)]
pub(super) struct Body(pub(super) Bytes);

/// Headers that say who makes a request; their values are marked as secrets.
pub(super) type Headers = Vec<(HeaderName, HeaderValue)>;

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Proxmox tells its errors here.
    pub(super) reason: String,
    pub(super) date: Option<String>,
    pub(super) body: Bytes,
}

/// How long a connection has been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// It is the request's own.
    Fresh,
    /// It was kept from another one.
    Kept,
}

/// What became of a request that was not answered.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It was never sent.
    Unsent(ClusterError),
    /// It may have arrived.
    Lost(ClusterError),
}

impl Wire {
    pub(super) fn new(
        settings: &ApiSettings,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
    ) -> Result<Self, ApiError> {
        if settings.endpoints.is_empty() {
            return Err(ApiError::NoEndpoint);
        }
        Ok(Self {
            endpoints: settings.endpoints.clone(),
            first: AtomicUsize::new(0),
            trust: settings.trust.clone(),
            tls: Arc::new(trust::config(&settings.trust)?),
            idle: Mutex::default(),
            ahead: AtomicI64::new(0),
            clock,
            timeouts,
        })
    }

    /// How far the cluster's clock is ahead of this machine's, milliseconds,
    /// as the last answer told, which tells it to the second.
    pub(super) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// The place of the endpoint that is asked first.
    #[cfg(test)]
    pub(super) fn first(&self) -> usize {
        self.first.load(Ordering::Relaxed)
    }

    /// Asks for something that may be asked for twice. A connection that was
    /// kept, and that the far side has closed meanwhile, is replaced once.
    /// There is no deadline here.
    pub(super) async fn read(
        &self,
        what: &str,
        outgoing: &Outgoing,
        headers: &Headers,
    ) -> Result<Reply, ClusterError> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(line) = kept {
            match self.exchange(what, line, Age::Kept, outgoing, headers).await {
                Err(ClusterError::Api(ApiError::Interrupted { .. })) => {
                    tracing::debug!(what, "a kept connection was closed; asking again");
                }
                done => return done,
            }
        }
        let line = self.connect().await?;
        self.exchange(what, line, Age::Fresh, outgoing, headers).await
    }

    /// Sends what must not be sent twice, over a connection of its own, and
    /// waits for the answer at most `at_most`. Also told is who answered.
    pub(super) async fn write(
        &self,
        what: &str,
        outgoing: &Outgoing,
        headers: &Headers,
        at_most: Duration,
    ) -> Result<(Reply, Endpoint), Unanswered> {
        let line = self.connect().await.map_err(Unanswered::Unsent)?;
        let endpoint = line.endpoint.clone();
        let late = || ApiError::TimedOut { what: what.to_owned(), after: at_most }.into();
        let exchange = self.exchange(what, line, Age::Fresh, outgoing, headers);
        within(&*self.clock, at_most, exchange, late)
            .await
            .and_then(|done| done)
            .map(|reply| (reply, endpoint))
            .map_err(Unanswered::Lost)
    }

    /// A connection to this endpoint and no other, for what is not HTTP.
    pub(super) async fn stream(
        &self,
        endpoint: &Endpoint,
    ) -> Result<TlsStream<TcpStream>, ClusterError> {
        self.secured(endpoint).await.map_err(|closed| match closed {
            Closed::Refused(error) => error.into(),
            Closed::Away(why) => {
                ApiError::Unreachable { tried: format!("{endpoint}: {why}") }.into()
            }
        })
    }

    async fn exchange(
        &self,
        what: &str,
        mut line: Line,
        age: Age,
        outgoing: &Outgoing,
        headers: &Headers,
    ) -> Result<Reply, ClusterError> {
        let request = self.request(&line, outgoing, headers)?;
        let waiting = outgoing.own.then(|| Waiting::of(self, &line.endpoint));
        let answer = line.exchange(what, request).await;
        if let Some(waiting) = waiting {
            // What was kept may have been closed for its age alone.
            let broke = matches!(
                &answer,
                Err(ClusterError::Garbled { .. } | ClusterError::Api(ApiError::Interrupted { .. }))
            );
            waiting.over(broke && age == Age::Fresh);
        }
        let reply = answer?;
        self.note(reply.date.as_deref());
        if line.is_open() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(line);
            }
        }
        Ok(reply)
    }

    fn request(
        &self,
        line: &Line,
        outgoing: &Outgoing,
        headers: &Headers,
    ) -> Result<Request<line::Sent>, ClusterError> {
        let Outgoing { method, target, body, own: _ } = outgoing;
        let mut request =
            Request::builder().method(method).uri(target).header(HOST, line.endpoint.to_string());
        if *method != Method::GET {
            // Also where there is nothing in it: `pveproxy` asks for a length.
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(CONTENT_LENGTH, body.0.len());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(line::Sent::new(body.0.clone())).map_err(|error| ClusterError::Garbled {
            what: method.to_string(),
            why: format!("no request can be made of it: {error}"),
        })
    }

    /// A new connection to the first endpoint that can be reached.
    async fn connect(&self) -> Result<Line, ClusterError> {
        let count = self.endpoints.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut tried = Vec::new();
        for offset in 0..count {
            let index = (first + offset) % count;
            let Some(endpoint) = self.endpoints.get(index) else { continue };
            let limit = self.timeouts.connect;
            let late = || ApiError::TimedOut { what: String::new(), after: limit }.into();
            match within(&*self.clock, limit, self.open(endpoint), late).await {
                Ok(Ok(line)) => return Ok(line),
                Ok(Err(Closed::Refused(error))) => return Err(error.into()),
                Ok(Err(Closed::Away(why))) => tried.push(format!("{endpoint}: {why}")),
                Err(_) => {
                    tried.push(format!("{endpoint}: no connection in {} s", limit.as_secs_f64()));
                }
            }
            // Should this be given up now, the next one begins elsewhere.
            self.move_on(index);
        }
        Err(ApiError::Unreachable { tried: tried.join("; ") }.into())
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Line, Closed> {
        let stream = self.secured(endpoint).await?;
        let opened = Line::over(endpoint.clone(), stream).await;
        opened.map_err(|error| Closed::Away(error.to_string()))
    }

    async fn secured(&self, endpoint: &Endpoint) -> Result<TlsStream<TcpStream>, Closed> {
        let Endpoint { host, port } = endpoint;
        let away = |error: &dyn std::error::Error| Closed::Away(error.to_string());
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|e| away(&e))?;
        // A request is one small write, which must not wait for more.
        stream.set_nodelay(true).map_err(|error| away(&error))?;
        let name = ServerName::try_from(host.clone()).map_err(|error| away(&error))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
        stream.map_err(|error| self.refused(endpoint, &error))
    }

    /// What a TLS connection that did not come about means.
    fn refused(&self, endpoint: &Endpoint, error: &std::io::Error) -> Closed {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(source) = inner.cloned() else { return Closed::Away(error.to_string()) };
        let endpoint = endpoint.to_string();
        Closed::Refused(match (&source, &self.trust) {
            (rustls::Error::InvalidCertificate(why), trust) => match (changed(why), trust) {
                (Some(changed), Trust::Pinned(known)) => {
                    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                    let (seen, known) = (changed.seen.clone(), known.join(" or "));
                    ApiError::FingerprintChanged { endpoint, seen, known }
                }
                _ => ApiError::Untrusted { endpoint, source },
            },
            _ => ApiError::Tls { endpoint, source },
        })
    }

    /// Keeps how the far side's clock differs from ours.
    fn note(&self, date: Option<&str>) {
        let told = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let Some(told) = told.map(|date| date.timestamp().as_millisecond()) else { return };
        let Timestamp(now) = self.clock.now();
        let ahead = told.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX));
        self.ahead.store(ahead, Ordering::Relaxed);
    }
}

/// Why an endpoint has no connection for us.
enum Closed {
    /// It cannot be reached; another may.
    Away(String),
    /// It can, and is not what it has to be.
    Refused(ApiError),
}

fn changed(error: &rustls::CertificateError) -> Option<&Changed> {
    match error {
        rustls::CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
