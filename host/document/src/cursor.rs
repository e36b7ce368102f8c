//! Reading a tree without stopping at the first mistake.

use std::cell::RefCell;
use std::str::FromStr;
use std::time::Duration;

use crate::problem::{Notes, Problem, cut, nearest};
use crate::tree::{Entry, Node, Position, Value};
use crate::unit::{parse_bytes, parse_duration};

/// A value, how it was reached, and where mistakes are noted. Every getter
/// notes a mistake and returns `None` when the value is not what it asks for.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    node: &'a Node,
    named_at: Position,
    key: String,
    notes: &'a Notes,
}

/// The keys of a mapping. Call [`Keys::finish`] when all valid keys have been
/// asked for: the ones nobody asked for are mistakes.
#[derive(Debug)]
pub struct Keys<'a> {
    cursor: Cursor<'a>,
    entries: &'a [Entry],
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Cursor<'a> {
    /// The root of a file.
    #[must_use]
    pub fn root(node: &'a Node, notes: &'a Notes) -> Self {
        Self { node, named_at: node.at, key: String::new(), notes }
    }

    /// The value as it stands in the tree.
    #[must_use]
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Position {
        self.node.at
    }

    /// Where its key stands; where it stands itself, when it has none.
    #[must_use]
    pub fn named_at(&self) -> Position {
        self.named_at
    }

    /// Its way from the root: `requests[2].paths`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Notes a mistake here.
    pub fn problem(&self, message: impl Into<String>) {
        self.notes
            .push(Problem { key: self.key.clone(), ..Problem::at(self.node.at, message.into()) });
    }

    /// Notes that `word` is none of `valid`, and which of them is nearest.
    pub fn not_one_of(&self, word: &str, valid: &[&str]) {
        let problem = Problem::at(
            self.node.at,
            format!("{:?} is not one of {}", cut(word), valid.join(", ")),
        );
        let nearest = nearest(word, valid.iter().copied()).map(str::to_owned);
        self.notes.push(Problem { key: self.key.clone(), nearest, ..problem });
    }

    /// A mapping.
    #[must_use]
    pub fn mapping(&self) -> Option<Keys<'a>> {
        match &self.node.value {
            Value::Mapping(entries) => {
                Some(Keys { cursor: self.clone(), entries, asked: RefCell::default() })
            }
            _ => self.wrong("a mapping (key: value)"),
        }
    }

    /// The items of a list.
    #[must_use]
    pub fn sequence(&self) -> Option<Vec<Cursor<'a>>> {
        let Value::Sequence(nodes) = &self.node.value else {
            return self.wrong("a list");
        };
        let item = |(index, node)| Cursor {
            node,
            named_at: node.at,
            key: format!("{}[{index}]", self.key),
            notes: self.notes,
        };
        Some(nodes.iter().enumerate().map(item).collect())
    }

    /// The items of a list, or the one value that stands for a list of one.
    #[must_use]
    pub fn one_or_more(&self) -> Option<Vec<Cursor<'a>>> {
        match &self.node.value {
            Value::Scalar(_) => Some(vec![self.clone()]),
            _ => self.sequence(),
        }
    }

    /// A list of texts.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<&'a str>> {
        self.sequence()?.iter().map(Cursor::text).collect()
    }

    /// Any scalar but null, as it was written.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(&scalar.text),
            _ => self.wrong("a text"),
        }
    }

    /// `true` or `false`, without quotes.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.plain && scalar.text == "true" => Some(true),
            Value::Scalar(scalar) if scalar.plain && scalar.text == "false" => Some(false),
            _ => self.wrong("true or false"),
        }
    }

    /// A whole number, without quotes.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        self.plain().and_then(|text| text.parse().ok()).or_else(|| self.wrong("a whole number"))
    }

    /// A whole number from `least` to `most`.
    #[must_use]
    pub fn integer_in(&self, least: i64, most: i64) -> Option<i64> {
        let number = self.integer()?;
        if !(least..=most).contains(&number) {
            self.problem(format!("{number} is not from {least} to {most}"));
            return None;
        }
        Some(number)
    }

    /// A number, without quotes.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        let finite = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        self.plain().and_then(finite).or_else(|| self.wrong("a number"))
    }

    /// A span of time with its unit: `500ms`, `90s`, `8h`.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let text = self.text()?;
        parse_duration(text)
            .or_else(|| self.wrong("a time with its unit, like 500ms, 90s, 10m or 8h"))
    }

    /// A size with its unit: `64KiB`, `32MiB`.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let text = self.text()?;
        parse_bytes(text).or_else(|| self.wrong("a size with its unit, like 64KiB, 32MiB or 1GiB"))
    }

    /// A text that `T` accepts; its error is the mistake.
    #[must_use]
    pub fn parsed<T>(&self) -> Option<T>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        match self.text()?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(error.to_string());
                None
            }
        }
    }

    /// One of a few words.
    #[must_use]
    pub fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let valid: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.not_one_of(text, &valid);
        }
        found
    }

    fn plain(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.plain => Some(&scalar.text),
            _ => None,
        }
    }

    fn wrong<T>(&self, wanted: &str) -> Option<T> {
        let found = match &self.node.value {
            Value::Scalar(scalar) if scalar.is_null() => "nothing".to_owned(),
            Value::Scalar(scalar) => {
                format!("{:?}", scalar.text.chars().take(60).collect::<String>())
            }
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        };
        self.problem(format!("{wanted} belongs here, not {found}"));
        None
    }
}

