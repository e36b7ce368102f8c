//! What comes in: bodies and parameters, read with limits, each wrong field
//! named.

mod twice;

use std::str::FromStr;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jarvis_domain::{Clock, text};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::HttpError;
use super::problem::{Answer, FieldProblem, More, Refusal};
use super::state::Shared;

/// The longest body, bytes, where its [`Input`] says nothing else.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(15);
/// Fields whose values are shown to nobody.
const SECRET: [&str; 2] = ["password", "code"];
/// The deepest nesting. Records and answers wrap what comes in, and
/// `serde_json` reads 128 levels.
const DEEPEST: usize = 64;

/// What is wrong with a field whose value is either of two.
const TWICE: &str = "it is given twice";

/// What a request's body holds.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// What the query holds.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

/// The one parameter in the path.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

/// Something that is read field by field, so that all that is wrong is told.
pub(crate) trait Input: Sized {
    /// The longest body that it is read from, bytes.
    const LONGEST: usize = MAX_BODY;

    /// Takes what it knows; none where something is wrong, which `fields` then
    /// holds.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// Fields that were not looked at yet, and what is wrong with those that were.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    given: Map<String, Value>,
    known: Vec<&'static str>,
    problems: Vec<FieldProblem>,
    /// What stands before a name, for a person: `?` for a query.
    mark: &'static str,
}

impl Fields {
    /// A field that may be left out, or null.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        self.known.push(name);
        match self.given.remove(name)? {
            Value::Null => None,
            value => match serde_json::from_value(whole(value)) {
                Ok(value) => Some(value),
                // What it says of a value shows it.
                Err(_) if SECRET.contains(&name) => {
                    self.wrong(name, "it has to be a text");
                    None
                }
                Err(error) => {
                    self.wrong(name, error.to_string());
                    None
                }
            },
        }
    }

    /// A field that has to be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let is_there = self.given.contains_key(name);
        let had = self.problems.len();
        let value = self.optional(name);
        if value.is_none() && self.problems.len() == had {
            self.wrong(name, if is_there { "it must not be null" } else { "it is missing" });
        }
        value
    }

    /// One of two fields, of which one has to be there and the other must not be.
    pub(crate) fn either<A: DeserializeOwned, B: DeserializeOwned, T>(
        &mut self,
        (one, of_one): (&'static str, fn(A) -> T),
        (other, of_other): (&'static str, fn(B) -> T),
    ) -> Option<T> {
        let had = self.problems.len();
        match (self.optional(one), self.optional(other)) {
            (Some(value), None) => return Some(of_one(value)),
            (None, Some(value)) => return Some(of_other(value)),
            (Some(_), Some(_)) => self.wrong(other, format!("only this or {one} belongs here")),
            (None, None) if self.problems.len() == had => {
                self.wrong(
                    one,
                    format!("it is missing, and so is {other}: one of them belongs here"),
                );
            }
            (None, None) => {}
        }
        None
    }

    /// A text that has a form.
    pub(crate) fn text<T: FromStr>(&mut self, name: &'static str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let text: String = self.optional(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// What is wrong with a field.
    pub(crate) fn wrong(&mut self, name: &str, problem: impl Into<String>) {
        let field = format!("{}{}", self.mark, text::shown(name, 80));
        // What serde shows of a value may be long, and anything.
        let problem = text::shown(&problem.into(), 300);
        self.problems.push(FieldProblem { field, problem });
    }

    /// Lets all other fields pass.
    pub(crate) fn ignore_others(&mut self) {
        self.given.clear();
    }

    fn read<T: Input>(mut self) -> Result<T, Refusal> {
        let read = T::read(&mut self);
        let others = std::mem::take(&mut self.given);
        if !others.is_empty() {
            let known = self.known.join(", ");
            let known = if known.is_empty() { "it takes none" } else { &known };
            for (name, _) in others.into_iter().take(100) {
                self.wrong(&name, format!("there is no such field here; known: {known}"));
            }
        }
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(refusal(self.problems)),
        }
    }
}

/// The refusal of a request with these problems.
pub(crate) fn refusal(fields: Vec<FieldProblem>) -> Refusal {
    let one = |field: &FieldProblem| format!("{}: {}", field.field, field.problem);
    let sentence = match fields.as_slice() {
        [only] => one(only),
        several => {
            let names: Vec<&str> = several.iter().map(|field| field.field.as_str()).collect();
            format!("{} fields are wrong: {}", several.len(), text::cut(&names.join(", "), 300))
        }
    };
    Refusal::with(&HttpError::Input(sentence), More { fields, ..More::default() })
}

/// The refusal of a request with one problem.
pub(crate) fn wrong(field: &str, problem: impl Into<String>) -> Refusal {
    refusal(vec![FieldProblem { field: field.to_owned(), problem: problem.into() }])
}

/// Reads a body whole, within the limits of any.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: axum::body::Body,
    clock: &dyn Clock,
) -> Result<Bytes, Refusal> {
    read_within(MAX_BODY, headers, body, clock).await
}

async fn read_within(
    max: usize,
    headers: &HeaderMap,
    body: axum::body::Body,
    clock: &dyn Clock,
) -> Result<Bytes, Refusal> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(HttpError::TooLarge { max }.into());
    }
    let read = tokio::select! {
        biased;
        read = Limited::new(body, max).collect() => read,
        () = clock.sleep(BODY_TIME) => {
            return Err(HttpError::Slow { seconds: BODY_TIME.as_secs() }.into());
        }
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge { max }.into()),
        Err(_) => Err(HttpError::Torn.into()),
    }
}

