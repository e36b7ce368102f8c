//! Conversations as they should be.

use std::time::Duration;

use serde_json::json;

use super::rig::Rig;

/// 100 ms of sound.
const TENTH: [u8; 3200] = [1; 3200];

#[tokio::test]
async fn what_is_said_is_answered_and_every_button_has_its_effect() {
    let rig = Rig::new().await;
    let mut client = rig.connect("ann", "viewer").await;
    client.say(r#"{"start":{"mode":"wake","rate":22050}}"#).await;
    let started = json!({ "started": { "wake_words": ["polly"], "rate": 22050 } });
    assert_eq!(client.next().await, started);
    assert_eq!(rig.parrot.count("begun by ann"), 1);
    client.say(r#"{"press":{}}"#).await;
    assert_eq!(client.next().await, json!({ "at": 1, "after_us": 2, "listening": {} }));
    client.sound(&TENTH).await;
    client.sound(&TENTH).await;
    client.say(r#"{"release":{}}"#).await;
    assert_eq!(client.next().await["words"]["text"], "200 ms");
    let answer = json!({ "text": "200 ms", "question": true });
    assert_eq!(client.next().await["answer"], answer);
    assert_eq!(client.next().await, json!({ "audio": { "rate": 22050 } }));
    assert_eq!(client.next().await, json!({ "sound": [1, 0, 254, 255, 44, 1] }));
    assert_eq!(client.next().await, json!({ "audio-end": {} }));
    for (control, event) in
        [("played", "played"), ("stop", "cut"), ("mute", "muted"), ("unmute", "muted")]
    {
        client.say(&format!(r#"{{"{control}":{{}}}}"#)).await;
        assert!(client.next().await[event].is_object(), "{control}");
    }
}

#[tokio::test]
async fn who_sends_faster_than_it_was_said_is_held_back() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    for _ in 0..100 {
        client.sound(&TENTH).await;
    }
    rig.parrot.until("sound", 21).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.parrot.count("sound"), 21, "two seconds, and what is looked at");
    rig.clock.advance(Duration::from_secs(1));
    rig.parrot.until("sound", 31).await;
    // The end of a flood is as the end of any sound.
    client.say(r#"{"release":{}}"#).await;
    let words = rig.hurry(Duration::from_millis(100), client.next()).await;
    assert_eq!(words["words"]["text"], "10000 ms");
}

#[tokio::test]
async fn two_at_once_are_two_and_one_person_holds_four() {
    let rig = Rig::new().await;
    let (mut ann, mut bob) = (rig.begin("ann").await, rig.begin("bob").await);
    ann.sound(&TENTH).await;
    for client in [&mut ann, &mut bob] {
        client.say(r#"{"release":{}}"#).await;
    }
    assert_eq!(ann.next().await["words"]["text"], "100 ms");
    assert_eq!(bob.next().await["words"]["text"], "0 ms");
    let more = [rig.begin("ann").await, rig.begin("ann").await, rig.begin("ann").await];
    rig.connect("ann", "viewer").await.refused("api-voice-too-many-own", 1008).await;
    let mut others = Vec::new();
    for who in 0..11 {
        others.push(rig.begin(&format!("other{who}")).await);
    }
    rig.connect("eve", "viewer").await.refused("api-voice-too-many", 1008).await;
    drop(more);
    rig.parrot.until("hung up", 3).await;
    drop(rig.begin("ann").await);
}
