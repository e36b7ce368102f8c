//! The API's own description: for programs, and for people to read.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::Response;
use bytes::Bytes;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::schema;
use crate::http::state::Shared;

/// A page may load what this server has, and nothing else; nothing may stand
/// in it but what it loads.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(home))
        .routes(routes!(document))
        .routes(routes!(docs))
        .routes(routes!(script))
        .routes(routes!(style))
}

/// What runs here.
#[utoipa::path(get, path = "/", tag = "host", security(()),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn home(State(state): State<Shared>) -> Response {
    let what = if state.parts.demo { "a demo, on a simulated cluster" } else { "serving" };
    let page = include_str!("../pages/home.html")
        .replace("{version}", env!("CARGO_PKG_VERSION"))
        .replace("{what}", what);
    page_of(page.into(), HTML)
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "host", security(()),
    responses((status = 200, body = schema::AnyJson)))]
async fn document(State(state): State<Shared>) -> Response {
    page_of(state.openapi.clone(), HeaderValue::from_static("application/json"))
}

/// This description, to read.
#[utoipa::path(get, path = "/api/docs", tag = "host", security(()),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn docs() -> Response {
    page_of(Bytes::from_static(include_bytes!("../pages/docs.html")), HTML)
}

/// The script of the page.
#[utoipa::path(get, path = "/api/docs/docs.js", tag = "host", security(()),
    responses((status = 200, body = String, content_type = "text/javascript")))]
async fn script() -> Response {
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    page_of(Bytes::from_static(include_bytes!("../pages/docs.js")), kind)
}

/// The style of the pages.
#[utoipa::path(get, path = "/api/docs/style.css", tag = "host", security(()),
    responses((status = 200, body = String, content_type = "text/css")))]
async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    page_of(Bytes::from_static(include_bytes!("../pages/style.css")), kind)
}

fn page_of(body: Bytes, kind: HeaderValue) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    // Only what a browser shows refers to anything.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The next version of jarvis has others under the same names.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
