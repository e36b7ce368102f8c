//! What stands around every handler: ids, names, origins, time, panics, and
//! the headers that each answer has.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST,
    HeaderName, ORIGIN, STRICT_TRANSPORT_SECURITY, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::poll_immediate;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use jarvis_domain::{Explain, RequestId};
use tracing::Instrument;

use super::error::HttpError;
use super::idempotency;
use super::input::{self, decoded};
use super::paths::Paths;
use super::problem::{Answer, Refusal};
use super::routes;
use super::state::Shared;

/// The handlers, and what stands around them. In front of their router and no
/// layer of it: axum boxes what a layer is made of for every request.
pub(crate) struct Guarded {
    handlers: TowerToHyperService<Router>,
    paths: Paths,
    state: Shared,
}

/// Where a request comes from, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: IpAddr,
    /// The address of ours that it came to.
    pub(crate) local: IpAddr,
    /// Whether nobody could listen in.
    pub(crate) tls: bool,
}

/// What a handler is told of its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) id: RequestId,
    pub(crate) peer: Peer,
}

/// How long a handler may take. What takes longer has become an operation
/// long before, see `act`.
pub(crate) const TIME: Duration = Duration::from_secs(120);
/// Headers that say whose request it is, and what for: there is one of each at most.
const ONCE: [HeaderName; 4] = [HOST, ORIGIN, AUTHORIZATION, idempotency::KEY];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// For answers that no browser shows.
const DATA_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

impl Guarded {
    pub(crate) fn new(state: &Shared) -> Self {
        let (router, paths) = routes::finished(state);
        Self { handlers: TowerToHyperService::new(router), paths, state: Shared::clone(state) }
    }

    /// What the handlers answer to a request of `peer`, whatever they do.
    pub(crate) async fn answer(&self, mut request: Request, peer: Peer) -> Response {
        let began = Instant::now();
        let state = &self.state;
        let address = state.names.proxies.client(peer.address, request.headers());
        let peer = Peer { address, ..peer };
        // An id from outside could be anybody's.
        request.headers_mut().remove(&REQUEST_ID);
        let id = RequestId::new();
        request.extensions_mut().insert(Asked { id, peer });
        let method = request.method().clone();
        let path = self.paths.of(request.uri().path());
        let checked = check(state, &request, peer);
        // What is refused may hold a token, which belongs in no log.
        let shown = if checked.is_ok() { request.uri().path() } else { path };
        let span = tracing::info_span!("request", %id, %method, path = shown);
        let answered = match checked {
            Err(error) => Refusal::from(error).into_response(),
            Ok(()) if let Err(refusal) = self.only_described(&request) => refusal.into_response(),
            Ok(()) => self.run(request).instrument(span.clone()).await,
        };
        let response = finish(state, answered, id, peer.tls);
        let took = began.elapsed();
        state.metrics.request(path, &method, response.status(), took);
        span.in_scope(|| tracing::debug!(status = response.status().as_u16(), ?took, "answered"));
        response
    }

    /// Refuses parameters where none are described: here, for all of them at once.
    /// Those that are described each handler reads itself. What probes and browsers
    /// add to the addresses outside of the API does no harm.
    fn only_described(&self, request: &Request) -> Answer<()> {
        let uri = request.uri();
        let takes_none = uri.query().is_some()
            && uri.path().starts_with("/api/")
            && self.paths.takes_none(request.method(), uri.path());
        if takes_none { input::parameters(uri) } else { Ok(()) }
    }

    async fn run(&self, request: Request) -> Response {
        let mut handled = pin!(AssertUnwindSafe(self.handlers.call(request)).catch_unwind());
        // Most are answered at once: no clock is wound up for those.
        let handled = match poll_immediate(handled.as_mut()).await {
            Some(handled) => handled,
            None => tokio::select! {
                biased;
                handled = handled => handled,
                () = self.state.parts.clock.sleep(TIME) => {
                    let late = HttpError::Late { seconds: TIME.as_secs() };
                    return Refusal::from(late).into_response();
                }
            },
        };
        match handled {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!("a handler panicked; the log of the panic stands before this");
                Refusal::from(HttpError::Broken).into_response()
            }
        }
    }
}

/// Whether the request may come to a handler at all.
fn check(state: &Shared, request: &Request, peer: Peer) -> Result<(), HttpError> {
    let (uri, headers) = (request.uri(), request.headers());
    // What stands in front of this server may have looked at the other one.
    let is_twice = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
    if let Some(name) = ONCE.iter().find(is_twice) {
        return Err(HttpError::Twice(name.clone()));
    }
    state.names.check_host(uri, headers, peer.local)?;
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if acts || is_websocket(headers) {
        state.names.check_origin(headers)?;
    }
    if holds_token(uri.path()) || uri.query().is_some_and(holds_token) {
        return Err(HttpError::TokenInUrl);
    }
    Ok(())
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether a path or a query holds a token or a key: by a name that is used for one, or by
/// its look.
fn holds_token(text: &str) -> bool {
    text.split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let [name, value] = [name, value].map(decoded);
        let is_named = ["token", "access_token", "api_key", "key", "authorization"]
            .iter()
            .any(|bad| name.eq_ignore_ascii_case(bad.as_bytes()));
        is_named || [name, value].iter().any(|text| is_secret(&String::from_utf8_lossy(text)))
    })
}

/// Whether a token (three parts of Base64, the first of which begins with `{"`) or a
/// key of ours stands in a text.
fn is_secret(text: &str) -> bool {
    let token = text.split_once("eyJ").is_some_and(|(_, rest)| rest.split('.').count() > 2);
    token || text.contains("jvk_")
}

/// What every answer has, whoever made it.
fn finish(state: &Shared, mut response: Response, id: RequestId, is_tls: bool) -> Response {
    let refusal = response.extensions_mut().remove::<Refusal>();
    if let Some(refusal) = refusal.or_else(|| foreign(&response)) {
        let title = state.title(&refusal.fault.code);
        let mut problem = refusal.answer(title, id);
        for (name, value) in response.headers() {
            if ![CONTENT_TYPE, CONTENT_LENGTH].contains(name) {
                problem.headers_mut().insert(name, value.clone());
            }
        }
        response = problem;
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(DATA_POLICY);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if is_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, YEAR);
    }
    response
}

/// A refusal that axum made by itself.
fn foreign(response: &Response) -> Option<Refusal> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
    {
        return None;
    }
    let mut fault = HttpError::Refused.fault();
    fault.status = status.as_u16();
    Some(fault.into())
}
