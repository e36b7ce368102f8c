//! The settings as the API shows them, with everything set that can be, against the
//! API's own description of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../host/api/src/http/tests/schema.rs"]
mod schema;
mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::http::Visitor;
use support::lab::Lab;
use support::{Demo, Ran, first_line, free, jarvis};

/// A simulated cluster, and a file with every setting.
struct Stage {
    lab: Lab,
    text: String,
}

/// A host that ends when dropped.
struct Host(Child);

impl Stage {
    fn new() -> Self {
        let lab = Lab::open();
        for (name, secret) in [("lab", "a password"), ("pin", "42718390")] {
            let file = lab.demo.file(name, secret);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let [_, address, fingerprint] = &lab.doors[0];
        let text = include_str!("settings/full.yaml")
            .replace("{address}", address)
            .replace("{fingerprint}", fingerprint)
            .replace("{wyoming}", &free().to_string())
            .replace("{skills}", jarvis().with_file_name("skills").to_str().unwrap())
            .replace("{root}", lab.demo.root().to_str().unwrap());
        Self { lab, text }
    }

    /// `jarvis` with these settings, which hold a secret, and the others at hand.
    fn command(&self, text: &str, args: &[&str]) -> Command {
        let file = self.lab.demo.file("jarvis.yaml", text);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = self.lab.demo.command(args);
        command.arg("--json").arg("--config").arg(file);
        command.env("CREDENTIALS_DIRECTORY", self.lab.demo.root()).env("ATTIC", "a token's");
        command
    }

    /// What `jarvis config show` says of these settings.
    fn shown(&self, text: &str) -> Value {
        let output = self.command(text, &["config", "show"]).output().unwrap();
        Ran::from(output).ended(0).json()
    }

    /// A host with every setting, and an administrator at its door.
    fn serve(&self) -> (Host, Visitor) {
        let mut command = self.command(&self.text, &["serve"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut host = Host(command.spawn().unwrap());
        let told: Value = serde_json::from_str(&first_line(&mut host.0)).expect("the host speaks");
        let http = told["http"].as_str().unwrap_or_else(|| panic!("the host serves: {told}"));
        let make = ["key", "make", "desk", "--role", "admin"];
        let made = Ran::from(self.command(&self.text, &make).output().unwrap()).ended(0).json();
        (host, Visitor::at(http).with(made["secret"].as_str().unwrap()))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// What became of a field that the description names, by `Schema.field`.
type Fields = BTreeMap<String, Field>;

/// See [`Fields`].
#[derive(Default)]
struct Field {
    /// Something stood there.
    set: bool,
    /// It was left out.
    left_out: bool,
    /// The description has it always there.
    required: bool,
}

/// Goes through all that was shown along its description.
fn look(document: &Value, at: &str, schema: &Value, shown: &[&Value], fields: &mut Fields) {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap();
        return look(document, name, resolved(document, schema), shown, fields);
    }
    for form in schema["oneOf"].as_array().into_iter().flatten() {
        let names = required(resolved(document, form));
        let has = |one: &&&Value| names.iter().all(|name| one.get(name).is_some());
        let fitting: Vec<&Value> = shown.iter().filter(has).copied().collect();
        look(document, at, form, &fitting, fields);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        look(document, at, part, shown, fields);
    }
    if let Some(of) = schema.get("items") {
        let items: Vec<&Value> = shown.iter().filter_map(|one| one.as_array()).flatten().collect();
        look(document, at, of, &items, fields);
    }
    let objects: Vec<_> = shown.iter().filter_map(|one| one.as_object()).collect();
    if let Some(of) = schema.get("additionalProperties") {
        let values: Vec<&Value> = objects.iter().flat_map(|one| one.values()).collect();
        look(document, at, of, &values, fields);
    }
    for (name, of) in schema["properties"].as_object().into_iter().flatten() {
        let values: Vec<&Value> = objects.iter().filter_map(|one| one.get(name)).collect();
        let nothing = [Value::Null, json!([]), json!({})];
        let at = format!("{at}.{name}");
        let field = fields.entry(at.clone()).or_default();
        field.set |= values.iter().any(|value| !nothing.contains(value));
        field.left_out |= values.len() < objects.len();
        field.required |= required(schema).contains(&name.as_str());
        look(document, &at, of, &values, fields);
    }
}

/// The names of the fields that are always there.
fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// What a schema refers to, or itself.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let path = schema["$ref"].as_str().map(|path| path.trim_start_matches('#'));
    path.map_or(schema, |path| document.pointer(path).unwrap())
}

#[test]
fn settings_had_no_description() {
    let stage = Stage::new();
    let (_host, admin) = stage.serve();
    let document = admin.get("/api/openapi.json").is(200).body;
    let answers = &document["paths"]["/api/settings"]["get"]["responses"];
    let described = &answers["200"]["content"]["application/json"]["schema"];
    let served = admin.get("/api/settings").is(200).body;
    let with_tls = |tls: &str| stage.shown(&stage.text.replace("# tls", &format!("tls: {tls}")));
    let given = with_tls("{certificate: /etc/jarvis/tls.pem, key: /etc/jarvis/tls.key}");
    let (made, usual) = (with_tls("self-made"), stage.shown("{}"));
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    assert_eq!(visitor.get("/api/openapi.json").is(200).body, document, "it is the same API");
    let none = visitor.get("/api/settings").is(200).body;

    let shown = [&served, &given, &made, &usual, &none];
    for settings in shown {
        let wrong = schema::problems(&document, described, settings);
        assert!(wrong.is_empty(), "{wrong:#?}\n{settings:#}");
    }
    let mut fields = Fields::new();
    look(&document, "", described, &shown, &mut fields);
    for (name, field) in fields {
        assert!(field.set, "{name} is described, and settings/full.yaml does not set it");
        assert_eq!(field.required, !field.left_out, "{name} is always there, or it is not");
    }
    assert_eq!(served["server"]["jwt_secret"], "********", "{served:#}");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        schema::untyped(name, schema);
    }
}
