//! Who has a terminal, and until when.

use std::time::Duration;

use jarvis_domain::Role;
use jarvis_policy::ConsoleRule;

use super::super::supervise::LOST;
use super::rig::{IDLE, PROMPT, Rig};

#[tokio::test]
async fn a_lost_terminal_is_found_again_by_its_owner_alone() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    let text = client.run("X=kept; echo se''en").await;
    assert!(text.contains("seen\r\n"), "{text}");
    let seen = PROMPT.len() + text.len();
    let id = client.lose();
    let session = format!("session={id}");
    let refused = rig.connect("bob", &session).await.err().unwrap();
    assert_eq!(refused["code"], "api-terminal-not-yours");
    rig.audit.until("user:bob@pam was refused the terminal").await;
    // Whoever has less of a role by now.
    let refused = rig.connect("alice-viewer", &session).await.err().unwrap();
    assert_eq!(refused["code"], "policy-console-role");
    rig.clock.advance(LOST - Duration::from_secs(1));
    let mut client = rig.client("alice", &session).await;
    assert_eq!((&client.opened["resumed"], &client.opened["from"]), (&true.into(), &0.into()));
    client.hear(&text).await;
    let shown = client.run("echo $X").await;
    assert!(shown.contains("\r\nkept\r\n"), "{shown}");
    client.lose();
    // One that has shown some of it already is shown the rest.
    let mut client = rig.client("alice", &format!("{session}&from={seen}")).await;
    assert_eq!(client.opened["from"], seen);
    let rest = client.hear(PROMPT).await;
    assert_eq!(rest, shown, "and nothing before it");
}

#[tokio::test]
async fn one_window_at_a_time_has_it() {
    let rig = Rig::new().await;
    let mut first = rig.shell("alice").await;
    let mut second = rig.client("alice", &format!("session={}", first.id)).await;
    assert_eq!(first.code().await, "api-terminal-taken-over");
    // What was shown before.
    second.hear(PROMPT).await;
    let shown = second.run("echo mi''ne").await;
    assert!(shown.contains("\r\nmine\r\n"), "{shown}");
    // That the first one went is no loss of the second.
    rig.clock.advance(LOST * 2);
    let shown = second.run("echo st''ill").await;
    assert!(shown.contains("\r\nstill\r\n"), "{shown}");
}

#[tokio::test]
async fn a_terminal_that_nobody_comes_back_to_ends() {
    let rig = Rig::new().await;
    let client = rig.shell("alice").await;
    let id = client.lose();
    let session = rig.terminals.places.find(id.parse().unwrap()).unwrap();
    let mut hold = session.hold.subscribe();
    hold.wait_for(|hold| hold.lost.is_some()).await.unwrap();
    drop(session);
    rig.hurry(async {
        rig.clock.advance(LOST);
        rig.audit.until("was not come back to").await;
        rig.emptied().await;
    })
    .await;
    let gone = rig.connect("alice", &format!("session={id}")).await.err().unwrap();
    assert_eq!(gone["code"], "api-terminal-not-found");
}

#[tokio::test]
async fn a_terminal_where_nothing_happens_ends() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    // The client answers pings, which is nothing that happens.
    rig.hurry(async {
        rig.clock.advance(IDLE - Duration::from_secs(60));
        let shown = client.run("echo bu''sy").await;
        assert!(shown.contains("\r\nbusy\r\n"), "{shown}");
    })
    .await;
    assert_eq!(rig.terminals.open_now(), 1);
    rig.clock.advance(IDLE);
    assert_eq!(client.code().await, "api-terminal-idle");
    rig.audit.until("was idle for 30 min").await;
}

#[tokio::test]
async fn it_ends_with_its_owners_sign_in() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.type_in("yes\r").await;
    client.hear("y\r\ny\r\n").await;
    rig.end_lives();
    while client.code_or_bytes().await.is_none_or(|code| code != "api-terminal-signed-out") {}
    rig.audit.until("went with its owner's sign-in").await;
    rig.hurry(rig.emptied()).await;
    let late = rig.connect("alice", "node=pve2").await.err();
    assert_eq!(late.unwrap()["code"], "api-terminal-signed-out");
}

#[tokio::test]
async fn who_may_not_is_refused_and_written_down() {
    let rig = Rig::new().await;
    let check = async |rig: &Rig, who: &str, query: &str, expected: &str| {
        let refused = rig.connect(who, query).await.err().unwrap();
        assert_eq!(refused["code"], expected, "{who} {query}");
    };
    check(&rig, "bob-operator", "node=pve2", "policy-console-role").await;
    rig.audit.until("user:bob@pam was refused a terminal on node pve2").await;
    check(&rig, "alice", "node=home", "policy-console-own-node").await;
    check(&rig, "alice", "node=pve2&cluster=lab", "api-terminal-no-cluster").await;
    let none = jarvis_domain::TerminalId::new();
    check(&rig, "alice", &format!("session={none}"), "api-terminal-not-found").await;
    for node in ["nowhere", "relative"] {
        check(&rig, "alice", &format!("node={node}"), "api-terminal-start").await;
    }
    rig.audit.until("on node nowhere did not open").await;
    *rig.audit.fails.lock().unwrap() = true;
    check(&rig, "alice", "node=pve2", "api-terminal-unrecorded").await;
    assert_eq!(rig.terminals.open_now(), 0);
    let rig = Rig::with(ConsoleRule { least: Role::Operator, local: true }).await;
    rig.client("bob-operator", "node=home").await;
}

#[tokio::test]
async fn so_many_a_person_and_no_more() {
    let rig = Rig::new().await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(rig.shell("alice").await);
    }
    let fifth = rig.connect("alice", "node=pve2").await.err().unwrap();
    assert_eq!(fifth["code"], "api-terminal-too-many-own");
    rig.shell("bob").await;
    // One that is ended gives its place back.
    let mut first = held.remove(0);
    first.say(r#"{"end":{}}"#).await;
    first.word().await;
    rig.hurry(rig.audit.until("was closed by its owner")).await;
    while rig.connect("alice", "node=pve2").await.is_err() {}
}
