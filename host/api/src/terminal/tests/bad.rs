//! Frames that nobody should send.

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::socket::MOST;
use super::super::{MAX_MESSAGE, keys};
use super::rig::Rig;

#[tokio::test]
async fn what_is_no_control_is_told_and_does_no_harm() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    for (text, code) in [
        ("ls", "api-terminal-control"),
        ("", "api-terminal-control"),
        (r#"{"run":"reboot"}"#, "api-terminal-control"),
        (r#"{"resize":{"cols":-1,"rows":5}}"#, "api-terminal-control"),
        (&"[".repeat(100_000), "api-terminal-control"),
        (&"[".repeat(MOST + 1), "api-terminal-frame-too-long"),
        (r#"{"resize":{"cols":0,"rows":24}}"#, "api-terminal-size"),
        (r#"{"resize":{"cols":80,"rows":4000000000}}"#, "api-terminal-size"),
        (r#"{"ack":18446744073709551615}"#, "api-terminal-ack"),
    ] {
        client.say(text).await;
        assert_eq!(client.code().await, code, "{text:.40}");
    }
    for cols in 1..=101 {
        client.say(&format!(r#"{{"resize":{{"cols":{cols},"rows":24}}}}"#)).await;
    }
    assert_eq!(client.code().await, "api-terminal-too-fast");
    client.send(Message::binary(vec![b'x'; MOST + 1])).await;
    assert_eq!(client.code().await, "api-terminal-frame-too-long");
    client.send(Message::binary(Vec::new())).await;
    client.type_in("stty size\r").await;
    client.hear("\r\n24 100\r\n").await;
}

#[tokio::test]
async fn more_keys_than_are_kept_are_told() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.type_in("stty raw -echo; echo ra''w; sleep 1000\r").await;
    client.hear("raw").await;
    let chunk = vec![b'x'; MOST];
    for _ in 0..=keys::MOST / chunk.len() + 1 {
        client.send(Message::binary(chunk.clone())).await;
    }
    assert_eq!(client.code().await, "api-terminal-keys-full");
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_socket_and_not_the_terminal() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.send(Message::binary(vec![b'x'; MAX_MESSAGE + 1])).await;
    assert_eq!(client.code().await, "api-terminal-frame-too-long");
    let mut client = rig.client("alice", &format!("session={}", client.id)).await;
    client.type_in("echo th''ere\r").await;
    client.hear("\r\nthere\r\n").await;
}

#[tokio::test]
async fn frames_after_the_close_are_for_nobody() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    let close = CloseFrame { code: CloseCode::Normal, reason: "enough".into() };
    client.send(Message::Close(Some(close))).await;
    assert!(client.try_send(Message::binary(b"echo late\r".to_vec())).await.is_err());
    assert_eq!(client.closed().await, (1000, "enough".to_owned()), "a close is answered");
    let mut client = rig.client("alice", &format!("session={}", client.id)).await;
    client.type_in("echo th''ere\r").await;
    assert!(!client.hear("\r\nthere\r\n").await.contains("late"));
}

#[tokio::test]
async fn frames_out_of_order_end_the_socket_and_neither_terminal_nor_neighbour() {
    let rig = Rig::new().await;
    let mut neighbour = rig.shell("bob").await;
    let mut client = rig.shell("alice").await;
    for (what, frames) in [
        ("a continuation of nothing", &[0x80, 0x81, 0, 0, 0, 0, b'x'][..]),
        ("a beginning within another", &[0x02, 0x80, 0, 0, 0, 0, 0x02, 0x80, 0, 0, 0, 0]),
        ("a ping in two pieces", &[0x09, 0x80, 0, 0, 0, 0]),
        ("a frame without a mask", &[0x82, 0x01, b'x']),
        ("an unknown kind", &[0x83, 0x80, 0, 0, 0, 0]),
        ("a close of one byte", &[0x88, 0x81, 0, 0, 0, 0, 3]),
    ] {
        client.raw(frames).await;
        assert_eq!(client.code().await, "api-terminal-protocol", "{what}");
        let shown = neighbour.run("echo me''anwhile").await;
        assert!(shown.contains("\r\nmeanwhile\r\n"), "{shown}");
        client = rig.client("alice", &format!("session={}", client.id)).await;
    }
    client.type_in("echo th''ere\r").await;
    assert!(!client.hear("\r\nthere\r\n").await.contains('x'));
}

#[tokio::test]
async fn what_is_no_websocket_is_told() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    // A frame with all reserved bits set; then text that is no UTF-8.
    client.raw(&[0xf2, 0x80, 1, 2, 3, 4]).await;
    assert_eq!(client.code().await, "api-terminal-protocol");
    let mut client = rig.client("alice", &format!("session={}", client.id)).await;
    client.raw(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]).await;
    while client.code_or_bytes().await.is_none_or(|code| code != "api-terminal-protocol") {}
}
