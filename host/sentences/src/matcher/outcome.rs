//! From a way through a template to a match, and the order among matches.

use std::cmp::Reverse;

use jarvis_domain::CommandName;
use serde_json::{Map, Value};

use super::context;
use super::engine::Way;
use super::values::Values;
use super::walk::{Capture, Hit};
use crate::file::{Block, Context};
use crate::names::{Fit, Kind, Names};
use crate::{Match, Slot, SlotValue};

/// What the sentences of a block share.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) command: CommandName,
    slots: Vec<(String, SlotValue)>,
    requires: Context,
    excludes: Context,
    response: Option<String>,
}

/// What the sentences of `block` share.
pub(super) fn settings(command: CommandName, block: &Block) -> Settings {
    let slots = block
        .slots
        .iter()
        .filter_map(|(name, given)| Some((name.clone(), constant(&given.value)?)));
    Settings {
        command,
        slots: slots.collect(),
        requires: block.requires.clone(),
        excludes: block.excludes.clone(),
        response: block.response.clone(),
    }
}

/// The match that a way makes; none where the context forbids it.
/// `near`: what a name that nothing has may stand for; where that is nothing, its slot is
/// left out.
pub(super) fn made(
    way: &Way<'_>,
    block: &Settings,
    said: &str,
    names: &Names,
    near: &[u32],
) -> Option<Match> {
    let context = context::gathered(way, &Map::new());
    if !context::allows(&block.requires, &block.excludes, &context) {
        return None;
    }
    let mut slots: Vec<Slot> = Vec::new();
    let mut worst = Fit::Exact;
    for capture in &way.captures {
        if matches!(capture.hit, Hit::Unknown(_)) && near.is_empty() {
            continue;
        }
        let list = way.template.program.list(capture.list)?;
        let text = way.heard.original(said, capture.from, capture.to);
        let (value, fit) = value(capture, &list.values, &text, names, near)?;
        worst = worst.max(fit);
        if let Some(name) = &list.slot {
            slots.retain(|slot| slot.name != *name);
            slots.push(Slot { name: name.clone(), value, text, fit });
        }
    }
    let from_context = context::slots(&block.requires, &context)
        .filter_map(|(name, value)| Some((name.to_owned(), constant(value)?)));
    for (name, value) in block.slots.iter().cloned().chain(from_context) {
        if !slots.iter().any(|slot| slot.name == name) {
            slots.push(Slot { name, value, text: String::new(), fit: Fit::Exact });
        }
    }
    let (wildcards, wild_text) = way.wild();
    Some(Match {
        command: block.command.clone(),
        slots,
        template: way.template.text.clone(),
        response: block.response.clone(),
        literals: way.literals,
        wildcards,
        wild_text,
        fit: worst,
    })
}

fn value(
    capture: &Capture,
    values: &Values,
    text: &str,
    names: &Names,
    near: &[u32],
) -> Option<(SlotValue, Fit)> {
    let exact = |value| Some((value, Fit::Exact));
    match (&capture.hit, values) {
        (Hit::Names(kind, fit, found), _) => Some((things(*kind, found, names), *fit)),
        (Hit::Unknown(kind), _) => Some((things(*kind, near, names), Fit::Near)),
        (Hit::Text(index), Values::Texts { values, .. }) => {
            match &values.get(*index as usize)?.out {
                Some(out) => exact(constant(out)?),
                None => exact(SlotValue::Text(text.to_owned())),
            }
        }
        (Hit::Number(number), _) => exact(number_value(*number)),
        (Hit::Wild, _) => exact(SlotValue::Text(text.to_owned())),
        (Hit::Text(_), _) => None,
    }
}

fn things(kind: Kind, found: &[u32], names: &Names) -> SlotValue {
    let found = found.iter();
    match kind {
        Kind::Guest => SlotValue::Guest(found.filter_map(|at| names.vmid(*at)).collect()),
        Kind::Node => {
            SlotValue::Node(found.filter_map(|at| names.node_name(*at).cloned()).collect())
        }
        Kind::Tag => SlotValue::Tag(found.filter_map(|at| names.tag_name(*at).cloned()).collect()),
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
