//! Which of several ways hassil would take (`recognize_best`), and the intent it makes.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::{BEST_SLOT, Block, Intent};
use crate::matcher::context;
use crate::matcher::engine::Way;
use crate::matcher::values::Values;
use crate::matcher::walk::{Capture, Hit};

/// A way that the context allows.
pub(super) struct Candidate<'a> {
    way: &'a Way<'a>,
    block: &'a Block,
    /// Whether the slot that decides is filled by something else than a wildcard, and
    /// how many characters of the sentence it took; those of numbers do not count.
    best_slot: Option<Option<usize>>,
}

impl<'a> Candidate<'a> {
    /// None where the context forbids it.
    pub(super) fn of(
        way: &'a Way<'a>,
        block: &'a Block,
        given: &Map<String, Value>,
    ) -> Option<Self> {
        if !block.requires.0.is_empty() || !block.excludes.0.is_empty() {
            let context = context::gathered(way, given);
            if !context::allows(&block.requires, &block.excludes, &context) {
                return None;
            }
        }
        let said = way.captures.iter().rfind(|capture| slot(way, capture) == Some(BEST_SLOT));
        let constant = || block.slots.iter().find(|(name, _)| name == BEST_SLOT);
        let best_slot = match said {
            Some(Capture { hit: Hit::Wild, .. }) => None,
            Some(capture @ Capture { hit: Hit::Text(_), .. }) => {
                let taken = way.heard.text.get(capture.from..capture.to).unwrap_or_default();
                Some(Some(taken.trim().chars().count()))
            }
            Some(_) => Some(None),
            None => constant().map(|(_, value)| value.is_string().then_some(0)),
        };
        Some(Self { way, block, best_slot })
    }

    /// The intent.
    pub(super) fn made(&self, said: &str, given: &Map<String, Value>) -> Intent {
        let (way, block) = (self.way, self.block);
        let context = context::gathered(way, given);
        let mut slots = Map::new();
        for capture in &way.captures {
            if let Some(name) = slot(way, capture)
                && let Some(value) = value(way, capture, said)
            {
                slots.insert(name.to_owned(), value);
            }
        }
        let spoken: Vec<String> = slots.keys().cloned().collect();
        let fixed = block.slots.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in fixed.chain(context::slots(&block.requires, &context)) {
            if !spoken.iter().any(|other| other == name) {
                slots.insert(name.to_owned(), value.clone());
            }
        }
        Intent {
            intent: block.intent.clone(),
            slots,
            context,
            template: way.template.text.clone(),
            response: block.response.clone(),
            combination: block.combination.clone(),
        }
    }
}

/// The best: with the slot that decides, the most text in it; then the fewest wildcards,
/// the most text of the template, the least text in wildcards, and the intent's name.
pub(super) fn best(mut all: Vec<Candidate<'_>>) -> Option<Candidate<'_>> {
    if all.iter().any(|one| one.best_slot.is_some()) {
        let most = all.iter().filter_map(|one| one.best_slot.flatten()).max();
        all.retain(|one| one.best_slot.is_some_and(|taken| taken.is_none() || taken == most));
    }
    all.into_iter().min_by_key(|one| {
        let (wildcards, wild_text) = one.way.wild();
        (wildcards, Reverse(one.way.literals), wild_text, one.block.intent.as_str())
    })
}

fn slot<'a>(way: &'a Way<'_>, capture: &Capture) -> Option<&'a str> {
    way.template.program.list(capture.list)?.slot.as_deref()
}

fn value(way: &Way<'_>, capture: &Capture, said: &str) -> Option<Value> {
    let text = || Value::from(way.heard.original(said, capture.from, capture.to));
    let list = way.template.program.list(capture.list)?;
    Some(match (&capture.hit, &*list.values) {
        (Hit::Text(index), Values::Texts { values, .. }) => {
            let out = &values.get(*index as usize)?.out;
            out.clone().unwrap_or_else(text)
        }
        (Hit::Number(number), _) => number_value(*number),
        (Hit::Wild, _) => text(),
        _ => return None,
    })
}

/// Whole numbers without a fraction.
#[allow(clippy::cast_possible_truncation, reason = "whole, and far below 2^53")]
fn number_value(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}
