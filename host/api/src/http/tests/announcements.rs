//! What is announced, from the API to a microphone.

use jarvis_domain::{MicrophoneId, Role};
use serde_json::json;

use super::Call;
use super::stage::Stage;
use crate::{Request, Response, Saying, Spoken, Words};

async fn saying(stage: &Stage, id: MicrophoneId, said: u64) -> Option<Saying> {
    match stage.voice(Request::Saying { id, said, end: Spoken::Said }).await.unwrap() {
        Response::Saying(saying) => saying,
        other => panic!("{other:?}"),
    }
}

/// What is to be said next at a microphone.
async fn next(stage: &Stage, id: MicrophoneId, said: u64) -> Saying {
    loop {
        if let Some(saying) = saying(stage, id, said).await {
            return saying;
        }
    }
}

#[tokio::test]
async fn an_announcement_reaches_who_listens_and_is_said_again_when_asked() {
    let stage = Stage::new().await;
    let id = stage.microphone().await;
    let say = |body| stage.send_as(Role::Operator, Call::post("/api/announcements", body));
    let nowhere = say(json!({ "text": "Dinner is ready.", "to": "desk" })).await;
    nowhere.is_problem(404, "announcement-no-place");
    // Whoever listens has to ask for what to say first.
    let clock = stage.fakes.clock.clone();
    let asking = saying(&stage, id, 0);
    tokio::pin!(asking);
    tokio::select! {
        biased;
        said = &mut asking => panic!("{said:?}"),
        () = tokio::task::yield_now() => {}
    }
    let put = say(json!({ "text": "Dinner \u{1b}is ready.", "to": "desk" })).await;
    assert_eq!(put.status, 204, "{}", put.text());
    clock.advance(std::time::Duration::from_secs(3));
    assert_eq!(asking.await, None);
    let announcements = stage.announcements.clone();
    let running = tokio::spawn(async move { announcements.run().await });
    let told = next(&stage, id, 0).await;
    assert_eq!((told.number, told.text.as_str()), (1, "Dinner is ready."));
    say(json!({ "text": "Tea is ready." })).await;
    assert_eq!(next(&stage, id, 1).await.text, "Tea is ready.");
    let words = Words {
        words: "what did you say?".to_owned(),
        locale: "en".to_owned(),
        confirmed: false,
        cluster: None,
        place: Some("desk".to_owned()),
    };
    let again = stage.voice(Request::Say(words)).await.unwrap();
    let Response::Said(jarvis_assistant::Said::Dropped(again)) = again else { panic!("{again:?}") };
    assert_eq!(again, "Dinner is ready.", "the second one was not played yet");
    running.abort();
}

#[tokio::test]
async fn the_same_key_announced_twice() {
    let stage = Stage::new().await;
    let token = stage.identity.person(Role::Operator);
    let say = |text: &str| {
        let call = Call::post("/api/announcements", json!({ "text": text })).by(&token);
        stage.send(call.header("idempotency-key", "one"))
    };
    assert_eq!(say("Dinner is ready.").await.status, 204);
    // More are not taken in a minute: none of these is one more.
    for _ in 0..10 {
        let again = say("Dinner is ready.").await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (204, "true"));
        assert_eq!((again.text().as_str(), again.header("content-type")), ("", ""));
    }
    say("Tea is ready.").await.is_problem(422, "api-idempotency-key-reused");
}

#[tokio::test]
async fn only_operators_announce_and_not_too_often() {
    let stage = Stage::new().await;
    let call = |text: &str| Call::post("/api/announcements", json!({ "text": text }));
    stage.send(call("a")).await.is_problem(401, "api-no-sign-in");
    stage.send_as(Role::Viewer, call("a")).await.is_problem(403, "api-not-allowed");
    stage.send_as(Role::Operator, call("…")).await.is_problem(422, "announcement-text");
    let long = "a".repeat(401);
    stage.send_as(Role::Operator, call(&long)).await.is_problem(422, "announcement-text");
    for _ in 0..6 {
        assert_eq!(stage.send_as(Role::Operator, call("a")).await.status, 204);
    }
    stage.send_as(Role::Operator, call("a")).await.is_problem(429, "announcement-often");
}
