//! Whether a value fits a parameter, and what it becomes. Texts become what
//! the parameter takes, because a command line and a sentence have only
//! texts. Names of guests, nodes and tags are for `arguments` to look up.

use jarvis_document::nearest;
use jarvis_domain::{NodeName, Vmid, text};
use serde_json::{Number, Value};

use super::{Parameter, ParameterKind, plain};

/// Why a value does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// It is of another type.
    #[error("{wanted} belongs here, not {given}")]
    Kind {
        /// What fits.
        wanted: &'static str,
        /// What was given, shortened.
        given: String,
    },
    /// It is a number out of bounds.
    #[error("{given} is not {bounds}")]
    Bounds {
        /// What was given.
        given: String,
        /// The bounds in words.
        bounds: String,
    },
    /// It is a text of a wrong length.
    #[error("the text has {length} characters; it takes {bounds}")]
    Length {
        /// Of the given text, in characters.
        length: usize,
        /// The bounds in words.
        bounds: String,
    },
    /// It is none of the values that the parameter takes.
    #[error("{given:?} is not {choices}{}", did_you_mean(.nearest.as_deref()))]
    NotOneOf {
        /// What was given, shortened.
        given: String,
        /// The values in words.
        choices: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// NUL and other control characters reach no skill; newline and tab do.
    #[error("the text has a control character")]
    Control,
}

impl Parameter {
    /// The value that the skill gets for `given`.
    pub fn accept(&self, given: &Value) -> Result<Value, BadValue> {
        let value = match self.kind {
            ParameterKind::Text(length) => {
                let text = text(given)?;
                let count = text.chars().count();
                let most = length.most.unwrap_or(Self::MAX_TEXT);
                if count > most || !length.hold(count) {
                    let bounds = super::Bounds { most: Some(most), ..length };
                    return Err(BadValue::Length { length: count, bounds: bounds.to_string() });
                }
                Value::String(text)
            }
            ParameterKind::Integer(bounds) => {
                let number = integer(given)?;
                bounded(bounds.hold(number), given, &bounds)?;
                number.into()
            }
            ParameterKind::Number(bounds) => {
                let number = number(given)?;
                bounded(bounds.hold(number), given, &bounds)?;
                Number::from_f64(number).map_or(Value::Null, Value::Number)
            }
            ParameterKind::Boolean => boolean(given)?.into(),
            ParameterKind::Guest => guest(given)?.get().into(),
            ParameterKind::Node => node(given)?.to_string().into(),
            ParameterKind::Tag => tag(given)?.into(),
        };
        self.one_of_them(value)
    }

    fn one_of_them(&self, value: Value) -> Result<Value, BadValue> {
        if self.one_of.is_empty() || self.one_of.contains(&value) {
            return Ok(value);
        }
        let given = plain(&value);
        // A person who speaks or types does not mind upper and lower case.
        let same = |one: &&Value| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(&given));
        if let Some(one) = self.one_of.iter().find(same) {
            return Ok(one.clone());
        }
        let words = self.one_of.iter().filter_map(Value::as_str);
        let nearest = nearest(&given, words).map(str::to_owned);
        Err(BadValue::NotOneOf { given: cut(&given), choices: self.choices(), nearest })
    }
}

impl BadValue {
    /// A value of another type than `wanted`.
    pub(crate) fn wrong(wanted: &'static str, given: &Value) -> Self {
        let given = match given {
            Value::Null => "nothing".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::String(text) => format!("{:?}", cut(text)),
            other => other.to_string(),
        };
        Self::Kind { wanted, given }
    }
}

/// Whether `text` is written as Proxmox writes tags (`pve-tag` in
/// `PVE::JSONSchema`), in either case.
fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-+.".contains(&b))
}

/// Ends a sentence with what was probably meant.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
}

fn text(given: &Value) -> Result<String, BadValue> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(BadValue::wrong("a text", given)),
    };
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(BadValue::Control);
    }
    Ok(text)
}

fn integer(given: &Value) -> Result<i64, BadValue> {
    let number = match given {
        Value::String(text) => text.trim().parse().ok(),
        // A model may write 5.0 where it means 5.
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        _ => None,
    };
    number.ok_or_else(|| BadValue::wrong("a whole number", given))
}

#[allow(clippy::cast_possible_truncation, reason = "whole and far below 2^63 by the check before")]
fn whole(number: f64) -> Option<i64> {
    // Up to 2^53 every whole number has a floating-point number of its own.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

fn number(given: &Value) -> Result<f64, BadValue> {
    let number = match given {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| BadValue::wrong("a number", given))
}

fn boolean(given: &Value) -> Result<bool, BadValue> {
    let word = match given {
        Value::Bool(value) => return Ok(*value),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        _ => return Err(BadValue::wrong("true or false", given)),
    };
    match word.as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(BadValue::wrong("true or false", given)),
    }
}

fn guest(given: &Value) -> Result<Vmid, BadValue> {
    let number = integer(given).ok().and_then(|number| u32::try_from(number).ok());
    number
        .and_then(|number| number.try_into().ok())
        .ok_or_else(|| BadValue::wrong("a guest's number, 100 to 999999999,", given))
}

fn node(given: &Value) -> Result<NodeName, BadValue> {
    given
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| BadValue::wrong("a node's name", given))
}

fn tag(given: &Value) -> Result<String, BadValue> {
    let text = given.as_str().filter(|text| is_tag(text));
    text.map(str::to_owned).ok_or_else(|| BadValue::wrong("a tag", given))
}

fn bounded(holds: bool, given: &Value, bounds: &impl std::fmt::Display) -> Result<(), BadValue> {
    if holds {
        return Ok(());
    }
    Err(BadValue::Bounds { given: plain(given), bounds: bounds.to_string() })
}

/// Short enough for a sentence.
pub(crate) fn cut(text: &str) -> String {
    text::cut(text, 60)
}
