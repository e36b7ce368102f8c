//! The arguments of a model's call, repaired where there is but one way to.
//! Whether they fit is then looked at as with everybody's
//! (`jarvis_skill_host::arguments`).

use jarvis_skill_host::manifest::CommandSpec;
use serde_json::{Map, Value};

/// What some models wrap arguments in.
const WRAPPERS: [&str; 3] = ["arguments", "parameters", "args"];

/// The arguments of a call of `spec`, as far as they can be made out.
///
/// # Errors
/// They are no object, in words for the model.
pub(super) fn repaired(spec: &CommandSpec, given: &Value) -> Result<Map<String, Value>, String> {
    let mut arguments = object(given).ok_or("the arguments must be a JSON object")?;
    let wrapped = arguments.iter().next().filter(|(key, _)| {
        arguments.len() == 1 && WRAPPERS.contains(&key.as_str()) && spec.parameter(key).is_none()
    });
    if let Some(inner) = wrapped.and_then(|(_, inner)| object(inner)) {
        arguments = inner;
    }
    // What a model leaves open it often fills with nothing.
    arguments
        .retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty()));
    rename(spec, &mut arguments);
    Ok(arguments)
}

/// An object, also where it was sent as its own text.
fn object(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object.clone()),
        Value::Null => Some(Map::new()),
        Value::String(text) if text.trim().is_empty() => Some(Map::new()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// Where one argument has an unknown name and one that is required has no
/// value, that one is meant.
fn rename(spec: &CommandSpec, arguments: &mut Map<String, Value>) {
    let unknown: Vec<String> =
        arguments.keys().filter(|key| spec.parameter(key).is_none()).cloned().collect();
    let mut missing = spec
        .parameters
        .iter()
        .filter(|parameter| parameter.required && !arguments.contains_key(&parameter.name));
    if let ([unknown], Some(only), None) = (unknown.as_slice(), missing.next(), missing.next())
        && let Some(value) = arguments.remove(unknown)
    {
        arguments.insert(only.name.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::Risk;
    use jarvis_skill_host::parameter::{Parameter, ParameterKind};
    use serde_json::json;

    use super::*;

    fn spec(parameters: &[(&str, bool)]) -> CommandSpec {
        let parameter = |(name, required): &(&str, bool)| Parameter {
            name: (*name).to_owned(),
            kind: ParameterKind::Guest,
            required: *required,
            default: None,
            one_of: Vec::new(),
            description: None,
        };
        CommandSpec {
            name: "stop".to_owned(),
            summary: "Stops a guest.".to_owned(),
            risk: Risk::Destructive,
            idempotent: true,
            inverse: None,
            parameters: parameters.iter().map(parameter).collect(),
        }
    }

    #[test]
    fn arguments_are_repaired_where_there_is_one_way_to() {
        let one = spec(&[("guest", true), ("note", false)]);
        for (given, expected) in [
            (json!({"guest": 101}), json!({"guest": 101})),
            (json!("{\"guest\": 101}"), json!({"guest": 101})),
            (json!({"arguments": {"guest": 101}}), json!({"guest": 101})),
            (json!({"parameters": "{\"guest\": 101}"}), json!({"guest": 101})),
            (json!({"vmid": 101}), json!({"guest": 101})),
            (json!({"guest": 101, "note": "", "when": null}), json!({"guest": 101})),
            (json!(null), json!({})),
            (json!(""), json!({})),
            // Two ways: left to be refused.
            (json!({"vmid": 101, "name": "web"}), json!({"vmid": 101, "name": "web"})),
            // Nothing is missing: what is too much is not quietly dropped.
            (json!({"guest": 101, "force": true}), json!({"guest": 101, "force": true})),
        ] {
            assert_eq!(repaired(&one, &given).map(Value::Object), Ok(expected), "{given}");
        }
        let two = spec(&[("guest", true), ("node", true)]);
        let both = json!({"vmid": 101});
        assert_eq!(repaired(&two, &both).map(Value::Object), Ok(both));
        for given in [json!([101]), json!(101), json!("101"), json!("stop it"), json!(true)] {
            assert!(repaired(&one, &given).is_err(), "{given}");
        }
    }
}
