//! The type of what a component exports, held against the contract before it
//! is in service: the engine itself looks at it only when it is called.

use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Type};

/// The fields of an `invocation`, in order (`wit/skill.wit`).
const INVOCATION: &str = "command arguments locale request-id budget-ms dry-run extra";
/// The fields of a `reply`.
const REPLY: &str = "outcome speech detail data extra";
/// The cases of an `error` (`wit/types.wit`).
const ERROR: &str = "denied invalid not-found timeout busy unavailable failed other";

/// Whether its `invoke` takes an invocation and gives a reply or an error.
/// What their parts are made of is checked at the call; every contract so far
/// had other names where it had other types.
pub(super) fn fits(component: &Component, engine: &Engine) -> bool {
    let ty = component.component_type();
    ty.exports(engine).any(|(name, item)| match item.ty {
        ComponentItem::ComponentInstance(instance) => {
            name.starts_with("jarvis:skill/skill@")
                && instance.exports(engine).any(|(name, item)| match item.ty {
                    ComponentItem::ComponentFunc(invoke) => name == "invoke" && is_invoke(&invoke),
                    _ => false,
                })
        }
        _ => false,
    })
}

fn is_invoke(invoke: &ComponentFunc) -> bool {
    let mut params = invoke.params().map(|(_, ty)| ty);
    let mut results = invoke.results();
    let (Some(request), None) = (params.next(), params.next()) else { return false };
    let (Some(Type::Result(answer)), None) = (results.next(), results.next()) else {
        return false;
    };
    names(Some(&request)) == INVOCATION
        && names(answer.ok().as_ref()) == REPLY
        && names(answer.err().as_ref()) == ERROR
}

/// The names of a record's fields or a variant's cases.
fn names(ty: Option<&Type>) -> String {
    let names: Vec<&str> = match ty {
        Some(Type::Record(record)) => record.fields().map(|field| field.name).collect(),
        Some(Type::Variant(variant)) => variant.cases().map(|case| case.name).collect(),
        _ => Vec::new(),
    };
    names.join(" ")
}
