//! A parameter as the manifest writes it: JSON Schema's words for types and
//! bounds, and two of our own, `kind` and `optional`.

use jarvis_document::Cursor;
use serde_json::{Number, Value};

use super::{Bounds, Parameter, ParameterKind};

/// JSON Schema's types that a parameter can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    String,
    Integer,
    Number,
    Boolean,
}

/// The kinds that the cluster knows, each with the type that the skill gets;
/// and `text`, which is what a string is anyway.
const KINDS: [(&str, Option<(ParameterKind, Type)>); 4] = [
    ("guest", Some((ParameterKind::Guest, Type::Integer))),
    ("node", Some((ParameterKind::Node, Type::String))),
    ("tag", Some((ParameterKind::Tag, Type::String))),
    ("text", None),
];

const TYPES: [(&str, Type); 4] = [
    ("string", Type::String),
    ("integer", Type::Integer),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
];

/// A key that bounds values, the types it belongs to, and what it is set to.
type Bound<'a> = (&'static str, &'static [Type], Option<Cursor<'a>>);

/// The keys of bounds, each with the types it belongs to.
const BOUNDS: [(&str, &[Type]); 4] = [
    ("minimum", &[Type::Integer, Type::Number]),
    ("maximum", &[Type::Integer, Type::Number]),
    ("minLength", &[Type::String]),
    ("maxLength", &[Type::String]),
];

/// The most that `maxLength` can be: what Proxmox's longest field takes, bytes.
const MAX_LENGTH: i64 = 8 * 1024;

/// Reads one parameter; notes everything that is wrong with it.
pub(crate) fn read(name: &str, cursor: &Cursor<'_>) -> Option<Parameter> {
    if !Parameter::is_name(name) {
        cursor.problem(format!(
            "{name:?} is not a parameter's name: up to 40 lower-case letters, digits, - and _, \
             led by a letter"
        ));
    }
    let keys = cursor.mapping()?;
    let ty = keys.required("type").and_then(|ty| ty.one_of(&TYPES));
    let special = keys.optional("kind").map(|key| (key.one_of(&KINDS), key));
    let description = keys.optional("description").and_then(|key| key.text()).map(str::to_owned);
    let optional = keys.optional("optional").and_then(|key| key.boolean()).unwrap_or(false);
    let listed = keys.optional("enum");
    let default = keys.optional("default");
    let bounds = BOUNDS.map(|(name, types)| (name, types, keys.optional(name)));
    keys.finish();
    let kind = ty.and_then(|ty| match special {
        Some((special, key)) => match special? {
            Some(special) => special_kind(ty, special, &key, &bounds),
            None if ty != Type::String => {
                needs(&key, Type::String);
                None
            }
            None => plain_kind(ty, &bounds),
        },
        None => plain_kind(ty, &bounds),
    });
    let mut parameter = Parameter {
        name: name.to_owned(),
        kind: kind?,
        required: !optional && default.is_none(),
        default: None,
        one_of: Vec::new(),
        description,
    };
    if let Some(listed) = listed {
        parameter.one_of = read_enum(&parameter, &listed)?;
    }
    parameter.default = default.and_then(|key| fitting(&parameter, &key));
    Some(parameter)
}

fn special_kind(
    ty: Type,
    (kind, wanted): (ParameterKind, Type),
    key: &Cursor<'_>,
    bounds: &[Bound<'_>; 4],
) -> Option<ParameterKind> {
    for (name, _, bound) in bounds {
        if let Some(bound) = bound {
            bound
                .problem(format!("a parameter with a kind takes no {name}; the cluster bounds it"));
        }
    }
    if ty != wanted {
        needs(key, wanted);
        return None;
    }
    Some(kind)
}

fn needs(key: &Cursor<'_>, wanted: Type) {
    let name = TYPES.iter().find(|(_, ty)| *ty == wanted).map_or("", |(name, _)| name);
    key.problem(format!("this kind needs type: {name}"));
}

fn plain_kind(ty: Type, given: &[Bound<'_>; 4]) -> Option<ParameterKind> {
    for (name, types, bound) in given {
        if let Some(bound) = bound.as_ref().filter(|_| !types.contains(&ty)) {
            let names = TYPES.iter().filter(|(_, ty)| types.contains(ty)).map(|(name, _)| *name);
            let names: Vec<&str> = names.collect();
            bound.problem(format!("{name} belongs to type: {}", names.join(" or ")));
        }
    }
    let [(_, _, minimum), (_, _, maximum), (_, _, min_length), (_, _, max_length)] = given;
    match ty {
        Type::Boolean => Some(ParameterKind::Boolean),
        Type::String => {
            let length = |key: &Cursor<'_>| {
                let length = key.integer_in(0, MAX_LENGTH)?;
                usize::try_from(length).ok()
            };
            bounds(min_length, max_length, length).map(ParameterKind::Text)
        }
        Type::Integer => bounds(minimum, maximum, |key| key.integer()).map(ParameterKind::Integer),
        Type::Number => bounds(minimum, maximum, |key| key.number()).map(ParameterKind::Number),
    }
}

fn bounds<T: PartialOrd + std::fmt::Display>(
    low: &Option<Cursor<'_>>,
    high: &Option<Cursor<'_>>,
    read: impl Fn(&Cursor<'_>) -> Option<T>,
) -> Option<Bounds<T>> {
    let bounds =
        Bounds { least: low.as_ref().and_then(&read), most: high.as_ref().and_then(&read) };
    if let (Some(least), Some(most), Some(key)) = (&bounds.least, &bounds.most, high)
        && least > most
    {
        key.problem(format!("{most} is below the least, {least}"));
        return None;
    }
    Some(bounds)
}

fn read_enum(parameter: &Parameter, listed: &Cursor<'_>) -> Option<Vec<Value>> {
    if parameter.kind.name().is_some() || parameter.kind == ParameterKind::Boolean {
        listed.problem("enum belongs to texts and numbers; leave it out here");
        return None;
    }
    let items = listed.sequence()?;
    if items.is_empty() {
        listed.problem("the list is empty, so no value would fit");
        return None;
    }
    let mut values = Vec::new();
    for item in &items {
        let Some(value) = fitting(parameter, item) else { continue };
        if values.contains(&value) {
            item.problem("this value stands twice");
            continue;
        }
        values.push(value);
    }
    Some(values)
}

/// A value in the file that fits the parameter as far as it is read.
fn fitting(parameter: &Parameter, cursor: &Cursor<'_>) -> Option<Value> {
    let value = match parameter.kind {
        ParameterKind::Text(_) | ParameterKind::Node | ParameterKind::Tag => {
            Value::from(cursor.text()?)
        }
        ParameterKind::Guest | ParameterKind::Integer(_) => Value::from(cursor.integer()?),
        ParameterKind::Number(_) => Value::Number(Number::from_f64(cursor.number()?)?),
        ParameterKind::Boolean => Value::from(cursor.boolean()?),
    };
    match parameter.accept(&value) {
        Ok(value) => Some(value),
        Err(error) => {
            cursor.problem(error.to_string());
            None
        }
    }
}
