//! What a command takes: each parameter's kind and bounds. The manifest
//! declares them, `arguments` checks values against them. Reads no file and
//! knows no cluster.

mod read;
mod value;

use jarvis_sentences::SlotKind;
use serde_json::{Map, Number, Value, json};

pub(crate) use read::read;
pub use value::BadValue;
pub(crate) use value::{cut, did_you_mean};

/// One parameter of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name; see [`Parameter::is_name`].
    pub name: String,
    /// What it takes.
    pub kind: ParameterKind,
    /// A command cannot run without it, so a person is asked for it.
    pub required: bool,
    /// Taken where no value is given; fits the kind.
    pub default: Option<Value>,
    /// The only values it takes; empty means any that fit the kind.
    pub one_of: Vec<Value>,
    /// What it is for, one sentence.
    pub description: Option<String>,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A guest, given by name or number; the skill gets its number.
    Guest,
    /// A node, given by name or number; the skill gets its name.
    Node,
    /// A tag that some guest has; the skill gets it as Proxmox writes it.
    Tag,
    /// A text, bounded by its length in characters.
    Text(Bounds<usize>),
    /// A whole number.
    Integer(Bounds<i64>),
    /// A number.
    Number(Bounds<f64>),
    /// `true` or `false`.
    Boolean,
}

/// The least and the most, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds<T> {
    /// Nothing below it.
    pub least: Option<T>,
    /// Nothing above it.
    pub most: Option<T>,
}

impl Parameter {
    /// The longest text of a parameter that sets no `maxLength`, characters.
    pub const MAX_TEXT: usize = 1024;

    /// Whether `name` can be a parameter's: up to 40 lower-case letters,
    /// digits, `-` and `_`, led by a letter, so that it can be said on a
    /// command line, in a sentence template and in JSON.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        name.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    }

    /// How a person is asked for it: `Which machine?`
    #[must_use]
    pub fn question(&self) -> String {
        let name = self.name.replace(['-', '_'], " ");
        match self.kind {
            ParameterKind::Guest => "Which machine?".to_owned(),
            ParameterKind::Node => "Which node?".to_owned(),
            ParameterKind::Tag => "Which tag?".to_owned(),
            ParameterKind::Boolean => format!("Should {name} be true or false?"),
            _ if !self.one_of.is_empty() => format!("Which {name}: {}?", self.choices()),
            _ => format!("What is the {name}?"),
        }
    }

    /// The values of `one_of` for a person: `a, b or 3`.
    #[must_use]
    pub fn choices(&self) -> String {
        let words: Vec<String> = self.one_of.iter().map(plain).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        listed(&words)
    }

    /// Its JSON Schema (draft 2020-12). A guest may be given by name, so it
    /// takes a text too, whatever the skill gets.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                schema.insert(key.to_owned(), value);
            }
        };
        put("type", Some(self.kind.json_type()));
        put("x-jarvis-kind", self.kind.name().map(Value::from));
        put("description", self.describe().map(Value::from));
        put("default", self.default.clone());
        put("enum", (!self.one_of.is_empty()).then(|| Value::Array(self.one_of.clone())));
        match self.kind {
            ParameterKind::Text(length) => {
                put("minLength", length.least.map(Value::from));
                put("maxLength", Some(Value::from(length.most.unwrap_or(Self::MAX_TEXT))));
            }
            ParameterKind::Integer(bounds) => {
                put("minimum", bounds.least.map(Value::from));
                put("maximum", bounds.most.map(Value::from));
            }
            ParameterKind::Number(bounds) => {
                put("minimum", bounds.least.and_then(Number::from_f64).map(Value::Number));
                put("maximum", bounds.most.and_then(Number::from_f64).map(Value::Number));
            }
            _ => {}
        }
        Value::Object(schema)
    }

    fn describe(&self) -> Option<String> {
        let how = match self.kind {
            ParameterKind::Guest => "The number or the name of a virtual machine or container.",
            ParameterKind::Node => "The name of a node.",
            ParameterKind::Tag => "A tag of guests.",
            _ => return self.description.clone(),
        };
        Some(
            self.description
                .as_ref()
                .map_or_else(|| how.to_owned(), |text| format!("{text} {how}")),
        )
    }
}

impl ParameterKind {
    /// The manifest's word in `kind`, for the kinds that the cluster knows.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Guest => Some("guest"),
            Self::Node => Some("node"),
            Self::Tag => Some("tag"),
            _ => None,
        }
    }

    /// What fills it in a sentence.
    #[must_use]
    pub fn slot(self) -> SlotKind {
        match self {
            Self::Guest => SlotKind::Guest,
            Self::Node => SlotKind::Node,
            Self::Tag => SlotKind::Tag,
            Self::Text(_) => SlotKind::Text,
            Self::Integer(_) => SlotKind::Integer,
            Self::Number(_) => SlotKind::Number,
            Self::Boolean => SlotKind::Boolean,
        }
    }

    /// Whether two parameters take the same things, their bounds aside.
    #[must_use]
    pub fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    fn json_type(self) -> Value {
        match self {
            Self::Guest => json!(["integer", "string"]),
            Self::Node | Self::Tag | Self::Text(_) => json!("string"),
            Self::Integer(_) => json!("integer"),
            Self::Number(_) => json!("number"),
            Self::Boolean => json!("boolean"),
        }
    }
}

impl<T: PartialOrd + Copy> Bounds<T> {
    /// Whether `value` lies between them.
    #[must_use]
    pub fn hold(&self, value: T) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Bounds<T> {
    /// `at least 1 and at most 5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.least, &self.most) {
            (Some(least), Some(most)) => write!(f, "at least {least} and at most {most}"),
            (Some(least), None) => write!(f, "at least {least}"),
            (None, Some(most)) => write!(f, "at most {most}"),
            (None, None) => f.write_str("anything"),
        }
    }
}

/// A value as a person would write it.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `a, b or c`.
pub(crate) fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests;
