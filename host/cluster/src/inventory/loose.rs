//! A value as Proxmox sends it, borrowed from the answer: the same leniency as
//! [`crate::lenient`], for lists of ten thousand guests every few seconds,
//! which as trees of values would cost several times as much.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A number, a text, or nothing that is of use here.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Loose<'a> {
    #[default]
    Nothing,
    Whole(u64),
    Real(f64),
    Text(Cow<'a, str>),
}

impl Loose<'_> {
    /// The text; none when it is empty or none.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    pub(super) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// A number, also one that came as text. NaN and infinities are none.
    pub(super) fn number(&self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "shares and counts, far below 2^53")]
        let number = match self {
            Self::Whole(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Nothing => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// A count: a number without its fraction; a negative one is none.
    pub(super) fn count(&self) -> Option<u64> {
        if let Self::Whole(exact) = self {
            return Some(*exact);
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts from f64 saturate, and a negative count is no count"
        )]
        self.number().filter(|number| *number >= 0.0).map(|number| number as u64)
    }

    /// A flag: 1, "1" and true are set.
    pub(super) fn flag(&self) -> Option<bool> {
        self.number().map(|number| number != 0.0)
    }
}

impl<'de> Deserialize<'de> for Loose<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Seen)
    }
}

struct Seen;

impl<'de> Visitor<'de> for Seen {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Loose::Whole(u64::from(flag)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Loose::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        #[allow(clippy::cast_precision_loss, reason = "a negative number is no count")]
        Ok(u64::try_from(number).map_or(Loose::Real(number as f64), Loose::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Loose::Real(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient;
    use serde_json::Value;

    #[test]
    fn it_reads_values_as_leniently_as_a_tree_of_them_is_read() {
        for json in [
            "2048",
            "\"2048\"",
            "\"0.00\"",
            "12.9",
            "-5.7e-05",
            "-3",
            "\"-0.5\"",
            "\"NaN\"",
            "\"inf\"",
            "\"many\"",
            "\"\"",
            "null",
            "true",
            "false",
            "\"1\"",
            "0",
            "[1,[2]]",
            "{\"a\":{\"b\":1}}",
            "18446744073709551615",
            "1e300",
            "\"a\\n\\\"b\\\"\"",
            "\" 7 \"",
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            let loose: Loose<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(loose.number(), lenient::number(&value), "{json}");
            assert_eq!(loose.count(), lenient::count(&value), "{json}");
            assert_eq!(loose.flag(), lenient::flag(&value), "{json}");
            assert_eq!(loose.text(), value.as_str().filter(|text| !text.is_empty()), "{json}");
        }
    }

    #[test]
    fn plain_text_is_not_copied() {
        for (json, copied) in [("\"pve1\"", false), ("\"a\\u00e9\"", true)] {
            let Loose::Text(text) = serde_json::from_str(json).unwrap() else { panic!("{json}") };
            assert_eq!(matches!(text, Cow::Owned(_)), copied, "{json}");
        }
    }
}
