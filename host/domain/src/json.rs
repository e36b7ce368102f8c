//! JSON that passes through: what a skill answers for programs is checked
//! once, and kept as text until a program reads it.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The deepest nesting. `serde_json` reads 128 levels, and what passes through
/// is wrapped in records and answers.
const DEEPEST: usize = 64;
/// A number with no more digits in a row, and without an exponent, is one that
/// `f64` holds.
const DIGITS: usize = 300;

/// One JSON value as its text, on one line and at most 64 levels deep; every
/// reader can read it.
#[derive(Debug, Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl FromStr for Json {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        if is_plain(text) {
            return serde_json::from_str(text).map(Self);
        }
        serde_json::from_str::<Value>(text)?.try_into()
    }
}

impl TryFrom<Value> for Json {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        if !is_within(&value, DEEPEST) {
            let text = format!("it is nested deeper than {DEEPEST} levels");
            return Err(serde::de::Error::custom(text));
        }
        serde_json::value::to_raw_value(&value).map(Self)
    }
}

/// Whether a text holds none of what only a reader of values finds wrong: deep
/// nesting, numbers out of range, halves of characters; nor a line break, which
/// would end the line that it is sent in.
fn is_plain(text: &str) -> bool {
    let (mut openers, mut digits) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                if digits > DIGITS {
                    return false;
                }
                continue;
            }
            b'e' | b'E' if digits > 0 => return false,
            b'\\' | 0..=31 => return false,
            b'[' | b'{' => openers += 1,
            _ => {}
        }
        digits = 0;
    }
    openers <= DEEPEST
}

fn is_within(value: &Value, levels: usize) -> bool {
    let Some(inside) = levels.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| is_within(item, inside)),
        Value::Object(map) => map.values().all(|item| is_within(item, inside)),
        _ => true,
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    // By way of a value: a raw one cannot be read inside an enum with a tag.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        text.parse().unwrap()
    }

    #[test]
    fn a_value_keeps_its_text() {
        for text in ["null", "1.10", "\"a\u{e4}\"", "{\"b\":1,\"a\":[2.50]}"] {
            assert_eq!(json(text).as_str(), text);
            assert_eq!(serde_json::to_string(&json(text)).unwrap(), text);
        }
    }

    #[test]
    fn it_never_breaks_the_line_that_it_is_sent_in() {
        assert_eq!(json("{\n \"a\":\r\n\t1}").as_str(), "{\"a\":1}");
        assert_eq!(json("\"a\\nb\"").as_str(), "\"a\\nb\"");
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        for text in ["", "{", "nul", "1 2", "\"\u{1}\"", "{\"a\":}"] {
            assert!(text.parse::<Json>().is_err(), "{text}");
        }
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(nested(60).parse::<Json>().is_ok());
        for levels in [70, 125, 200, 100_000] {
            assert!(nested(levels).parse::<Json>().is_err(), "{levels}");
        }
        // What only some readers would refuse.
        for text in ["1e999", "[1E400]", "\"\\ud800\"", &"9".repeat(400)] {
            assert!(text.parse::<Json>().is_err(), "{text}");
        }
        assert!("[1e3,\"a1e9\",\"\\u00e4\"]".parse::<Json>().is_ok());
        // Brackets in a text nest nothing.
        assert!(format!("\"{}\"", "[".repeat(200)).parse::<Json>().is_ok());
    }

    #[test]
    fn it_is_read_back_from_within_a_tagged_enum() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        enum Tagged {
            One { data: Json },
        }
        let one = Tagged::One { data: json("{\"a\":[1,2]}") };
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(text, "{\"kind\":\"One\",\"data\":{\"a\":[1,2]}}");
        assert_eq!(serde_json::from_str::<Tagged>(&text).unwrap(), one);
    }
}
