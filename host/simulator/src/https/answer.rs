//! What goes back, after pve-http-server: the result in `data`, an error's
//! first line as the reason phrase, and again in the body's `message`.

use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, SERVER};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::pvesh::{Die, Wrong};
use crate::task::insert;

/// How a request ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Data(Value),
    /// A part of a list, and how long the whole list is.
    Page(Value, usize),
    Refused(Refusal),
}

/// An error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) text: String,
    /// What is wrong with which parameter.
    wrong: Wrong,
    /// Has no body: it comes from before the API.
    bare: bool,
}

impl Refusal {
    /// An error of the API.
    pub(super) fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), wrong: Wrong::new(), bare: false }
    }

    /// An error of the server before the API; it has no body.
    pub(super) fn bare(status: u16, text: impl Into<String>) -> Self {
        Self { bare: true, ..Self::new(status, text) }
    }

    fn body(&self) -> Bytes {
        if self.bare {
            return Bytes::new();
        }
        let mut body = json!({ "data": null, "message": format!("{}\n", self.text) });
        if !self.wrong.is_empty() {
            insert(&mut body, "errors", json!(self.wrong));
        }
        Bytes::from(body.to_string())
    }
}

impl From<Die> for Refusal {
    /// A PVE::Exception begins with its status; anything else is a 500.
    fn from(die: Die) -> Self {
        let coded = die.text.split_once(' ').and_then(|(code, text)| {
            let code = code.parse().ok().filter(|code| (400..600).contains(code))?;
            Some((code, text))
        });
        let (status, text) = coded.unwrap_or((500, &die.text));
        // The lines after the first are the parameters again.
        let text = if die.wrong.is_empty() { text } else { text.lines().next().unwrap_or(text) };
        Self { status, text: text.trim_end().to_owned(), wrong: die.wrong, bare: false }
    }
}

/// `outcome` as HTTP has it.
pub(super) fn response(outcome: Outcome) -> Response<Bytes> {
    let (status, reason, body) = match outcome {
        Outcome::Data(data) => (200, None, Bytes::from(json!({ "data": data }).to_string())),
        Outcome::Page(data, total) => {
            (200, None, Bytes::from(json!({ "data": data, "total": total }).to_string()))
        }
        Outcome::Refused(refusal) => (refusal.status, reason(&refusal.text), refusal.body()),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(reason) = reason {
        response.extensions_mut().insert(reason);
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(SERVER, HeaderValue::from_static("pve-api-daemon/3.0"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    response
}

/// The first line, without what would end the line or mean something to a
/// terminal.
fn reason(text: &str) -> Option<ReasonPhrase> {
    let line = text.lines().next().unwrap_or_default();
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    ReasonPhrase::try_from(clean).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_begins_with_its_status() {
        let cases = [
            ("401 authentication failure", 401, "authentication failure"),
            (
                "403 Permission check failed (/, Sys.Audit)",
                403,
                "Permission check failed (/, Sys.Audit)",
            ),
            ("VM 102 not running", 500, "VM 102 not running"),
            ("100 is no status of an error", 500, "100 is no status of an error"),
            ("999", 500, "999"),
        ];
        for (text, status, message) in cases {
            assert_eq!(Refusal::from(Die::new(text)), Refusal::new(status, message));
        }
        let refusal = Refusal::from(Die::parameter(2, "upid", "no such task"));
        assert_eq!(
            (refusal.status, refusal.text.as_str()),
            (400, "Parameter verification failed.")
        );
        let body: Value = serde_json::from_slice(&refusal.body()).unwrap();
        let expected = json!({
            "data": null,
            "errors": { "upid": "no such task" },
            "message": "Parameter verification failed.\n",
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_reason_is_one_clean_line() {
        let cases =
            [("a\r\nSet-Cookie: b", "a"), ("a\x1b[31m\0b", "a [31m b"), ("", ""), ("ü", "ü")];
        for (text, expected) in cases {
            assert_eq!(reason(text).unwrap().as_bytes(), expected.as_bytes(), "{text:?}");
        }
    }
}
