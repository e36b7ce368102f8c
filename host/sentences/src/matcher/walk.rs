//! Walking a program along a sentence. Every way through is tried, depth
//! first, with an explicit stack; a place that led nowhere is not tried twice
//! once a template has proved to be costly. How spaces are taken is hassil's
//! way (`match_expression` in its `string_matcher.py`).

mod list;

use std::collections::HashMap;

use super::program::{Node, Program};
use super::{Template, outcome};
use crate::Match;
use crate::names::{Fit, Kind, Names};
use crate::normal::Heard;
use jarvis_domain::CommandName;

/// Ways through one template that are looked at.
const MAX_ENDS: usize = 128;
/// Steps after which places that led nowhere are remembered.
const REMEMBER_AFTER: usize = 1500;

/// Whether names must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// They must.
    Known,
    /// One of them may be anything.
    AnyName,
}

/// What some words name, where they name something.
type Found = Option<(Fit, Vec<u32>)>;

/// What one sentence has in common for all templates.
pub(super) struct Walk<'a> {
    pub(super) said: &'a str,
    pub(super) names: &'a Names,
    /// Names by kind, first word and number of words, of the sentence `of`.
    found: HashMap<(Kind, usize, usize), Found>,
    /// The sentence that `found` belongs to: its length, as texts that differ
    /// only in skip words differ in length.
    of: usize,
    /// The best that [`Mode::AnyName`] found.
    pub(super) unknown: Option<Unknown>,
}

/// A sentence that would fit if a name were known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) command: CommandName,
    pub(super) slot: String,
    pub(super) kind: Kind,
    pub(super) heard: String,
    /// It is the sentence's first words, so that it may be no name at all.
    pub(super) first: bool,
    pub(super) literals: usize,
}

/// A value that a list took.
#[derive(Debug, Clone)]
pub(super) struct Capture {
    /// The use of the list in the program.
    pub(super) list: u32,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) hit: Hit,
}

/// What was taken.
#[derive(Debug, Clone)]
pub(super) enum Hit {
    /// Things of the cluster.
    Names(Kind, Fit, Vec<u32>),
    /// A name that nothing has.
    Unknown(Kind),
    /// The value of a list with this index.
    Text(u32),
    /// A number, multiplied already.
    Number(f64),
    /// Anything.
    Wild,
}

/// A place in program and sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    node: u32,
    at: usize,
    /// A word begins here, so that more or fewer spaces do not matter.
    word: bool,
    /// A name that nothing has was taken on the way here.
    unknown: bool,
    /// Characters of text that matched.
    literals: usize,
    /// Values that were taken.
    captures: usize,
}

enum Task {
    Enter(Place, Option<Capture>),
    /// All ways on from a place were tried; so many had reached the end before.
    Leave(usize, usize),
}

/// The walk through one template.
struct Run<'w, 'a, 'h> {
    walk: &'w mut Walk<'a>,
    template: &'h Template,
    heard: &'h Heard,
    mode: Mode,
    stack: Vec<Task>,
    captures: Vec<Capture>,
    dead: Vec<u64>,
    ends: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(said: &'a str, names: &'a Names) -> Self {
        Self { said, names, found: HashMap::new(), of: 0, unknown: None }
    }

    /// Walks through `template`, adds what fits to `found`, and returns the
    /// number of steps, at most `budget`.
    pub(super) fn template(
        &mut self,
        template: &Template,
        heard: &Heard,
        mode: Mode,
        budget: usize,
        found: &mut Vec<Match>,
    ) -> usize {
        if self.of != heard.text.len() {
            self.found.clear();
            self.of = heard.text.len();
        }
        let (stack, captures, dead) = (Vec::with_capacity(32), Vec::new(), Vec::new());
        let mut run = Run { walk: self, template, heard, mode, stack, captures, dead, ends: 0 };
        let start = Place {
            node: template.program.start,
            at: 0,
            word: true,
            unknown: false,
            literals: 0,
            captures: 0,
        };
        run.stack.push(Task::Enter(start, None));
        run.all(budget, found)
    }
}

