//! From a way through a template to a match, and the order among matches.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::values::Values;
use super::walk::{Capture, Hit, Walk};
use super::{Settings, Template};
use crate::file::{Block, Condition};
use crate::names::{Fit, Kind};
use crate::normal::Heard;
use crate::{Match, Slot, SlotValue};

/// What the sentences of `block` share.
pub(super) fn settings(block: &Block) -> Settings {
    let slots = block
        .slots
        .iter()
        .filter_map(|(name, given)| Some((name.clone(), constant(&given.value)?)));
    Settings {
        slots: slots.collect(),
        requires: block.requires.clone(),
        excludes: block.excludes.clone(),
        response: block.response.clone(),
        keywords: block.keywords.clone(),
    }
}

/// The match that the captures make; none where the context forbids it.
pub(super) fn made(
    template: &Template,
    captures: &[Capture],
    literals: usize,
    heard: &Heard,
    walk: &Walk<'_>,
) -> Option<Match> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut context = Map::new();
    let (mut wildcards, mut wild_text, mut worst) = (0, 0, Fit::Exact);
    for capture in captures {
        let list = template.program.list(capture.list)?;
        let text = heard.original(walk.said, capture.from, capture.to);
        let (value, fit) = value(capture, &list.values, text, walk, &mut context)?;
        worst = worst.max(fit);
        if let Hit::Wild = capture.hit {
            wildcards += 1;
            wild_text += text.chars().count();
        }
        if let Some(name) = &list.slot {
            slots.retain(|slot| slot.name != *name);
            slots.push(Slot { name: name.clone(), value, text: text.to_owned(), fit });
        }
    }
    let block = &template.block;
    let holds = |condition: &Condition| {
        context
            .get(&condition.key)
            .is_some_and(|value| condition.values.is_empty() || condition.values.contains(value))
    };
    if !block.requires.0.iter().all(holds) || block.excludes.0.iter().any(holds) {
        return None;
    }
    let from_context = block.requires.0.iter().filter_map(|condition| {
        Some((condition.slot.clone()?, constant(context.get(&condition.key)?)?))
    });
    for (name, value) in block.slots.iter().cloned().chain(from_context) {
        if !slots.iter().any(|slot| slot.name == name) {
            slots.push(Slot { name, value, text: String::new(), fit: Fit::Exact });
        }
    }
    Some(Match {
        command: template.command.clone(),
        slots,
        template: template.text.clone(),
        response: block.response.clone(),
        literals,
        wildcards,
        wild_text,
        fit: worst,
    })
}

fn value(
    capture: &Capture,
    values: &Values,
    text: &str,
    walk: &Walk<'_>,
    context: &mut Map<String, Value>,
) -> Option<(SlotValue, Fit)> {
    let names = walk.names;
    let exact = |value| Some((value, Fit::Exact));
    match (&capture.hit, values) {
        (Hit::Names(kind, fit, found), _) => {
            let found = found.iter();
            let value = match kind {
                Kind::Guest => SlotValue::Guest(found.filter_map(|at| names.vmid(*at)).collect()),
                Kind::Node => {
                    SlotValue::Node(found.filter_map(|at| names.node_name(*at).cloned()).collect())
                }
                Kind::Tag => {
                    SlotValue::Tag(found.filter_map(|at| names.tag_name(*at).cloned()).collect())
                }
            };
            Some((value, *fit))
        }
        (Hit::Text(index), Values::Texts { values, .. }) => {
            let value = values.get(*index as usize)?;
            context.extend(value.context.clone());
            match &value.out {
                Some(out) => exact(constant(out)?),
                None => exact(SlotValue::Text(text.to_owned())),
            }
        }
        (Hit::Number(number), _) => exact(number_value(*number)),
        (Hit::Wild, _) => exact(SlotValue::Text(text.to_owned())),
        (Hit::Unknown(_) | Hit::Text(_), _) => None,
    }
}

/// A value of the file as a slot's; none for lists, mappings and null.
fn constant(value: &Value) -> Option<SlotValue> {
    Some(match value {
        Value::String(text) => SlotValue::Text(text.clone()),
        Value::Bool(flag) => SlotValue::Boolean(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => SlotValue::Integer(number),
            None => SlotValue::Number(number.as_f64()?),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}

#[allow(clippy::cast_possible_truncation, reason = "whole, and far below 2^53")]
fn number_value(number: f64) -> SlotValue {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        SlotValue::Integer(number as i64)
    } else {
        SlotValue::Number(number)
    }
}

/// The best first: fewest wildcards, closest names, most literal characters,
/// least text in wildcards, then by name. Each command with the same slots
/// stays once.
pub(super) fn rank(found: &mut Vec<Match>) {
    found.sort_by(|a, b| {
        let key = |m: &Match| (m.wildcards, m.fit, Reverse(m.literals), m.wild_text);
        key(a).cmp(&key(b)).then_with(|| a.command.cmp(&b.command))
    });
    let mut kept: Vec<Match> = Vec::new();
    for candidate in found.drain(..) {
        let values = |m: &Match| -> Vec<(String, SlotValue)> {
            let mut all: Vec<_> =
                m.slots.iter().map(|slot| (slot.name.clone(), slot.value.clone())).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        let same = |other: &Match| {
            other.command == candidate.command && values(other) == values(&candidate)
        };
        if !kept.iter().any(same) {
            kept.push(candidate);
        }
    }
    *found = kept;
}
