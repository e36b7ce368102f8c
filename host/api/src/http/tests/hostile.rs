//! Bad input of every kind: each has a clear error, and none slows a neighbour.

use hyper::Method;
use jarvis_domain::Role;
use serde_json::json;

use super::wire::neighbour;
use super::{Call, Stage};

#[tokio::test]
async fn every_wrong_field_is_named() {
    let stage = Stage::new().await;
    let body = json!({ "usrname": "a", "password": 7, "code": ["x"], "extra": null });
    let problem = stage.send(Call::post("/api/auth/login", body)).await;
    let problem = problem.is_problem(400, "api-bad-input");
    let fields: Vec<&str> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["username", "password", "code", "extra", "usrname"]);
    for (path, field) in [
        ("/api/nodes?clutser=x", "?clutser"),
        ("/api/operations?limit=0", "?limit"),
        ("/api/operations?hours=x", "?hours"),
        ("/api/nodes/home/temperature?hours=1&hours=2", "?hours"),
        ("/api/guests/7", "path"),
        ("/api/nodes/a%2fb", "path"),
        ("/api/nodes/%ff", "path"),
        ("/api/nodes?cluster=%ff", "?"),
        ("/api/operations/nonsense", "path"),
    ] {
        let answer = stage.send_as(Role::Admin, Call::get(path)).await;
        let problem = answer.is_problem(400, "api-bad-input");
        assert_eq!(problem["fields"][0]["field"], field, "{path}: {problem}");
    }
    let action = Call::post("/api/guests/101/explode", json!({}));
    let problem = stage.send_as(Role::Operator, action).await.is_problem(400, "api-bad-input");
    assert_eq!(problem["fields"][0]["field"], "action");
}

#[tokio::test]
async fn of_a_name_given_twice_the_last_value_counted() {
    let stage = Stage::new().await;
    let login = r#"{"username":"ghost","password":"right","username":"admin"}"#;
    let start = r#"{"command":"vm-lifecycle.start","arguments":{"guest":101,"guest":102}}"#;
    for (path, body, field) in
        [("/api/auth/login", login, "username"), ("/api/invoke", start, "guest")]
    {
        let call = Call::new(Method::POST, path).raw(body);
        let problem = stage.send_as(Role::Admin, call).await.is_problem(400, "api-bad-input");
        let told = json!([{ "field": field, "problem": "it is given twice" }]);
        assert_eq!(problem["fields"], told, "{body}");
    }
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn bodies_that_are_no_json_are_told_so() {
    let stage = Stage::new().await;
    let login = || Call::new(Method::POST, "/api/auth/login");
    let nested = |levels| format!("{{\"username\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    for (call, status, code) in [
        (login().raw(&b"{\"username\":\"\xff\xfe\"}"[..]), 400, "api-not-utf8"),
        (login().raw(nested(4000)), 400, "api-too-deep"),
        (login().raw(nested(64)), 400, "api-too-deep"),
        (login().raw(nested(63)), 400, "api-bad-input"),
        (login().raw("{\"username\":\"".to_owned() + &"[".repeat(4000)), 400, "api-not-json"),
        (login().raw("{\"username\":"), 400, "api-not-json"),
        (login().raw("[1]"), 400, "api-not-json"),
        (login().raw("{}").header("content-type", "text/plain"), 415, "api-media-type"),
        (login(), 400, "api-bad-input"),
    ] {
        stage.send(call).await.is_problem(status, code);
    }
    neighbour(&stage).await;
}

#[tokio::test]
async fn other_names_and_other_pages_are_refused() {
    let stage = Stage::new().await;
    let rebound = Call::get("/healthz").header("host", "evil.example");
    stage.send(rebound).await.is_problem(421, "api-host-refused");
    let start = || Call::post("/api/guests/102/start", json!({}));
    let foreign = start().header("origin", "http://evil.example");
    stage.send_as(Role::Operator, foreign).await.is_problem(403, "api-origin-refused");
    let own = start().header("origin", &format!("http://{}", stage.address));
    assert_eq!(stage.send_as(Role::Operator, own).await.status, 200);
    let socket = Call::get("/ws/none")
        .header("upgrade", "websocket")
        .header("origin", "http://evil.example");
    stage.send(socket).await.is_problem(403, "api-origin-refused");
}

#[tokio::test]
async fn a_token_in_an_address_is_refused_with_a_hint() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Admin);
    for name in ["token", "access_token", "Token", "%74oken"] {
        let answer = stage.send(Call::get(&format!("/api/nodes?{name}={token}"))).await;
        let problem = answer.is_problem(400, "api-token-in-url");
        assert!(!problem.to_string().contains(&token), "{problem}");
    }
    // Whatever its name is, where it looks like one.
    let key = format!("jvk_0123456789ab_{}", "0".repeat(64));
    for secret in ["eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhIn0.c2ln", &key, &key.replace("_", "%5f")] {
        for path in ["/api/auth/me?jwt=", "/ws/events?ticket=", "/api/nodes?a=b&", "/api/nodes/"] {
            let answer = stage.send(Call::get(&format!("{path}{secret}"))).await;
            answer.is_problem(400, "api-token-in-url");
        }
    }
    let ticket = format!("/api/guests?tag=jvt_{}&node=eyJa.b", "0".repeat(64));
    assert_eq!(stage.send_as(Role::Viewer, Call::get(&ticket)).await.status, 200);
}

