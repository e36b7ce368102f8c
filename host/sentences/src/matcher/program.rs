//! A template as a program: nodes that lead forward only, so that walking it
//! always ends.

use std::sync::Arc;

use super::values::Values;
use crate::template::Expression;

/// More nodes than this are not compiled; reading a file refuses them before.
const MAX_NODES: usize = 1 << 16;
/// The node that ends a template.
pub(crate) const END: u32 = 0;

/// A compiled template.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Node>,
    pub(crate) start: u32,
    pub(crate) lists: Vec<List>,
}

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// The template is at its end.
    End,
    /// This text, then `next`.
    Text {
        /// Comparable text with its spaces.
        text: Box<str>,
        next: u32,
    },
    /// One of these.
    Split(Box<[u32]>),
    /// A value of this list, then `next`.
    List { list: u32, next: u32 },
}

/// A use of a list.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) values: Arc<Values>,
    pub(crate) slot: Option<String>,
    pub(crate) glued: bool,
}

struct Compiler<L> {
    program: Program,
    lists: L,
}

impl Program {
    /// Compiles `tree`, which holds no rules; `lists` gives the values of a
    /// list. None where a list is missing or the program grows too large.
    pub(crate) fn compile(
        tree: &Expression,
        lists: impl FnMut(&str) -> Option<Arc<Values>>,
    ) -> Option<Self> {
        let program = Self { nodes: vec![Node::End], start: END, lists: Vec::new() };
        let mut compiler = Compiler { program, lists };
        compiler.program.start = compiler.tree(tree, END)?;
        Some(compiler.program)
    }

    /// What the list of this name takes.
    pub(crate) fn values(&self, name: &str) -> Option<&Arc<Values>> {
        self.lists.iter().find(|list| list.name == name).map(|list| &list.values)
    }

    pub(crate) fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    pub(crate) fn list(&self, index: u32) -> Option<&List> {
        self.lists.get(index as usize)
    }
}

impl<L: FnMut(&str) -> Option<Arc<Values>>> Compiler<L> {
    fn push(&mut self, node: Node) -> Option<u32> {
        if self.program.nodes.len() >= MAX_NODES {
            return None;
        }
        self.program.nodes.push(node);
        u32::try_from(self.program.nodes.len() - 1).ok()
    }

    /// The entry of `tree` when `next` follows it.
    fn tree(&mut self, tree: &Expression, next: u32) -> Option<u32> {
        match tree {
            Expression::Text(text) if text.is_empty() => Some(next),
            Expression::Text(text) => self.push(Node::Text { text: text.as_str().into(), next }),
            Expression::Sequence(items) => {
                items.iter().rev().try_fold(next, |next, item| self.tree(item, next))
            }
            Expression::Alternative(items) => {
                let targets: Option<Vec<u32>> =
                    items.iter().map(|item| self.tree(item, next)).collect();
                self.push(Node::Split(targets?.into()))
            }
            Expression::Permutation(items) => self.permutation(items, next),
            Expression::List(reference) => {
                let values = (self.lists)(&reference.list)?;
                let list = u32::try_from(self.program.lists.len()).ok()?;
                let slot = reference.slot.clone();
                let (name, glued) = (reference.list.clone(), reference.glued);
                self.program.lists.push(List { name, values, slot, glued });
                self.push(Node::List { list, next })
            }
            Expression::Rule { .. } => None,
        }
    }

    /// One entry for each set of items that is still to come; the full set's
    /// is the permutation's.
    fn permutation(&mut self, items: &[Expression], next: u32) -> Option<u32> {
        let sets = 1_usize.checked_shl(u32::try_from(items.len()).ok()?)?;
        let mut entries = vec![next];
        for set in 1..sets {
            let mut targets = Vec::new();
            for (index, item) in items.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1)
            {
                let rest = *entries.get(set & !(1 << index))?;
                let after = self.push(Node::Text { text: " ".into(), next: rest })?;
                let item = self.tree(item, after)?;
                targets.push(self.push(Node::Text { text: " ".into(), next: item })?);
            }
            entries.push(self.push(Node::Split(targets.into()))?);
        }
        entries.last().copied()
    }
}
