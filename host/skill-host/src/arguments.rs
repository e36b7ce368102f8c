//! Arguments, checked against a command before its skill sees them. What a
//! person, a model or a program gave becomes exactly what the manifest
//! declares: texts become numbers, names become guests and nodes that exist.
//! Asks nobody; what is open comes back as an error that says what to ask.

mod error;

use jarvis_domain::inventory::Snapshot;
use jarvis_domain::invocation::{Choice, ChoiceOption, Missing};
use jarvis_domain::{Language, Risk, Vmid, say};
use jarvis_sentences::{Found, Kind, Names};
use serde_json::{Map, Value};

pub use error::{ARGUMENT_ROWS, ArgumentError};

use crate::manifest::CommandSpec;
use crate::parameter::{BadValue, Parameter, ParameterKind, cut, listed, plain};

/// The most options that a person is offered.
const MAX_OPTIONS: usize = 8;

/// Whom a person may name, and for what.
#[derive(Clone, Copy)]
struct Named<'a> {
    names: &'a Names,
    snapshot: &'a Snapshot,
    language: Language,
    /// The command interrupts or loses something: what it does that to has to be named
    /// by its name, its number or an alias.
    interrupts: bool,
}

/// The arguments that the skill gets, defaults filled in; or the first thing
/// that is wrong, in the order in which it is worth telling: a value that can
/// never fit before a name that is unknown, and both before anything is asked.
///
/// `names` are those of `snapshot`, which says how a person is told of guests.
pub fn check(
    spec: &CommandSpec,
    given: &Map<String, Value>,
    names: &Names,
    snapshot: &Snapshot,
    language: Language,
) -> Result<Map<String, Value>, ArgumentError> {
    if let Some(unknown) = given.keys().find(|name| spec.parameter(name).is_none()) {
        return Err(ArgumentError::unknown(spec, unknown));
    }
    let interrupts = spec.risk == Risk::Destructive;
    let mut checked = Map::new();
    let mut errors = Vec::new();
    for parameter in &spec.parameters {
        let value = given.get(&parameter.name).filter(|value| !is_nothing(value, parameter));
        let named = Named { names, snapshot, language, interrupts };
        match value.map(|value| one(parameter, value, &named)) {
            Some(Ok(value)) => {
                checked.insert(parameter.name.clone(), value);
            }
            Some(Err(error)) => errors.push(error),
            None if parameter.required => errors.push(missing(parameter, language)),
            None => {
                let default = parameter.default.clone();
                checked.extend(default.map(|value| (parameter.name.clone(), value)));
            }
        }
    }
    // Of equal ones the first: parameters stand in the order of asking.
    match errors.into_iter().min_by_key(ArgumentError::rank) {
        Some(error) => Err(error),
        None => Ok(checked),
    }
}

/// Whether a value says nothing. Models fill what they do not know with null
/// or an empty text.
fn is_nothing(value: &Value, parameter: &Parameter) -> bool {
    let is_text = matches!(parameter.kind, ParameterKind::Text(_));
    value.is_null() || (!is_text && value.as_str().is_some_and(|text| text.trim().is_empty()))
}

fn one(parameter: &Parameter, value: &Value, named: &Named<'_>) -> Result<Value, ArgumentError> {
    let Named { names, snapshot, language, interrupts } = *named;
    let options =
        match parameter.kind {
            ParameterKind::Guest => options(names.guest(&said(parameter, value)?), |vmid| {
                ChoiceOption { value: vmid.get().into(), label: called(snapshot, *vmid, language) }
            }),
            ParameterKind::Node => options(names.node(&said(parameter, value)?), |node| {
                ChoiceOption { value: node.as_str().into(), label: node.to_string() }
            }),
            ParameterKind::Tag => options(names.tag(&said(parameter, value)?), |tag| {
                ChoiceOption { value: tag.as_str().into(), label: tag.clone() }
            }),
            _ => return parameter.accept(value).map_err(|source| bad(parameter, source)),
        };
    let no_such = |nearest| ArgumentError::NoSuch {
        parameter: parameter.name.clone(),
        kind: parameter.kind.name().unwrap_or("name"),
        given: cut(&plain(value)),
        nearest,
    };
    let mut options = options.map_err(no_such)?;
    match options.pop() {
        Some(only) if options.is_empty() && !(interrupts && is_loose(parameter, value, names)) => {
            Ok(only.value)
        }
        Some(last) => {
            options.push(last);
            Err(ArgumentError::Choice(choice(parameter, value, options, language)))
        }
        None => Err(no_such(Vec::new())),
    }
}

