//! Actions, their questions, and requests that come twice.

use std::sync::atomic::Ordering;

use hyper::Method;
use jarvis_domain::{OperationEnd, Role};
use serde_json::json;

use super::{Call, Stage};

#[tokio::test]
async fn a_guest_is_started() {
    let stage = Stage::new().await;
    let started =
        stage.send_as(Role::Operator, Call::post("/api/guests/102/start", json!({}))).await;
    assert_eq!(started.status, 200, "{}", started.text());
    let acted = started.json();
    assert_eq!(acted["outcome"], "done", "{acted}");
    let call = &acted["operations"][0]["call"];
    assert_eq!(call, "create /nodes/home/qemu/102/status/start", "{acted}");
    let again = stage.send_as(Role::Operator, Call::post("/api/guests/102/start", json!({}))).await;
    assert_eq!(again.json()["outcome"], "nothing-changed");
}

#[tokio::test]
async fn a_cluster_is_picked_by_its_id_or_a_name_of_it() {
    let stage = Stage::new().await;
    for (named, status) in [("fake", 200), ("the%20lab", 200), ("The%20Lab", 200), ("other", 404)] {
        let path = format!("/api/nodes?cluster={named}");
        let told = stage.send_as(Role::Viewer, Call::get(&path)).await;
        assert_eq!(told.status, status, "{named}: {}", told.text());
    }
}

#[tokio::test]
async fn a_destructive_action_waits_for_a_yes() {
    let stage = Stage::new().await;
    let stop = || Call::post("/api/guests/101/stop", json!({}));
    let asked = stage.send_as(Role::Operator, stop()).await;
    let problem = asked.is_problem(409, "api-confirmation-needed");
    let question = &problem["question"];
    assert!(question["text"].as_str().unwrap().contains("101"), "{problem}");
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
    let path = format!("/api/confirmations/{}", question["id"].as_str().unwrap());
    let yes = || Call::new(Method::POST, &path);
    let viewer = stage.send_as(Role::Viewer, yes()).await;
    viewer.is_problem(403, "confirmation-not-yours");
    let done = stage.send_as(Role::Operator, yes()).await;
    assert_eq!(done.json()["outcome"], "done", "{}", done.text());
    assert_eq!(stage.fakes.cluster.started().len(), 1);
    assert_eq!(stage.send_as(Role::Operator, yes()).await.status, 409, "used once");
}

