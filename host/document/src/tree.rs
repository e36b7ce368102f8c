//! The tree and its limits. Built from the events of `saphyr-parser`, so that
//! no file, however nested or long, is held before it is checked.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::problem::{Problem, Problems};

/// The longest file that is read, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 32;
/// The most nodes in a file.
pub const MAX_NODES: usize = 200_000;

/// Where something stands; both count from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub at: Position,
    /// What it is.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Anything that is not a list or a mapping.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file; no key stands twice.
    Mapping(Vec<Entry>),
}

/// A scalar as it was written; what type it has is for the reader to say, so
/// that `version: 0.10` stays `0.10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text.
    pub text: String,
    /// Written without quotes, so that it may be a number, a boolean or null.
    pub plain: bool,
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub at: Position,
    /// The value.
    pub value: Node,
}

impl Scalar {
    /// Whether it is YAML's null: nothing, `~` or `null`, without quotes.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// Whether it is YAML's null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }
}

/// Reads one YAML document. An empty text is an empty mapping.
///
/// Anchors, aliases and tags are refused: no file of jarvis needs them, and
/// aliases let a small file grow without end.
pub fn parse(text: &str) -> Result<Node, Problems> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(Problem::at(Position { line: 1, column: 1 }, message).into());
    }
    Builder::default().build(text).map_err(Problems::from)
}

/// A collection that is still open, or the finished document.
enum Open {
    Sequence(Position, Vec<Node>),
    Mapping {
        at: Position,
        entries: Vec<Entry>,
        key: Option<(Position, String)>,
        /// The lines of the keys so far, so that many keys cost no more each
        /// than few.
        lines: HashMap<String, usize>,
    },
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    nodes: usize,
    document: Option<Node>,
}

impl Builder {
    fn build(mut self, text: &str) -> Result<Node, Problem> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = Position { line: error.marker().line(), column: error.marker().col() + 1 };
                Problem::at(at, format!("this is not YAML: {}", error.info()))
            })?;
            let at = Position { line: span.start.line(), column: span.start.col() + 1 };
            self.event(event, at)?;
        }
        let empty = Node { at: Position { line: 1, column: 1 }, value: Value::Mapping(Vec::new()) };
        Ok(self.document.filter(|node| !node.is_null()).unwrap_or(empty))
    }

    fn event(&mut self, event: Event<'_>, at: Position) -> Result<(), Problem> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.document.is_some() => {
                Err(Problem::at(at, "a second document begins here; one file holds one".to_owned()))
            }
            Event::DocumentStart(_) => Ok(()),
            Event::Alias(_) => Err(Problem::at(at, "aliases (*name) are not read here".to_owned())),
            Event::Scalar(text, style, anchor, tag) => {
                refuse(anchor, tag.is_some(), at)?;
                let scalar = Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.scalar(scalar, at)
            }
            Event::SequenceStart(anchor, tag) => {
                refuse(anchor, tag.is_some(), at)?;
                self.open(Open::Sequence(at, Vec::new()), at)
            }
            Event::MappingStart(anchor, tag) => {
                refuse(anchor, tag.is_some(), at)?;
                let lines = HashMap::new();
                self.open(Open::Mapping { at, entries: Vec::new(), key: None, lines }, at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn count(&mut self, at: Position) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Problem::at(at, format!("the file has more than {MAX_NODES} values")));
        }
        Ok(())
    }

    fn open(&mut self, open: Open, at: Position) -> Result<(), Problem> {
        self.count(at)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(Problem::at(
                at,
                format!("the file is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        if let Some(Open::Mapping { key: None, .. }) = self.stack.last() {
            return Err(Problem::at(
                at,
                "a key must be a plain word, not a list or a mapping".to_owned(),
            ));
        }
        self.stack.push(open);
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar, at: Position) -> Result<(), Problem> {
        self.count(at)?;
        if let Some(Open::Mapping { key: key @ None, lines, .. }) = self.stack.last_mut() {
            if let Some(first) = lines.insert(scalar.text.clone(), at.line) {
                let message = format!("the key stands twice; it is on line {first} already");
                return Err(Problem { key: scalar.text, ..Problem::at(at, message) });
            }
            *key = Some((at, scalar.text));
            return Ok(());
        }
        self.place(Node { at, value: Value::Scalar(scalar) });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        let node = match self.stack.pop() {
            Some(Open::Sequence(at, nodes)) => Node { at, value: Value::Sequence(nodes) },
            Some(Open::Mapping { at, entries, .. }) => Node { at, value: Value::Mapping(entries) },
            None => return Ok(()),
        };
        self.place(node);
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(Open::Sequence(_, nodes)) => nodes.push(node),
            Some(Open::Mapping { entries, key, .. }) => {
                if let Some((at, key)) = key.take() {
                    entries.push(Entry { key, at, value: node });
                }
            }
            None => self.document = Some(node),
        }
    }
}

fn refuse(anchor: usize, tagged: bool, at: Position) -> Result<(), Problem> {
    if anchor != 0 {
        return Err(Problem::at(at, "anchors (&name) are not read here".to_owned()));
    }
    if tagged {
        return Err(Problem::at(at, "tags (!name) are not read here".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_value_knows_its_line() {
        let tree = parse("a: 1\nb:\n  - x\n  - 'y'\n").unwrap();
        let Value::Mapping(entries) = &tree.value else { panic!("{tree:?}") };
        let Value::Sequence(items) = &entries[1].value.value else { panic!("{tree:?}") };
        assert_eq!((entries[1].at.line, items[1].at.line, items[1].at.column), (2, 4, 5));
        assert_eq!(items[1].value, Value::Scalar(Scalar { text: "y".into(), plain: false }));
    }

    #[test]
    fn malformed_texts_name_the_line() {
        for (text, expected) in [
            ("a: [1\nb: 2", "line 2"),
            ("a: 1\na: 2", "line 2: a: the key stands twice; it is on line 1 already"),
            ("a: &x 1\nb: *x", "line 1: anchors (&name) are not read here"),
            ("a: !!int 1", "line 1: tags (!name) are not read here"),
            ("a: 1\n---\nb: 1", "line 2: a second document begins here; one file holds one"),
            ("? [a]\n: 1", "line 1: a key must be a plain word"),
            ("a: \"\\q\"", "line 1: this is not YAML"),
        ] {
            assert!(refused(text).starts_with(expected), "{text:?} gave {}", refused(text));
        }
    }

    #[test]
    fn empty_and_enormous_files_are_answered() {
        for empty in ["", "\n\n", "# only a comment\n", "---\n", "~"] {
            assert_eq!(
                parse(empty).map(|node| node.value),
                Ok(Value::Mapping(Vec::new())),
                "{empty:?}"
            );
        }
        assert!(refused(&"x".repeat(MAX_BYTES + 1)).contains("at most"));
        assert!(refused(&"[".repeat(MAX_DEPTH + 1)).contains("nested deeper"));
        assert!(refused(&"- 1\n".repeat(MAX_NODES + 1)).contains("more than"));
    }

    /// Looking for a key that stands twice once took minutes for a file of a
    /// megabyte.
    #[test]
    fn many_keys_are_read_as_fast_as_many_items() {
        let keys: String = (0..99_000).map(|key| format!("k{key}: 1\n")).collect();
        let Ok(Node { value: Value::Mapping(entries), .. }) = parse(&keys) else {
            panic!("refused")
        };
        assert_eq!(entries.len(), 99_000);
        assert!(refused(&format!("{keys}k7: 2")).contains("it is on line 8 already"));
    }
}
