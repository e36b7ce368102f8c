//! What must hold for a way to count: keys that the caller gave or that a value which
//! was said brought along (hassil's `requires_context` and `excludes_context`).

use serde_json::{Map, Value};

use super::engine::Way;
use super::values::Values;
use super::walk::Hit;
use crate::file::{Condition, Context};

/// `given`, and over it what the values of `way` bring along.
pub(crate) fn gathered(way: &Way<'_>, given: &Map<String, Value>) -> Map<String, Value> {
    let mut context = given.clone();
    for capture in &way.captures {
        let Some(list) = way.template.program.list(capture.list) else { continue };
        if let (Hit::Text(index), Values::Texts { values, .. }) = (&capture.hit, &*list.values)
            && let Some(value) = values.get(*index as usize)
        {
            context.extend(value.context.clone());
        }
    }
    context
}

/// Whether a block with these conditions may be meant.
pub(crate) fn allows(requires: &Context, excludes: &Context, context: &Map<String, Value>) -> bool {
    requires.0.iter().all(|condition| is_met(condition, context))
        && !excludes.0.iter().any(|condition| is_excluded(condition, context))
}

/// As [`allows`], of what is known before a sentence is looked at: a key that is not
/// there yet may still come with a value.
pub(crate) fn may_allow(
    requires: &Context,
    excludes: &Context,
    context: &Map<String, Value>,
) -> bool {
    let met =
        |condition: &Condition| !context.contains_key(&condition.key) || is_met(condition, context);
    requires.0.iter().all(met)
        && !excludes.0.iter().any(|condition| is_excluded(condition, context))
}

/// The slots that the conditions take from the context.
pub(crate) fn slots<'a>(
    requires: &'a Context,
    context: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    requires.0.iter().filter_map(|condition| {
        Some((condition.slot.as_deref()?, of_key(context, &condition.key)?))
    })
}

fn is_met(condition: &Condition, context: &Map<String, Value>) -> bool {
    of_key(context, &condition.key)
        .is_some_and(|value| condition.values.is_empty() || condition.values.contains(value))
}

fn is_excluded(condition: &Condition, context: &Map<String, Value>) -> bool {
    of_key(context, &condition.key).is_some_and(|value| condition.values.contains(value))
}

/// A value, or the one in `{value: …}`; null is none.
fn of_key<'a>(context: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let value = context.get(key)?;
    let value = value.as_object().map_or(Some(value), |object| object.get("value"))?;
    (!value.is_null()).then_some(value)
}
