//! `sentences/<lang>.yaml`: hassil's YAML, one file a skill and language. An
//! intent is a command of the skill, a slot is a parameter of it. The lists
//! `{guest}`, `{node}` and `{tag}` are there without being written: they hold
//! what the cluster has.
//!
//! Read strictly: an unknown key, a template with a mistake, a rule or list
//! that is not there are mistakes, shown all at once.

mod check;
mod lists;
mod read;
mod resolve;

use std::collections::BTreeMap;

use jarvis_document::{Position, Problems};
use serde_json::{Map, Value};

use crate::home::Combination;
use crate::names::Kind;
use crate::template::Expression;

/// The most parts of one sentence once its rules are put in.
pub(crate) const MAX_PARTS: usize = 4000;

/// A file of sentences.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SentenceFile {
    /// Its language, BCP 47.
    pub language: String,
    /// Words that do not count: "please". A file without the key has those
    /// that its language is polite with; `skip_words: []` has none.
    pub skip_words: Vec<String>,
    /// The sentences, by intent.
    pub blocks: Vec<Block>,
    /// Rules of the whole file.
    pub rules: BTreeMap<String, Rule>,
    /// Lists of the whole file.
    pub lists: BTreeMap<String, ListSource>,
}

/// A file of a language's sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// What a person is told of it by.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// What that is.
    pub holds: Holds,
}

/// What a file of a language holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Sentences, rules and lists; lists of one name go on.
    Sentences,
    /// Rules and lists; those of one name are the later file's.
    Shared,
    /// The sentences of one combination of an intent's slots.
    Combination(Combination),
}

/// Sentences of one intent that share their settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The intent: a command of the skill.
    pub intent: String,
    /// Where the intent's name stands.
    pub at: Position,
    /// The sentences.
    pub sentences: Vec<Template>,
    /// Arguments that need not be said, by name.
    pub slots: BTreeMap<String, Constant>,
    /// What must hold.
    pub requires: Context,
    /// What must not hold.
    pub excludes: Context,
    /// Rules of this block, before those of the file.
    pub rules: BTreeMap<String, Rule>,
    /// Lists of this block, before those of the file.
    pub lists: BTreeMap<String, ListSource>,
    /// Which reply is given; handed on.
    pub response: Option<String>,
    /// The combination of slots that it is of, in Home Assistant's newer layout.
    pub combination: Option<String>,
    /// Handed on.
    pub metadata: Option<Value>,
    /// One of these words must be said.
    pub keywords: Vec<String>,
}

/// One sentence template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// As it was written.
    pub text: String,
    /// Where it stands.
    pub at: Position,
    /// What it says.
    pub tree: Expression,
}

/// A part of sentences with a name.
pub(crate) type Rule = Template;

/// An argument that the file gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// Its value.
    pub value: Value,
    /// Where its name stands.
    pub at: Position,
}

/// Keys of the context and the value each must or must not have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context(pub Vec<Condition>);

/// One key of a context.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The key.
    pub key: String,
    /// One of these; empty means any value at all.
    pub values: Vec<Value>,
    /// The slot that gets the value of the context.
    pub slot: Option<String>,
    /// Where the key stands.
    pub at: Position,
}

/// Where a list's values come from.
#[derive(Debug, Clone, PartialEq)]
pub enum ListSource {
    /// They stand in the file.
    Values(Vec<TextValue>),
    /// Numbers.
    Range(Range),
    /// Any text.
    Wildcard,
}

/// One value of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TextValue {
    /// What is said, without rules and lists.
    pub said: Template,
    /// What it means; none means the text that was said.
    pub out: Option<Value>,
    /// Added to the context when it was said.
    pub context: Map<String, Value>,
    /// Handed on.
    pub metadata: Option<Value>,
}

/// Numbers from one to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub from: i64,
    /// The most.
    pub to: i64,
    /// Only every so many, counted from `from`; at least 1.
    pub step: i64,
    /// What the number is multiplied with.
    pub multiplier: Option<f64>,
    /// Parts of one that may be said: 2 for halves, 10 for tenths, else 1.
    pub fractions: u8,
    /// "55" is understood.
    pub digits: bool,
    /// "fifty five" is understood.
    pub words: bool,
}

