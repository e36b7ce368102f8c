//! Who may do what, and what every answer has.

use hyper::Method;
use jarvis_domain::{Clock, Role};
use serde_json::json;
use tokio_tungstenite::tungstenite;

use super::{Call, Stage};
use crate::http::Tls;

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let stage = Stage::new().await;
    let login = |password: &str| {
        Call::post("/api/auth/login", json!({ "username": "admin@pam", "password": password }))
    };
    stage.send(login("wrong")).await.is_problem(401, "auth-refused");
    let throttled = stage.send(login("slow")).await;
    throttled.is_problem(429, "auth-throttled");
    assert!(throttled.header("retry-after").parse::<u32>().unwrap() > 0);
    let signed_in = stage.send(login("right")).await.json();
    let token = signed_in["token"].as_str().unwrap();
    assert_eq!((&signed_in["role"], &signed_in["kind"]), (&json!("admin"), &json!("person")));
    let me = || stage.send(Call::get("/api/auth/me").by(token));
    assert_eq!(me().await.json()["principal"], "user:admin@pam");
    let out = stage.send(Call::new(Method::POST, "/api/auth/logout").by(token)).await;
    assert_eq!(out.status, 204);
    let out = me().await;
    out.is_problem(401, "auth-refused");
    assert_eq!(out.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn who_comes_through_a_proxy_is_told_apart() {
    let stage = Stage::new().await;
    let login = || Call::post("/api/auth/login", json!({ "username": "admin", "password": "x" }));
    stage.send(login().header("x-forwarded-for", "10.0.0.1, 192.0.2.7")).await;
    stage.send(login()).await;
    let from: Vec<String> = stage.identity.tried_from().iter().map(ToString::to_string).collect();
    assert_eq!(from, ["192.0.2.7", "127.0.0.1"]);
}

#[tokio::test]
async fn nobody_reads_without_a_role() {
    let stage = Stage::new().await;
    for path in ["/api/nodes", "/api/cluster/resources", "/api/operations", "/api/settings"] {
        stage.send(Call::get(path)).await.is_problem(401, "api-no-sign-in");
        let login = json!({ "username": "nobody", "password": "right" });
        let token = stage.send(Call::post("/api/auth/login", login)).await.json();
        let token = token["token"].as_str().unwrap();
        stage.send(Call::get(path).by(token)).await.is_problem(403, "api-not-allowed");
    }
    let viewer = stage.send_as(Role::Viewer, Call::get("/api/settings")).await;
    viewer.is_problem(403, "api-not-allowed");
    let viewer = stage.send_as(Role::Viewer, Call::get("/api/audit")).await;
    viewer.is_problem(403, "api-not-allowed");
    let start = Call::post("/api/guests/102/start", json!({}));
    stage.send_as(Role::Viewer, start).await.is_problem(403, "skill-role");
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn keys_are_made_by_people_and_ended_only_as_they_were_seen() {
    let stage = Stage::new().await;
    let wanted = json!({ "name": "backup", "role": "viewer" });
    let key = stage.identity.key(Role::Admin, true);
    let made = stage.send(Call::post("/api/auth/keys", wanted.clone()).by(&key)).await;
    made.is_problem(403, "api-not-a-person");
    let above = json!({ "name": "backup", "role": "admin" });
    let above = stage.send_as(Role::Operator, Call::post("/api/auth/keys", above)).await;
    above.is_problem(403, "api-not-allowed");
    let made = stage.send_as(Role::Operator, Call::post("/api/auth/keys", wanted)).await;
    assert_eq!((made.status.as_u16(), &made.json()["secret"]), (201, &json!("jk_secret")));
    let list = stage.send_as(Role::Operator, Call::get("/api/auth/keys")).await;
    let tag = list.header("etag").to_owned();
    let known = Call::get("/api/auth/keys").header("if-none-match", &tag);
    assert_eq!(stage.send_as(Role::Operator, known).await.status, 304);
    let end = |tag: &str| Call::new(Method::DELETE, "/api/auth/keys/k0").header("if-match", tag);
    stage.send_as(Role::Operator, end("\"other\"")).await.is_problem(412, "api-changed");
    assert_eq!(stage.send_as(Role::Operator, end(&tag)).await.status, 204);
    stage.send_as(Role::Operator, end(&tag)).await.is_problem(404, "api-unknown");
}

#[tokio::test]
async fn grants_are_decided_on_as_they_were_seen() {
    let stage = Stage::new().await;
    let path = "/api/skills/updates/grants";
    let seen = stage.send_as(Role::Admin, Call::get(path)).await;
    let tag = seen.header("etag").to_owned();
    let revoke = || Call::post(path, json!({ "action": "revoke" })).header("if-match", &tag);
    stage.send_as(Role::Operator, revoke()).await.is_problem(403, "api-not-allowed");
    let revoked = stage.send_as(Role::Admin, revoke()).await;
    assert_eq!((revoked.status.as_u16(), &revoked.json()["allowed"]), (200, &json!([])));
    assert_ne!(revoked.header("etag"), tag);
    stage.send_as(Role::Admin, revoke()).await.is_problem(412, "api-changed");
}

#[tokio::test]
async fn two_changes_of_the_same_at_once_both_counted() {
    let stage = Stage::new().await;
    let admin = stage.identity.person(Role::Admin);
    let tag =
        async |path: &str| stage.send(Call::get(path).by(&admin)).await.header("etag").to_owned();
    let at_once = async |path: &str, change: &dyn Fn(usize) -> Call| {
        let tag = tag(path).await;
        let all = (0..8).map(|count| change(count).header("if-match", &tag).by(&admin));
        let all = futures_util::future::join_all(all.map(|call| stage.send(call))).await;
        let (done, late): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|answer| answer.status.is_success());
        late.iter().for_each(|late| drop(late.is_problem(412, "api-changed")));
        assert_eq!(done.len(), 1, "{path}");
    };
    at_once("/api/auth/keys", &|count| {
        let key = json!({ "name": format!("k{count}"), "role": "viewer" });
        Call::post("/api/auth/keys", key)
    })
    .await;
    let (grants, enabled) = ("/api/skills/updates/grants", "/api/skills/updates/enabled");
    at_once(grants, &|_| Call::post(grants, json!({ "action": "revoke" }))).await;
    at_once(grants, &|_| Call::put(enabled, json!({ "enabled": false }))).await;
    let tag = format!("W/{}", tag(grants).await);
    for tag in ["\"nope\"", &tag] {
        let enable = Call::put(enabled, json!({ "enabled": true })).header("if-match", tag);
        stage.send(enable.by(&admin)).await.is_problem(412, "api-changed");
    }
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let stage = Stage::new().await;
    let given = "0199a3c2-7d1e-7000-8000-000000000000";
    let answer = stage.send(Call::get("/healthz").header("x-request-id", given)).await;
    assert_ne!(answer.header("x-request-id"), given);
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("access-control-allow-origin", ""),
        ("strict-transport-security", ""),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
    }
    let page = stage.send(Call::get("/api/docs")).await;
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn settings_are_not_sent_twice() {
    let stage = Stage::new().await;
    let first = stage.send_as(Role::Admin, Call::get("/api/settings")).await;
    let again = Call::get("/api/settings").header("if-none-match", first.header("etag"));
    let again = stage.send_as(Role::Admin, again).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn what_is_of_this_moment_did_not_say_when_it_was_so() {
    let stage = Stage::new().await;
    let admin = stage.identity.person(Role::Admin);
    let get = |path: &'static str| stage.send(Call::get(path).by(&admin));
    let tag = get("/api/auth/keys").await.header("etag").to_owned();
    stage.clock().advance(std::time::Duration::from_secs(1));
    for path in [
        "/api/models",
        "/api/skills",
        "/api/skills/updates",
        "/api/auth/sessions",
        "/api/auth/keys",
        "/api/audit/verification",
    ] {
        assert_eq!(get(path).await.json()["as_of"], json!(stage.clock().now()), "{path}");
    }
    assert_eq!(get("/api/auth/keys").await.header("etag"), tag, "the keys are what they were");
}

#[tokio::test]
async fn a_ticket_is_no_way_into_anything_but_a_websocket() {
    let stage = Stage::new().await;
    let ticket = stage.send_as(Role::Viewer, Call::new(Method::POST, "/api/auth/ticket")).await;
    let ticket = ticket.json()["ticket"].as_str().unwrap().to_owned();
    let path = format!("/api/nodes?ticket={ticket}");
    stage.send(Call::get(&path)).await.is_problem(401, "api-no-sign-in");
    // There is no WebSocket yet; a handshake is refused like any other request.
    let url = format!("ws://{}/ws/none?ticket={ticket}", stage.address);
    match tokio_tungstenite::connect_async(url).await.unwrap_err() {
        tungstenite::Error::Http(answer) => assert_eq!(answer.status().as_u16(), 404),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_host_tells_whether_it_is_ready() {
    let mut stage = Stage::new().await;
    assert_eq!(stage.send(Call::get("/readyz")).await.json()["ok"], true);
    stage.fakes.cluster.silent(true);
    let silent = stage.send(Call::get("/readyz")).await;
    assert_eq!((silent.status.as_u16(), &silent.json()["ok"]), (503, &json!(false)));
    let metrics = stage.send(Call::get("/metrics")).await.text();
    let line = "jarvis_http_requests_total{route=\"/readyz\",method=\"GET\",status=\"503\"} 1";
    assert!(metrics.lines().any(|one| one == line), "{metrics}");
    for (name, value) in
        [("x-forwarded-for", "192.0.2.1"), ("x-real-ip", "192.0.2.1"), ("via", "1.1 x")]
    {
        let proxied = Call::get("/metrics").header(name, value);
        stage.send(proxied).await.is_problem(401, "api-no-sign-in");
    }
    let before = stage.clock().now();
    stage.end().await;
    assert_eq!(stage.clock().now(), before, "an idle server ends at once");
}

#[tokio::test]
async fn tls_is_spoken_and_plain_http_is_told_so() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::SelfMade { folder: folder.path().to_owned() };
    let stage = Stage::with_tls(tls).await;
    let mut plain = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut told = String::new();
    plain.read_to_string(&mut told).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("HTTPS only"), "{told}");
    let answer = over_tls(&stage, folder.path()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
}

async fn over_tls(stage: &Stage, folder: &std::path::Path) -> String {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // A server may end without a goodbye of TLS's own.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}
