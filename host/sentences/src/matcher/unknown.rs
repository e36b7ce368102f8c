//! Which of the ways that take a name nobody has is most likely meant.

use std::cmp::Reverse;

use super::engine::Way;
use super::walk::{Capture, Hit};
use crate::names::{Kind, Names};
use crate::normal::Heard;

/// A sentence that would fit if a name were known.
#[derive(Debug)]
pub(super) struct Unknown<'a> {
    pub(super) way: &'a Way<'a>,
    pub(super) slot: String,
    pub(super) kind: Kind,
    pub(super) heard: String,
    /// It is the sentence's first words, so that it may be no name at all.
    pub(super) first: bool,
    /// It is no name: "the machine".
    pub(super) unnamed: bool,
    /// What is called nearly so, the nearest first.
    pub(super) near: Vec<u32>,
}

/// Characters of a template's own text that make a sentence.
const LEAST_LITERALS: usize = 3;
/// How many names are compared with those that there are.
const MAX_COMPARED: usize = 6;

/// The best of `ways`: a sentence that says little but a name is no sentence; of others,
/// one is more likely meant that names nothing at all or has something nearly called so,
/// then the one that says most beside the name.
pub(super) fn best<'a>(ways: &'a [Way<'a>], said: &str, names: &Names) -> Option<Unknown<'a>> {
    let sentence = Heard::new(said);
    let mut unknown: Vec<(&Way<'_>, &Capture, Kind)> = ways
        .iter()
        .filter(|way| way.literals >= LEAST_LITERALS)
        .filter_map(|way| {
            way.captures.iter().find_map(|capture| match capture.hit {
                Hit::Unknown(kind) => Some((way, capture, kind)),
                _ => None,
            })
        })
        .collect();
    // Of what says as much, a machine is meant rather than a node: "start the server".
    unknown.sort_by_key(|(way, capture, kind)| {
        (Reverse(way.literals), capture.to - capture.from, *kind != Kind::Guest)
    });
    let mut compared: Vec<(String, Kind)> = Vec::new();
    let mut best: Option<Unknown<'a>> = None;
    for (way, capture, kind) in unknown {
        let heard = way.heard.original(said, capture.from, capture.to);
        if compared.iter().any(|(other, of)| *other == heard && *of == kind) {
            continue;
        }
        let slot = way.template.program.list(capture.list).and_then(|list| list.slot.clone());
        let Some(slot) = slot else { continue };
        let unnamed = names.is_unnamed(&heard, &sentence, kind);
        let near = if unnamed { Vec::new() } else { names.near(&heard, kind) };
        let fits = unnamed || !near.is_empty();
        compared.push((heard.clone(), kind));
        if fits || best.is_none() {
            let first = capture.from == 0;
            best = Some(Unknown { way, slot, kind, heard, first, unnamed, near });
        }
        if fits || compared.len() >= MAX_COMPARED {
            break;
        }
    }
    best
}
