//! From text to tree. A mistake is noted and the reading goes on, so that all
//! of them are shown at once.

use super::{Expression, ListReference, MAX_DEPTH, MAX_LENGTH, MAX_PERMUTED, Mistake};
use crate::normal;

/// What `text` says; all its mistakes otherwise.
pub(crate) fn parse(text: &str) -> Result<Expression, Vec<Mistake>> {
    read(text, normal::chunk)
}

/// As [`parse`], with its text as it is written.
pub(crate) fn parse_as_written(text: &str) -> Result<Expression, Vec<Mistake>> {
    read(text, str::to_owned)
}

fn read(text: &str, chunk: fn(&str) -> String) -> Result<Expression, Vec<Mistake>> {
    let length = text.chars().count();
    if length > MAX_LENGTH {
        let message =
            format!("the sentence has {length} characters; at most {MAX_LENGTH} are read");
        return Err(vec![Mistake { column: 1, message }]);
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, mistakes: Vec::new(), chunk };
    if text.trim().is_empty() {
        parser.mistake(0, "the sentence is empty");
    }
    let tree = parser.group(None, 0);
    if parser.mistakes.is_empty() { Ok(tree) } else { Err(parser.mistakes) }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    mistakes: Vec<Mistake>,
    /// What becomes of text.
    chunk: fn(&str) -> String,
}

/// An open bracket: where, and what closes it.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    close: char,
}

