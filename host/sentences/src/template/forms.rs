//! Every text that a tree without values stands for, where they are few.

use super::Expression;

/// The texts of `tree`, their spaces as they stand; none where it holds values
/// or rules, or stands for more than `most`.
pub(crate) fn forms(tree: &Expression, most: usize) -> Option<Vec<String>> {
    match tree {
        Expression::Text(text) => Some(vec![text.clone()]),
        Expression::Sequence(items) => {
            let mut all = vec![String::new()];
            for item in items {
                all = crossed(&all, &forms(item, most)?, most)?;
            }
            Some(all)
        }
        Expression::Alternative(items) => {
            let mut all = Vec::new();
            for item in items {
                all.extend(forms(item, most)?);
            }
            (all.len() <= most).then_some(all)
        }
        Expression::Permutation(items) => permuted(&items.iter().collect::<Vec<_>>(), most),
        Expression::List(_) | Expression::Rule { .. } => None,
    }
}

fn crossed(heads: &[String], tails: &[String], most: usize) -> Option<Vec<String>> {
    if heads.len().checked_mul(tails.len())? > most {
        return None;
    }
    let pairs = heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}")));
    Some(pairs.collect())
}

fn permuted(items: &[&Expression], most: usize) -> Option<Vec<String>> {
    if items.is_empty() {
        return Some(vec![String::new()]);
    }
    let mut all = Vec::new();
    for index in 0..items.len() {
        let mut rest = items.to_vec();
        let first = forms(rest.remove(index), most)?;
        let first: Vec<String> = first.iter().map(|form| format!(" {form} ")).collect();
        all.extend(crossed(&first, &permuted(&rest, most)?, most)?);
        if all.len() > most {
            return None;
        }
    }
    Some(all)
}

/// How many parts a program for `tree` has, at most; `rule` weighs a rule.
pub(crate) fn count(tree: &Expression, rule: &mut impl FnMut(&str) -> usize) -> usize {
    match tree {
        Expression::Text(_) | Expression::List(_) => 1,
        Expression::Rule { name, .. } => rule(name),
        Expression::Sequence(items) | Expression::Alternative(items) => {
            items.iter().map(|item| count(item, rule)).fold(1, usize::saturating_add)
        }
        Expression::Permutation(items) => {
            let orders = 1_usize.checked_shl(u32::try_from(items.len()).unwrap_or(u32::MAX));
            items
                .iter()
                .map(|item| count(item, rule).saturating_add(3))
                .fold(1, usize::saturating_add)
                .saturating_mul(orders.unwrap_or(usize::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse;

    #[test]
    fn few_forms_are_listed_and_many_are_not() {
        for (text, expected) in [
            ("turn(s|ed) [on]", Some(vec!["turns on", "turns ", "turned on", "turned "])),
            ("(a;b)", Some(vec![" a  b ", " b  a "])),
            ("a {b}", None),
            ("(a|b)(a|b)(a|b)(a|b)", None),
        ] {
            let found = forms(&parse(text).unwrap(), 8);
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{text}");
        }
    }
}
