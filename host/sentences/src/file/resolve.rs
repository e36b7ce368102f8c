//! Putting rules into sentences.

use super::{Block, MAX_PARTS, SentenceFile};
use crate::template::{Expression, count};

/// The deepest that rules may use rules.
pub(super) const MAX_RULE_DEPTH: usize = 24;

/// The tree with its rules put in; none where a rule is missing or calls
/// itself, or where the tree becomes too large.
pub(super) fn resolved(
    file: &SentenceFile,
    block: &Block,
    tree: &Expression,
) -> Option<Expression> {
    if weight(file, block, tree)? > MAX_PARTS {
        return None;
    }
    put_in(file, block, tree)
}

/// How large the tree becomes; none where a rule is missing or the rules call
/// each other deeper than is allowed.
pub(super) fn weight(file: &SentenceFile, block: &Block, tree: &Expression) -> Option<usize> {
    let mut known = std::collections::BTreeMap::new();
    weigh(file, block, tree, MAX_RULE_DEPTH, &mut known)
}

fn weigh<'a>(
    file: &'a SentenceFile,
    block: &'a Block,
    tree: &'a Expression,
    depth: usize,
    known: &mut std::collections::BTreeMap<&'a str, usize>,
) -> Option<usize> {
    let mut names = Vec::new();
    tree.walk(&mut |part| {
        if let Expression::Rule { name, .. } = part {
            names.push(name.as_str());
        }
    });
    for name in names {
        if !known.contains_key(name) {
            let rule = file.rule(block, name)?;
            let weight = weigh(file, block, &rule.tree, depth.checked_sub(1)?, known)?;
            known.insert(name, weight);
        }
    }
    Some(count(tree, &mut |name| known.get(name).copied().unwrap_or_default()))
}

fn put_in(file: &SentenceFile, block: &Block, tree: &Expression) -> Option<Expression> {
    let all = |items: &[Expression]| -> Option<Vec<Expression>> {
        items.iter().map(|item| put_in(file, block, item)).collect()
    };
    Some(match tree {
        Expression::Rule { name, .. } => put_in(file, block, &file.rule(block, name)?.tree)?,
        Expression::Sequence(items) => Expression::Sequence(all(items)?),
        Expression::Alternative(items) => Expression::Alternative(all(items)?),
        Expression::Permutation(items) => Expression::Permutation(all(items)?),
        Expression::Text(_) | Expression::List(_) => tree.clone(),
    })
}
