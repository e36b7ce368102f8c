//! Terminals that work.

use super::*;
use crate::access::{PASSWORD, ROOT_TOKEN};

const PROMPT: &str = "root@home:~# ";

#[tokio::test]
async fn root_has_a_shell_at_once() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    assert_eq!((open.port, open.user.as_str()), (5900, "root@pam"));
    assert!(open.upid.starts_with("UPID:home:"), "{}", open.upid);
    assert!(open.upid.ends_with(":vncshell::root@pam:"), "{}", open.upid);
    let path = format!("/nodes/home/tasks/{}/status", encode(&open.upid));
    assert_eq!(root.get(&path).await.data()["status"], "running");
    let mut talk = open.talk(&root).await;
    talk.hear(PROMPT).await;
    talk.send("1:120:40:").await;
    talk.send("2").await;
    talk.type_in("hostn").await;
    assert_eq!(talk.hear("hostn").await, "hostn");
    talk.type_in("x\x7fame\r").await;
    assert_eq!(talk.hear(PROMPT).await, format!("x\x08 \x08ame\r\nhome\r\n{PROMPT}"));
    talk.type_in("echo 'a b'; nosuch\r").await;
    let shown = talk.hear(PROMPT).await;
    assert!(shown.contains("\r\na b\r\nbash: line 1: nosuch: command not found\r\n"), "{shown}");
    talk.type_in("abc\x03").await;
    assert_eq!(talk.hear(PROMPT).await, format!("abc^C\r\n{PROMPT}"));
    talk.type_in("exit\r").await;
    assert_eq!(talk.end().await, "exit\r\nlogout\r\n");
    let (result, log) = bench.over(&open.upid).await;
    assert_eq!(result.as_deref(), Some("OK"));
    assert_eq!(log, "client connection: 127.0.0.1\nTASK OK\n");
    let calls = bench.make("calls");
    assert!(calls.contains("\"argv\":[\"hostname\"]"), "{calls}");
    assert!(!calls.contains("PVEVNC"), "{calls}");
}

#[tokio::test]
async fn ctrl_d_and_a_client_that_goes_end_it_too() {
    for leaves in [false, true] {
        let bench = Bench::new().await;
        let root = root(&bench).await;
        let open = Open::new(&root, "/nodes/home", "").await;
        let mut talk = open.talk(&root).await;
        talk.hear(PROMPT).await;
        if leaves {
            talk.socket.close(None).await.unwrap();
        } else {
            talk.type_in("\x04").await;
            assert_eq!(talk.end().await, "logout\r\n");
        }
        assert_eq!(bench.over(&open.upid).await.0.as_deref(), Some("OK"));
    }
}

#[tokio::test]
async fn an_upgrade_runs_line_by_line_and_can_be_interrupted() {
    let bench = Bench::timed(Timing { work: 100, ..Timing::INSTANT }).await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "cmd=upgrade").await;
    let mut talk = open.talk(&root).await;
    talk.hear("Do you want to continue? [Y/n] ").await;
    talk.type_in("y\r").await;
    talk.hear("Reading package lists...").await;
    // What is typed ahead is read afterwards, and Ctrl-C throws it away.
    talk.type_in("nproc\r").await;
    talk.type_in("\x03uptime -p\r").await;
    talk.hear("^C\r\n").await;
    let shown = talk.hear("up 2 days").await;
    assert!(!shown.contains("nproc"), "{shown}");
    let lock = bench.simulator.look(|cluster, _| cluster.nodes[0].apt.lock.is_none());
    assert!(lock, "dpkg's lock is still held");
}

#[tokio::test]
async fn a_token_signs_in_at_the_node() {
    let bench = Bench::new().await;
    let token = bench.home().token(ROOT_TOKEN);
    let open = Open::new(&token, "/nodes/home", "cmd=upgrade").await;
    assert_eq!(open.user, "root@pam!all");
    let mut talk = open.talk(&token).await;
    talk.hear("home login: ").await;
    talk.type_in("root\r").await;
    talk.hear("Password: ").await;
    talk.type_in(&format!("{PASSWORD}\r")).await;
    let shown = talk.hear(PROMPT).await;
    assert!(!shown.contains(PASSWORD), "{shown}");
}

