//! How conversations end.

use std::time::Duration;

use futures_util::StreamExt;
use jarvis_domain::Clock;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::parrot::ENOUGH;
use super::rig::Rig;

#[tokio::test]
async fn who_hangs_up_is_not_spoken_to_any_more() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    client.say(r#"{"release":{}}"#).await;
    assert!(client.next().await["words"].is_object());
    drop(client);
    rig.parrot.until("hung up", 1).await;
}

#[tokio::test]
async fn a_close_is_answered_also_before_the_start() {
    let rig = Rig::new().await;
    for mut client in [rig.connect("ann", "viewer").await, rig.begin("ann").await] {
        let close = CloseFrame { code: CloseCode::Normal, reason: "enough".into() };
        client.0.close(Some(close)).await.unwrap();
        assert_eq!(client.next().await["closed"], 1000);
    }
    rig.parrot.until("hung up", 1).await;
}

#[tokio::test]
async fn the_end_of_the_sign_in_is_the_end_of_the_conversation() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    rig.sign_out();
    client.refused("api-signed-out", 1008).await;
    rig.parrot.until("hung up", 1).await;
}

#[tokio::test]
async fn a_host_that_stops_says_so() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    rig.closing.send_replace(true);
    client.refused("api-voice-stopping", 1012).await;
    rig.parrot.until("hung up", 1).await;
}

#[tokio::test]
async fn a_conversation_that_ends_by_itself_ends_well() {
    let rig = Rig::new().await;
    let mut client = rig.begin("ann").await;
    client.sound(ENOUGH).await;
    assert_eq!(client.next().await["closed"], 1000);
}

#[tokio::test]
async fn who_gives_no_sign_of_life_is_left_soon_and_who_says_nothing_later() {
    let rig = Rig::new().await;
    let dead = rig.begin("ann").await;
    let mut idle = rig.begin("bob").await;
    let began = rig.clock.running();
    let reading = async {
        // Its answers to pings are signs of life.
        loop {
            match idle.0.next().await {
                Some(Ok(message)) if message.is_text() => return message.into_text().unwrap(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::pin!(reading);
    // Small against the time that an answer to a ping has: each step is a look at the sockets.
    let step = Duration::from_millis(2);
    tokio::select! {
        () = rig.hurry(step, rig.parrot.until("hung up", 1)) => {}
        told = &mut reading => panic!("{told}"),
    }
    assert!(rig.clock.running() - began < Duration::from_secs(600));
    let told = rig.hurry(step, &mut reading).await;
    assert!(told.contains("api-voice-idle"), "{told}");
    assert!(rig.clock.running() - began >= Duration::from_secs(30 * 60));
    drop(dead);
}