#[tokio::test]
async fn wrong_paths_and_methods_look_like_all_problems() {
    let stage = Stage::new().await;
    stage.send(Call::get("/api/nothing")).await.is_problem(404, "api-no-such-path");
    let wrong = stage.send(Call::new(Method::DELETE, "/api/nodes")).await;
    wrong.is_problem(405, "api-method-not-allowed");
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    let other = stage.send_as(Role::Viewer, Call::get("/api/nodes?cluster=mars")).await;
    assert_eq!(other.is_problem(404, "api-unknown-cluster")["clusters"], json!(["fake"]));
    let unknown = stage.send_as(Role::Viewer, Call::get("/api/nodes/mars")).await;
    unknown.is_problem(404, "api-unknown");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_no_end() {
    let stage = Stage::new().await;
    stage.send(Call::get("/api/nodes").by("panic")).await.is_problem(500, "api-internal");
    neighbour(&stage).await;
}

#[tokio::test]
async fn a_cluster_that_is_silent_is_said_to_be() {
    let stage = Stage::new().await;
    stage.fakes.cluster.silent(true);
    let answer = stage.send_as(Role::Viewer, Call::get("/api/nodes")).await;
    assert!(answer.status.is_server_error(), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_handshake_that_is_none_is_told_why() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Admin);
    let shake = |path: &str| {
        Call::get(path)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    let events = || shake("/ws/events").by(&token);
    let known = |call: Call| call.by(&token);
    for (call, status, code) in [
        (known(Call::get("/ws/events")), 400, "api-bad-input"),
        (events().header("sec-websocket-version", "8"), 400, "api-bad-input"),
        (events().header("upgrade", "h2c"), 400, "api-bad-input"),
        (Call { method: Method::POST, ..events() }, 405, "api-method-not-allowed"),
        (shake("/ws/events"), 401, "api-no-sign-in"),
        (shake("/ws/events?ticket=guessed"), 401, "auth-refused"),
        (shake("/ws/events?ticket=%ff"), 400, "api-bad-input"),
        (known(shake("/ws/events?since=nonsense")), 400, "api-bad-input"),
        (known(shake("/ws/terminal")), 400, "api-terminal-request"),
        (known(shake("/ws/terminal?node=a&guest=101")), 400, "api-terminal-request"),
        (known(shake("/ws/terminal?node=%ff")), 400, "api-bad-input"),
        (known(shake("/ws/terminal?node=a&cols=99999999999")), 400, "api-bad-input"),
    ] {
        let answer = stage.send(call).await;
        answer.is_problem(status, code);
        neighbour(&stage).await;
    }
}
