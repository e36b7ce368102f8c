//! Lists: those of the file, those of the cluster, and ranges in templates.

use std::collections::BTreeMap;

use jarvis_document::{Cursor, to_json};
use serde_json::Value;

use super::read::{mapping_of_values, template};
use super::{ListKind, ListSource, Range, TextValue};
use crate::names::Kind;
use crate::template::{Expression, forms};

/// The most texts that one value of a list stands for.
pub(crate) const MAX_FORMS: usize = 512;
/// The largest bound of a range.
const MOST: i64 = 999_999_999_999;

/// What `name` stands for: the first of `lists` that has it, else what the
/// cluster has, else a range.
pub(super) fn find<'a>(
    lists: &[&'a BTreeMap<String, ListSource>],
    name: &str,
) -> Option<ListKind<'a>> {
    if let Some(source) = lists.iter().find_map(|lists| lists.get(name)) {
        return Some(ListKind::Source(source));
    }
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.list() == name) {
        return Some(ListKind::Names(kind));
    }
    inline(name).map(ListKind::Inline)
}

/// `0..100` or `0..100,10`.
fn inline(text: &str) -> Option<Range> {
    let (from, rest) = text.split_once("..")?;
    let (to, step) = rest.split_once(',').unwrap_or((rest, "1"));
    let number = |text: &str| text.parse().ok().filter(|number| (0..=MOST).contains(number));
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    (from <= to && step >= 1).then_some(Range { from, to, step, ..Range::ANY })
}

impl Range {
    const ANY: Self =
        Self { from: 0, to: 0, step: 1, multiplier: None, fractions: 1, digits: true, words: true };
}

/// Reads one list.
pub(super) fn read(cursor: &Cursor<'_>) -> Option<ListSource> {
    let keys = cursor.mapping()?;
    let values = keys.optional("values");
    let range = keys.optional("range");
    let wildcard = keys.optional("wildcard");
    let _ = keys.optional("metadata");
    keys.finish();
    match (values, range, wildcard) {
        (Some(values), None, None) => {
            let values = values.sequence()?;
            Some(ListSource::Values(values.iter().filter_map(value).collect()))
        }
        (None, Some(range), None) => self::range(&range).map(ListSource::Range),
        (None, None, Some(wildcard)) => {
            if wildcard.boolean() == Some(false) {
                wildcard.problem("a wildcard is written true");
            }
            Some(ListSource::Wildcard)
        }
        _ => {
            cursor.problem("a list has one of values, range and wildcard");
            None
        }
    }
}

fn value(cursor: &Cursor<'_>) -> Option<TextValue> {
    if let jarvis_document::Value::Scalar(_) = cursor.node().value {
        let said = said(cursor)?;
        let out = plain(&said.tree).then(|| Value::from(said.text.as_str()));
        return Some(TextValue { said, out, context: serde_json::Map::new(), metadata: None });
    }
    let keys = cursor.mapping()?;
    let said = keys.required("in").and_then(|said| self::said(&said));
    let out = keys.optional("out").map(|out| to_json(out.node()));
    let context = keys.optional("context").and_then(|context| mapping_of_values(&context));
    let metadata = keys.optional("metadata").map(|metadata| to_json(metadata.node()));
    keys.finish();
    Some(TextValue { said: said?, out, context: context.unwrap_or_default(), metadata })
}

fn plain(tree: &Expression) -> bool {
    matches!(tree, Expression::Text(_))
}

fn said(cursor: &Cursor<'_>) -> Option<super::Template> {
    let said = template(cursor)?;
    if forms(&said.tree, MAX_FORMS).is_none() {
        cursor.problem(format!(
            "a value of a list holds no lists or rules, and stands for at most {MAX_FORMS} texts"
        ));
        return None;
    }
    Some(said)
}

fn range(cursor: &Cursor<'_>) -> Option<Range> {
    let keys = cursor.mapping()?;
    let from = keys.required("from").and_then(|from| from.integer_in(-MOST, MOST));
    let to = keys.required("to").and_then(|to| to.integer_in(-MOST, MOST));
    let step = keys.optional("step").map_or(Some(1), |step| step.integer_in(1, MOST));
    let kinds = [("number", ()), ("percentage", ()), ("temperature", ())];
    let _ = keys.optional("type").and_then(|kind| kind.one_of(&kinds));
    let multiplier = keys.optional("multiplier").and_then(|multiplier| multiplier.number());
    let parts = [("halves", 2), ("tenths", 10)];
    let fractions = keys.optional("fractions").and_then(|parts_of| parts_of.one_of(&parts));
    let digits = keys.optional("digits").and_then(|digits| digits.boolean());
    let words = keys.optional("words").and_then(|words| words.boolean());
    let _ = keys.optional("words_language").and_then(|language| language.text());
    keys.finish();
    let (from, to, step) = (from?, to?, step?);
    if from > to {
        cursor.problem(format!("the range begins at {from} and ends before that, at {to}"));
        return None;
    }
    Some(Range {
        from,
        to,
        step,
        multiplier,
        fractions: fractions.unwrap_or(1),
        digits: digits.unwrap_or(true),
        words: words.unwrap_or(true),
    })
}