impl Parser {
    fn mistake(&mut self, at: usize, message: impl Into<String>) {
        self.mistakes.push(Mistake { column: at + 1, message: message.into() });
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// All up to the closing bracket of `open`, or the end.
    fn group(&mut self, open: Option<Open>, depth: usize) -> Expression {
        let mut parts = vec![Vec::new()];
        let mut separator = None;
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                if let Some(open) = open {
                    self.mistake(open.at, format!("the closing {} is missing", open.close));
                }
                break;
            };
            if c == '|' || c == ';' {
                self.at += 1;
                if *separator.get_or_insert(c) == c {
                    parts.push(Vec::new());
                } else {
                    self.mistake(at, "| and ; cannot stand in one group; put brackets around one");
                }
                continue;
            }
            if let Some(open) = open.filter(|open| open.close == c) {
                self.at += 1;
                if at == open.at + 1 {
                    self.mistake(open.at, "there is nothing between the brackets");
                }
                break;
            }
            if let Some(item) = self.item(c, depth)
                && let Some(part) = parts.last_mut()
            {
                part.push(item);
            }
        }
        self.joined(parts, separator, open.is_some_and(|open| open.close == ']'))
    }

    fn joined(
        &mut self,
        parts: Vec<Vec<Expression>>,
        separator: Option<char>,
        optional: bool,
    ) -> Expression {
        let sequence = |mut items: Vec<Expression>| match items.len() {
            1 => items.pop().unwrap_or_else(Expression::empty),
            _ => Expression::Sequence(items),
        };
        if separator == Some(';') && parts.len() > MAX_PERMUTED {
            let message = format!("at most {MAX_PERMUTED} parts can stand in any order");
            self.mistake(self.at.saturating_sub(1), message);
        }
        let mut parts: Vec<Expression> = parts.into_iter().map(sequence).collect();
        let group = match separator {
            Some(';') => Expression::Permutation(parts),
            Some(_) if optional => {
                parts.push(Expression::empty());
                return Expression::Alternative(parts);
            }
            Some(_) => Expression::Alternative(parts),
            None => parts.pop().unwrap_or_else(Expression::empty),
        };
        if optional { Expression::Alternative(vec![group, Expression::empty()]) } else { group }
    }

    fn item(&mut self, c: char, depth: usize) -> Option<Expression> {
        let at = self.at;
        match c {
            '(' | '[' => {
                self.at += 1;
                let close = if c == '(' { ')' } else { ']' };
                if depth >= MAX_DEPTH {
                    self.mistake(at, format!("brackets are nested deeper than {MAX_DEPTH} levels"));
                    self.at = self.chars.len();
                    return None;
                }
                Some(self.group(Some(Open { at, close }), depth + 1))
            }
            '{' => self.name('}').map(|name| self.list(&name, at)),
            '<' => self.name('>').map(|name| Expression::Rule { name, column: at + 1 }),
            ')' | ']' | '}' | '>' => {
                self.at += 1;
                self.mistake(
                    at,
                    format!("{c} closes nothing; write \\{c} for the character itself"),
                );
                None
            }
            _ => Some(self.text()),
        }
    }

    /// What stands between this bracket and `close`.
    fn name(&mut self, close: char) -> Option<String> {
        let from = self.at;
        self.at += 1;
        let mut name = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if c == close {
                let name = name.trim().to_owned();
                if name.is_empty() {
                    self.mistake(from, "there is nothing between the brackets");
                    return None;
                }
                return Some(name);
            }
            if "()[]{}<>|;".contains(c) {
                self.mistake(self.at - 1, format!("{c} cannot stand in a name"));
            }
            name.push(c);
        }
        self.mistake(from, format!("the closing {close} is missing"));
        None
    }

    fn list(&mut self, text: &str, at: usize) -> Expression {
        let (list, slot) = text.split_once(':').unwrap_or((text, text));
        let (list, slot) = match list.strip_prefix('@') {
            Some(list) => (list, None),
            None => (list, Some(slot).filter(|slot| !slot.starts_with('@'))),
        };
        if list.is_empty() || slot.is_some_and(str::is_empty) {
            self.mistake(at, "a value is written {list}, {list:slot} or {0..100:slot}");
        }
        if slot.is_some_and(|slot| slot.contains("..")) {
            self.mistake(at, "a range needs the name of its slot: {0..100:slot}");
        }
        let glued = self.peek().is_some_and(|c| !c.is_whitespace());
        let (list, slot) = (list.to_owned(), slot.map(str::to_owned));
        Expression::List(ListReference { list, slot, glued, column: at + 1 })
    }

    fn text(&mut self) -> Expression {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            if "()[]{}<>|;".contains(c) {
                break;
            }
            self.at += 1;
            match (c, self.peek()) {
                ('\\', Some(next)) => {
                    self.at += 1;
                    text.push(next);
                }
                ('\\', None) => self.mistake(self.at - 1, "\\ stands before nothing"),
                _ => text.push(c),
            }
        }
        Expression::Text((self.chunk)(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(tree: &Expression) -> String {
        let all = |items: &[Expression]| items.iter().map(shape).collect::<Vec<_>>().join(",");
        match tree {
            Expression::Text(text) => format!("{text:?}"),
            Expression::Sequence(items) => format!("seq({})", all(items)),
            Expression::Alternative(items) => format!("alt({})", all(items)),
            Expression::Permutation(items) => format!("any({})", all(items)),
            Expression::List(list) => {
                format!("{{{}>{}}}", list.list, list.slot.as_deref().unwrap_or("@"))
            }
            Expression::Rule { name, .. } => format!("<{name}>"),
        }
    }

    #[test]
    fn the_syntax_is_hassils() {
        for (text, expected) in [
            ("turn on", "\"turn on\""),
            ("Turn ON [the] {vm}", "seq(\"turn on \",alt(\"the\",seq()),\" \",{vm>vm})"),
            ("(a|b c)", "alt(\"a\",\"b c\")"),
            ("(a|)", "alt(\"a\",seq())"),
            ("[a|b]", "alt(\"a\",\"b\",seq())"),
            ("a|b", "alt(\"a\",\"b\")"),
            ("(a; b)", "any(\"a\",\" b\")"),
            ("[a; b]", "alt(any(\"a\",\" b\"),seq())"),
            ("turn(s|ed)", "seq(\"turn\",alt(\"s\",\"ed\"))"),
            ("{l:s}", "{l>s}"),
            ("{0..100:p}%", "seq({0..100>p},\"%\")"),
            ("{l:@c} {@l}", "seq({l>@},\" \",{l>@})"),
            ("<start> \\[x\\]", "seq(<start>,\" [x]\")"),
            ("what is up?", "\"what is up\""),
        ] {
            assert_eq!(parse(text).as_ref().map(shape), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn all_mistakes_are_shown_at_once_with_their_place() {
        for (text, expected) in [
            ("", "1: the sentence is empty"),
            ("a () [", "3: there is nothing between the brackets; 6: the closing ] is missing"),
            (
                "{} <>",
                "1: there is nothing between the brackets; 4: there is nothing between the brackets",
            ),
            (
                "a) b}",
                "2: ) closes nothing; write \\) for the character itself; 5: } closes nothing; write \\} for the character itself",
            ),
            ("(a|b;c)", "5: | and ; cannot stand in one group; put brackets around one"),
            ("{a", "1: the closing } is missing"),
            ("{a(b}", "3: ( cannot stand in a name"),
            ("{0..9}", "1: a range needs the name of its slot: {0..100:slot}"),
            ("{a:}", "1: a value is written {list}, {list:slot} or {0..100:slot}"),
            ("(a;b;c;d;e;f;g)", "15: at most 6 parts can stand in any order"),
            ("a\\", "2: \\ stands before nothing"),
        ] {
            let mistakes = parse(text).unwrap_err();
            let shown: Vec<String> =
                mistakes.iter().map(|m| format!("{}: {}", m.column, m.message)).collect();
            assert_eq!(shown.join("; "), expected, "{text}");
        }
    }

    #[test]
    fn endless_templates_are_refused() {
        assert!(parse(&"(".repeat(1000)).is_err());
        assert!(parse(&"[a".repeat(900)).is_err());
        assert!(parse(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }
}
