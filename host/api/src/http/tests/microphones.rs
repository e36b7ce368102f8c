//! Microphones, and what was heard at them.

use jarvis_domain::run::{Moment, RunRecord};
use jarvis_domain::{Role, Timestamp};
use serde_json::json;

use super::Call;
use super::stage::Stage;
use crate::{Request, Response, Words};

#[tokio::test]
async fn anybody_may_mute_and_who_unmutes_needs_more() {
    let stage = Stage::new().await;
    let id = stage.microphone().await;
    let path = format!("/api/microphones/{id}");
    let mute = |muted: bool| Call::put(&path, json!({ "muted": muted }));
    let told = stage.send_as(Role::Viewer, mute(true)).await;
    assert_eq!(
        (told.status.as_u16(), &told.json()["microphones"][0]["muted"]),
        (202, &json!(false))
    );
    let Response::Wish(wish) =
        stage.voice(Request::Wish { id, after: 0, hushed: 0 }).await.unwrap()
    else {
        panic!("a wish")
    };
    assert_eq!((wish.number, wish.muted), (1, true));
    stage.send_as(Role::Viewer, mute(false)).await.is_problem(403, "api-not-allowed");
    assert_eq!(stage.send_as(Role::Operator, mute(false)).await.status, 202);
    stage.send(mute(true)).await.is_problem(401, "api-no-sign-in");
    let nobody = Call::put(
        "/api/microphones/0199a3c2-7d1e-7000-8000-000000000000",
        json!({ "muted": true }),
    );
    stage.send_as(Role::Admin, nobody).await.is_problem(404, "api-not-found");
    stage.voice(Request::Leave { id }).await.unwrap();
    let list = stage.send_as(Role::Viewer, Call::get("/api/microphones")).await.json();
    assert_eq!(list["microphones"], json!([]));
}

#[tokio::test]
async fn what_was_heard_is_kept_with_a_run_of_whoever_spoke() {
    let stage = Stage::new().await;
    let words = |words: &str| Words {
        words: words.to_owned(),
        locale: "en".to_owned(),
        confirmed: false,
        cluster: None,
        place: None,
    };
    // It fails on this cluster, and leaves a record all the same.
    stage.voice(Request::Say(words("is the cluster healthy"))).await.unwrap_err();
    let spoken = newest(&stage).await;
    let moment = Moment {
        at: Timestamp(3),
        after_us: 4,
        what: "woke".repeat(100),
        text: Some("jar\u{1b}vis".to_owned()),
    };
    let heard = vec![moment; 2000];
    stage.voice(Request::AddHeard { run: spoken.id, heard: heard.clone() }).await.unwrap();
    let kept = newest(&stage).await.heard;
    assert_eq!(kept.len(), 1000);
    assert!(kept[0].what.chars().count() <= 41);
    assert!(!kept[0].text.as_ref().unwrap().contains('\u{1b}'));
    // Not around what was typed, nor by who did not speak.
    let typed = Call::post("/api/ask", json!({ "words": "is the cluster healthy" }));
    stage.send_as(Role::Admin, typed).await;
    let typed = newest(&stage).await;
    assert_ne!(typed.id, spoken.id);
    let refused = stage.voice(Request::AddHeard { run: typed.id, heard }).await.unwrap_err();
    assert_eq!(refused.code, "api-not-found");
}

#[tokio::test]
async fn what_was_heard_for_nothing_is_kept_apart_from_what_ran() {
    let stage = Stage::new().await;
    let moment = |what: &str| Moment {
        at: Timestamp(3),
        after_us: 4,
        what: what.to_owned(),
        text: Some("tele\u{1b}vision".to_owned()),
    };
    let heard = vec![moment("woke"), moment("no-words")];
    let place = Some("kit\u{7}chen".to_owned());
    let add = Request::AddExchange { place, heard };
    stage.voice(add.clone()).await.unwrap();
    let list = Request::Exchanges { limit: 5, before: None };
    let Response::Exchanges(kept) = stage.typed(Role::Admin, list.clone()).await.unwrap() else {
        panic!("a list was asked for")
    };
    let [one] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(
        one.heard.iter().map(|moment| &moment.what).collect::<Vec<_>>(),
        ["woke", "no-words"]
    );
    assert!(!format!("{one:?}").contains("\\u{"), "{one:?}");
    let show = Request::Exchange { id: one.id.to_string() };
    let shown = stage.typed(Role::Admin, show.clone()).await.unwrap();
    assert_eq!(shown, Response::Exchange(Box::new(one.clone())));
    let none = stage.typed(Role::Admin, Request::Exchange { id: "ffff".to_owned() }).await;
    assert_eq!(none.unwrap_err().code, "api-not-found");
    // It is no run, only who speaks has an exchange, and only an admin looks at them.
    assert_eq!(stage.send_as(Role::Admin, Call::get("/api/runs")).await.json()["runs"], json!([]));
    assert_eq!(stage.typed(Role::Admin, add).await.unwrap_err().code, "api-not-found");
    for request in [list, show] {
        let refused = stage.typed(Role::Operator, request).await.unwrap_err();
        assert_eq!(refused.code, "api-not-allowed");
    }
}

async fn newest(stage: &Stage) -> RunRecord {
    let mut runs = stage.send_as(Role::Admin, Call::get("/api/runs?limit=1")).await.json();
    serde_json::from_value(runs["runs"][0].take()).unwrap()
}
