//! Terminals that are refused or cut, and what a client may do wrong.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::access::READ_TOKEN;

#[tokio::test]
async fn who_may_not_has_no_terminal() {
    let bench = Bench::new().await;
    let operator = bench.home().user("operator@pve").await;
    let read = bench.home().token(READ_TOKEN);
    for (client, path, what) in [
        (&operator, "/nodes/home", "/nodes/home, Sys.Console"),
        (&operator, "/nodes/pve3/qemu/115", "/vms/115, VM.Console"),
        (&read, "/nodes/home", "/nodes/home, Sys.Console"),
        (&read, "/nodes/home/lxc/104", "/vms/104, VM.Console"),
    ] {
        let expected = format!("Permission check failed ({what})");
        let answer = client.post(&format!("{path}/termproxy"), "").await;
        assert_eq!((answer.status, &answer.reason), (403, &expected), "{path}");
        let answer = client.get(&format!("{path}/vncwebsocket?port=5900&vncticket=x")).await;
        assert_eq!((answer.status, &answer.reason), (403, &expected), "{path}");
    }
    assert_eq!(bench.home().post("/nodes/home/termproxy", "").await.status, 401);
    let root = root(&bench).await;
    for (path, form, status) in [
        ("/nodes/home", "cmd=rm", 400),
        ("/nodes/home", "cmd-opts=x", 400),
        ("/nodes/home/qemu/103", "serial=serial9", 400),
        ("/nodes/home/lxc/104", "serial=serial0", 400),
        ("/nodes/pve2/qemu/103", "", 500),
        ("/nodes/home/lxc/103", "", 500),
    ] {
        let answer = root.post(&format!("{path}/termproxy"), form).await;
        assert_eq!(answer.status, status, "{path} {form}: {answer:?}");
    }
    assert!(bench.simulator.look(|cluster, _| cluster.tasks.is_empty()));
}

#[tokio::test]
async fn a_ticket_is_good_for_its_user_path_and_port_and_not_for_long() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let alice = bench.home().token(crate::access::ROOT_TOKEN);
    let open = Open::new(&root, "/nodes/home", "").await;
    let other = Open::new(&root, "/nodes/home/lxc/104", "").await;
    assert_eq!(other.port, 5901);
    let refused = async |client: &Client, url: &str| {
        status(&client.websocket(url).await.map(drop).unwrap_err())
    };
    assert_eq!(refused(&alice, &open.url()).await, Some(401), "another user");
    assert_eq!(refused(&root, &open.with(5901, &open.ticket)).await, Some(401), "another port");
    assert_eq!(refused(&root, &open.with(5900, &other.ticket)).await, Some(401), "another path");
    assert_eq!(refused(&root, &open.with(5900, "PVEVNC:0::x")).await, Some(401));
    assert_eq!(refused(&root, &open.with(5899, &open.ticket)).await, Some(400));
    assert_eq!(refused(&root, &open.with(5900, &"x".repeat(513))).await, Some(400));
    assert_eq!(refused(&bench.home(), &open.url()).await, Some(401), "nobody");
    let answer = root.get(&open.with(5900, "x")).await;
    assert_eq!(answer.reason, "permission denied - invalid PVEVNC ticket");
    // Without an upgrade it only says that all is well.
    assert_eq!(root.get(&open.url()).await.data(), serde_json::json!({ "port": "5900" }));
    bench.clock.advance(Duration::from_secs(40));
    assert_eq!(refused(&root, &open.url()).await, Some(401), "too old");
}

#[tokio::test]
async fn a_terminal_takes_one_client_and_waits_ten_seconds_for_it() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut talk = open.talk(&root).await;
    talk.hear("# ").await;
    let again = root.websocket(&open.url()).await.map(drop).unwrap_err();
    assert_eq!(status(&again), None, "{again}");
    let late = Open::new(&root, "/nodes/home", "").await;
    bench.clock.advance(Duration::from_secs(10));
    let (result, log) = bench.over(&late.upid).await;
    assert_eq!(
        result.unwrap(),
        "command '/usr/bin/termproxy 5900 --path /nodes/home --perm Sys.Console \
         --vncticket-endpoint --verify-port --ticket-fd 14 -- /bin/login -f root' failed: exit code 1"
    );
    assert!(log.starts_with("failed waiting for client: timed out\n"), "{log}");
    let gone = root.websocket(&late.url()).await.map(drop).unwrap_err();
    assert_eq!(status(&gone), None, "{gone}");
    talk.type_in("hostname\r").await;
    talk.hear("home\r\n").await;
}

#[tokio::test]
async fn ports_run_out_and_come_back() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    for port in 5900..=5999 {
        assert_eq!(Open::new(&root, "/nodes/home", "").await.port, port);
    }
    let answer = root.post("/nodes/home/termproxy", "").await;
    assert_eq!(answer.reason, "unable to find free port (5900-5999)");
    bench.clock.advance(Duration::from_secs(10));
    bench.until(|cluster| cluster.terminals.is_empty()).await;
    assert_eq!(Open::new(&root, "/nodes/home", "").await.port, 5900);
}

