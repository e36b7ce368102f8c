//! Which words must be in a sentence for a template to fit at all. A template
//! is only tried on sentences that hold one word of each set, so that a miss
//! costs next to nothing.

use super::{Expression, forms};

/// More words than this in one set tell nothing.
const MAX_WORDS: usize = 64;

/// A part of a template between two certain gaps.
pub(super) type Segment<'a> = Vec<Piece<'a>>;

/// What stands between two gaps.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Other(&'a Expression),
}

/// Sets of words; a sentence that fits `tree` has a word of each. `tree` holds
/// no rules.
pub(crate) fn required(tree: &Expression) -> Vec<Vec<String>> {
    let mut sets = within(tree, true, true);
    for set in &mut sets {
        set.sort_unstable();
        set.dedup();
    }
    sets
}

/// `left` and `right`: whether `tree` begins and ends where words do.
fn within(tree: &Expression, left: bool, right: bool) -> Vec<Vec<String>> {
    match tree {
        Expression::Text(_) | Expression::Sequence(_) => of_sequence(tree, left, right),
        Expression::Alternative(items) => of_alternative(items, left, right).into_iter().collect(),
        Expression::Permutation(items) => {
            items.iter().flat_map(|item| within(item, true, true)).collect()
        }
        Expression::List(_) | Expression::Rule { .. } => Vec::new(),
    }
}

fn of_alternative(items: &[Expression], left: bool, right: bool) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for item in items {
        let sets = within(item, left, right);
        all.extend(sets.into_iter().min_by_key(Vec::len)?);
    }
    (!all.is_empty() && all.len() <= MAX_WORDS).then_some(all)
}

fn of_sequence(tree: &Expression, left: bool, right: bool) -> Vec<Vec<String>> {
    let mut segments: Vec<Segment<'_>> = vec![Vec::new()];
    part(tree, &mut segments);
    let last = segments.len().saturating_sub(1);
    let mut sets = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let (left, right) = (left || index > 0, right || index < last);
        match segment.as_slice() {
            [] => {}
            [Piece::Other(only)] => sets.extend(within(only, left, right)),
            _ => sets.extend(of_segment(segment, left, right)),
        }
    }
    sets
}

/// Parts a sequence at the gaps of its own text.
pub(super) fn part<'a>(tree: &'a Expression, segments: &mut Vec<Segment<'a>>) {
    match tree {
        Expression::Sequence(items) => items.iter().for_each(|item| part(item, segments)),
        Expression::Text(text) => {
            for (index, word) in text.split(' ').enumerate() {
                if index > 0 {
                    segments.push(Vec::new());
                }
                if let Some(segment) = segments.last_mut().filter(|_| !word.is_empty()) {
                    segment.push(Piece::Text(word));
                }
            }
        }
        other => {
            if let Some(segment) = segments.last_mut() {
                segment.push(Piece::Other(other));
            }
        }
    }
}

/// One word of each form that the segment stands for.
fn of_segment(segment: &Segment<'_>, left: bool, right: bool) -> Option<Vec<String>> {
    let items = segment.iter().map(|piece| match piece {
        Piece::Text(text) => Expression::Text((*text).to_owned()),
        Piece::Other(other) => (*other).clone(),
    });
    let forms = forms(&Expression::Sequence(items.collect()), MAX_WORDS)?;
    forms.iter().map(|form| word_of(form, left, right)).collect()
}

/// The longest word that is certainly whole. One that ends in an apostrophe
/// may be joined with the next.
fn word_of(form: &str, left: bool, right: bool) -> Option<String> {
    let mut words: Vec<&str> = form.split(' ').collect();
    if !right {
        words.pop();
    }
    let words = words.into_iter().skip(usize::from(!left));
    let whole = words.filter(|word| !word.is_empty() && !word.ends_with('\''));
    whole.max_by_key(|word| word.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse;

    #[test]
    fn what_must_be_said_is_known() {
        for (text, expected) in [
            ("how hot is {node}", vec!["how", "hot", "is"]),
            ("(start|boot [up]|power on) {guest}", vec!["boot|power|start"]),
            ("turn(s|ed) [on] the {x}s", vec!["turned|turns", "the"]),
            ("[please] {guest}", vec![]),
            ("light[s] on", vec!["light|lights", "on"]),
            ("(stop {a}|halt {b})", vec!["halt|stop"]),
            ("(stop {a}|{b})", vec![]),
            ("(one; two)", vec!["one", "two"]),
            ("l' {x}", vec![]),
            ("{p}[%| percent]", vec![]),
            ("x{l}y z", vec!["z"]),
        ] {
            let sets = required(&parse(text).unwrap());
            let shown: Vec<String> = sets.iter().map(|set| set.join("|")).collect();
            assert_eq!(shown, expected, "{text}");
        }
    }
}
