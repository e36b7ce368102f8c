//! What is typed and shown.

use super::rig::{PROMPT, Rig};

#[tokio::test]
async fn what_is_typed_is_run_and_shown() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    assert_eq!(client.opened["cols"], 80);
    let shown = client.run("echo $((40 + 2)) $TERM $MARK").await;
    assert!(shown.contains("42 xterm-256color of cluster\r\n"), "{shown}");
    // Nothing of this process's own environment.
    let shown = client.run("env | grep -c -i cargo").await;
    assert!(shown.contains("\r\n0\r\n"), "{shown}");
    let shown = client.run("tty").await;
    assert!(shown.contains("/dev/pts/"), "{shown}");
    client.type_in("exit 7\r").await;
    let word = client.word().await;
    assert_eq!(word["exit"]["status"], 7, "{word}");
    assert_eq!(client.closed().await.0, 1000);
    let closed = rig.audit.until("ended with exit status 7").await;
    assert!(closed.starts_with("user:alice@pam the terminal ") && closed.contains(" on node pve2"));
    assert!(closed.contains(" bytes shown, ") && !closed.contains(" 0 typed"), "{closed}");
}

#[tokio::test]
async fn a_program_learns_of_its_size() {
    let rig = Rig::new().await;
    let mut client = rig.client("alice", "node=pve2&cols=100&rows=30").await;
    client.hear(PROMPT).await;
    let shown = client.run("stty size").await;
    assert!(shown.contains("\r\n30 100\r\n"), "{shown}");
    client.run("trap 'stty size' WINCH").await;
    client.say(r#"{"resize":{"cols":132,"rows":50}}"#).await;
    client.type_in("\r").await;
    client.hear("50 132\r\n").await;
}

#[tokio::test]
async fn the_last_that_a_program_shows_comes_before_its_end() {
    let rig = Rig::new().await;
    let mut client = rig.client("alice", "node=brief").await;
    let word = client.word().await;
    assert_eq!((client.seen.as_str(), &word["exit"]["status"]), ("done", &3.into()));
    rig.emptied().await;
}

#[tokio::test]
async fn a_console_that_runs_elsewhere_is_the_same() {
    let rig = Rig::new().await;
    let mut client = rig.client("alice", "node=far").await;
    client.type_in("ls").await;
    client.hear("LS").await;
    client.say(r#"{"resize":{"cols":90,"rows":20}}"#).await;
    client.hear("90x20").await;
    let id = client.lose();
    let mut client = rig.client("alice", &format!("session={id}&cols=90&rows=20")).await;
    client.hear("LS90x20").await;
    client.type_in("bye").await;
    assert!(client.word().await["exit"].is_object());
    rig.audit.until("ended by itself").await;
}

#[tokio::test]
async fn its_owner_can_end_it() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.say(r#"{"end":{}}"#).await;
    assert!(client.word().await["exit"].is_object());
    rig.audit.until("was closed by its owner").await;
    rig.hurry(rig.emptied()).await;
}
