//! Whether the published schema, `config/schema/skill.schema.json`, says what
//! the parser does.

use std::path::{Path, PathBuf};

use jarvis_document::{parse, to_json};
use jarvis_sentences::SentenceFile;
use serde_json::Value;

use super::Manifest;

/// Keys of a whole manifest, one table row a manifest: does it fit?
const TABLE: &[(&str, bool)] = &[
    ("", true),
    ("requests: []", true),
    ("requests:", true),
    ("limits: {memory: 32MiB, time: 90s, calls: 5}", true),
    ("limits: {}", true),
    ("limits: {memories: 1, tables: 2, instances: 3, cpu: 1s, bytes: 1MiB, argument: 64KiB}", true),
    ("limits: {handles: 8, random: 0B, reply: 1KiB, lines: 0, value: 1B, keys: 1}", true),
    ("limits: {concurrent: 2}", true),
    ("limits: {store: 64KiB}", true),
    ("limits: {store: 64}", false),
    ("limits: {handles: 7}", false),
    ("limits: {cpu: 1}", false),
    ("requests: [{capability: inventory, reason: why}, {capability: kv, reason: why}]", true),
    ("requests: [{capability: sensors, nodes: [pve1], reason: why}]", true),
    ("requests: [{capability: sensors, nodes: pve1, reason: why}]", true),
    ("requests: [{capability: cluster-read, paths: [/nodes], reason: why}]", true),
    (
        "requests: [{capability: cluster-write, verbs: [create], paths: ['/nodes/*/qemu/*/status/start'], fields: [timeout], reason: why}]",
        true,
    ),
    ("requests: [{capability: node-shell, argv: [[/usr/bin/uptime]], reason: why}]", true),
    ("events: []", true),
    ("events:", true),
    ("events: [{topic: skill.loaded, reason: why}]", true),
    ("events: {}", false),
    ("events: [skill.loaded]", false),
    ("events: [{topic: skill.loaded}]", false),
    ("events: [{topic: skill.loaded, reason: ''}]", false),
    ("events: [{topic: time.tick, reason: why}]", false),
    ("events: [{topic: skill.loaded, reason: why, nodes: [pve1]}]", false),
    ("parameters: {p: {type: string}}", true),
    ("parameters: {p: {type: string, kind: text, maxLength: 9}}", true),
    ("parameters: {p: {type: integer, kind: text}}", false),
    (
        "parameters: {p: {type: string, enum: [a, 1, true], default: a, minLength: 1, maxLength: 9}}",
        true,
    ),
    (
        "parameters: {p: {type: integer, minimum: 1, maximum: 9, default: 2, enum: [2, 3], optional: true}}",
        true,
    ),
    ("parameters: {p: {type: number, minimum: 0.5, maximum: 9, default: 2, enum: [2, 3.5]}}", true),
    ("parameters: {p: {type: boolean, default: false, description: Why.}}", true),
    (
        "parameters: {p: {type: integer, kind: guest}, q: {type: string, kind: node}, r: {type: string, kind: tag}}",
        true,
    ),
    ("idempotent: true", true),
    ("idempotent: 'true'", false),
    ("inverse: [a]", false),
    ("unknown: 1", false),
    ("limits: {calls: 0}", false),
    ("limits: {memory: 5, time: 90s}", false),
    ("limits: {tiem: 90s}", false),
    ("limits: []", false),
    ("requests: {}", false),
    ("requests: [{capability: root, reason: why}]", false),
    ("requests: [{capability: kv}]", false),
    ("requests: [{capability: kv, reason: ''}]", false),
    ("requests: [{capability: kv, paths: [/a], reason: why}]", false),
    ("requests: [{capability: cluster-read, reason: why}]", false),
    ("requests: [{capability: cluster-read, paths: [], reason: why}]", false),
    ("requests: [{capability: cluster-read, verbs: [create], paths: [/a], reason: why}]", false),
    ("requests: [{capability: cluster-write, paths: [/a], reason: why}]", false),
    ("requests: [{capability: cluster-write, verbs: [get], paths: [/a], reason: why}]", false),
    ("requests: [{capability: node-shell, reason: why}]", false),
    ("requests: [{capability: node-shell, argv: [uptime], reason: why}]", false),
    ("parameters: {p: {}}", false),
    ("parameters: {p: {type: list}}", false),
    ("parameters: {p: {type: string, kind: guest}}", false),
    ("parameters: {p: {type: integer, kind: guest, enum: [100]}}", false),
    ("parameters: {p: {type: integer, kind: guest, minimum: 100}}", false),
    ("parameters: {p: {type: string, minimum: 1}}", false),
    ("parameters: {p: {type: integer, minLength: 1}}", false),
    ("parameters: {p: {type: integer, default: many}}", false),
    ("parameters: {p: {type: integer, enum: []}}", false),
    ("parameters: {p: {type: boolean, enum: [true]}}", false),
    ("parameters: {p: {type: string, maxLength: 9000}}", false),
    ("parameters: {p: {type: string, title: P}}", false),
    ("parameters: [p]", false),
];

