//! What goes wrong on demand.

use std::time::Duration;

use super::*;
use crate::access::{ACT_TOKEN, READ_TOKEN};

const START: &str = "/nodes/home/qemu/102/status/start";

#[tokio::test]
async fn a_door_hangs_until_the_fault_is_taken_back() {
    let bench = Bench::new().await;
    bench.make("https hang");
    let read = bench.home().token(READ_TOKEN);
    let asked = tokio::spawn(async move { read.get("/version").await });
    bench.until(|cluster| !cluster.calls.is_empty()).await;
    bench.clock.advance(Duration::from_secs(3600));
    tokio::task::yield_now().await;
    assert!(!asked.is_finished());
    bench.make("https ok");
    assert_eq!(asked.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_silent_door_does_not_even_say_hello() {
    let bench = Bench::new().await;
    bench.make("https silent home");
    let read = bench.home().token(READ_TOKEN);
    let asked = tokio::spawn(async move { read.get("/version").await });
    assert_eq!(bench.client("pve2").token(READ_TOKEN).get("/version").await.status, 200);
    bench.clock.advance(Duration::from_secs(3600));
    tokio::task::yield_now().await;
    assert!(!asked.is_finished());
    bench.make("https ok home");
    assert_eq!(asked.await.unwrap().status, 200);
}

#[tokio::test]
async fn babble_is_no_http_and_nothing_was_done() {
    let bench = Bench::new().await;
    bench.make("https babble");
    let failed = bench.home().token(ACT_TOKEN).ask("POST", START, "").await;
    assert!(failed.is_err(), "{failed:?}");
    assert!(bench.simulator.look(|cluster, _| cluster.tasks.is_empty()));
}

#[tokio::test]
async fn a_flood_comes_for_as_long_as_somebody_reads() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bench = Bench::new().await;
    bench.make("https flood");
    let mut stream = bench.home().connect().await.unwrap();
    stream.write_all(b"GET /api2/json/version HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut bytes = vec![0; 4 << 20];
    stream.read_exact(&mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200 OK"));
    drop(stream);
    bench.make("https ok");
    assert_eq!(bench.home().token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn a_slow_door_answers_after_its_time() {
    let bench = Bench::new().await;
    bench.make("https slow 250 home");
    let read = bench.home().token(READ_TOKEN);
    let asked = tokio::spawn(async move { read.get("/version").await });
    bench.until(|cluster| !cluster.calls.is_empty()).await;
    assert!(!asked.is_finished());
    while !asked.is_finished() {
        bench.clock.advance(Duration::from_millis(250));
        tokio::task::yield_now().await;
    }
    assert_eq!(asked.await.unwrap().status, 200);
    assert_eq!(bench.client("pve2").token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn garbage_is_a_success_without_json() {
    let bench = Bench::new().await;
    bench.make("https garbage");
    let answer = bench.home().token(ACT_TOKEN).post(START, "").await;
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err());
    assert!(bench.simulator.look(|cluster, _| cluster.tasks.is_empty()));
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_comes_was_carried_out() {
    for how in ["half", "lose"] {
        let bench = Bench::new().await;
        bench.make(&format!("https {how} home"));
        let act = bench.home().token(ACT_TOKEN);
        let failed = act.ask("POST", START, "").await;
        assert!(failed.is_err(), "{how}: {failed:?}");
        bench.until(|cluster| cluster.tasks.iter().all(|task| task.ended.is_some())).await;
        assert_eq!(bench.simulator.look(|cluster, _| cluster.tasks.len()), 1, "{how}");
        bench.make("https ok");
        let status = act.get("/nodes/home/qemu/102/status/current").await.data();
        assert_eq!(status["status"], "running", "{how}");
    }
}

#[tokio::test]
async fn half_an_answer_is_half_of_what_was_promised() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bench = Bench::new().await;
    bench.make("https half");
    let mut stream = bench.home().connect().await.unwrap();
    let head = format!(
        "GET /api2/json/cluster/resources HTTP/1.1\r\nHost: x\r\nAuthorization: \
         PVEAPIToken={READ_TOKEN}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // It ends without the close_notify of TLS, which is an error.
    assert!(stream.read_to_end(&mut bytes).await.is_err());
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let promised: usize = promised.parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!(body.len(), promised / 2);
}

#[tokio::test]
async fn tickets_expire_on_demand() {
    let bench = Bench::new().await;
    let root = bench.home().user("root@pam").await;
    assert_eq!(root.get("/version").await.status, 200);
    bench.make("tickets expire");
    let answer = root.get("/version").await;
    assert_eq!(
        (answer.status, answer.reason.as_str()),
        (401, "permission denied - invalid PVE ticket")
    );
    assert_eq!(bench.home().user("root@pam").await.get("/version").await.status, 200);
    assert_eq!(bench.home().token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn another_certificate_is_refused_by_who_pinned_the_first() {
    use tokio::io::AsyncReadExt;
    let bench = Bench::new().await;
    let pinned = bench.home().token(READ_TOKEN);
    let mut open = pinned.connect().await.unwrap();
    let told = bench.make("certificate home new");
    // A connection that was open is closed.
    assert!(!matches!(open.read(&mut [0; 1]).await, Ok(n) if n > 0));
    let failed = pinned.ask("GET", "/version", "").await.unwrap_err();
    assert!(failed.to_string().contains("certificate"), "{failed}");
    let again = bench.home().token(READ_TOKEN).get("/nodes").await.data();
    assert!(told.contains(again[0]["ssl_fingerprint"].as_str().unwrap()), "{told}");
    assert_eq!(bench.client("pve2").token(READ_TOKEN).get("/version").await.status, 200);
}

#[tokio::test]
async fn a_dead_node_answers_nothing_and_is_595_through_another() {
    let bench = Bench::new().await;
    let far = bench.client("pve3").token(READ_TOKEN);
    let open = far.connect().await.unwrap();
    bench.make("node pve3 down");
    assert!(far.ask("GET", "/version", "").await.is_err());
    drop(open);
    let home = bench.home().token(READ_TOKEN);
    for path in ["/nodes/pve3/status", "/nodes/pve3/qemu", "/nodes/pve3/qemu/115/config"] {
        let answer = home.get(path).await;
        assert_eq!((answer.status, answer.reason.as_str()), (595, "No route to host"), "{path}");
    }
    // Answered by the node that was asked.
    assert_eq!(home.get("/nodes/pve3/rrddata?timeframe=hour").await.status, 200);
    assert_eq!(home.get("/cluster/resources").await.status, 200);
    bench.make("node pve3 up");
    assert_eq!(far.get("/version").await.status, 200);
}

#[tokio::test]
async fn a_node_that_hangs_is_596_through_another_after_half_a_minute() {
    let bench = Bench::new().await;
    bench.make("https hang pve3");
    let ask = || {
        let home = bench.home().token(READ_TOKEN);
        tokio::spawn(async move { home.get("/nodes/pve3/status").await })
    };
    let asked = ask();
    bench.until(|cluster| !cluster.calls.is_empty()).await;
    while !asked.is_finished() {
        bench.clock.advance(Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
    let answer = asked.await.unwrap();
    assert_eq!((answer.status, answer.reason.as_str()), (596, "Connection timed out"));
    let asked = ask();
    bench.until(|cluster| cluster.calls.len() > 1).await;
    bench.make("https ok pve3");
    assert_eq!(asked.await.unwrap().status, 200);
}

#[tokio::test]
async fn faults_of_doors_that_are_not_there_are_refused() {
    let bench = Bench::new().await;
    for words in [&["https", "hang", "ghost"][..], &["certificate", "ghost", "new"]] {
        assert!(bench.simulator.fault(&Fault::parse(words).unwrap()).is_err(), "{words:?}");
    }
    let closed = Simulator::new(Cluster::home(NOW), bench.clock.clone(), Timing::INSTANT);
    let error = closed.fault(&Fault::parse(&["certificate", "home", "new"]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("--https"), "{error}");
}

#[tokio::test]
async fn a_refusal_takes_its_time() {
    let bench = Bench::timed(Timing { refusal: Duration::from_secs(3), ..Timing::INSTANT }).await;
    let nobody = bench.home();
    let asked = tokio::spawn(async move { nobody.get("/version").await });
    bench.until(|cluster| !cluster.calls.is_empty()).await;
    assert!(!asked.is_finished());
    while !asked.is_finished() {
        bench.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(asked.await.unwrap().status, 401);
    assert_eq!(bench.home().token(READ_TOKEN).get("/version").await.status, 200);
}
