//! The same operations by the HTTPS API, against a TLS server on loopback.

use serde_json::{Value, json};

use super::*;
use crate::Access;
use crate::api::testing::{Fake, Says};

/// The task of our own token, and the same as somebody else's.
const OWN: &str = "UPID:pve1:000076A4:000258FF:6B04ADE7:qmstart:102:jarvis@pve!act:";
const THEIRS: &str = "UPID:pve1:000076A5:000258FF:6B04ADE7:qmstart:102:root@pam:";
const OWN_HA: &str = "UPID:pve1:000076A4:000258FF:6B04ADE7:hastart:102:jarvis@pve!act:";
const START: &str = "POST /api2/json/nodes/pve1/qemu/102/status/start";

fn bench(fake: &Fake) -> Bench {
    Bench::over(Access::Api(fake.settings()))
}

/// What is true of task `upid` and guest 102, for all who ask.
fn world(fake: &Fake, upid: &str, exit: &str, guest: &str, listed: &[&str]) {
    let tasks: Vec<Value> = listed.iter().map(|upid| json!({ "upid": upid })).collect();
    fake.get("/nodes/pve1/tasks?", json!(tasks))
        .get(
            &format!("/nodes/pve1/tasks/{upid}/status"),
            json!({"status": "stopped", "exitstatus": exit}),
        )
        .get("/nodes/pve1/qemu/102/status/current", json!({"status": guest, "qmpstatus": guest}));
}

async fn end(bench: &Bench, call: Call) -> OperationEnd {
    let id = begin(bench, call).await.unwrap();
    bench.cluster.wait(id, FOREVER).await.unwrap().unwrap()
}

fn record(bench: &Bench) -> OperationRecord {
    bench.journal.records.lock().unwrap().values().next().unwrap().clone()
}

#[tokio::test]
async fn an_answer_names_the_task_and_the_task_tells_the_end() {
    for (upid, exit, guest, expected) in [
        (OWN, "OK", "running", "ok"),
        (OWN, "WARNINGS: 2", "running", "warnings: 2"),
        (OWN, "VM 102 already running", "running", "already running"),
        (OWN, "unexpected status", "stopped", "without saying how"),
        (OWN, "OK", "stopped", "not verified: VM 102 is stopped"),
        (OWN_HA, "OK", "running", "ok"),
        (OWN_HA, "OK", "stopped", "not verified: VM 102 is stopped"),
    ] {
        let fake = Fake::new().await;
        world(&fake, upid, exit, guest, &[]);
        fake.on("POST", Says::data(&json!(upid)));
        let bench = bench(&fake);
        let end = end(&bench, start_102()).await;
        assert!(end.to_string().contains(expected), "{exit} {guest}: {end}");
        assert_eq!(record(&bench).upid.as_ref().map(Upid::as_str), Some(upid));
        assert_eq!(fake.count(START), 1);
        assert!(bench.script.started().is_empty(), "no process is started");
    }
}