impl<'h> Run<'_, '_, 'h> {
    fn program(&self) -> &'h Program {
        &self.template.program
    }

    fn all(&mut self, budget: usize, found: &mut Vec<Match>) -> usize {
        let mut steps = 0;
        while steps < budget && self.ends < MAX_ENDS {
            match self.stack.pop() {
                None => break,
                Some(Task::Leave(state, ends)) => {
                    if ends == self.ends {
                        self.bury(state);
                    }
                }
                Some(Task::Enter(mut place, capture)) => {
                    steps += 1;
                    self.captures.truncate(place.captures);
                    if let Some(capture) = capture {
                        self.captures.push(capture);
                        place.captures += 1;
                    }
                    self.enter(place, steps, found);
                }
            }
        }
        steps
    }

    fn enter(&mut self, mut place: Place, steps: usize, found: &mut Vec<Match>) {
        let program = self.program();
        loop {
            match program.node(place.node) {
                Some(Node::End) => {
                    if self.rest(place.at).trim_start().is_empty() {
                        self.ends += 1;
                        self.end(place, found);
                    }
                    return;
                }
                Some(Node::Text { text, next }) => {
                    let Some(after) = self.text(text, place) else { return };
                    place = Place { node: *next, ..after };
                }
                Some(Node::Split(targets)) => {
                    if !self.remember(place, steps) {
                        return;
                    }
                    for target in targets.iter().rev() {
                        self.stack.push(Task::Enter(Place { node: *target, ..place }, None));
                    }
                    return;
                }
                Some(Node::List { list, next }) => {
                    if self.remember(place, steps) {
                        self.list(*list, *next, place);
                    }
                    return;
                }
                None => return,
            }
        }
    }

    fn rest(&self, at: usize) -> &'h str {
        self.heard.text.get(at..).unwrap_or_default()
    }

    /// Whether a word may begin at `at`.
    fn boundary(&self, at: usize) -> bool {
        let bytes = self.heard.text.as_bytes();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !matches!(before, Some(byte) if *byte != b' ' && *byte != b'\'')
            || matches!(bytes.get(at), None | Some(b' '))
    }

    /// Takes a chunk of text.
    fn text(&self, chunk: &str, mut place: Place) -> Option<Place> {
        let mut wanted = chunk;
        if place.word {
            wanted = chunk.trim_start_matches(' ');
            let begins = wanted.len() < chunk.len() && !wanted.is_empty();
            if begins && !self.boundary(place.at) {
                return None;
            }
            let rest = self.rest(place.at);
            place.at += rest.len() - rest.trim_start_matches(' ').len();
            if wanted.is_empty() {
                return Some(place);
            }
        }
        let body = wanted.trim_end_matches(' ');
        let gap = body.len() < wanted.len();
        let rest = self.rest(place.at).strip_prefix(body)?;
        place.at += body.len();
        place.literals += body.trim_start_matches(' ').chars().count();
        place.word = gap || body.ends_with('\'');
        match rest.as_bytes().first() {
            Some(b' ') if gap => place.at += 1,
            Some(_) if gap => return None,
            _ => {}
        }
        Some(place)
    }

    /// The way through is complete.
    fn end(&mut self, place: Place, found: &mut Vec<Match>) {
        let unknown = self.captures.iter().find_map(|capture| match capture.hit {
            Hit::Unknown(kind) => Some((capture, kind)),
            _ => None,
        });
        let Some((capture, kind)) = unknown else {
            let made =
                outcome::made(self.template, &self.captures, place.literals, self.heard, self.walk);
            found.extend(made);
            return;
        };
        let heard = self.heard.original(self.walk.said, capture.from, capture.to).to_owned();
        let slot = self.program().list(capture.list).and_then(|list| list.slot.clone());
        let best = self.walk.unknown.as_ref();
        let near = |heard: &str, kind| !self.walk.names.nearest(heard, kind).is_empty();
        // A sentence that says little but a name is no sentence. A machine that
        // is nearly called so is more likely meant than a node that is not.
        let better = place.literals >= 3
            && best.is_none_or(|best| {
                let shorter = best.heard.len() > heard.len();
                if place.literals != best.literals {
                    place.literals > best.literals
                } else if kind == best.kind {
                    shorter
                } else {
                    (near(&heard, kind), shorter) > (near(&best.heard, best.kind), false)
                }
            });
        if let Some(slot) = slot.filter(|_| better) {
            let command = self.template.command.clone();
            let literals = place.literals;
            let first = capture.from == 0;
            self.walk.unknown = Some(Unknown { command, slot, kind, heard, first, literals });
        }
    }

    /// Whether `place` is worth trying; asks for a note of how it ended.
    fn remember(&mut self, place: Place, steps: usize) -> bool {
        if steps < REMEMBER_AFTER {
            return true;
        }
        let width = self.heard.text.len() + 1;
        if self.dead.is_empty() {
            let states = self.program().nodes.len() * width * 4;
            self.dead = vec![0; states / 64 + 1];
        }
        let flags = usize::from(place.word) | usize::from(place.unknown) << 1;
        let state = (place.node as usize * width + place.at) * 4 + flags;
        if self.dead.get(state / 64).is_some_and(|bits| bits >> (state % 64) & 1 == 1) {
            return false;
        }
        self.stack.push(Task::Leave(state, self.ends));
        true
    }

    fn bury(&mut self, state: usize) {
        if let Some(bits) = self.dead.get_mut(state / 64) {
            *bits |= 1 << (state % 64);
        }
    }
}
