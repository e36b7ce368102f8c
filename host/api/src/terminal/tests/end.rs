//! Nothing of a terminal stays.

use super::rig::Rig;

/// Whether a process is there, dead and not waited for included.
fn is_there(pid: &str) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

/// The number after this in what was shown.
fn number(text: &str, after: &str) -> String {
    let (_, rest) = text.rsplit_once(after).unwrap();
    rest.chars().take_while(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn processes_that_ignore_the_hang_up_go_as_well() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    // In a group of its own, as shells with job control put it.
    client
        .type_in("set -m; (trap '' HUP TERM; echo chi''ld=$(sh -c 'echo $PPID'); sleep 1000) &\r")
        .await;
    let text = client.hear("child=").await + &client.hear("\r\n").await;
    let child = number(&text, "child=");
    client.type_in("echo shell=$$ e''nd\r").await;
    let shell = number(&client.hear(" end\r\n").await, "shell=");
    assert!(is_there(&child) && is_there(&shell), "{child} {shell}");
    client.say(r#"{"end":{}}"#).await;
    rig.hurry(rig.emptied()).await;
    assert!(!is_there(&shell), "{shell} was not waited for");
    // It is another's child by now, who has to wait for it.
    while std::fs::read_to_string(format!("/proc/{child}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_stands_half_typed_is_not_run_at_the_end() {
    let rig = Rig::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let mut client = rig.shell("alice").await;
    client.run("trap '' HUP").await;
    let typed = format!("touch {}", mark.display());
    client.type_in(&typed).await;
    client.hear(&typed).await;
    client.say(r#"{"end":{}}"#).await;
    rig.hurry(rig.emptied()).await;
    assert!(!mark.exists());
}

#[tokio::test]
async fn the_hosts_end_is_told_and_waited_for() {
    let rig = Rig::new().await;
    let mut client = rig.shell("alice").await;
    client.type_in("echo shell=$$ e''nd\r").await;
    let shell = number(&client.hear(" end\r\n").await, "shell=");
    let lost = rig.shell("bob").await.lose();
    rig.hurry(rig.terminals.shutdown()).await;
    assert!(!is_there(&shell));
    assert_eq!(client.code().await, "api-terminal-stopping");
    assert_eq!(client.closed().await.0, 1012);
    rig.audit.until(&format!("the terminal {lost} on node pve2 went with the host")).await;
    let late = rig.connect("alice", "node=pve2").await.err().unwrap();
    assert_eq!(late["code"], "api-terminal-stopping");
}
