//! The table of methods against the API's schema, where the folder that
//! `JARVIS_PVE_SAMPLES` names has one beside it: `../schema/*.json`. Without
//! it there is nothing to compare with. Where recordings of real nodes differ
//! from the schema, they win; [`RECORDED`] says where.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{ManualClock, Timestamp};
use serde_json::{Value, json};

use crate::access::{Caller, Needs};
use crate::api::{self, Kind, METHODS, Method, Verb};
use crate::cluster::{Cluster, Timing};
use crate::engine::{Began, Simulator};
use crate::pvesh::Args;

const NOW: Timestamp = Timestamp(1_795_468_823_000);

/// Differences that are right: which method, where in its answer or which
/// parameter, and why.
const RECORDED: &[(&str, &str, &str)] = &[
    ("/cluster/nextid", "", "real nodes answer with a text"),
    ("/nodes/{node}/{kind}/{vmid}/status/current", ".clipboard", "null while there is none"),
    ("/nodes/{node}/{kind}/{vmid}/migrate", "restart", "only containers have it"),
];

fn schema() -> Option<Vec<Value>> {
    let folder = PathBuf::from(std::env::var_os("JARVIS_PVE_SAMPLES")?);
    let file = folder.join("../schema/pve-9.2-api-subset.json");
    let text = std::fs::read_to_string(file).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// Each of our methods with the schema's; containers are not in it.
fn pairs(schema: &[Value]) -> Vec<(&'static Method, &Value)> {
    let of = |method: &Method| {
        let path = method.path.replace("{kind}", "qemu");
        schema.iter().find(|entry| entry["path"] == path && entry["method"] == http(method.verb))
    };
    METHODS.iter().copied().flatten().filter_map(|method| Some((method, of(method)?))).collect()
}

fn http(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Set => "PUT",
        Verb::Create => "POST",
        Verb::Delete => "DELETE",
    }
}

#[test]
fn every_method_needs_what_the_schema_says() {
    let Some(schema) = schema() else { return };
    let pairs = pairs(&schema);
    assert!(pairs.len() > 40, "only {} methods are in the schema", pairs.len());
    for (method, entry) in pairs {
        let needs = Needs::of(method.verb, method.path);
        let permissions = &entry["permissions"];
        let check = permissions["check"].as_array();
        let expected = match (needs, check) {
            (Needs::Nobody, None) => permissions["user"] == "world",
            (Needs::Anybody | Needs::Guests | Needs::Task(_), None) => permissions["user"] == "all",
            (Needs::All(path, privileges), Some(check)) => {
                check[1] == path && check[2] == json!(privileges) && check.len() == 3
            }
            (Needs::Any(path, privileges), Some(check)) => {
                check[1] == path && check[2] == json!(privileges) && check[3] == "any"
            }
            _ => false,
        };
        assert!(expected, "{} {}: {needs:?}, {permissions}", http(method.verb), method.path);
        let proxied = entry["proxyto"] == "node";
        assert_eq!(method.proxied, proxied, "{} {}", http(method.verb), method.path);
    }
}

#[test]
fn every_parameter_is_one_of_the_schema() {
    let Some(schema) = schema() else { return };
    let mut wrong = Vec::new();
    for (method, entry) in pairs(&schema) {
        let known = entry["parameters"]["properties"].as_object().cloned().unwrap_or_default();
        for param in method.params {
            let place = format!("{} {} {}", http(method.verb), method.path, param.name);
            if RECORDED.iter().any(|(of, name, _)| *of == method.path && *name == param.name) {
                continue;
            }
            let Some(said) = known.get(param.name) else {
                wrong.push(format!("{place}: not there"));
                continue;
            };
            let word = if matches!(param.kind, Kind::Vmids) { "string" } else { param.kind.word() };
            if said["type"] != word && !(said["type"] == "array" && param.kind == Kind::Vmids) {
                wrong.push(format!("{place}: {word}, {}", said["type"]));
            }
            if param.required == (said["optional"] == 1) {
                wrong.push(format!("{place}: required {}", param.required));
            }
        }
        for (name, said) in &known {
            let ours = method.all().any(|param| param.name == name);
            if !ours && said["optional"] != 1 {
                wrong.push(format!("{} {} {name}: missing", http(method.verb), method.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_answer_has_the_types_of_the_schema() {
    let Some(schema) = schema() else { return };
    let clock = Arc::new(ManualClock::at(NOW));
    let simulator = Simulator::new(Cluster::home(NOW), clock, Timing::INSTANT);
    simulator.run(&["create", "/nodes/home/qemu/102/status/start"]).await;
    let upid = simulator.look(|cluster, _| cluster.tasks[0].upid.to_string());
    let mut wrong = Vec::new();
    for (method, entry) in pairs(&schema).into_iter().filter(|(m, _)| m.verb == Verb::Get) {
        let path = method.path.replace("{node}", "home").replace("{kind}", "qemu");
        let path = path.replace("{vmid}", "101").replace("{upid}", &upid);
        let path = path.replace("{service}", "sshd").replace("{snapname}", "none");
        let (_, named) = api::find(Verb::Get, &path).unwrap();
        let mut args = Args(named.into_iter().collect());
        if path.ends_with("/rrddata") {
            args.0.insert("timeframe".to_owned(), "hour".to_owned());
        }
        if path.ends_with("/vncwebsocket") {
            let bound = if path.contains("/qemu/") { "/vms/101" } else { "/nodes/home" };
            let ticket =
                simulator.look(|cluster, now| cluster.seal.terminal("root@pam", bound, 5900, now));
            args.0.extend(
                [("port", "5900".to_owned()), ("vncticket", ticket)]
                    .map(|(k, v)| (k.to_owned(), v)),
            );
        }
        let value = match simulator.invoke(method, &args, Caller::root(), 0) {
            Ok(Began::Value(value) | Began::Page(value, _)) => value,
            Ok(Began::Null) => Value::Null,
            Ok(Began::Worker(..)) => panic!("{path} starts a worker"),
            Err(die) => panic!("{path}: {}", die.text),
        };
        compare(&entry["returns"], &value, method.path, "", &mut wrong);
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Notes where `value` is not of `schema`.
fn compare(schema: &Value, value: &Value, path: &str, at: &str, wrong: &mut Vec<String>) {
    if RECORDED.iter().any(|(of, place, _)| *of == path && *place == at) {
        return;
    }
    let kind = schema["type"].as_str().unwrap_or("any");
    let fits = match kind {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean() || *value == 0 || *value == 1,
        "string" => value.is_string() || value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{path} {at}: {kind}, {value}"));
        return;
    }
    for item in value.as_array().into_iter().flatten() {
        compare(&schema["items"], item, path, &format!("{at}[]"), wrong);
    }
    for (name, said) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{at}.{name}");
        match value.get(name) {
            Some(value) => compare(said, value, path, &place, wrong),
            None if said["optional"] == 1 => {}
            None if RECORDED.iter().any(|(of, known, _)| *of == path && *known == place) => {}
            None => wrong.push(format!("{path} {place}: missing")),
        }
    }
}