#[tokio::test]
async fn a_question_ends_with_the_sign_in_that_asked() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let stop = Call::post("/api/guests/101/stop", json!({})).by(&token);
    let problem = stage.send(stop).await.is_problem(409, "api-confirmation-needed");
    let path = format!("/api/confirmations/{}", problem["question"]["id"].as_str().unwrap());
    let out = stage.send(Call::new(Method::POST, "/api/auth/logout").by(&token)).await;
    assert_eq!(out.status, 204);
    let yes = stage.send_as(Role::Operator, Call::new(Method::POST, &path)).await;
    yes.is_problem(410, "confirmation-expired");
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn a_no_ends_a_question() {
    let stage = Stage::new().await;
    let stop = Call::post("/api/nodes/home/qemu/101/status/shutdown", json!({}));
    let asked = stage.send_as(Role::Operator, stop).await;
    let problem = asked.is_problem(409, "api-confirmation-needed");
    let path = format!("/api/confirmations/{}", problem["question"]["id"].as_str().unwrap());
    let no = stage.send_as(Role::Operator, Call::new(Method::DELETE, &path)).await;
    assert_eq!(no.status, 204);
    let yes = stage.send_as(Role::Operator, Call::new(Method::POST, &path)).await;
    assert!(yes.status.is_client_error(), "{}", yes.text());
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn a_keys_yes_counts_only_with_that_right() {
    let stage = Stage::new().await;
    let stop = || Call::post("/api/guests/101/stop", json!({ "confirmed": true }));
    let key = stage.identity.key(Role::Operator, false);
    let asked = stage.send(stop().by(&key)).await;
    assert_eq!(stage.fakes.cluster.started(), [""; 0], "{}", asked.text());
    assert!(asked.status.is_client_error(), "{}", asked.text());
    // Its question is a signed-in person's to answer.
    let asked = stage.send(Call::post("/api/guests/101/stop", json!({})).by(&key)).await;
    let problem = asked.is_problem(409, "api-confirmation-needed");
    let path = format!("/api/confirmations/{}", problem["question"]["id"].as_str().unwrap());
    let yes = || Call::new(Method::POST, &path);
    stage.send(yes().by(&key)).await.is_problem(403, "policy-yes-not-counted");
    assert_eq!(stage.send_as(Role::Operator, yes()).await.status, 200);
    let key = stage.identity.key(Role::Operator, true);
    let reboot = Call::post("/api/guests/102/start", json!({ "confirmed": true }));
    assert_eq!(stage.send(reboot.by(&key)).await.status, 200);
    let stop = Call::post("/api/guests/102/stop", json!({ "confirmed": true }));
    assert_eq!(stage.send(stop.by(&key)).await.json()["outcome"], "done");
}

#[tokio::test]
async fn who_waits_long_enough_is_told_where_to_look() {
    let stage = Stage::new().await;
    stage.fakes.cluster.ends(None);
    let token = stage.identity.person(Role::Operator);
    let start = Call::post("/api/guests/102/start", json!({})).by(&token);
    let sending = tokio::spawn(start.send(stage.address));
    while stage.fakes.cluster.started().is_empty() {
        tokio::task::yield_now().await;
    }
    stage.clock().advance(std::time::Duration::from_secs(21));
    let started = sending.await.unwrap();
    assert_eq!(started.status, 202, "{}", started.text());
    let acted = started.json();
    assert_eq!(acted["outcome"], "started");
    let path = started.header("location").to_owned();
    assert_eq!(path, format!("/api/operations/{}", acted["operations"][0]["id"].as_str().unwrap()));
    let operation = stage.send_as(Role::Viewer, Call::get(&path)).await;
    assert_eq!(operation.json()["state"], "sent");
}

#[tokio::test]
async fn what_proxmox_says_has_failed_is_no_success() {
    let stage = Stage::new().await;
    stage.fakes.cluster.ends(Some(OperationEnd::Failed { message: "no space left".to_owned() }));
    let start = Call::post("/api/guests/102/start", json!({}));
    let failed = stage.send_as(Role::Operator, start).await;
    assert!(failed.status.is_server_error(), "{}", failed.text());
    assert!(failed.text().contains("no space left"), "{}", failed.text());
}

#[tokio::test]
async fn words_are_answered_whole_or_as_a_stream() {
    let stage = Stage::new().await;
    let ask = |words: &str| Call::post("/api/ask", json!({ "words": words }));
    let whole = stage.send_as(Role::Operator, ask("start webserver-01")).await;
    assert_eq!(whole.json()["outcome"], "done", "{}", whole.text());
    stage
        .send_as(Role::Operator, ask("stop vm 101"))
        .await
        .is_problem(409, "api-confirmation-needed");
    let streamed = ask("start the database").header("accept", "text/event-stream");
    let streamed = stage.send_as(Role::Operator, streamed).await;
    assert_eq!(streamed.header("content-type"), "text/event-stream");
    let text = streamed.text();
    let at = |name: &str| text.find(&format!("event: {name}")).unwrap_or_else(|| panic!("{text}"));
    assert!(at("notice") < at("answer"), "{text}");
    assert!(text.contains("\"outcome\":\"done\""), "{text}");
}

#[tokio::test]
async fn the_same_key_acts_once_also_after_a_restart() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let snapshot = |name: &str| {
        Call::post("/api/guests/101/snapshots", json!({ "name": name }))
            .header("idempotency-key", "one")
            .by(&token)
    };
    let first = stage.send(snapshot("before")).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let again = stage.send(snapshot("before")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(stage.fakes.cluster.started().len(), 1);
    stage.send(snapshot("after")).await.is_problem(422, "api-idempotency-key-reused");
    // Somebody else's key of that name is another.
    let other = stage.identity.key(Role::Operator, false);
    assert_eq!(stage.send(snapshot("after").by(&other)).await.status, 200);
    let stage = stage.restarted().await;
    let again = stage.send(snapshot("before")).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(stage.fakes.cluster.started(), [""; 0]);
}

#[tokio::test]
async fn a_question_is_asked_anew_once_it_is_over() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let stop = || {
        Call::post("/api/guests/101/stop", json!({})).header("idempotency-key", "stop").by(&token)
    };
    let id = |problem: serde_json::Value| problem["question"]["id"].clone();
    let first = id(stage.send(stop()).await.is_problem(409, "api-confirmation-needed"));
    let again = id(stage.send(stop()).await.is_problem(409, "api-confirmation-needed"));
    assert_eq!(first, again);
    // A yes that came in its last moment would be with its run by then.
    stage.clock().advance(std::time::Duration::from_secs(61));
    let waiting = id(stage.send(stop()).await.is_problem(409, "api-confirmation-needed"));
    assert_eq!(first, waiting);
    stage.clock().advance(std::time::Duration::from_secs(5));
    let later = id(stage.send(stop()).await.is_problem(409, "api-confirmation-needed"));
    assert_ne!(first, later);
}

