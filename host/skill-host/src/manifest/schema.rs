//! What a command takes, as JSON Schema: for a model's tools and for the API.

use serde_json::{Map, Value, json};

use super::CommandSpec;

/// The schema (draft 2020-12) of an object with the command's arguments.
#[must_use]
pub fn parameters_schema(command: &CommandSpec) -> Value {
    let parameters = &command.parameters;
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), parameter.schema())).collect();
    let required = parameters.iter().filter(|parameter| parameter.required);
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
