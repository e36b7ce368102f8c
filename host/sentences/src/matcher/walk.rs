//! Walking a program along a sentence. Every way through is tried, depth
//! first, with an explicit stack; a place that led nowhere is not tried twice
//! once a template has proved to be costly. How spaces are taken is hassil's
//! way (`match_expression` in its `string_matcher.py`).

mod list;

use std::collections::HashMap;

use super::program::{Node, Program};
use crate::names::{Fit, Kind, Names};
use crate::normal::Heard;

/// Ways through one template that are looked at.
const MAX_ENDS: usize = 128;
/// Steps after which places that led nowhere are remembered.
const REMEMBER_AFTER: usize = 1500;

/// Whether names must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They must.
    Known,
    /// They may also only sound like one that is.
    Sounding,
    /// One of them may be anything.
    AnyName,
}

/// What some words name, where they name something.
type Found = Option<(Fit, Vec<u32>)>;

/// What one sentence has in common for all templates.
pub(crate) struct Walk<'a> {
    pub(super) names: &'a Names,
    /// Names by text (its place in memory), kind, first word and number of words.
    found: HashMap<(usize, Kind, usize, usize), Found>,
    /// Empty between two templates; kept, since most need little of it.
    stack: Vec<Task>,
    captures: Vec<Capture>,
}

/// A way through a program to its end.
pub(super) struct Fitting<'a> {
    pub(super) literals: usize,
    pub(super) captures: &'a [Capture],
}

/// A value that a list took.
#[derive(Debug, Clone)]
pub(crate) struct Capture {
    /// The use of the list in the program.
    pub(crate) list: u32,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) hit: Hit,
}

/// What was taken.
#[derive(Debug, Clone)]
pub(crate) enum Hit {
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
    program: &'h Program,
    heard: &'h Heard,
    mode: Mode,
    dead: Vec<u64>,
    ends: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, found: HashMap::new(), stack: Vec::new(), captures: Vec::new() }
    }

    /// Walks through `program`, hands each way that fits to `found`, and returns the
    /// number of steps, at most `budget`.
    pub(super) fn program(
        &mut self,
        program: &Program,
        heard: &Heard,
        mode: Mode,
        budget: usize,
        found: &mut dyn FnMut(Fitting<'_>),
    ) -> usize {
        self.stack.clear();
        let mut run = Run { walk: self, program, heard, mode, dead: Vec::new(), ends: 0 };
        let start = Place {
            node: program.start,
            at: 0,
            word: true,
            unknown: false,
            literals: 0,
            captures: 0,
        };
        run.walk.stack.push(Task::Enter(start, None));
        run.all(budget, found)
    }
}

impl<'h> Run<'_, '_, 'h> {
    fn all(&mut self, budget: usize, found: &mut dyn FnMut(Fitting<'_>)) -> usize {
        let mut steps = 0;
        while steps < budget && self.ends < MAX_ENDS {
            match self.walk.stack.pop() {
                None => break,
                Some(Task::Leave(state, ends)) => {
                    if ends == self.ends {
                        self.bury(state);
                    }
                }
                Some(Task::Enter(mut place, capture)) => {
                    steps += 1;
                    self.walk.captures.truncate(place.captures);
                    if let Some(capture) = capture {
                        self.walk.captures.push(capture);
                        place.captures += 1;
                    }
                    self.enter(place, steps, found);
                }
            }
        }
        steps
    }

    fn enter(&mut self, mut place: Place, steps: usize, found: &mut dyn FnMut(Fitting<'_>)) {
        let program = self.program;
        loop {
            match program.node(place.node) {
                Some(Node::End) => {
                    if self.rest(place.at).trim_start().is_empty() {
                        self.ends += 1;
                        found(Fitting { literals: place.literals, captures: &self.walk.captures });
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
                        // Most ways end at once; those are not worth a task.
                        let place = match program.node(*target) {
                            Some(Node::Text { text, next }) => match self.text(text, place) {
                                Some(after) => Place { node: *next, ..after },
                                None => continue,
                            },
                            _ => Place { node: *target, ..place },
                        };
                        self.walk.stack.push(Task::Enter(place, None));
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

    /// Takes a chunk of text.
    fn text(&self, chunk: &str, mut place: Place) -> Option<Place> {
        let mut wanted = chunk;
        if place.word {
            wanted = chunk.trim_start_matches(' ');
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

    /// Whether `place` is worth trying; asks for a note of how it ended.
    fn remember(&mut self, place: Place, steps: usize) -> bool {
        if steps < REMEMBER_AFTER {
            return true;
        }
        let width = self.heard.text.len() + 1;
        if self.dead.is_empty() {
            let states = self.program.nodes.len() * width * 4;
            self.dead = vec![0; states / 64 + 1];
        }
        let flags = usize::from(place.word) | usize::from(place.unknown) << 1;
        let state = (place.node as usize * width + place.at) * 4 + flags;
        if self.dead.get(state / 64).is_some_and(|bits| bits >> (state % 64) & 1 == 1) {
            return false;
        }
        self.walk.stack.push(Task::Leave(state, self.ends));
        true
    }

    fn bury(&mut self, state: usize) {
        if let Some(bits) = self.dead.get_mut(state / 64) {
            *bits |= 1 << (state % 64);
        }
    }
}