#[tokio::test]
async fn a_question_that_was_answered_was_asked_again_with_the_same_key() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let stop = || {
        Call::post("/api/guests/101/stop", json!({})).header("idempotency-key", "stop").by(&token)
    };
    let asked = stage.send(stop()).await.is_problem(409, "api-confirmation-needed");
    let path = format!("/api/confirmations/{}", asked["question"]["id"].as_str().unwrap());
    let yes = stage.send(Call::new(Method::POST, &path).by(&token)).await;
    assert_eq!(yes.json()["outcome"], "done", "{}", yes.text());
    let run = asked["question"]["run"].as_str().unwrap();
    let is_told = |again: super::Answer| {
        let detail = again.is_problem(409, "api-idempotency-answered")["detail"].clone();
        assert!(detail.as_str().unwrap().contains(run), "{detail}");
    };
    is_told(stage.send(stop()).await);
    stage.clock().advance(std::time::Duration::from_secs(61));
    is_told(stage.send(stop()).await);
    let other = Call::post("/api/guests/101/stop", json!({ "confirmed": true }));
    let other = other.header("idempotency-key", "stop").by(&token);
    stage.send(other).await.is_problem(422, "api-idempotency-key-reused");
    assert_eq!(stage.fakes.cluster.started().len(), 1);
    is_told(stage.restarted().await.send(stop()).await);
}

#[tokio::test]
async fn of_two_at_once_only_one_is_asked_anew() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let stop = || {
        Call::post("/api/guests/101/stop", json!({})).header("idempotency-key", "stop").by(&token)
    };
    let first = stage.send(stop()).await.is_problem(409, "api-confirmation-needed");
    stage.clock().advance(std::time::Duration::from_secs(66));
    let all = futures_util::future::join_all((0..8).map(|_| stage.send(stop()))).await;
    let ids = all.iter().map(|answer| answer.json()["question"]["id"].clone());
    let ids: std::collections::BTreeSet<_> =
        ids.filter_map(|id| id.as_str().map(str::to_owned)).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(!ids.contains(first["question"]["id"].as_str().unwrap()), "{ids:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_was_said_to_go_on() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let start = |vmid: &str, key: &str| {
        let path = format!("/api/guests/{vmid}/start");
        Call::post(&path, json!({})).header("idempotency-key", key).by(&token)
    };
    stage.full.store(true, Ordering::SeqCst);
    let done = stage.send(start("102", "done")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let unknown = stage.send(start("999", "refused")).await;
    unknown.is_problem(404, "skill-argument-no-such-name");
    for (vmid, key) in [("102", "done"), ("999", "refused")] {
        stage.send(start(vmid, key)).await.is_problem(409, "api-idempotency-lost");
    }
    assert_eq!(stage.fakes.cluster.started().len(), 1);
}

#[tokio::test]
async fn what_broke_is_not_said_to_go_on() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let start =
        || Call::post("/api/guests/102/start", json!({})).header("idempotency-key", "k").by(&token);
    // Once to see whose key it is, and once by the action itself.
    stage.identity.breaks_after(1);
    stage.send(start()).await.is_problem(500, "api-internal");
    stage.send(start()).await.is_problem(409, "api-idempotency-lost");
}

#[tokio::test]
async fn what_was_started_is_not_started_again_where_it_cannot_be_read() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let snapshot = || {
        Call::post("/api/guests/101/snapshots", json!({ "name": "before" }))
            .header("idempotency-key", "k")
            .by(&token)
    };
    stage.unread.store(true, Ordering::SeqCst);
    stage.send(snapshot()).await.is_problem(503, "state-unusable");
    stage.unread.store(false, Ordering::SeqCst);
    let again = stage.send(snapshot()).await;
    assert_eq!(again.header("idempotency-replayed"), "true", "{}", again.text());
    assert_eq!(stage.fakes.cluster.started().len(), 1);
}

#[tokio::test]
async fn a_key_is_free_again_where_nothing_was_begun() {
    let stage = Stage::new().await;
    let viewer = stage.identity.person(Role::Viewer);
    let start = |vmid: &str, token: &str| {
        let path = format!("/api/guests/{vmid}/start");
        Call::post(&path, json!({})).header("idempotency-key", "k").by(token)
    };
    stage.send(start("102", &viewer)).await.is_problem(403, "skill-role");
    assert!(stage.send(start("999", &viewer)).await.status.is_client_error());
    let bad = start("102", &viewer).header("idempotency-key", "");
    stage.send(bad).await.is_problem(400, "api-bad-input");
}
