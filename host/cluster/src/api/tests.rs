use jarvis_domain::{Explain, ManualClock, SystemClock, Timestamp};
use serde_json::json;

use super::testing::{Fake, Identity, SECRETS, Says};
use super::*;
use crate::testing::NOW;

mod login;
mod tls;
mod wire;

/// The client of `settings`, by this clock.
pub(super) fn api(settings: ApiSettings, clock: Arc<dyn Clock>) -> Api {
    Api::new(settings, Arc::new(Slots::new(crate::slots::API)), clock, Timeouts::standard())
        .unwrap()
}

/// The client of `fake`, by a clock that stands still, so that nothing is
/// given up.
pub(super) fn client(fake: &Fake) -> Api {
    api(fake.settings(), Arc::new(ManualClock::at(NOW)))
}

pub(super) async fn get(api: &Api, path: &str) -> Result<Value, ClusterError> {
    api.get(&path.parse().unwrap(), &Fields::none()).await
}

pub(super) fn call(verb: Verb, path: &str, fields: &[(&str, &str)]) -> ApiCall {
    let field = |(name, value): &(&str, &str)| Field {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let fields = Fields::new(fields.iter().map(field)).unwrap();
    ApiCall { verb, path: path.parse().unwrap(), fields }
}

#[tokio::test]
async fn reads_and_writes_are_made_as_they_should() {
    let fake = Fake::new().await;
    let upid = "UPID:pve1:000076A4:000258FF:6B04ADE7:qmsnapshot:101:jarvis@pve!act:";
    fake.get("/cluster/tasks", json!([1])).on("POST", Says::data(&json!(upid)));
    fake.on("PUT", Says::data(&json!(null))).on("DELETE", Says::data(&json!("text")));
    let api = client(&fake);
    assert_eq!(get(&api, "/cluster/tasks").await.unwrap(), json!([1]));
    let query = Fields::new([Field { name: "since".to_owned(), value: "a b&c".to_owned() }]);
    api.get(&"/cluster/tasks".parse().unwrap(), &query.unwrap()).await.unwrap();
    let path = "/nodes/pve1/qemu/101/snapshot";
    for (verb, fields, expected) in [
        (Verb::Create, &[("snapname", "x&y"), ("description", "a=b")][..], Some(upid)),
        (Verb::Create, &[], Some(upid)),
        (Verb::Set, &[("password", "p")], None),
        (Verb::Delete, &[("force", "1")], None),
    ] {
        let request = api.write(&call(verb, path, fields)).unwrap();
        let answer = api.send(&request).await.unwrap();
        assert_eq!(answer.as_ref().map(Upid::as_str), expected);
    }
    let heard = fake.heard();
    let lines: Vec<(&str, &str)> =
        heard.iter().map(|heard| (heard.line.as_str(), heard.body.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("GET /api2/json/cluster/tasks", ""),
            ("GET /api2/json/cluster/tasks?since=a%20b%26c", ""),
            ("POST /api2/json/nodes/pve1/qemu/101/snapshot", "description=a%3Db&snapname=x%26y"),
            ("POST /api2/json/nodes/pve1/qemu/101/snapshot", ""),
            ("PUT /api2/json/nodes/pve1/qemu/101/snapshot", "password=p"),
            ("DELETE /api2/json/nodes/pve1/qemu/101/snapshot?force=1", ""),
        ]
    );
    let who = |index: usize| heard[index].headers["authorization"].as_str();
    assert_eq!(who(0), "PVEAPIToken=jarvis@pve!read=read-secret-1");
    assert_eq!(who(2), "PVEAPIToken=jarvis@pve!act=act-secret-2");
    assert_eq!(heard[3].headers["content-length"], "0");
    assert_eq!(heard[0].headers["host"], format!("127.0.0.1:{}", fake.port));
    assert!(!heard[0].headers.contains_key("content-type"));
}

#[tokio::test]
async fn what_would_show_a_secret_or_has_nobody_to_do_it_is_not_sent() {
    let fake = Fake::new().await;
    let one = client(&fake);
    let secret = call(Verb::Delete, "/access/tfa/a@pam/1", &[("password", "hunter2")]);
    let error = one.write(&secret).unwrap_err();
    assert_eq!(error.row().code, "cluster-api-secret-in-url");
    assert!(!error.to_string().contains("hunter2"));
    let reader = api(ApiSettings { act: None, ..fake.settings() }, Arc::new(SystemClock));
    let error = reader.write(&call(Verb::Create, "/nodes/a/wakeonlan", &[])).unwrap_err();
    assert_eq!(error.row().code, "cluster-api-read-only");
    assert_eq!(fake.connections(), 0);
}

#[tokio::test]
async fn nothing_is_told_apart_from_nothing_to_be_seen() {
    let guest = json!([{"type": "node", "node": "a"}, {"type": "lxc", "vmid": 1}]);
    let node = json!([{"type": "node", "node": "a"}]);
    let all = json!({"/": {"Sys.Audit": 1, "VM.Audit": 1}});
    for (path, data, rights, expected) in [
        ("/nodes", json!([]), json!({}), Err("Sys.Audit on /nodes")),
        ("/nodes", json!([]), all.clone(), Err("names no node")),
        ("/cluster/resources", json!([]), json!({"/x": {"VM.Audit": 1}}), Err("Sys.Audit")),
        (
            "/cluster/resources",
            node.clone(),
            json!({"/": {"Sys.Audit": 1}}),
            Err("VM.Audit on /vms"),
        ),
        ("/cluster/resources", node.clone(), all.clone(), Ok(())),
        ("/cluster/resources", guest, json!({}), Ok(())),
        ("/cluster/tasks", json!([]), json!({}), Ok(())),
    ] {
        let fake = Fake::new().await;
        fake.get(path, data.clone()).get("/access/permissions", rights);
        match (get(&client(&fake), path).await, expected) {
            (Ok(answer), Ok(())) => assert_eq!(answer, data),
            (Err(error), Err(said)) => {
                assert!(error.to_string().contains(said), "{path}: {error}");
                assert!(!error.to_string().contains("there are none"));
            }
            (answer, expected) => panic!("{path} {data}: {answer:?} is not {expected:?}"),
        }
    }
}

#[tokio::test]
async fn secrets_are_seen_nowhere() {
    let fake = Fake::new().await;
    fake.on("POST /api2/json/access/ticket", Says::error(401, "authentication failure"));
    fake.on("GET", Says::error(401, "invalid token value!"));
    let mut shown = String::new();
    for settings in [fake.settings(), fake.with_password()] {
        shown.push_str(&format!("{settings:?}"));
        let api = api(settings, Arc::new(SystemClock));
        let error = get(&api, "/nodes").await.unwrap_err();
        let request = api.write(&call(Verb::Set, "/access/password", &[("password", SECRETS[2])]));
        shown.push_str(&format!("{api:?} {error:?} {error} {:?} {request:?}", error.fault()));
        let sent = api.send(&request.unwrap()).await;
        shown.push_str(&format!("{sent:?}"));
    }
    let sent: String = fake.heard().iter().map(|heard| format!("{heard:?}")).collect();
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        assert!(sent.contains(secret), "the test proves something: {secret}");
        assert!(fake.heard().iter().all(|heard| !heard.line.contains(secret)));
    }
}