#[tokio::test]
async fn what_begins_wrongly_hears_no_ok() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let invalid = "failed reading ticket: authentication data is invalid";
    for (first, why) in [
        (&b"root@pam:PVEVNC:0::x\n"[..], "authentication request failed"),
        (b"root@pam:\n", "authentication request failed"),
        (b"\xff\xfe:\x00\n", "authentication request failed"),
        (b"no colon\n", invalid),
        (&[0xff; 5000], "failed reading ticket: authentication data is incomplete"),
    ] {
        let open = Open::new(&root, "/nodes/home", "").await;
        let mut socket = root.websocket(&open.url()).await.unwrap();
        socket.send(Message::binary(first.to_vec())).await.unwrap();
        assert_eq!(Talk { socket, heard: String::new() }.end().await, "");
        let log = bench.over(&open.upid).await.1;
        assert!(log.contains(&format!("{why}\nTASK ERROR: command ")), "{log}");
    }
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut socket = root.websocket(&open.url()).await.unwrap();
    let line = format!("auditor@pve:{}\n", open.ticket);
    socket.send(Message::binary(line.into_bytes())).await.unwrap();
    assert_eq!(Talk { socket, heard: String::new() }.end().await, "");
}

#[tokio::test]
async fn a_silent_client_is_hung_up_on() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    let socket = root.websocket(&open.url()).await.unwrap();
    let talk = Talk { socket, heard: String::new() };
    let ended = tokio::spawn(talk.end());
    while !ended.is_finished() {
        bench.clock.advance(Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    let log = bench.over(&open.upid).await.1;
    assert!(log.contains("failed reading ticket: timed out"), "{log}");
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut talk = open.talk(&root).await;
    talk.hear("# ").await;
    let ended = tokio::spawn(talk.end());
    while !ended.is_finished() {
        bench.clock.advance(Duration::from_secs(3600));
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.over(&open.upid).await.0.as_deref(), Some("OK"));
}

#[tokio::test]
async fn an_oversized_frame_cuts_the_connection_and_garbage_does_not() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut talk = open.talk(&root).await;
    talk.hear("# ").await;
    for garbage in [&[0xff; 300][..], b"0:-1:", b"1:x:y:", b"9", b"0:18x:", &[0; 300]] {
        talk.send(garbage).await;
    }
    talk.socket.send(Message::Ping(vec![1].into())).await.unwrap();
    assert_eq!(talk.socket.next().await.unwrap().unwrap(), Message::Pong(vec![1].into()));
    talk.socket.send(Message::text("0:6:nproc\r")).await.unwrap();
    talk.hear("\r\n12\r\n").await;
    talk.send(vec![b'2'; 128 * 1024]).await;
    talk.type_in("hostname\r").await;
    talk.hear("home\r\n").await;
    // Cut while it is written, or after it.
    let _ = talk.socket.send(Message::binary(vec![b'2'; 128 * 1024 + 1])).await;
    talk.end().await;
    bench.over(&open.upid).await;
}

#[tokio::test]
async fn an_upgrade_has_to_be_a_right_one() {
    let bench = Bench::new().await;
    let token = crate::access::ROOT_TOKEN;
    let root = bench.home().token(token);
    let open = Open::new(&root, "/nodes/home", "").await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (headers, begin) in [
        ("Upgrade: h2c\r\n".to_owned(), "500 unable to upgrade to protocol 'h2c'"),
        (format!("Upgrade: WebSocket\r\n{key}"), "500 unsupported websocket-version ''"),
        (
            format!("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n{key}"),
            "500 unsupported websocket-version '8'",
        ),
        (
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n".to_owned(),
            "500 missing websocket-key",
        ),
    ] {
        let mut stream = root.connect().await.unwrap();
        let head = format!(
            "GET /api2/json{} HTTP/1.1\r\nHost: x\r\nConnection: close, upgrade\r\n\
             Authorization: PVEAPIToken={token}\r\n{headers}\r\n",
            open.url()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut back = Vec::new();
        let _ = stream.read_to_end(&mut back).await;
        let back = String::from_utf8_lossy(&back);
        assert!(back.starts_with(&format!("HTTP/1.1 {begin}\r\n")), "{headers}: {back}");
    }
    // The terminal still waits.
    open.talk(&root).await;
}

#[tokio::test]
async fn an_unmasked_frame_cuts_the_connection() {
    let bench = Bench::new().await;
    let root = root(&bench).await;
    let open = Open::new(&root, "/nodes/home", "").await;
    let mut socket = root.websocket(&open.url()).await.unwrap();
    socket.get_mut().write_all(b"\x82\x01a").await.unwrap();
    assert_eq!(Talk { socket, heard: String::new() }.end().await, "");
    let log = bench.over(&open.upid).await.1;
    assert!(log.contains("connection closed before authentication"), "{log}");
}