#[test]
fn parser_and_schema_agree() {
    let schema = schema();
    for (tail, good) in TABLE {
        let of_command =
            ["parameters", "idempotent", "inverse"].iter().any(|k| tail.starts_with(k));
        let (inner, outer) = if of_command { (*tail, "") } else { ("", *tail) };
        let text = format!(
            "id: a\nversion: 0.1.0\ncontract: 0.1\nsummary: A.\n\
             commands:\n  a:\n    summary: Does.\n    risk: read\n    {inner}\n{outer}\n"
        );
        let parsed = Manifest::read(&text);
        assert_eq!(parsed.is_ok(), *good, "parser: {tail}: {parsed:?}");
        assert_eq!(
            mistake(&text, &schema).is_none(),
            *good,
            "schema: {tail}: {:?}",
            mistake(&text, &schema)
        );
    }
}

#[test]
fn shipped_skills_fit_both() {
    let schema = schema();
    let manifests: Vec<PathBuf> = ["skills", "examples"]
        .iter()
        .filter_map(|folder| root().join(folder).read_dir().ok())
        .flatten()
        .map(|entry| entry.unwrap().path().join("skill.yaml"))
        .filter(|path| path.exists())
        .collect();
    assert!(!manifests.is_empty());
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap();
        let shown = path.display();
        let manifest =
            Manifest::read(&text).unwrap_or_else(|problems| panic!("{shown}: {problems}"));
        assert_eq!(mistake(&text, &schema), None, "{shown}");
        let files = path.with_file_name("sentences").read_dir().into_iter().flatten();
        for file in files.map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&file).unwrap();
            let sentences = SentenceFile::read(&text);
            let fits = sentences.and_then(|sentences| sentences.check(&manifest.for_sentences()));
            assert_eq!(fits, Ok(()), "{}", file.display());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> Value {
    let path = root().join("config/schema/skill.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The first way in which a manifest does not fit the schema.
fn mistake(text: &str, schema: &Value) -> Option<String> {
    let tree = parse(text).unwrap();
    Fits { root: schema }.why_not(&to_json(&tree), schema).err()
}

/// As much of JSON Schema as the published schema uses. A keyword that is not
/// known here fails the test, so that none is passed over.
struct Fits<'a> {
    root: &'a Value,
}

impl Fits<'_> {
    fn why_not(&self, value: &Value, schema: &Value) -> Result<(), String> {
        for (keyword, wanted) in schema.as_object().unwrap() {
            let fits = match keyword.as_str() {
                "$ref" => {
                    let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self.root.pointer(pointer).unwrap();
                    self.why_not(value, target).map(|()| true)?
                }
                "type" => many(wanted).iter().any(|name| is_type(value, name.as_str().unwrap())),
                "const" => value == wanted,
                "enum" => many(wanted).contains(value),
                "required" => value.as_object().is_none_or(|object| {
                    many(wanted).iter().all(|key| object.contains_key(key.as_str().unwrap()))
                }),
                "minProperties" => length(value.as_object().map(|o| o.len()), wanted, usize::ge),
                "maxProperties" => length(value.as_object().map(|o| o.len()), wanted, usize::le),
                "minItems" => length(value.as_array().map(Vec::len), wanted, usize::ge),
                "minLength" => length(value.as_str().map(|s| s.chars().count()), wanted, usize::ge),
                "maxLength" => length(value.as_str().map(|s| s.chars().count()), wanted, usize::le),
                "minimum" => value.as_f64().is_none_or(|n| n >= wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|n| n <= wanted.as_f64().unwrap()),
                "oneOf" => {
                    let several = many(wanted);
                    several.iter().filter(|one| self.why_not(value, one).is_ok()).count() == 1
                }
                "items" => {
                    value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .try_for_each(|v| self.why_not(v, wanted))?;
                    true
                }
                "additionalProperties" => {
                    let named = schema.get("properties").and_then(Value::as_object);
                    for (key, value) in value.as_object().into_iter().flatten() {
                        match named.and_then(|named| named.get(key)) {
                            Some(schema) => self.why_not(value, schema)?,
                            None if wanted == &Value::Bool(false) => {
                                return Err(format!("no {key}"));
                            }
                            None => self.why_not(value, wanted)?,
                        }
                    }
                    true
                }
                // Patterns are for editors: what they say is in the parser's
                // own tests. Properties stand with additionalProperties.
                "pattern" | "propertyNames" | "properties" => true,
                "$schema" | "$id" | "$defs" | "title" | "description" | "default" => true,
                other => panic!("the test does not know the keyword {other}"),
            };
            if !fits {
                return Err(format!("{keyword} {wanted}: {value}"));
            }
        }
        Ok(())
    }
}

fn many(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn length(has: Option<usize>, wanted: &Value, holds: fn(&usize, &usize) -> bool) -> bool {
    let wanted = usize::try_from(wanted.as_u64().unwrap()).unwrap();
    has.is_none_or(|has| holds(&has, &wanted))
}

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the test does not know the type {other}"),
    }
}
