//! The values of a list, ready to be found at a place of a sentence.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::file::{ListKind, ListSource, Range, TextValue};
use crate::names::Kind;
use crate::template::forms;

/// The most texts one value stands for; reading refuses more.
const MAX_FORMS: usize = 512;

/// What a list takes.
#[derive(Debug)]
pub(crate) enum Values {
    /// Names of the cluster.
    Names(Kind),
    /// Texts of the file.
    Texts { tree: Tree, values: Vec<TextOut> },
    /// Numbers.
    Range(Range),
    /// Anything.
    Wildcard,
}

/// What a text of a list means.
#[derive(Debug)]
pub(crate) struct TextOut {
    /// None: the text that was said.
    pub(crate) out: Option<Value>,
    pub(crate) context: Map<String, Value>,
}

/// Texts by their bytes.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Branch>,
}

#[derive(Debug, Default)]
struct Branch {
    /// By byte, sorted.
    children: Vec<(u8, u32)>,
    /// The values that end here.
    ends: Vec<u32>,
}

/// The lists of one file, so that each is built once.
#[derive(Debug, Default)]
pub(crate) struct Shared(HashMap<*const ListSource, Arc<Values>>);

impl Shared {
    /// The values of `kind`.
    pub(crate) fn list(&mut self, kind: ListKind<'_>) -> Arc<Values> {
        match kind {
            ListKind::Names(kind) => Arc::new(Values::Names(kind)),
            ListKind::Inline(range) => Arc::new(Values::Range(range)),
            ListKind::Source(source) => {
                let values = || Arc::new(Values::of(source));
                Arc::clone(self.0.entry(std::ptr::from_ref(source)).or_insert_with(values))
            }
        }
    }
}

impl Values {
    fn of(source: &ListSource) -> Self {
        match source {
            ListSource::Wildcard => Self::Wildcard,
            ListSource::Range(range) => Self::Range(*range),
            ListSource::Values(values) => texts(values),
        }
    }
}

fn texts(values: &[TextValue]) -> Values {
    let mut tree = Tree { nodes: vec![Branch::default()] };
    for (index, value) in (0_u32..).zip(values) {
        for form in forms(&value.said.tree, MAX_FORMS).unwrap_or_default() {
            let words: Vec<&str> = form.split(' ').filter(|word| !word.is_empty()).collect();
            tree.add(&words.join(" "), index);
        }
    }
    let out =
        |value: &TextValue| TextOut { out: value.out.clone(), context: value.context.clone() };
    Values::Texts { tree, values: values.iter().map(out).collect() }
}

impl Tree {
    /// Adds a text; an empty one is never found.
    fn add(&mut self, text: &str, value: u32) {
        let mut at = 0_usize;
        for byte in text.bytes() {
            let new = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let Some(branch) = self.nodes.get_mut(at) else { return };
            match branch.children.binary_search_by_key(&byte, |child| child.0) {
                Ok(child) => at = branch.children.get(child).map_or(at, |child| child.1 as usize),
                Err(place) => {
                    branch.children.insert(place, (byte, new));
                    self.nodes.push(Branch::default());
                    at = new as usize;
                }
            }
        }
        if at > 0
            && let Some(branch) = self.nodes.get_mut(at)
            && !branch.ends.contains(&value)
        {
            branch.ends.push(value);
        }
    }

    /// The words of all texts, each once.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        let mut open = vec![(0_usize, Vec::new())];
        while let Some((at, text)) = open.pop() {
            let Some(branch) = self.nodes.get(at) else { continue };
            if !branch.ends.is_empty() {
                let text = String::from_utf8_lossy(&text);
                words.extend(text.split(' ').map(str::to_owned));
            }
            for (byte, next) in &branch.children {
                let mut text = text.clone();
                text.push(*byte);
                open.push((*next as usize, text));
            }
        }
        words
    }

    /// One of the texts.
    pub(crate) fn first(&self) -> String {
        let mut text = Vec::new();
        let mut branch = self.nodes.first();
        while let Some(here) = branch.filter(|here| here.ends.is_empty()) {
            let Some((byte, next)) = here.children.first() else { break };
            text.push(*byte);
            branch = self.nodes.get(*next as usize);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Calls `found` with the length and the value of each text that `text`
    /// begins with, the shortest first.
    pub(crate) fn each(&self, text: &str, mut found: impl FnMut(usize, u32)) {
        let mut branch = self.nodes.first();
        for (index, byte) in text.bytes().enumerate() {
            let Some(here) = branch else { return };
            let child = here.children.binary_search_by_key(&byte, |child| child.0);
            let Some((_, next)) = child.ok().and_then(|child| here.children.get(child)) else {
                return;
            };
            branch = self.nodes.get(*next as usize);
            for value in branch.map(|branch| branch.ends.as_slice()).unwrap_or_default() {
                found(index + 1, *value);
            }
        }
    }
}