/// Whether `value` is only some words of a name: enough to look at something.
fn is_loose(parameter: &Parameter, value: &Value, names: &Names) -> bool {
    let kind = match parameter.kind {
        ParameterKind::Guest => Kind::Guest,
        ParameterKind::Node => Kind::Node,
        ParameterKind::Tag => Kind::Tag,
        _ => return false,
    };
    said(parameter, value).is_ok_and(|text| !names.is_certain(&text, kind))
}

fn called(snapshot: &Snapshot, vmid: Vmid, language: Language) -> String {
    snapshot.guest(vmid).map_or_else(|| vmid.to_string(), |guest| guest.called_in(language))
}

/// What was found, as options; or the nearest names where nothing was.
fn options<T>(
    found: Found<T>,
    option: impl Fn(&T) -> ChoiceOption,
) -> Result<Vec<ChoiceOption>, Vec<String>> {
    match found {
        Found::One(one) => Ok(vec![option(&one)]),
        Found::Several(several) => Ok(several.iter().map(option).collect()),
        Found::None { nearest } => Err(nearest),
    }
}

/// What was said for a name: a text, or a number for a guest or a node.
fn said(parameter: &Parameter, value: &Value) -> Result<String, ArgumentError> {
    match value {
        Value::String(text) if text.chars().any(char::is_control) => {
            Err(bad(parameter, BadValue::Control))
        }
        Value::String(text) => Ok(text.trim().to_owned()),
        // A model may write 101.0.
        Value::Number(number) => {
            let whole = number.as_f64().filter(|_| !number.is_i64() && !number.is_u64());
            Ok(whole.map_or_else(|| number.to_string(), |whole| format!("{whole}")))
        }
        other => Err(bad(parameter, BadValue::wrong("a name or a number", other))),
    }
}

fn choice(
    parameter: &Parameter,
    value: &Value,
    mut options: Vec<ChoiceOption>,
    language: Language,
) -> Choice {
    let fit = options.len();
    options.truncate(MAX_OPTIONS);
    let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
    let said = cut(&plain(value));
    let text = if fit > MAX_OPTIONS {
        let labels = labels.join(", ");
        say!(
            language,
            en: "{fit} fit {said:?}; the first are {labels}. Which one?",
            de: "{fit} passen zu {said:?}; die ersten sind {labels}. Welches ist gemeint?",
        )
    } else if let [only] = labels.as_slice() {
        say!(
            language,
            en: "By {said:?}, do you mean {only}?",
            de: "Ist mit {said:?} {only} gemeint?",
        )
    } else if language == Language::German {
        format!("Welches ist gemeint: {}?", labels.join(", "))
    } else {
        format!("Which one: {}?", listed(&labels))
    };
    Choice { parameter: parameter.name.clone(), text, options }
}

fn missing(parameter: &Parameter, language: Language) -> ArgumentError {
    let text = match (language, &parameter.kind) {
        (Language::English, _) => parameter.question(),
        (Language::German, ParameterKind::Guest) => "Welche Maschine?".to_owned(),
        (Language::German, ParameterKind::Node) => "Welcher Knoten?".to_owned(),
        (Language::German, ParameterKind::Tag) => "Welcher Tag?".to_owned(),
        (Language::German, _) => format!("Welcher Wert für {}?", parameter.name),
    };
    ArgumentError::Missing(Missing { parameter: parameter.name.clone(), text })
}

fn bad(parameter: &Parameter, source: BadValue) -> ArgumentError {
    ArgumentError::Bad { parameter: parameter.name.clone(), source }
}

#[cfg(test)]
mod tests;
