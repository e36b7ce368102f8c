//! Which of the ways that take a name nobody has is most likely meant.

use super::engine::Way;
use super::walk::Hit;
use crate::names::{Kind, Names};

/// A sentence that would fit if a name were known.
#[derive(Debug)]
pub(super) struct Unknown<'a> {
    pub(super) way: &'a Way<'a>,
    pub(super) slot: String,
    pub(super) kind: Kind,
    pub(super) heard: String,
    /// It is the sentence's first words, so that it may be no name at all.
    pub(super) first: bool,
}

/// The best of `ways`.
pub(super) fn best<'a>(ways: &'a [Way<'a>], said: &str, names: &Names) -> Option<Unknown<'a>> {
    let mut best: Option<Unknown<'a>> = None;
    for way in ways {
        let taken = way.captures.iter().find_map(|capture| match capture.hit {
            Hit::Unknown(kind) => Some((capture, kind)),
            _ => None,
        });
        let Some((capture, kind)) = taken else { continue };
        let slot = way.template.program.list(capture.list).and_then(|list| list.slot.clone());
        let Some(slot) = slot else { continue };
        let heard = way.heard.original(said, capture.from, capture.to);
        let new = Unknown { way, slot, kind, heard, first: capture.from == 0 };
        if new.is_better(best.as_ref(), names) {
            best = Some(new);
        }
    }
    best
}

impl Unknown<'_> {
    /// A sentence that says little but a name is no sentence. A machine that is nearly
    /// called so is more likely meant than a node that is not.
    fn is_better(&self, than: Option<&Self>, names: &Names) -> bool {
        let near = |of: &Self| !names.nearest(&of.heard, of.kind).is_empty();
        let literals = self.way.literals;
        literals >= 3
            && than.is_none_or(|than| {
                let shorter = than.heard.len() > self.heard.len();
                if literals != than.way.literals {
                    literals > than.way.literals
                } else if self.kind == than.kind {
                    shorter
                } else {
                    (near(self), shorter) > (near(than), false)
                }
            })
    }
}