#[tokio::test]
async fn what_is_refused_has_failed_and_who_is_refused_is_told() {
    for (says, code, said) in [
        (Says::error(500, "VM is locked (backup)"), None, "locked"),
        (Says::error(595, "No route to host"), None, "No route to host"),
        (
            Says::error(403, "Permission check failed (/vms/102, VM.PowerMgmt)"),
            Some("cluster-api-forbidden"),
            "lacks VM.PowerMgmt on /vms/102",
        ),
        (Says::error(401, "No ticket"), Some("cluster-api-token-refused"), "No ticket"),
    ] {
        let fake = Fake::new().await;
        fake.on("POST", says);
        let bench = bench(&fake);
        match (begin(&bench, start_102()).await, code) {
            (Ok(id), None) => {
                bench.cluster.wait(id, FOREVER).await.unwrap();
            }
            (Err(error), Some(code)) => {
                assert_eq!(jarvis_domain::Explain::row(&error).code, code);
            }
            (begun, code) => panic!("{begun:?} is not {code:?}"),
        }
        let OperationState::Ended { end, .. } = record(&bench).state else { panic!("not over") };
        assert!(is_failed(&end, said), "{end:?}");
        assert_eq!(fake.heard().len(), 1, "nothing else is asked");
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_among_the_tasks_of_our_own() {
    for (listed, expected) in [
        (&[OWN][..], "ok"),
        (&[OWN, THEIRS], "ok"),
        (&[THEIRS], "unknown: the connection ended"),
        (&[], "no task of it can be found"),
        (&[OWN, OWN_HA], "2 tasks could be"),
    ] {
        for lost in [Says::Bytes(Vec::new()), Says::error(596, "Broken pipe")] {
            let fake = Fake::new().await;
            world(&fake, OWN, "OK", "running", listed);
            fake.on("POST", lost.clone());
            let bench = bench(&fake);
            let end = end(&bench, start_102()).await;
            let said = end.to_string().replace("the node that had", "the connection ended");
            assert!(said.contains(expected), "{listed:?} {lost:?}: {said}");
            assert_eq!(fake.count(START), 1, "never sent twice");
        }
    }
}

#[tokio::test]
async fn a_task_that_appears_late_is_found() {
    let fake = Fake::new().await;
    fake.get("/nodes/pve1/tasks?", json!([]))
        .on("GET /api2/json/nodes/pve1/tasks?", Says::error(500, "busy"));
    world(&fake, OWN, "OK", "running", &[OWN]);
    fake.on("POST", Says::Bytes(Vec::new()));
    assert_eq!(end(&bench(&fake), start_102()).await, done(0));
    let asked = fake.heard();
    let listed = asked.iter().find(|heard| heard.line.contains("/tasks?")).unwrap();
    assert!(listed.line.contains("vmid=102") && listed.line.contains("source=all"));
}

#[tokio::test]
async fn an_earlier_life_s_request_is_found_again_and_not_repeated() {
    for (upid, listed, expected) in [
        (Some(OWN), &[][..], "ok"),
        (None, &[OWN][..], "ok"),
        (None, &[THEIRS][..], "jarvis was stopped before the answer had come"),
    ] {
        let fake = Fake::new().await;
        world(&fake, OWN, "OK", "running", listed);
        let bench = bench(&fake);
        let id = OperationId::new();
        let record = OperationRecord {
            id,
            run: RunId::new(),
            cluster: "home".parse().unwrap(),
            call: start_102(),
            at: NOW,
            upid: upid.map(|upid| upid.parse().unwrap()),
            state: OperationState::Sent,
        };
        bench.journal.records.lock().unwrap().insert(id, record);
        assert_eq!(bench.cluster.recover().await.unwrap().len(), 1);
        let end = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
        assert!(end.to_string().contains(expected), "{listed:?}: {end}");
        assert_eq!(fake.count("POST"), 0);
    }
}

#[tokio::test]
async fn a_task_is_logged_and_stopped() {
    let fake = Fake::new().await;
    let status = format!("/nodes/pve1/tasks/{OWN}/status");
    fake.get(&status, json!({"status": "running"})).get(&status, json!({"status": "running"}));
    fake.get(&status, json!({"status": "stopped", "exitstatus": "interrupted by signal"}));
    fake.get(&format!("/nodes/pve1/tasks/{OWN}/log"), json!([{"n": 1, "t": "transferred 30%"}]));
    fake.on("POST", Says::data(&json!(OWN))).on("DELETE", Says::data(&json!(null)));
    let bench = bench(&fake);
    let id = begin(&bench, start_102()).await.unwrap();
    let page = bench.cluster.log(id, 0, 10).await.unwrap();
    assert_eq!(page.lines, ["transferred 30%"]);
    let path = format!("/nodes/pve1/tasks/{OWN}").parse().unwrap();
    let stop = Call::Api(ApiCall { verb: Verb::Delete, path, fields: Fields::none() });
    assert_eq!(end(&bench, stop).await, done(0), "done once the task is seen to have ended");
    let stopped = bench.cluster.wait(id, FOREVER).await.unwrap().unwrap();
    assert!(is_failed(&stopped, "interrupted"), "{stopped:?}");
}

#[tokio::test]
async fn what_nobody_may_write_is_not_journaled() {
    let fake = Fake::new().await;
    let settings = crate::ApiSettings { act: None, ..fake.settings() };
    let bench = Bench::over(Access::Api(settings));
    let error = begin(&bench, start_102()).await.unwrap_err();
    assert_eq!(jarvis_domain::Explain::row(&error).code, "cluster-api-read-only");
    assert!(bench.journal.records.lock().unwrap().is_empty());
    assert_eq!(fake.connections(), 0);
}

#[tokio::test]
async fn a_write_to_a_node_that_rests_is_sent_and_its_answer_ends_the_rest() {
    use jarvis_domain::read::ClusterReader;
    let fake = Fake::new().await;
    world(&fake, OWN, "OK", "running", &[]);
    let silent = || Says::error(595, "No route to host");
    for _ in 0..3 {
        fake.on("GET /api2/json/nodes/pve1/status", silent());
    }
    fake.on("GET /api2/json/nodes/pve1/status", Says::data(&json!({})));
    fake.on("POST", silent()).on("POST", Says::data(&json!(OWN)));
    let bench = bench(&fake);
    let path = "/nodes/pve1/status".parse().unwrap();
    let read = async || {
        let read = bench.cluster.get(&path, &Fields::none()).await;
        read.map_err(|error| error.fault.code)
    };
    for expected in ["unreachable", "unreachable", "unreachable", "resting", "resting"] {
        assert_eq!(read().await.unwrap_err(), format!("cluster-node-{expected}"));
    }
    assert_eq!(fake.count("GET /api2/json/nodes/pve1/status"), 3);
    let failed = end(&bench, start_102()).await;
    assert!(is_failed(&failed, "No route to host"), "sent all the same: {failed:?}");
    assert_eq!(end(&bench, start_102()).await, done(0));
    assert!(read().await.is_ok(), "the node has answered");
    assert_eq!(fake.count(START), 2, "each was sent once");
}
