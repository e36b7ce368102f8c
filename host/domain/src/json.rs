//! JSON that passes through: what a skill answers for programs is checked
//! once, and kept as text until a program reads it.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A text with no more opening brackets than this is not nested deeper than
/// what every reader takes (`serde_json` reads 128 levels).
const SHALLOW: usize = 100;

/// One JSON value as its text, on one line and at most 128 levels deep.
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
        let openers = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
        // A line break between two values would end the line that it is sent in.
        if openers <= SHALLOW && !text.bytes().any(|byte| byte.is_ascii_control()) {
            return serde_json::from_str(text).map(Self);
        }
        serde_json::from_str::<Value>(text)?.try_into()
    }
}

impl TryFrom<Value> for Json {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(&value).map(Self)
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
        assert!(nested(120).parse::<Json>().is_ok());
        assert!(nested(200).parse::<Json>().is_err());
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
