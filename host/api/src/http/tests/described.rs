//! What the document says of what comes in. A client that keeps to it is not
//! refused for the form of what it sends.

use hyper::Method;
use jarvis_domain::Role;
use serde_json::{Value, json};

use super::{Call, Stage};

async fn document(stage: &Stage) -> Value {
    stage.send(Call::get("/api/openapi.json")).await.json()
}

/// Calls `look` with each value in `value` and where it stands.
fn each(at: &str, value: &Value, look: &mut impl FnMut(&str, &Value)) {
    look(at, value);
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, part)| each(&format!("{at}/{name}"), part, look));
        }
        Value::Array(list) => list.iter().for_each(|part| each(at, part, look)),
        _ => {}
    }
}

#[tokio::test]
async fn a_schema_that_only_a_path_names_was_missing() {
    let document = document(&Stage::new().await).await;
    each("", &document, &mut |at, value| {
        if let Some(to) = value["$ref"].as_str() {
            let there = document.pointer(to.trim_start_matches('#'));
            assert!(there.is_some(), "{at}: there is no {to}");
        }
    });
}

#[tokio::test]
async fn numbers_were_described_as_signed() {
    let document = document(&Stage::new().await).await;
    each("", &document, &mut |at, value| {
        let is_natural = value["minimum"].as_u64().is_some();
        let format = value["format"].as_str().unwrap_or_default();
        assert!(!(is_natural && format.starts_with("int")), "{at}: {value}");
        assert!(!format.starts_with("u-"), "{at}: {value}");
    });
}

#[tokio::test]
async fn limits_of_parameters_stood_in_prose_only() {
    let document = document(&Stage::new().await).await;
    // Any text, or the beginning of an id.
    let free = ["/api/auth/keys/{id}", "/api/runs/{id}", "/api/exchanges/{id}"];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let (name, schema) = (&parameter["name"], &parameter["schema"]);
                if schema["type"] == "integer" {
                    let ends = schema["minimum"].is_u64() && schema["maximum"].is_u64();
                    assert!(ends, "{method} {path} {name}: {schema}");
                }
                let told = ["pattern", "format", "enum", "maximum"];
                let is_told = told.iter().any(|told| schema.get(*told).is_some());
                let is_free = parameter["in"] != "path" || free.contains(&path.as_str());
                assert!(is_told || is_free, "{method} {path} {name}: {schema}");
                assert_ne!(schema["type"], json!(["string", "null"]), "{method} {path} {name}");
            }
        }
    }
}

#[tokio::test]
async fn fields_that_may_be_null_were_described_as_never_so() {
    let stage = Stage::new().await;
    let schemas = document(&stage).await["components"]["schemas"].clone();
    for (of, field) in [
        ("ActionRequest", "confirmed"),
        ("AskRequest", "confirmed"),
        ("InvokeRequest", "arguments"),
        ("InvokeRequest", "confirmed"),
        ("KeyRequest", "may_confirm"),
    ] {
        let kinds = &schemas[of]["properties"][field]["type"];
        assert!(
            kinds.as_array().is_some_and(|kinds| kinds.contains(&json!("null"))),
            "{of}.{field}"
        );
        let required = schemas[of]["required"].as_array();
        assert!(!required.is_some_and(|required| required.contains(&json!(field))), "{of}.{field}");
    }
    let body = json!({ "command": "vm-lifecycle.list", "arguments": null, "confirmed": null });
    let answer = stage.send_as(Role::Admin, Call::post("/api/invoke", body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_body_that_may_be_null_was_refused() {
    let stage = Stage::new().await;
    let start = Call::post("/api/guests/102/start", Value::Null);
    let answer = stage.send_as(Role::Admin, start).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let login = stage.send(Call::post("/api/auth/login", Value::Null)).await;
    login.is_problem(400, "api-bad-input");
}

#[tokio::test]
async fn what_has_a_tag_did_not_say_so() {
    let document = document(&Stage::new().await).await;
    let takes = |method: &str, path: &str| {
        let operation = &document["paths"][path][method];
        let names = operation["parameters"].as_array().unwrap().iter();
        let names: Vec<&str> = names.map(|one| one["name"].as_str().unwrap()).collect();
        (names.contains(&"If-Match"), operation["responses"].get("304").is_some())
    };
    for path in ["/api/settings", "/api/auth/keys", "/api/skills/{id}/grants"] {
        assert_eq!(takes("get", path), (false, true), "{path}");
    }
    for (method, path) in [
        ("post", "/api/auth/keys"),
        ("delete", "/api/auth/keys/{id}"),
        ("post", "/api/skills/{id}/grants"),
        ("put", "/api/skills/{id}/enabled"),
    ] {
        assert_eq!(takes(method, path), (true, false), "{path}");
    }
}

#[tokio::test]
async fn a_key_was_ignored_where_it_was_not_described() {
    let stage = Stage::new().await;
    let document = document(&stage).await;
    let secrets = ["/api/auth/login", "/api/auth/ticket", "/api/auth/keys"];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let takes = parameters.filter(|one| one["name"] == "Idempotency-Key").count();
            let changes = method != "get" && !secrets.contains(&path.as_str());
            assert_eq!(takes, usize::from(changes), "{method} {path}");
        }
    }
    for path in secrets {
        let call = Call::post(path, json!({})).header("idempotency-key", "one");
        let problem = stage.send_as(Role::Admin, call).await.is_problem(400, "api-bad-input");
        assert_eq!(problem["fields"][0]["field"], "Idempotency-Key", "{path}");
    }
    let decide = || {
        let call = Call::put("/api/skills/updates/enabled", json!({ "enabled": false }));
        stage.send_as(Role::Admin, call.header("idempotency-key", "one"))
    };
    let (first, again) = (decide().await, decide().await);
    assert_eq!(again.header("idempotency-replayed"), "true", "{}", again.text());
    assert_eq!((first.header("etag"), &first.body), (again.header("etag"), &again.body));
}

#[tokio::test]
async fn parameters_that_nothing_takes_were_ignored_at_some_paths() {
    let stage = Stage::new().await;
    let document = document(&stage).await;
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/")) {
        let path = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let path = path.replace("{vmid}", "101").replace("{node}", "home").replace("{kind}", "lxc");
        let path = path.replace("{action}", "start");
        for method in item.as_object().unwrap().keys() {
            let method = method.to_ascii_uppercase().parse().unwrap();
            let call = Call::new(method, &format!("{path}?everywhere=true"));
            let problem = stage.send_as(Role::Admin, call).await.is_problem(400, "api-bad-input");
            assert_eq!(problem["fields"][0]["field"], "?everywhere", "{path}: {problem}");
        }
    }
    // Probes and browsers add what they like.
    assert_eq!(stage.send(Call::get("/healthz?probe=1")).await.status, 200);
}

