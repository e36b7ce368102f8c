//! What a request says: its verb, its path below `/api2/json`, and its
//! parameters from query and body, within pve-http-server's limits.

use std::collections::BTreeMap;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::answer::Refusal;
use crate::api::{self, Kind, Verb};
use crate::engine::Simulator;
use crate::pvesh::{self, Args, Die, Wrong};

/// How many bytes a body may have.
const BODY: usize = 64 * 1024;
/// How much of a longer one is read and thrown away, so that a client that
/// writes it all hears the answer before the connection is closed.
const DRAINED: usize = 1024 * 1024;
/// How long it may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

const BASE: &str = "/api2/json";
const UNKNOWN: &str =
    "property is not defined in schema and the schema does not allow additional properties";

/// Parameters as they were given, unchecked.
pub(super) type Given = BTreeMap<String, String>;

/// The verb of an HTTP method.
pub(super) fn verb(method: &Method) -> Result<Verb, Refusal> {
    match *method {
        Method::GET => Ok(Verb::Get),
        Method::PUT => Ok(Verb::Set),
        Method::POST => Ok(Verb::Create),
        Method::DELETE => Ok(Verb::Delete),
        _ => Err(Refusal::bare(501, format!("method '{method}' not available"))),
    }
}

/// The path below the base, decoded.
pub(super) fn path(written: &str) -> Result<String, Refusal> {
    let path = percent_decode_str(written).decode_utf8();
    let path = path.map_err(|_| Refusal::bare(400, "bad request"))?;
    match path.strip_prefix(BASE) {
        Some(below) if below.is_empty() || below.starts_with('/') => Ok(below.to_owned()),
        _ if path.starts_with("/api2") => Err(Refusal::bare(501, "no such uri")),
        _ => Err(Refusal::bare(404, format!("no such file '{path}'"))),
    }
}

/// The parameters of a request.
pub(super) async fn given(
    simulator: &Simulator,
    head: &Parts,
    body: Incoming,
) -> Result<Given, Refusal> {
    let mut given = match head.method {
        Method::POST | Method::PUT => {
            let form = is_form(&head.headers)?;
            let bytes = read(simulator, body).await?;
            if form { pairs(&bytes) } else { object(&bytes)? }
        }
        _ => Given::new(),
    };
    // The query's count more, as in `extract_params`.
    given.extend(pairs(head.uri.query().unwrap_or_default().as_bytes()));
    Ok(given)
}

/// Checks what was given for `method`; `of_path` is what its path says.
pub(super) fn check(method: &api::Method, of_path: Args, given: Given) -> Result<Args, Die> {
    let mut wrong = Wrong::new();
    for (name, value) in &given {
        let param = method.params.iter().find(|param| param.name == name);
        let complaint = match param {
            None if method.all().any(|param| param.name == name) => {
                "duplicate parameter (already defined in URI)".to_owned()
            }
            None => UNKNOWN.to_owned(),
            Some(param) if param.kind == Kind::Boolean && !is_boolean(value) => {
                format!("type check ('boolean') failed - got '{value}'")
            }
            Some(_) => continue,
        };
        wrong.insert(name.clone(), complaint);
    }
    let mut args = Args(given);
    args.0.extend(of_path.0);
    for (name, complaint) in pvesh::check(method, &args) {
        wrong.entry(name).or_insert(complaint);
    }
    if wrong.is_empty() { Ok(args) } else { Err(Die::parameters(wrong, "")) }
}

/// As PVE::JSONSchema has it; an empty value is true only for `pvesh`.
fn is_boolean(value: &str) -> bool {
    !value.is_empty() && pvesh::boolean(value).is_some()
}

/// Whether the body is a form and not JSON.
fn is_form(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return Ok(true) };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Ok(true),
        "application/json" => Ok(false),
        _ => {
            let text = format!("upload 'Content-Type '{kind}' not implemented");
            Err(Refusal::bare(506, text))
        }
    }
}

async fn read(simulator: &Simulator, mut body: Incoming) -> Result<Vec<u8>, Refusal> {
    let reading = async {
        match Limited::new(&mut body, BODY).collect().await {
            Ok(read) => Ok(read.to_bytes().to_vec()),
            Err(error) if error.is::<LengthLimitError>() => {
                // What is thrown away may end as it likes.
                let _ = Limited::new(&mut body, DRAINED).collect().await;
                Err(Refusal::bare(501, "for data too large"))
            }
            // Whoever sent half a body hears no answer.
            Err(_) => Err(Refusal::bare(400, "bad request")),
        }
    };
    tokio::select! {
        read = reading => read,
        () = simulator.clock().sleep(PATIENCE) => Err(Refusal::bare(408, "request timeout")),
    }
}

/// A form; what is given twice is a list, parted by NUL as Perl does it.
fn pairs(bytes: &[u8]) -> Given {
    let mut given = Given::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        add(&mut given, name.into_owned(), &value);
    }
    given
}

fn object(bytes: &[u8]) -> Result<Given, Refusal> {
    if bytes.is_empty() {
        return Ok(Given::new());
    }
    let malformed = || Refusal::bare(400, "malformed JSON string");
    let Ok(Value::Object(map)) = serde_json::from_slice(bytes) else { return Err(malformed()) };
    let mut given = Given::new();
    for (name, value) in map {
        match value {
            Value::Array(items) => {
                for item in items {
                    add(&mut given, name.clone(), &plain(&item).ok_or_else(malformed)?);
                }
            }
            // Not given.
            Value::Null => {}
            value => add(&mut given, name, &plain(&value).ok_or_else(malformed)?),
        }
    }
    Ok(given)
}

fn add(given: &mut Given, name: String, value: &str) {
    given
        .entry(name)
        .and_modify(|list| {
            list.push('\0');
            list.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(u8::from(*flag).to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_kept_below_the_base() {
        assert_eq!(path("/api2/json/nodes/home").unwrap(), "/nodes/home");
        assert_eq!(path("/api2/json/nodes/a%2Fb%3A").unwrap(), "/nodes/a/b:");
        assert_eq!(path("/api2/json").unwrap(), "");
        for (written, status) in [
            ("/", 404),
            ("/api2/jsonx/nodes", 501),
            ("/api2/extjs/nodes", 501),
            ("/api2/json/%ff", 400),
            ("/pve2/js/x.js", 404),
        ] {
            assert_eq!(path(written).unwrap_err().status, status, "{written}");
        }
    }

    #[test]
    fn forms_and_objects_say_the_same() {
        let form = pairs(b"a=1&b=x+y%26&list=1&list=2&c=");
        let json = object(br#"{"a":1,"b":"x y&","list":[1,"2"],"c":"","none":null}"#).unwrap();
        assert_eq!(form, json);
        assert_eq!(form["list"], "1\x002");
        assert_eq!(object(b"{\"on\":true}").unwrap()["on"], "1");
        for bad in ["[]", "1", "{", "{\"a\":{}}", "{\"a\":[[]]}", "\u{0}"] {
            assert!(object(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(object(b"").unwrap().is_empty());
        assert_eq!(pairs(b"\xff\xfe=&&=&%zz").len(), 3);
    }
}
