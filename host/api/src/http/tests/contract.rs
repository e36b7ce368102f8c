//! The document and the paths are the same, and every answer is as described.

use std::collections::BTreeSet;

use hyper::Method;
use jarvis_domain::run::Moment;
use jarvis_domain::{Role, Timestamp};
use serde_json::{Value, json};

use super::schema::{problems, untyped};
use super::{Answer, Call, Stage};
use crate::wire::Request;

/// Every operation of the document, as it stands there.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys().cloned();
        methods.map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

/// Holds an answer against what the document says of it.
fn check(document: &Value, method: &str, template: &str, answer: &Answer) {
    let responses = &document["paths"][template][method]["responses"];
    let status = answer.status.as_u16().to_string();
    let range = format!("{}XX", &status[..1]);
    let told = responses.get(&status).or_else(|| responses.get(&range));
    let told = told.unwrap_or_else(|| panic!("{method} {template} never answers {status}"));
    let told = match told["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => told,
    };
    let kind = answer.header("content-type").split(';').next().unwrap().to_owned();
    let Some(content) = told.get("content") else {
        assert!(answer.body.is_empty(), "{method} {template} {status} has a body");
        return;
    };
    let told = content.get(&kind).unwrap_or_else(|| panic!("{method} {template}: {kind}"));
    if kind.ends_with("json") {
        let found = problems(document, &told["schema"], &answer.json());
        assert!(found.is_empty(), "{method} {template} {status}: {found:#?}\n{}", answer.text());
    }
}