#[tokio::test]
async fn the_metrics_were_described_as_needing_a_sign_in() {
    let document = document(&Stage::new().await).await;
    let security = &document["paths"]["/metrics"]["get"]["security"];
    assert_eq!(security, &json!([{}, { "bearer": [] }]));
}

#[tokio::test]
async fn grants_of_a_skill_that_is_nowhere_told_of_its_folder() {
    let stage = Stage::new().await;
    let path = "/api/skills/nowhere/grants";
    let approve = json!({ "action": "approve", "revision": "00".repeat(32) });
    for call in [Call::get(path), Call::post(path, approve)] {
        stage.send_as(Role::Admin, call).await.is_problem(404, "api-not-found");
    }
}

#[tokio::test]
async fn a_log_of_no_skill_was_waited_for() {
    let stage = Stage::new().await;
    let follow = Call::get("/api/skills/nowhere/logs?after=0");
    // The clock stands still: who waits for a line gets no answer.
    stage.send_as(Role::Operator, follow).await.is_problem(404, "api-not-found");
}

#[tokio::test]
async fn an_approval_without_its_revision_was_described_as_one() {
    let stage = Stage::new().await;
    let request = &document(&stage).await["components"]["schemas"]["GrantsRequest"];
    let [approve, revoke] = request["oneOf"].as_array().unwrap().as_slice() else {
        panic!("{request}")
    };
    assert_eq!(approve["required"], json!(["revision", "action"]), "{approve}");
    assert_eq!(revoke["required"], json!(["action"]), "{revoke}");
    for one in [approve, revoke] {
        assert_eq!(one["additionalProperties"], false, "{one}");
    }
    let path = "/api/skills/updates/grants";
    for body in [json!({ "action": "approve" }), json!({ "action": "revoke", "revision": "x" })] {
        let answer = stage.send_as(Role::Admin, Call::post(path, body)).await;
        assert_eq!(answer.is_problem(400, "api-bad-input")["fields"][0]["field"], "revision");
    }
}

#[tokio::test]
async fn what_a_skill_refuses_was_a_failure_of_the_server() {
    let stage = Stage::new().await;
    let suspend = Call::post("/api/guests/105/suspend", json!({ "confirmed": true }));
    stage.send_as(Role::Admin, suspend).await.is_problem(409, "skill-error");
}

#[tokio::test]
async fn the_name_of_a_key_had_two_rules() {
    let stage = Stage::new().await;
    for (name, is_good) in [("backup-nas.2", true), ("Backup", false), ("-x", false), ("", false)] {
        let wanted = json!({ "name": name, "role": "viewer", "valid_for_days": 30.0 });
        // A precondition counts only for what would be done without it.
        let call = Call::post("/api/auth/keys", wanted).header("if-match", "\"other\"");
        let answer = stage.send_as(Role::Admin, call).await;
        if is_good {
            answer.is_problem(412, "api-changed");
        } else {
            let problem = answer.is_problem(400, "api-bad-input");
            assert_eq!(problem["fields"][0]["field"], "name", "{name}");
        }
    }
}

#[tokio::test]
async fn words_were_measured_in_bytes() {
    let stage = Stage::new().await;
    let ask = |words: String| Call::post("/api/ask", json!({ "words": words }));
    let understood = stage.send_as(Role::Viewer, ask("ö".repeat(4096))).await;
    assert_ne!(understood.status, 400, "{}", understood.text());
    let long = stage.send_as(Role::Viewer, ask("o".repeat(4097))).await;
    long.is_problem(400, "api-bad-input");
    let empty = Call::new(Method::POST, "/api/ask").json(json!({ "words": "\t " }));
    stage.send_as(Role::Viewer, empty).await.is_problem(400, "assistant-silence");
}

#[tokio::test]
async fn a_timer_without_a_time_was_described_as_one() {
    let document = document(&Stage::new().await).await;
    let request = &document["components"]["schemas"]["TimerRequest"];
    let [seconds, at] = request["oneOf"].as_array().unwrap().as_slice() else {
        panic!("{request}")
    };
    for (form, when, other) in [(seconds, "seconds", "at"), (at, "at", "seconds")] {
        assert_eq!(form["required"], json!([when]), "{form}");
        assert_eq!(form["properties"][other], json!({ "type": "null" }), "{form}");
        assert_eq!(form["additionalProperties"], false, "{form}");
        assert_eq!(form["properties"]["name"]["maxLength"], 60, "{form}");
    }
}
