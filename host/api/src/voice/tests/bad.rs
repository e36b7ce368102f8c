//! Clients that do what they should not.

use std::time::Duration;

use super::super::MAX_FRAME;
use super::parrot::{BEHIND, GARBAGE, UNHEARD};
use super::rig::{Rig, START};

#[tokio::test]
async fn what_does_not_begin_with_a_start_is_refused() {
    let rig = Rig::new().await;
    let mut client = rig.connect("ann", "viewer").await;
    client.sound(&[0; 320]).await;
    client.refused("api-voice-not-started", 1008).await;
    for text in [r#"{"press":{}}"#, "hello", r#"{"start":{"mode":"wake","to":"you"}}"#] {
        let mut client = rig.connect("ann", "viewer").await;
        client.say(text).await;
        client.refused("api-voice-not-started", 1008).await;
    }
    let mut client = rig.connect("ann", "viewer").await;
    rig.hurry(Duration::from_secs(1), client.refused("api-voice-late", 1008)).await;
    assert_eq!(rig.parrot.count("begun by ann"), 0);
}

#[tokio::test]
async fn who_may_not_or_cannot_is_told_why() {
    let rig = Rig::new().await;
    rig.connect("ann", "").await.refused("api-not-allowed", 1008).await;
    let mut client = rig.connect("ann", "viewer").await;
    client.say(r#"{"start":{"mode":"wake","place":"nowhere"}}"#).await;
    client.refused("api-voice-off", 1008).await;
    Rig::off().await.connect("ann", "admin").await.refused("api-voice-off", 1008).await;
}

#[tokio::test]
async fn what_makes_no_sense_is_told_and_the_conversation_goes_on() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    for (text, code) in [
        ("", "api-voice-control"),
        ("[]", "api-voice-control"),
        (r#"{"shout":{}}"#, "api-voice-control"),
        (START, "api-voice-again"),
    ] {
        client.say(text).await;
        assert_eq!(client.next().await["error"]["code"], code, "{text}");
    }
    client.sound(GARBAGE).await;
    assert_eq!(client.next().await["error"]["code"], "api-voice-control");
    // Of what is lost in one go is told once.
    for sound in [UNHEARD, UNHEARD, &[0; 320], UNHEARD] {
        client.sound(sound).await;
    }
    for _ in 0..2 {
        assert!(client.next().await["lost"].is_object());
    }
    client.say(r#"{"press":{}}"#).await;
    assert!(client.next().await["listening"].is_object());
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_it() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    client.sound(&vec![0; MAX_FRAME]).await;
    client.sound(&vec![0; MAX_FRAME + 1]).await;
    // The second one is looked at a moment after the first, and not before.
    rig.parrot.until("sound", 1).await;
    rig.clock.advance(Duration::from_millis(100));
    client.refused("api-voice-frame-too-long", 1009).await;
    assert_eq!(rig.parrot.count("sound"), 1);
    rig.parrot.until("hung up", 1).await;
}

#[tokio::test]
async fn garbage_as_fast_as_can_be_is_held_back_too() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    for _ in 0..1000 {
        client.sound(GARBAGE).await;
    }
    rig.parrot.until("sound", 400).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(rig.parrot.count("sound") < 410, "{}", rig.parrot.count("sound"));
}

#[tokio::test]
async fn who_does_not_keep_up_is_left() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    client.sound(BEHIND).await;
    client.refused("api-voice-lagging", 1008).await;
    // One who reads nothing at all hears of nothing.
    rig.parrot.floods.store(true, std::sync::atomic::Ordering::SeqCst);
    let _deaf = rig.begin("bob").await;
    rig.hurry(Duration::from_secs(1), rig.parrot.until("hung up", 2)).await;
}
