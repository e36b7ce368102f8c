//! Every word that may stand in a sentence that fits a template, the words of its lists
//! apart. A sentence with any other word is not held against it, so that what was said
//! about another thing costs nothing.

use std::collections::BTreeSet;

use super::required::{Piece, Segment, part};
use super::{Expression, forms};

/// A segment that stands for more texts than this allows any word.
const MAX_FORMS: usize = 256;
/// Stands for a value among the forms of a segment; no text holds it.
const VALUE: char = '\u{1}';
/// The same for a number, which may have text at its end.
const NUMBER: char = '\u{2}';

/// What a list allows in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allows {
    /// Any words.
    Anything,
    /// The words of its values.
    Values,
    /// Numbers.
    Numbers,
}

/// The words of `tree`, which holds no rules; none where any word may stand.
/// `allows`: what a list does, by its name.
pub(crate) fn vocabulary(
    tree: &Expression,
    allows: &impl Fn(&str) -> Allows,
) -> Option<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    collect(tree, allows, &mut words)?;
    Some(words)
}

fn collect(
    tree: &Expression,
    allows: &impl Fn(&str) -> Allows,
    words: &mut BTreeSet<String>,
) -> Option<()> {
    match tree {
        Expression::Text(_) | Expression::Sequence(_) => {
            let mut segments: Vec<Segment<'_>> = vec![Vec::new()];
            part(tree, &mut segments);
            segments.iter().try_for_each(|segment| match segment.as_slice() {
                [] => Some(()),
                [Piece::Other(only)] => collect(only, allows, words),
                _ => collect_forms(segment, allows, words),
            })
        }
        Expression::Alternative(items) | Expression::Permutation(items) => {
            items.iter().try_for_each(|item| collect(item, allows, words))
        }
        Expression::List(list) => (allows(&list.list) != Allows::Anything).then_some(()),
        Expression::Rule { .. } => None,
    }
}

/// The words of all texts that the segment stands for.
fn collect_forms(
    segment: &Segment<'_>,
    allows: &impl Fn(&str) -> Allows,
    words: &mut BTreeSet<String>,
) -> Option<()> {
    let items: Option<Vec<Expression>> = segment
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Some(Expression::Text((*text).to_owned())),
            Piece::Other(other) => marked(other, allows),
        })
        .collect();
    for form in forms(&Expression::Sequence(items?), MAX_FORMS)? {
        for word in form.split(' ').filter(|word| !word.is_empty()) {
            if word.contains(NUMBER) {
                // What belongs to a number may stand apart from it: "50 %".
                words.extend(word.split(NUMBER).filter(|rest| !rest.is_empty()).map(str::to_owned));
                continue;
            }
            if word.chars().eq([VALUE]) {
                continue;
            }
            // Text that is joined with a value, or, after an apostrophe, with the next
            // word, makes words that nobody can list.
            if word.contains(VALUE) || word.ends_with('\'') {
                return None;
            }
            words.insert(word.to_owned());
        }
    }
    Some(())
}

/// The tree with marks for its lists.
fn marked(tree: &Expression, allows: &impl Fn(&str) -> Allows) -> Option<Expression> {
    let all = |items: &[Expression]| -> Option<Vec<Expression>> {
        items.iter().map(|item| marked(item, allows)).collect()
    };
    Some(match tree {
        Expression::Text(_) => tree.clone(),
        Expression::Sequence(items) => Expression::Sequence(all(items)?),
        Expression::Alternative(items) => Expression::Alternative(all(items)?),
        Expression::Permutation(items) => Expression::Permutation(all(items)?),
        Expression::List(list) => Expression::Text(match allows(&list.list) {
            Allows::Anything => return None,
            Allows::Values => VALUE.to_string(),
            Allows::Numbers => NUMBER.to_string(),
        }),
        Expression::Rule { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse;

    #[test]
    fn every_word_that_a_template_allows_is_listed() {
        let allows = |list: &str| match list {
            "any" => Allows::Anything,
            "0..9" => Allows::Numbers,
            _ => Allows::Values,
        };
        for (text, expected) in [
            ("turn(s|ed) [on] the {x}", Some("on the turned turns")),
            ("light[s] (in;over there)", Some("in light lights over there")),
            ("set {0..9:n}[%| percent]", Some("% percent set")),
            ("{x}", Some("")),
            ("{x}s", None),
            ("say {any}", None),
            ("l' {x}", None),
            ("what[']s up", Some("up what's whats")),
        ] {
            let words = vocabulary(&parse(text).unwrap(), &allows);
            let shown = words.map(|words| words.into_iter().collect::<Vec<_>>().join(" "));
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }
}