#[tokio::test]
async fn every_operation_answers_as_described() {
    let stage = Stage::new().await;
    let document = stage.send(Call::get("/api/openapi.json")).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let operation = stage.operation().await;
    let admin = stage.identity.person(Role::Admin);
    let mut called = BTreeSet::new();
    let revision = stage.send(Call::get("/api/skills/updates/grants").by(&admin)).await;
    let revision = revision.json()["revision"].clone();
    let question = |call: Call| {
        let (stage, admin) = (&stage, &admin);
        async move {
            let asked = stage.send(call.by(admin)).await;
            asked.is_problem(409, "api-confirmation-needed")["question"]["id"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    };
    let yes = question(Call::post("/api/guests/101/shutdown", json!({}))).await;
    let no = question(Call::post("/api/guests/101/reboot", json!({}))).await;
    let key = json!({ "name": "backup", "role": "viewer", "valid_for_days": 30 });
    let login = json!({ "username": "viewer", "password": "right" });
    let log = format!("/api/operations/{operation}/log?start=0&limit=5");
    let run = stage.send(Call::get("/api/runs?limit=1").by(&admin)).await.json();
    let run = run["runs"][0]["id"].as_str().unwrap().to_owned();
    let heard = vec![Moment { at: Timestamp(3), after_us: 4, what: "no-words".into(), text: None }];
    let place = Some("kitchen".to_owned());
    stage.voice(Request::AddExchange { place, heard }).await.unwrap();
    let exchange = stage.send(Call::get("/api/exchanges?limit=1").by(&admin)).await.json();
    let exchange = exchange["exchanges"][0]["id"].as_str().unwrap().to_owned();
    let microphone = stage.microphone().await;
    let timer =
        Call::post("/api/timers", json!({ "seconds": 600, "command": "vm-lifecycle.list" }));
    let timer = stage.send(timer.by(&admin)).await.json();
    let timer = timer["data"]["timers"][0]["id"].as_str().unwrap().to_owned();
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    // 0: the cluster in memory does not have what the skill asks for.
    let calls = [
        (&get, "/healthz", "/healthz".to_owned(), Value::Null, 200),
        (&get, "/readyz", "/readyz".into(), Value::Null, 200),
        (&get, "/metrics", "/metrics".into(), Value::Null, 200),
        (&get, "/", "/".into(), Value::Null, 200),
        (&get, "/api/openapi.json", "/api/openapi.json".into(), Value::Null, 200),
        (&get, "/api/docs", "/api/docs".into(), Value::Null, 200),
        (&get, "/api/docs/docs.js", "/api/docs/docs.js".into(), Value::Null, 200),
        (&get, "/api/docs/style.css", "/api/docs/style.css".into(), Value::Null, 200),
        (&get, "/api/errors", "/api/errors".into(), Value::Null, 200),
        (&get, "/api/settings", "/api/settings".into(), Value::Null, 200),
        (&get, "/api/models", "/api/models".into(), Value::Null, 200),
        (&get, "/api/microphones", "/api/microphones".into(), Value::Null, 200),
        (
            &put,
            "/api/microphones/{id}",
            format!("/api/microphones/{microphone}"),
            json!({ "muted": true }),
            202,
        ),
        (&post, "/api/auth/login", "/api/auth/login".into(), login, 200),
        (&get, "/api/auth/me", "/api/auth/me".into(), Value::Null, 200),
        (&post, "/api/auth/ticket", "/api/auth/ticket".into(), Value::Null, 200),
        (&get, "/api/auth/sessions", "/api/auth/sessions".into(), Value::Null, 200),
        (&post, "/api/auth/keys", "/api/auth/keys".into(), key, 201),
        (&get, "/api/auth/keys", "/api/auth/keys".into(), Value::Null, 200),
        (&delete, "/api/auth/keys/{id}", "/api/auth/keys/k0".into(), Value::Null, 204),
        (&get, "/api/clusters", "/api/clusters".into(), Value::Null, 200),
        (&get, "/api/cluster/status", "/api/cluster/status".into(), Value::Null, 200),
        (
            &get,
            "/api/cluster/resources",
            "/api/cluster/resources?cluster=fake".into(),
            Value::Null,
            200,
        ),
        (&get, "/api/nodes", "/api/nodes".into(), Value::Null, 200),
        (&get, "/api/nodes/{node}", "/api/nodes/home".into(), Value::Null, 200),
        (&get, "/api/nodes/{node}/status", "/api/nodes/home/status".into(), Value::Null, 200),
        (&get, "/api/nodes/{node}/storage", "/api/nodes/home/storage".into(), Value::Null, 200),
        (
            &get,
            "/api/nodes/{node}/temperature",
            "/api/nodes/home/temperature?hours=2".into(),
            Value::Null,
            200,
        ),
        (&get, "/api/nodes/{node}/updates", "/api/nodes/home/updates".into(), Value::Null, 200),
        (&get, "/api/guests", "/api/guests?tag=prod".into(), Value::Null, 200),
        (&get, "/api/guests/{vmid}", "/api/guests/101".into(), Value::Null, 200),
        (&get, "/api/operations", "/api/operations".into(), Value::Null, 200),
        (&get, "/api/operations/{id}", format!("/api/operations/{operation}"), Value::Null, 200),
        (&get, "/api/operations/{id}/log", log, Value::Null, 200),
        (&post, "/api/guests/{vmid}/{action}", "/api/guests/102/start".into(), json!({}), 200),
        (
            &post,
            "/api/nodes/{node}/{kind}/{vmid}/status/{action}",
            "/api/nodes/home/lxc/105/status/start".into(),
            Value::Null,
            200,
        ),
        (
            &post,
            "/api/guests/{vmid}/snapshots",
            "/api/guests/101/snapshots".into(),
            json!({ "name": "before" }),
            200,
        ),
        (
            &post,
            "/api/nodes/{node}/power",
            "/api/nodes/pve2/power".into(),
            json!({ "action": "shutdown" }),
            0,
        ),
        (
            &post,
            "/api/nodes/{node}/updates/refresh",
            "/api/nodes/home/updates/refresh".into(),
            json!({}),
            0,
        ),
        (
            &post,
            "/api/nodes/{node}/updates/install",
            "/api/nodes/home/updates/install".into(),
            json!({}),
            0,
        ),
        (
            &post,
            "/api/invoke",
            "/api/invoke".into(),
            json!({ "command": "vm-lifecycle.list", "arguments": {} }),
            200,
        ),
        (
            &post,
            "/api/ask",
            "/api/ask".into(),
            json!({ "words": "which machines are running?" }),
            200,
        ),
        (&post, "/api/confirmations/{id}", format!("/api/confirmations/{yes}"), Value::Null, 200),
        (&delete, "/api/confirmations/{id}", format!("/api/confirmations/{no}"), Value::Null, 204),
        (&post, "/api/timers", "/api/timers".into(), json!({ "seconds": 60, "name": "tea" }), 200),
        (&get, "/api/timers", "/api/timers".into(), Value::Null, 200),
        (
            &post,
            "/api/announcements",
            "/api/announcements".into(),
            json!({ "text": "Dinner is ready." }),
            204,
        ),
        (&delete, "/api/timers/{id}", format!("/api/timers/{timer}"), Value::Null, 204),
        (&get, "/api/skills", "/api/skills".into(), Value::Null, 200),
        (&get, "/api/skills/{id}", "/api/skills/vm-lifecycle".into(), Value::Null, 200),
        (&get, "/api/skills/{id}/grants", "/api/skills/updates/grants".into(), Value::Null, 200),
        (
            &post,
            "/api/skills/{id}/grants",
            "/api/skills/updates/grants".into(),
            json!({ "action": "approve", "revision": revision }),
            200,
        ),
        (
            &put,
            "/api/skills/{id}/enabled",
            "/api/skills/updates/enabled".into(),
            json!({ "enabled": true }),
            200,
        ),
        (&get, "/api/skills/{id}/logs", "/api/skills/vm-lifecycle/logs".into(), Value::Null, 200),
        (&get, "/api/runs", "/api/runs".into(), Value::Null, 200),
        (&get, "/api/runs/{id}", format!("/api/runs/{run}"), Value::Null, 200),
        (&get, "/api/exchanges", "/api/exchanges".into(), Value::Null, 200),
        (
            &get,
            "/api/exchanges/{id}",
            format!("/api/exchanges/{}", &exchange[..8]),
            Value::Null,
            200,
        ),
        (&get, "/api/audit", "/api/audit".into(), Value::Null, 200),
        (&get, "/api/audit/verification", "/api/audit/verification".into(), Value::Null, 200),
        (
            &post,
            "/api/auth/logout-everywhere",
            "/api/auth/logout-everywhere".into(),
            json!({ "account": "viewer@pam" }),
            200,
        ),
        (&post, "/api/auth/logout", "/api/auth/logout".into(), Value::Null, 204),
    ];
    for (method, template, path, body, status) in calls {
        let mut call = Call::new(method.clone(), &path).by(&admin);
        if !body.is_null() {
            call = call.json(body);
        }
        let answer = stage.send(call).await;
        if status != 0 {
            assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text());
        }
        let method = method.as_str().to_ascii_lowercase();
        check(&document, &method, template, &answer);
        called.insert((method, template.to_owned()));
    }
    assert_eq!(
        called,
        operations(&document),
        "each operation is called, and nothing else is there"
    );
}

#[tokio::test]
async fn nothing_is_described_as_anything_but_what_says_so() {
    let document = Stage::new().await.send(Call::get("/api/openapi.json")).await.json();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        untyped(name, schema);
    }
    assert!(schemas.contains_key("Problem") && schemas.contains_key("AnyJson"), "{schemas:?}");
    // These names are for the settings, whose schemas come from elsewhere.
    let of_settings: Vec<_> = schemas.keys().filter(|name| name.starts_with("Settings")).collect();
    assert_eq!(of_settings, ["Settings", "SettingsServer"]);
}

#[tokio::test]
async fn answers_had_no_description() {
    let document = Stage::new().await.send(Call::get("/api/openapi.json")).await.json();
    let paths = document["paths"].as_object().unwrap().values();
    for operation in paths.flat_map(|path| path.as_object().unwrap().values()) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let told = answer["description"].as_str().or_else(|| answer["$ref"].as_str());
            assert!(told.is_some_and(|told| !told.is_empty()), "{status} of {operation}");
        }
    }
}
