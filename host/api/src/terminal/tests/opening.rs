//! What may happen while a terminal is being opened, which a node that hangs
//! draws out.

use std::sync::atomic::Ordering;

use tokio_tungstenite::tungstenite::Message;

use super::rig::Rig;

#[tokio::test]
async fn the_end_of_a_sign_in_ends_what_is_being_opened() {
    let rig = Rig::new().await;
    let mut client = rig.waiting().await;
    rig.end_lives();
    assert_eq!(client.code().await, "api-terminal-signed-out");
    assert_eq!(client.closed().await.0, 1008);
    rig.audit.until("on node slow did not open").await;
    rig.emptied().await;
}

#[tokio::test]
async fn the_end_of_the_host_does_not_wait_for_what_is_being_opened() {
    let rig = Rig::new().await;
    let mut client = rig.waiting().await;
    rig.terminals.shutdown().await;
    assert_eq!(client.code().await, "api-terminal-stopping");
    assert_eq!(client.closed().await.0, 1012);
    rig.audit.until("on node slow did not open").await;
}

#[tokio::test]
async fn who_hangs_up_before_it_is_open_gives_the_place_back() {
    let rig = Rig::new().await;
    let mut client = rig.waiting().await;
    client.ping().await;
    client.send(Message::Close(None)).await;
    rig.audit.until("on node slow did not open").await;
    rig.emptied().await;
    assert!(client.is_closed().await, "and is answered");
}

#[tokio::test]
async fn what_does_not_open_is_given_up() {
    let rig = Rig::new().await;
    let mut client = rig.waiting().await;
    assert_eq!(rig.hurry(client.code()).await, "api-terminal-late");
    rig.emptied().await;
}

#[tokio::test]
async fn what_is_typed_before_it_is_open_is_typed_then() {
    let rig = Rig::new().await;
    let mut client = rig.waiting().await;
    client.say(r#"{"resize":{"cols":100,"rows":30}}"#).await;
    client.type_in("echo ear''ly; stty size\r").await;
    client.ping().await;
    rig.opens.send_replace(true);
    assert!(client.word().await["opened"].is_object());
    client.hear("\r\nearly\r\n30 100\r\n").await;
}

#[tokio::test]
async fn the_end_of_the_host_waits_for_nothing_for_ever() {
    let rig = Rig::new().await;
    let _client = rig.shell("alice").await;
    rig.audit.stalls.store(true, Ordering::Relaxed);
    rig.hurry(rig.terminals.shutdown()).await;
    assert_eq!(rig.terminals.open_now(), 1, "it waits for its line in the audit log");
}
