//! What came of a sentence. Nothing here decides; it is what the matcher hands
//! to the assistant.

use jarvis_domain::{CommandName, NodeName, Vmid};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::names::{Fit, Kind};

/// What came of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "recognition")]
pub enum Recognition {
    /// It fits; the best first, never empty. No two have the same command and
    /// the same slots.
    Matched {
        /// The matches.
        matches: Vec<Match>,
    },
    /// It would fit if a name in it were known.
    UnknownName(UnknownName),
    /// It fits, and in one slot names nothing, "start the machine". What it means stands
    /// without that slot: to be asked for where the command needs it. Of a command that
    /// goes without, it means more than was said.
    Unnamed {
        /// The slot.
        slot: String,
        /// What it should have named.
        kind: Kind,
        /// What was heard in its place.
        heard: String,
        /// The rest.
        meant: Box<Match>,
    },
    /// It fits nothing.
    None {
        /// What can be said, the nearest to what was heard first.
        examples: Vec<String>,
    },
    /// It has more than 1000 characters and was not read.
    TooLong {
        /// How many it has.
        characters: usize,
    },
}

/// A name that nothing in the cluster has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownName {
    /// The command that the rest of the sentence chose.
    pub command: CommandName,
    /// The slot the name was for.
    pub slot: String,
    /// What it should have named.
    pub kind: Kind,
    /// The name as it was heard.
    pub heard: String,
    /// Real names that are near it, the nearest first; may be empty.
    pub nearest: Vec<String>,
    /// The whole sentence with what is near in that slot, at [`Fit::Near`], to be
    /// picked from; none where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meant: Option<Box<Match>>,
}

/// One way to understand a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// The command.
    pub command: CommandName,
    /// Its arguments, those of the file (`slots:`) included.
    pub slots: Vec<Slot>,
    /// The template, as it stands in the file.
    pub template: String,
    /// The file's `response` key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    /// Characters that matched the template's own text; more is better.
    pub literals: usize,
    /// Wildcards that took text; fewer is better.
    pub wildcards: usize,
    /// Characters that the wildcards took; fewer is better.
    pub wild_text: usize,
    /// The loosest fit among the names.
    pub fit: Fit,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slot {
    /// The command's parameter.
    pub name: String,
    /// Its value.
    pub value: SlotValue,
    /// The words it came from; empty for a constant of the file.
    pub text: String,
    /// How well the words fit the name; [`Fit::Exact`] for what is no name.
    pub fit: Fit,
}

/// An argument's value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum SlotValue {
    /// Guests that fit; more than one is ambiguous. Never empty.
    Guest(Vec<Vmid>),
    /// Nodes that fit; more than one is ambiguous. Never empty.
    Node(Vec<NodeName>),
    /// Tags that fit; more than one is ambiguous. Never empty.
    Tag(Vec<String>),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// A text: a list's value or what a wildcard took.
    Text(String),
    /// `true` or `false`, from a list or a constant.
    Boolean(bool),
}

impl Recognition {
    /// The best match, where there is one.
    #[must_use]
    pub fn best(&self) -> Option<&Match> {
        match self {
            Self::Matched { matches } => matches.first(),
            _ => None,
        }
    }
}

impl Match {
    /// Its words had to be repaired: no name is certain whose words `are_doubtful`.
    pub(crate) fn doubt(&mut self, are_doubtful: impl Fn(&str) -> bool) {
        for slot in &mut self.slots {
            if slot.is_said_name() && are_doubtful(&slot.text) {
                slot.fit = slot.fit.max(Fit::Sound);
                self.fit = self.fit.max(slot.fit);
            }
        }
    }

    /// Whether a name was said in it.
    pub(crate) fn names_something(&self) -> bool {
        self.slots.iter().any(Slot::is_said_name)
    }

    /// The slot of this name.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// The first slot that names more than one thing.
    #[must_use]
    pub fn ambiguous(&self) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.value.is_ambiguous())
    }

    /// The arguments for an invocation; the first ambiguous slot otherwise.
    pub fn arguments(&self) -> Result<Map<String, Value>, &Slot> {
        let pair = |slot: &'_ Slot| slot.value.json().map(|value| (slot.name.clone(), value));
        self.slots.iter().map(|slot| pair(slot).ok_or(slot)).collect()
    }
}

impl Slot {
    /// Whether it is a name that was said.
    fn is_said_name(&self) -> bool {
        let is_name =
            matches!(self.value, SlotValue::Guest(_) | SlotValue::Node(_) | SlotValue::Tag(_));
        is_name && !self.text.is_empty()
    }

    /// Whether a person is to be asked what is meant: it names several things, it is only
    /// nearly a name, or it is less than a name and the command `interrupts` something.
    #[must_use]
    pub fn is_open(&self, interrupts: bool) -> bool {
        self.value.is_ambiguous() || self.fit == Fit::Near || (interrupts && !self.fit.is_certain())
    }
}

impl SlotValue {
    /// Whether it names more than one thing.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.json().is_none()
    }

    /// As an argument: a guest's number, a node's name, a tag, a number or a
    /// text. None while it is ambiguous.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        fn one<T>(found: &[T]) -> Option<&T> {
            match found {
                [one] => Some(one),
                _ => None,
            }
        }
        Some(match self {
            Self::Guest(found) => Value::from(one(found)?.get()),
            Self::Node(found) => Value::from(one(found)?.as_str()),
            Self::Tag(found) => Value::from(one(found)?.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Number(number) => Value::from(*number),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Boolean(flag) => Value::from(*flag),
        })
    }
}