#[tokio::test]
async fn the_clock_of_the_cluster_is_told_by_its_answers() {
    let fake = Fake::new().await;
    let at = |date: &str| Says::Answer {
        status: 200,
        reason: "OK".to_owned(),
        headers: format!("Date: {date}\r\n"),
        body: r#"{"data":1}"#.to_owned(),
    };
    fake.on("GET", at("Tue, 24 Nov 2026 09:46:25 GMT")).on("GET", at("yesterday"));
    let api = api(fake.settings(), Arc::new(ManualClock::at(Timestamp(1_795_513_545_000))));
    assert_eq!(api.ahead(), 0);
    for _ in 0..2 {
        get(&api, "/version").await.unwrap();
        assert_eq!(api.ahead(), 40_000);
    }
}

#[test]
fn local_is_the_node_that_jarvis_runs_on() {
    let status = json!([{"type": "cluster", "name": "lab"}, {"name": "a", "local": 1}, {"name": "b", "local": 0}]);
    let locals = |here: Option<&str>| {
        let here = here.map(|name| name.parse().unwrap());
        let path = "/cluster/status".parse().unwrap();
        let seen = super::seen_from_here(&path, status.clone(), here.as_ref());
        (seen[0].get("local").is_some(), seen[1]["local"].clone(), seen[2]["local"].clone())
    };
    assert_eq!(locals(None), (false, json!(0), json!(0)));
    assert_eq!(locals(Some("b")), (false, json!(0), json!(1)));
}