impl<'a> Keys<'a> {
    /// The mapping itself.
    #[must_use]
    pub fn cursor(&self) -> &Cursor<'a> {
        &self.cursor
    }

    /// The value of `key`; its absence is a mistake.
    #[must_use]
    pub fn required(&self, key: &'static str) -> Option<Cursor<'a>> {
        let found = self.optional(key);
        if found.is_none() {
            self.cursor.problem(format!("the key {key} is missing"));
        }
        found
    }

    /// The value of `key`, unless it is absent or null.
    #[must_use]
    pub fn optional(&self, key: &'static str) -> Option<Cursor<'a>> {
        self.asked.borrow_mut().push(key);
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (!entry.value.is_null()).then(|| self.child(entry))
    }

    /// Every entry, for mappings whose keys are names.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> {
        self.entries.iter().map(|entry| (entry.key.as_str(), self.child(entry)))
    }

    /// Notes every key that nobody asked for, with the nearest that is valid.
    pub fn finish(self) {
        let asked = self.asked.borrow();
        for entry in self.entries.iter().filter(|entry| !asked.contains(&entry.key.as_str())) {
            let nearest = nearest(&entry.key, asked.iter().copied()).map(str::to_owned);
            let message = match nearest {
                Some(_) => "there is no such key".to_owned(),
                None => format!("there is no such key; valid here: {}", asked.join(", ")),
            };
            let key = self.child(entry).key;
            self.cursor.notes.push(Problem { key, nearest, ..Problem::at(entry.at, message) });
        }
    }

    fn child(&self, entry: &'a Entry) -> Cursor<'a> {
        let parent = &self.cursor.key;
        let own = cut(&entry.key);
        let key = if parent.is_empty() { own } else { format!("{parent}.{own}") };
        Cursor { node: &entry.value, named_at: entry.at, key, notes: self.cursor.notes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn all_mistakes_are_shown_at_once_by_line() {
        let tree =
            parse("id: 5\nlimits:\n  time: fast\n  memry: 32MiB\nrisk: chnge\nlist: 3\n").unwrap();
        let notes = Notes::default();
        let keys = Cursor::root(&tree, &notes).mapping().unwrap();
        let _ = keys.required("id").and_then(|id| id.integer_in(1, 3));
        let _ = keys.required("version");
        let _ = keys.required("risk").and_then(|risk| risk.one_of(&[("read", 1), ("change", 2)]));
        let _ = keys.optional("list").and_then(|list| list.sequence());
        let limits = keys.required("limits").unwrap().mapping().unwrap();
        let _ = limits.optional("time").and_then(|time| time.duration());
        let _ = limits.optional("memory");
        limits.finish();
        keys.finish();
        let expected = "line 1: id: 5 is not from 1 to 3\n\
            line 1: the key version is missing\n\
            line 3: limits.time: a time with its unit, like 500ms, 90s, 10m or 8h belongs here, not \"fast\"\n\
            line 4: limits.memry: there is no such key; did you mean memory?\n\
            line 5: risk: \"chnge\" is not one of read, change; did you mean change?\n\
            line 6: list: a list belongs here, not \"3\"";
        let problems = notes.into_problems();
        let mut shown: Vec<String> = problems.to_string().lines().map(str::to_owned).collect();
        shown.sort();
        let mut expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(shown, expected);
    }

    #[test]
    fn quoted_words_are_not_numbers_or_booleans() {
        let tree = parse("a: '5'\nb: 'true'\nc: 0.10\nd:\n").unwrap();
        let notes = Notes::default();
        let keys = Cursor::root(&tree, &notes).mapping().unwrap();
        assert_eq!(keys.optional("a").unwrap().integer(), None);
        assert_eq!(keys.optional("b").unwrap().boolean(), None);
        assert_eq!(keys.optional("c").unwrap().text(), Some("0.10"));
        assert!(keys.optional("d").is_none());
        assert_eq!(notes.into_problems().0.len(), 2);
    }
}