#[tokio::test]
async fn another_nodes_shell_is_reached_from_the_one_that_was_asked() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/pve2", "").await;
    assert!(open.upid.starts_with("UPID:home:"), "{}", open.upid);
    // The port is the first node's.
    let ticket = root.clone();
    let elsewhere = bench.client("pve2").user("root@pam").await;
    assert!(elsewhere.websocket(&open.url()).await.is_err());
    let mut talk = open.talk(&ticket).await;
    talk.hear("root@pve2:~# ").await;
    talk.type_in("hostname\r").await;
    talk.hear("pve2\r\n").await;
    bench.make("node pve2 down");
    talk.end().await;
    assert_eq!(bench.over(&open.upid).await.0.as_deref(), Some("received interrupt"));
}

#[tokio::test]
async fn guests_have_consoles() {
    let bench = Bench::new().await;
    let operator = bench.home().user("operator@pve").await;
    let open = Open::new(&operator, "/nodes/home/lxc/104", "").await;
    assert!(open.upid.ends_with(":vncproxy:104:operator@pve:"), "{}", open.upid);
    let mut talk = open.talk(&operator).await;
    talk.hear("pihole login: ").await;
    let serial = Open::new(&operator, "/nodes/home/qemu/103", "serial=serial0").await;
    assert_eq!(serial.port, 5900, "the first one's port is free again");
    let mut talk = serial.talk(&operator).await;
    talk.hear("database login: ").await;
    let none = Open::new(&operator, "/nodes/home/qemu/101", "").await;
    let told = none.talk(&operator).await.end().await;
    assert_eq!(told, "unable to find a serial interface\r\n");
    assert_eq!(bench.over(&none.upid).await.0.as_deref(), Some("OK"));
    let config = bench.home().token(ROOT_TOKEN).get("/nodes/home/qemu/103/config").await.data();
    assert_eq!(config["serial0"], "socket");
}

#[tokio::test]
async fn a_door_that_misbehaves_does_so_in_its_terminals() {
    for how in ["lose", "half", "garbage", "flood", "hang"] {
        let bench = Bench::new().await;
        let root = root(&bench).await;
        let open = Open::new(&root, "/nodes/home", "").await;
        let mut talk = open.talk(&root).await;
        talk.hear(PROMPT).await;
        bench.make(&format!("https {how}"));
        talk.type_in("hostname\r").await;
        match how {
            "lose" => assert_eq!(talk.end().await, ""),
            "half" => assert_eq!(talk.end().await, "hostn"),
            "garbage" => assert!(talk.hear("owned").await.starts_with('\x1b')),
            "flood" => {
                talk.hear(&"x".repeat(1 << 20)).await;
            }
            _ => {
                bench.clock.advance(Duration::from_secs(600));
                bench.make("https ok");
                assert_eq!(talk.hear(PROMPT).await, format!("hostname\r\nhome\r\n{PROMPT}"));
            }
        }
    }
}

#[tokio::test]
async fn a_stopped_task_and_a_lost_node_end_it() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut talk = open.talk(&root).await;
    talk.hear(PROMPT).await;
    let path = format!("/nodes/home/tasks/{}", encode(&open.upid));
    assert_eq!(root.ask("DELETE", &path, "").await.unwrap().status, 200);
    talk.end().await;
    assert_eq!(bench.over(&open.upid).await.0.as_deref(), Some("received interrupt"));
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut talk = open.talk(&root).await;
    talk.hear(PROMPT).await;
    bench.make("node home down");
    talk.end().await;
    assert_eq!(bench.over(&open.upid).await.0.as_deref(), Some("unexpected status"));
}