/// The fields of a JSON body. An empty one is an object without fields, and so is
/// null: as a field that is null counts as left out.
fn json(headers: &HeaderMap, bytes: &[u8]) -> Result<Fields, Refusal> {
    if bytes.is_empty() {
        return Ok(Fields::default());
    }
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let kind = String::from_utf8_lossy(kind);
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let told = if essence.is_empty() { "of no kind" } else { essence };
        return Err(HttpError::MediaType(text::shown(told, 80)).into());
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| HttpError::NotUtf8 { at: error.valid_up_to() })?;
    if depth(text) > DEEPEST {
        return Err(HttpError::TooDeep { max: DEEPEST }.into());
    }
    match twice::read(text) {
        Ok((Value::Object(given), twice)) => {
            let mut fields = Fields { given, ..Fields::default() };
            twice.iter().for_each(|name| fields.wrong(name, TWICE));
            Ok(fields)
        }
        Ok((Value::Null, _)) => Ok(Fields::default()),
        Ok(_) => Err(HttpError::NotJson("it has to be an object".to_owned()).into()),
        Err(error) => Err(HttpError::NotJson(text::shown(&error.to_string(), 200)).into()),
    }
}

/// 30 for 30.0: to JSON, and to who describes it, they are the same number.
fn whole(value: Value) -> Value {
    /// Up to this a float holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = value.as_f64().filter(|_| value.is_f64());
    match float.filter(|float| float.fract() == 0.0 && float.abs() <= EXACT) {
        // Its text has no fraction, nor an exponent; the sum, that -0.0 is 0.
        Some(float) => serde_json::from_str(&format!("{:.0}", float + 0.0)).unwrap_or(value),
        None => value,
    }
}

/// How deep a JSON text is nested, without reading it.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl<T: Input> FromRequest<Shared> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &Shared) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let clock = state.parts.clock.as_ref();
        let bytes = read_within(T::LONGEST, &parts.headers, body, clock).await?;
        json(&parts.headers, &bytes)?.read().map(Self)
    }
}

impl<T: Input> FromRequestParts<Shared> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refusal> {
        parameters(&parts.uri).map(Self)
    }
}

/// What the query of an address holds.
pub(crate) fn parameters<T: Input>(uri: &Uri) -> Answer<T> {
    let mut fields = Fields { mark: "?", ..Fields::default() };
    let no_text = || wrong("?", "the query is not UTF-8 text");
    let Some(query) = uri.query() else { return fields.read() };
    // What decodes it would put a mark in the place of what is none.
    if !is_text(query) {
        return Err(no_text());
    }
    let pairs =
        axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| no_text())?;
    for (name, value) in pairs.0 {
        if fields.given.insert(name.clone(), Value::String(value)).is_some() {
            fields.wrong(&name, TWICE);
        }
    }
    fields.read()
}

impl<T: FromStr> FromRequestParts<Shared> for At<T>
where
    T::Err: std::fmt::Display,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Refusal> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| wrong("path", "it is not UTF-8 text"))?;
        placed("path", &text).map(Self)
    }
}

/// Whether a query is UTF-8 once its `%` are decoded.
fn is_text(query: &str) -> bool {
    std::str::from_utf8(&decoded(query)).is_ok()
}

/// A part of an address, its `%` decoded.
pub(crate) fn decoded(query: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(query.len()), query.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let pair = behind.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let decoded = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match decoded.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    bytes
}

/// A part of the path that has a form.
pub(crate) fn placed<T: FromStr>(name: &str, given: &str) -> Result<T, Refusal>
where
    T::Err: std::fmt::Display,
{
    given.parse().map_err(|error: T::Err| wrong(name, text::shown(&error.to_string(), 300)))
}

/// A header as text; none where it is not there.
pub(crate) fn header<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| wrong(name.as_str(), "the header is not plain text"))
}

impl Input for () {
    fn read(_: &mut Fields) -> Option<Self> {
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_in_a_query_is_seen() {
        for (query, expected) in [
            ("", true),
            ("a=%C3%A4&b=+%", true),
            ("a=%zz%2", true),
            ("a=%ff", false),
            ("a=%C3&b=%A4", false),
        ] {
            assert_eq!(is_text(query), expected, "{query}");
        }
    }

    #[test]
    fn a_whole_number_with_a_point_was_none() {
        for (given, expected) in [
            ("30.0", "30"),
            ("3e1", "30"),
            ("-0.0", "0"),
            ("30", "30"),
            ("30.5", "30.5"),
            ("1e300", "1e300"),
            ("\"30.0\"", "\"30.0\""),
        ] {
            let [given, expected]: [Value; 2] =
                [given, expected].map(|json| serde_json::from_str(json).unwrap());
            assert_eq!(whole(given.clone()), expected, "{given}");
        }
    }

    #[test]
    fn nesting_is_counted_outside_of_texts_only() {
        for (json, expected) in [
            ("1", 0),
            ("[]", 1),
            ("[[1],[2,[3]]]", 3),
            (r#"{"a":"[[[[","b":"\"[[["}"#, 1),
            (r#"["\\",["#, 2),
            ("]]]][", 1),
        ] {
            assert_eq!(depth(json), expected, "{json}");
        }
    }
}
