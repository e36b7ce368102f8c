//! A sentence template as a tree; the syntax is hassil's.
//!
//! `(a|b)` one of them, `[a]` perhaps, `(a; b)` in any order, `{list}` or
//! `{list:slot}` a value, `{0..100:slot}` a number, `{list:@name}` a capture
//! that is no slot, `<rule>` a part with a name, `\` takes the next character
//! as it is. On purpose wider than hassil: `(a|)` is the same as `[a]`.

mod forms;
mod parse;
mod required;
mod vocabulary;

pub(crate) use forms::{count, forms};
pub(crate) use parse::{parse, parse_as_written};
pub(crate) use required::required;
pub(crate) use vocabulary::{Allows, vocabulary};

/// The longest template, characters.
pub(crate) const MAX_LENGTH: usize = 2000;
/// The deepest brackets.
pub(crate) const MAX_DEPTH: usize = 24;
/// The most parts of one `(a; b; c)`: their orders multiply.
pub(crate) const MAX_PERMUTED: usize = 6;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// Text, made comparable; its spaces at the ends say where words end.
    Text(String),
    /// One after the other.
    Sequence(Vec<Expression>),
    /// One of them; an optional has an empty sequence among them.
    Alternative(Vec<Expression>),
    /// All of them, in any order.
    Permutation(Vec<Expression>),
    /// A value.
    List(ListReference),
    /// A part with a name.
    Rule {
        /// Its name.
        name: String,
        /// Where it stands in the template, characters from 1.
        column: usize,
    },
}

/// A value in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReference {
    /// The list's name.
    pub list: String,
    /// Where its value goes; none for a capture.
    pub slot: Option<String>,
    /// No space follows, so that a wildcard may end within a word.
    pub glued: bool,
    /// Where it stands in the template, characters from 1.
    pub column: usize,
}

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Where, characters from 1.
    pub column: usize,
    /// What.
    pub message: String,
}

impl Expression {
    /// Calls `visit` for this part and every part in it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        if let Self::Sequence(items) | Self::Alternative(items) | Self::Permutation(items) = self {
            for item in items {
                item.walk(visit);
            }
        }
    }

    /// Nothing at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::Sequence(Vec::new())
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "character {}: {}", self.column, self.message)
    }
}
