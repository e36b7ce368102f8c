//! A tree as JSON, for the parts of a file that are passed on.

use serde_json::{Map, Number, Value as Json};

use crate::tree::{Node, Scalar, Value};

/// The tree as JSON, scalars typed by YAML 1.2's core schema.
#[must_use]
pub fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => scalar_to_json(scalar),
        Value::Sequence(nodes) => Json::Array(nodes.iter().map(to_json).collect()),
        Value::Mapping(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.clone(), to_json(&entry.value)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

fn scalar_to_json(scalar: &Scalar) -> Json {
    if scalar.is_null() {
        return Json::Null;
    }
    if !scalar.plain {
        return Json::String(scalar.text.clone());
    }
    match scalar.text.as_str() {
        "true" => return Json::Bool(true),
        "false" => return Json::Bool(false),
        _ => {}
    }
    let looks_like_number =
        scalar.text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let float =
        || scalar.text.parse().ok().filter(|_| looks_like_number).and_then(Number::from_f64);
    match scalar.text.parse::<i64>().map(Number::from).ok().or_else(float) {
        Some(number) => Json::Number(number),
        None => Json::String(scalar.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::parse;

    #[test]
    fn scalars_are_typed_as_yaml_types_them() {
        let tree = parse("[1, -2.5, '1', true, yes, ~, web, infinity, .5, {a: b}]").unwrap();
        assert_eq!(
            to_json(&tree),
            json!([1, -2.5, "1", true, "yes", null, "web", "infinity", 0.5, {"a": "b"}])
        );
    }
}
