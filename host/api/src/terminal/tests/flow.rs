//! Endless output.

use super::super::output::{KEPT, Next};
use super::rig::{Client, Rig};

/// Lets output come until the program has to wait.
async fn full(rig: &Rig, client: &Client) {
    let session = rig.terminals.places.find(client.id.parse().unwrap()).unwrap();
    while !session.output.is_full() {
        tokio::task::yield_now().await;
    }
    assert!(session.output.held() <= KEPT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_output_waits_for_its_reader_and_heeds_ctrl_c() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.type_in("yes\r").await;
    // Nobody reads: the window, and what the connection itself holds.
    full(&rig, &client).await;
    let session = rig.terminals.places.find(client.id.parse().unwrap()).unwrap();
    let shown = session.output.total();
    client.type_in("\u{3}").await;
    // What was typed before is thrown away with it, by the terminal itself.
    client.hear("$ ").await;
    client.type_in("echo aft''er\r").await;
    client.hear("\r\nafter\r\n").await;
    // What was on its way comes, and no more of it.
    assert!(session.output.total() < shown + 4 * KEPT as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_says_what_it_shows_is_waited_for() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.say(r#"{"ack":1}"#).await;
    client.type_in("yes\r").await;
    let mut got = 0_usize;
    let session = rig.terminals.places.find(client.id.parse().unwrap()).unwrap();
    while got < 1024 * 1024 - 8192 {
        got += client.frame().await;
    }
    full(&rig, &client).await;
    client.say(r#"{"ack":1000000}"#).await;
    while got < 1024 * 1024 + 500_000 {
        got += client.frame().await;
    }
    full(&rig, &client).await;
    assert!(session.output.total() < 2 * 1024 * 1024 + 200_000);
    client.say(r#"{"ack":10000000000}"#).await;
    assert_eq!(client.code().await, "api-terminal-ack");
    client.type_in("\u{3}").await;
    client.say(r#"{"ack":500000}"#).await;
    client.hear("$ ").await;
    client.type_in("echo aft''er\r").await;
    client.hear("\r\nafter\r\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_client_a_program_goes_on_and_the_last_is_kept() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.type_in("seq 1 300000; echo ready''now\r").await;
    client.hear("\r\n1000\r\n").await;
    let id = client.lose();
    let session = rig.terminals.places.find(id.parse().unwrap()).unwrap();
    let over = b"readynow".as_slice();
    loop {
        let (reader, _) = session.output.attach(None);
        let mut text = Vec::new();
        while let Next::Bytes(bytes) = tokio::select! {
            biased;
            next = session.output.next(reader) => next,
            () = tokio::task::yield_now() => Next::Over,
        } {
            text.extend(bytes);
        }
        session.output.detach(reader);
        if text.windows(over.len()).any(|part| part == over) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let mut client = rig.client("alice", &format!("session={id}")).await;
    assert_eq!(client.opened["resumed"], true);
    let from = client.opened["from"].as_u64().unwrap();
    let text = client.hear("readynow").await;
    assert!(from > 0 && text.len() > KEPT - 64 * 1024 && text.len() <= KEPT);
    assert!(text.contains("\r\n300000\r\n") && !text.contains("\r\n1000\r\n"));
}