/// A command as its manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Its name within the skill.
    pub name: String,
    /// Its parameters.
    pub parameters: Vec<ParameterSpec>,
}

/// A parameter of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: SlotKind,
    /// The command needs it, it has no default, and nobody can be asked for
    /// it, so that every sentence must say it.
    pub must_be_said: bool,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// A guest; its slot is filled from `{guest}`.
    Guest,
    /// A node; from `{node}`.
    Node,
    /// A tag; from `{tag}`.
    Tag,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
}

impl SentenceFile {
    /// Reads a file; all its mistakes otherwise.
    pub fn read(text: &str) -> Result<Self, Problems> {
        read::read(text)
    }

    /// Reads the files of a folder, by their names, as one: what one of them
    /// names, another may hold. `lists` are there beside theirs. All mistakes, by
    /// file, otherwise.
    pub fn read_folder(
        parts: &[(String, String)],
        lists: BTreeMap<String, ListSource>,
    ) -> Result<Self, Vec<(String, Problems)>> {
        let part = |(name, text): &(String, String)| FolderFile {
            name: name.clone(),
            text: text.clone(),
            holds: Holds::Sentences,
        };
        Self::read_files(&parts.iter().map(part).collect::<Vec<_>>(), lists)
    }

    /// The same of files that hold other things than sentences with all they need.
    pub fn read_files(
        parts: &[FolderFile],
        lists: BTreeMap<String, ListSource>,
    ) -> Result<Self, Vec<(String, Problems)>> {
        read::read_folder(parts, lists)
    }

    /// Checks the file against the commands of its skill: every intent must be
    /// one, every slot a parameter of its kind, and what must be said must be
    /// in every sentence.
    pub fn check(&self, commands: &[CommandSpec]) -> Result<(), Problems> {
        check::check(self, commands)
    }

    /// The tree of a sentence of `block` with its rules put in; none where a
    /// rule is missing, calls itself, or makes it larger than is allowed.
    pub(crate) fn resolved(&self, block: &Block, tree: &Expression) -> Option<Expression> {
        resolve::resolved(self, block, tree)
    }

    /// The rule of this name for sentences of `block`.
    fn rule<'a>(&'a self, block: &'a Block, name: &str) -> Option<&'a Rule> {
        self.rule_entry(block, name).map(|(_, rule)| rule)
    }

    fn rule_entry<'a>(&'a self, block: &'a Block, name: &str) -> Option<(&'a str, &'a Rule)> {
        let found = block.rules.get_key_value(name).or_else(|| self.rules.get_key_value(name));
        found.map(|(name, rule)| (name.as_str(), rule))
    }

    /// What a list's name in a sentence of `block` stands for.
    pub(crate) fn list<'a>(&'a self, block: &'a Block, name: &str) -> Option<ListKind<'a>> {
        lists::find(&[&block.lists, &self.lists], name)
    }
}

impl TextValue {
    /// A value that is said as it is written.
    pub(crate) fn plain(text: &str, context: Map<String, Value>) -> Self {
        let tree = Expression::Text(crate::normal::chunk(text));
        let said = Template { text: text.to_owned(), at: Position::default(), tree };
        Self { said, out: Some(Value::from(text)), context, metadata: None }
    }
}

impl Block {
    /// A block without anything in it.
    fn named(intent: &str) -> Self {
        Self {
            intent: intent.to_owned(),
            at: Position::default(),
            sentences: Vec::new(),
            slots: BTreeMap::new(),
            requires: Context::default(),
            excludes: Context::default(),
            rules: BTreeMap::new(),
            lists: BTreeMap::new(),
            response: None,
            combination: None,
            metadata: None,
            keywords: Vec::new(),
        }
    }
}

impl std::fmt::Display for SlotKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Guest => "a guest",
            Self::Node => "a node",
            Self::Tag => "a tag",
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
        })
    }
}

/// What a list in a template stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ListKind<'a> {
    /// What the cluster has.
    Names(Kind),
    /// A list of the file.
    Source(&'a ListSource),
    /// A range that stands in the template.
    Inline(Range),
}

#[cfg(test)]
mod tests;
