//! Timers and commands for later, over HTTP.

use hyper::Method;
use jarvis_domain::Role;
use serde_json::{Value, json};

use super::Call;
use super::stage::Stage;

async fn waiting(stage: &Stage) -> Vec<Value> {
    let list = stage.send_as(Role::Viewer, Call::get("/api/timers")).await.json();
    list["timers"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_command_that_interrupts_is_asked_about_when_it_is_set() {
    let stage = Stage::new().await;
    let operator = stage.identity.person(Role::Operator);
    let stop = json!({ "seconds": 600, "command": "vm-lifecycle.shut-down", "arguments": { "guest": 101 } });
    let asked = stage.send(Call::post("/api/timers", stop).by(&operator)).await;
    let asked = asked.is_problem(409, "api-confirmation-needed");
    let text = asked["question"]["text"].as_str().unwrap();
    assert_eq!(text, "In 10 minutes, at 08:10: shall I shut down VM 101 mediaserver on home?");
    assert!(waiting(&stage).await.is_empty());
    let yes = format!("/api/confirmations/{}", asked["question"]["id"].as_str().unwrap());
    let set = stage.send(Call::post(&yes, Value::Null).by(&operator)).await;
    assert_eq!((set.status.as_u16(), &set.json()["outcome"]), (200, &json!("scheduled")));
    let waits = waiting(&stage).await;
    assert_eq!(waits[0]["called"], "shut down VM 101 mediaserver on home");
    assert_eq!(waits[0]["by"], "user:operator@pam");
    assert!(stage.fakes.cluster.started().is_empty());
    let path = format!("/api/timers/{}", waits[0]["id"].as_str().unwrap());
    stage
        .send_as(Role::Viewer, Call::new(Method::DELETE, &path))
        .await
        .is_problem(403, "timer-not-yours");
    assert_eq!(stage.send(Call::new(Method::DELETE, &path).by(&operator)).await.status, 204);
    stage
        .send(Call::new(Method::DELETE, &path).by(&operator))
        .await
        .is_problem(404, "timer-unknown");
}

#[tokio::test]
async fn what_makes_no_timer_is_refused() {
    let stage = Stage::new().await;
    for (body, status, code) in [
        (json!({}), 400, "api-bad-input"),
        (Value::Null, 400, "api-bad-input"),
        (json!({ "name": "tea", "seconds": null }), 400, "api-bad-input"),
        (json!({ "seconds": 60, "at": 1_900_000_000_000_u64 }), 400, "api-bad-input"),
        (json!({ "seconds": 60, "at": "noon" }), 400, "api-bad-input"),
        (json!({ "seconds": 0 }), 409, "timer-when"),
        (json!({ "seconds": u64::MAX }), 409, "timer-when"),
        (json!({ "seconds": -1 }), 400, "api-bad-input"),
        (json!({ "at": 1 }), 409, "timer-when"),
        (json!({ "seconds": 60, "name": "x".repeat(61) }), 400, "api-bad-input"),
        (json!({ "seconds": 60, "command": "vm-lifecycle.start" }), 403, "skill-role"),
        (json!({ "seconds": 60, "command": "no.such" }), 404, "skill-unknown-command"),
    ] {
        let answer = stage.send_as(Role::Viewer, Call::post("/api/timers", body.clone())).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
        answer.is_problem(status, code);
    }
    assert!(waiting(&stage).await.is_empty());
    stage.send(Call::get("/api/timers")).await.is_problem(401, "api-no-sign-in");
}

#[tokio::test]
async fn words_set_and_tell_timers() {
    let stage = Stage::new().await;
    let viewer = stage.identity.person(Role::Viewer);
    let ask = |words: &str| Call::post("/api/ask", json!({ "words": words })).by(&viewer);
    let set = stage.send(ask("set a pizza timer for ten minutes")).await.json();
    assert_eq!(set["speech"], "The pizza timer ends in 10 minutes, at 08:10.");
    assert_eq!(set["outcome"], "scheduled");
    let told = stage.send(ask("how long is left on the pizza timer?")).await.json();
    assert_eq!(told["speech"], "The pizza timer ends in 10 minutes, at 08:10.");
    let gone = stage.send(ask("cancel the pizza timer")).await.json();
    assert_eq!(gone["speech"], "The pizza timer is cancelled.");
    let none = stage.send(ask("what timers are there")).await.json();
    assert_eq!(none["speech"], "There are no timers.");
    let no_time = stage.send(ask("set a timer for blue")).await;
    no_time.is_problem(422, "assistant-no-time");
}

#[tokio::test]
async fn words_that_name_a_time_keep_a_command_for_it() {
    let stage = Stage::new().await;
    let operator = stage.identity.person(Role::Operator);
    let ask = |words: &str| Call::post("/api/ask", json!({ "words": words })).by(&operator);
    let asked = stage.send(ask("in ten minutes, shut down the media server")).await;
    let asked = asked.is_problem(409, "api-confirmation-needed");
    let yes = format!("/api/confirmations/{}", asked["question"]["id"].as_str().unwrap());
    assert_eq!(stage.send(Call::post(&yes, Value::Null).by(&operator)).await.status, 200);
    let kept = stage.send(ask("start webserver-01 at half past nine")).await.json();
    assert_eq!(kept["speech"], "In 1 hour and 30 minutes, at 09:30: start webserver-01.");
    let gone = stage.send(ask("cancel the shutdown of the media server")).await.json();
    assert_eq!(gone["speech"], "Then I will not shut down VM 101 mediaserver on home.");
    let nothing = stage.send(ask("cancel the reboot of the moon")).await;
    assert_eq!(nothing.status.as_u16(), 422, "{}", nothing.text());
    assert_eq!(waiting(&stage).await.len(), 1);
    let far = stage.send(ask("start webserver-01 in 520 weeks")).await;
    far.is_problem(409, "timer-when");
}
