//! Holds a JSON value against a schema of the document: as much of JSON Schema
//! as the document uses. A field that the schema does not name is a mistake
//! too, so that nothing is answered that is not described.

use serde_json::{Value, json};

/// What is wrong with `value`, with where it is.
pub(super) fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Check { document, found: &mut found }.value("", schema, value);
    found
}

/// Fails for an object of unknown form. `AnyJson` says that it is one.
pub(super) fn untyped(at: &str, schema: &Value) {
    let Some(object) = schema.as_object() else { return };
    let told = ["$ref", "type", "oneOf", "anyOf", "allOf", "enum"];
    assert!(
        at == "AnyJson" || told.iter().any(|told| object.contains_key(*told)),
        "{at}: {schema}"
    );
    if object.get("type") == Some(&json!("object")) {
        let form = ["properties", "additionalProperties", "allOf"];
        assert!(form.iter().any(|form| object.contains_key(*form)), "{at}: {schema}");
    }
    for (name, field) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
        untyped(&format!("{at}.{name}"), field);
    }
    for many in ["oneOf", "anyOf", "allOf"] {
        for part in object.get(many).and_then(Value::as_array).into_iter().flatten() {
            untyped(at, part);
        }
    }
    for one in ["items", "additionalProperties"] {
        if let Some(part) = object.get(one).filter(|part| part.is_object()) {
            untyped(&format!("{at}[]"), part);
        }
    }
}

struct Check<'a> {
    document: &'a Value,
    found: &'a mut Vec<String>,
}

impl<'a> Check<'a> {
    fn wrong(&mut self, at: &str, what: &str) {
        self.found.push(format!("{at}: {what}"));
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(path) => self.resolve(
                self.document
                    .pointer(path.trim_start_matches('#'))
                    .unwrap_or_else(|| panic!("{path} is nowhere")),
            ),
            None => schema,
        }
    }

    fn fits(&self, schema: &'a Value, value: &Value) -> bool {
        let mut found = Vec::new();
        Check { document: self.document, found: &mut found }.value("", schema, value);
        found.is_empty()
    }

    fn value(&mut self, at: &str, schema: &'a Value, value: &Value) {
        let schema = self.resolve(schema);
        for many in ["oneOf", "anyOf"] {
            if let Some(several) = schema[many].as_array() {
                if !several.iter().any(|one| self.fits(one, value)) {
                    self.wrong(at, &format!("fits none of {many}: {value}"));
                }
                return;
            }
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            self.wrong(at, &format!("{value} is none of {allowed:?}"));
        }
        let types = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is_of(kind, value)) {
            self.wrong(at, &format!("{value} is not {types:?}"));
        }
        if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
            for (index, item) in list.iter().enumerate() {
                self.value(&format!("{at}/{index}"), items, item);
            }
        }
        let is_described = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if let (true, Some(object)) = (is_described, value.as_object()) {
            for name in object.keys() {
                if !self.names(schema, name) {
                    self.wrong(at, &format!("{name} is not described"));
                }
            }
        }
        self.parts(at, schema, value);
    }

    /// The properties of an object, those of all its parts.
    fn parts(&mut self, at: &str, schema: &'a Value, value: &Value) {
        let schema = self.resolve(schema);
        for name in schema["required"].as_array().into_iter().flatten() {
            if value.get(name.as_str().unwrap()).is_none() {
                self.wrong(at, &format!("{name} is missing"));
            }
        }
        for (name, of) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(field) = value.get(name) {
                self.value(&format!("{at}/{name}"), of, field);
            }
        }
        let named = |name: &str| !schema["properties"][name].is_null();
        if let (Some(of), Some(object)) =
            (schema.get("additionalProperties").filter(|of| of.is_object()), value.as_object())
        {
            for (name, field) in object.iter().filter(|(name, _)| !named(name)) {
                self.value(&format!("{at}/{name}"), of, field);
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            match self.resolve(part)["oneOf"].as_array() {
                Some(cases) => {
                    let fits = |case: &'a Value| {
                        let mut found = Vec::new();
                        Check { document: self.document, found: &mut found }.parts("", case, value);
                        found.is_empty()
                    };
                    if !cases.iter().any(fits) {
                        self.wrong(at, "fits no case");
                    }
                }
                None => self.parts(at, part, value),
            }
        }
    }

    /// Whether a schema describes a property of this name.
    fn names(&self, schema: &'a Value, name: &str) -> bool {
        let schema = self.resolve(schema);
        !schema["properties"][name].is_null()
            || schema.get("additionalProperties").is_some_and(Value::is_object)
            || ["allOf", "oneOf"].iter().any(|many| {
                let parts = schema[many].as_array().into_iter().flatten();
                parts.into_iter().any(|part| self.names(part, name))
            })
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}
