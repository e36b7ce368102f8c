//! Slow, silent, broken and absent servers.

use std::time::Duration;

use jarvis_domain::Explain;
use jarvis_domain::read::CallErrorKind;
use tokio::net::TcpListener;

use super::*;
use crate::api::testing::Heard;
use crate::testing::nobody;

fn manual() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NOW))
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint { host: "127.0.0.1".to_owned(), port }
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", (64 << 20) + 1);
    for (says, code) in [
        (Says::Bytes(Vec::new()), "cluster-api-interrupted"),
        (Says::Bytes(b"HTTP/1.1 200".to_vec()), "cluster-api-interrupted"),
        (Says::Bytes(format!("{head}{{\"data\":1}}").into()), "cluster-api-interrupted"),
        (Says::Bytes(b"HTTP/1.1 200 OK\r\n\r\n{\"data\":".to_vec()), "cluster-garbled"),
        (Says::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), "cluster-garbled"),
        (Says::Bytes(vec![0; 4096]), "cluster-garbled"),
        (Says::Bytes(huge.into()), "cluster-answer-too-long"),
        (Says::Endless, "cluster-answer-too-long"),
    ] {
        let fake = Fake::new().await;
        fake.on("GET", says.clone());
        let error = get(&client(&fake), "/version").await.unwrap_err();
        assert_eq!(error.row().code, code, "{error}");
        assert_eq!(fake.heard().len(), 1, "{says:?} is not asked twice");
    }
}

#[tokio::test]
async fn a_silent_server_costs_no_more_than_the_time_for_it() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec();
    for (says, path, seconds) in [
        (Says::Hangs(Vec::new()), "/version", 10),
        (Says::Hangs(half), "/version", 10),
        (Says::Hangs(Vec::new()), "/nodes/pve2/qemu/101/status/current", 20),
    ] {
        let fake = Fake::new().await;
        fake.on("GET", says);
        let clock = manual();
        let api = api(fake.settings(), clock.clone());
        let time_passes = async {
            fake.asked(1).await;
            clock.advance(Duration::from_secs(seconds - 1));
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(1));
        };
        let (answer, ()) = tokio::join!(get(&api, path), time_passes);
        let error = answer.unwrap_err();
        assert_eq!(
            (error.row().code, error.kind()),
            ("cluster-api-timeout", CallErrorKind::TimedOut)
        );
        assert!(error.to_string().contains(&format!("{seconds} s")), "{error}");
    }
}

#[tokio::test]
async fn who_takes_the_connection_and_says_nothing_is_given_up_for_another() {
    let fake = Fake::new().await;
    fake.get("/version", json!(1));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let silent = endpoint(listener.local_addr().unwrap().port());
    let clock = manual();
    let endpoints = vec![silent.clone(), endpoint(fake.port)];
    let api = api(ApiSettings { endpoints, ..fake.settings() }, clock.clone());
    let time_passes = async {
        let taken = listener.accept().await.unwrap();
        clock.advance(Duration::from_secs(5));
        taken
    };
    let (answer, taken) = tokio::join!(get(&api, "/version"), time_passes);
    assert_eq!(answer.unwrap(), json!(1));
    drop(taken);
}

#[tokio::test]
async fn the_next_host_is_asked_and_remembered() {
    let fake = Fake::new().await;
    fake.on("GET", Says::Leaves(r#"{"data":1}"#.to_owned()));
    let ((_one, dead), (_two, other)) = (nobody(), nobody());
    let dead = dead.port();
    let endpoints = vec![endpoint(dead), endpoint(fake.port)];
    let one = api(ApiSettings { endpoints, ..fake.settings() }, manual());
    for _ in 0..3 {
        get(&one, "/version").await.unwrap();
    }
    assert_eq!(one.wire.first(), 1);

    let endpoints = vec![endpoint(dead), endpoint(other.port())];
    let none = api(ApiSettings { endpoints, ..fake.settings() }, manual());
    let error = get(&none, "/version").await.unwrap_err();
    assert_eq!(
        (error.row().code, error.kind()),
        ("cluster-api-unreachable", CallErrorKind::Unavailable)
    );
    assert!(error.to_string().contains(&format!("127.0.0.1:{dead}: ")), "{error}");
    assert_eq!(error.to_string().matches("refused").count(), 2, "{error}");
}

/// Two hosts: the first one does `says` whatever it is asked, and the second
/// one answers.
async fn pair(says: Says) -> (Fake, Fake, Api, Arc<ManualClock>) {
    let (bad, good) = (Fake::new().await, Fake::new().await);
    for line in ["GET", "POST"] {
        bad.on(line, says.clone());
        good.on(line, Says::data(&json!(1)));
    }
    let known = [&bad, &good].map(|fake| fake.identity.fingerprint());
    let endpoints = vec![endpoint(bad.port), endpoint(good.port)];
    let trust = Trust::Pinned(known.to_vec());
    let clock = manual();
    let api = api(ApiSettings { endpoints, trust, ..bad.settings() }, clock.clone());
    (bad, good, api, clock)
}

/// Lets time pass for `asked`, once `fake` has its request.
async fn late<T>(
    fake: &Fake,
    clock: &ManualClock,
    seconds: u64,
    asked: impl Future<Output = T>,
) -> T {
    let before = fake.heard().len();
    let time_passes = async {
        fake.asked(before + 1).await;
        clock.advance(Duration::from_secs(seconds));
    };
    tokio::join!(asked, time_passes).0
}

#[tokio::test]
async fn who_finishes_tls_and_hangs_is_not_asked_first_again() {
    let (hangs, good, one, clock) = pair(Says::Hangs(Vec::new())).await;
    // A connection that was kept from better times goes with the others.
    hangs.get("/before", json!(1));
    get(&one, "/before").await.unwrap();
    let error = late(&hangs, &clock, 10, get(&one, "/version")).await.unwrap_err();
    assert_eq!(error.row().code, "cluster-api-timeout");
    assert_eq!(one.wire.first(), 1);
    assert_eq!(get(&one, "/version").await.unwrap(), json!(1));
    assert_eq!((hangs.count("GET /api2/json/version"), good.heard().len()), (1, 1));

    // Many who wait for it move on by one together.
    let (hangs, _good, one, clock) = pair(Says::Hangs(Vec::new())).await;
    let both = async {
        let time_passes = async {
            hangs.asked(2).await;
            clock.advance(Duration::from_secs(10));
        };
        tokio::join!(get(&one, "/version"), get(&one, "/cluster/tasks"), time_passes)
    };
    let (first, second, ()) = both.await;
    assert!(first.is_err() && second.is_err());
    assert_eq!(one.wire.first(), 1);
}

#[tokio::test]
async fn who_breaks_off_at_once_is_not_asked_first_again() {
    for says in [Says::Bytes(Vec::new()), Says::Bytes(b"HTTP/1.1 200".to_vec())] {
        let (_bad, _good, one, _) = pair(says).await;
        get(&one, "/version").await.unwrap_err();
        assert_eq!(get(&one, "/version").await.unwrap(), json!(1));
    }
    // An idle connection that the far side closes says nothing of it.
    let (bad, _good, one, _) = pair(Says::Bytes(Vec::new())).await;
    bad.get("/kept", json!(1)).on("GET /api2/json/dies", Says::Bytes(Vec::new()));
    bad.get("/dies", json!(2));
    get(&one, "/kept").await.unwrap();
    assert_eq!((get(&one, "/dies").await.unwrap(), one.wire.first()), (json!(2), 0));
}

#[tokio::test]
async fn a_host_is_not_blamed_for_another_node_or_for_an_asker_who_leaves() {
    let (hangs, _good, one, clock) = pair(Says::Hangs(Vec::new())).await;
    let path = "/nodes/pve2/qemu/101/status/current";
    late(&hangs, &clock, 20, get(&one, path)).await.unwrap_err();
    assert_eq!(one.wire.first(), 0, "the node may be the one that hangs");
    let leaves = async {
        tokio::select! { _ = get(&one, "/version") => {}, () = hangs.asked(2) => {} }
    };
    leaves.await;
    assert_eq!(one.wire.first(), 0, "it had no time to answer");
}

#[tokio::test]
async fn a_write_without_an_answer_moves_on_and_is_not_sent_again() {
    for (path, first) in [("/cluster/bulk-action/guest/start", 1), ("/nodes/b/stopall", 0)] {
        let (hangs, good, one, clock) = pair(Says::Hangs(Vec::new())).await;
        let request = one.write(&call(Verb::Create, path, &[])).unwrap();
        let sent = late(&hangs, &clock, 60, one.send(&request)).await;
        assert_eq!((told(&sent), one.wire.first()), ("lost", first), "{path}: {sent:?}");
        assert_eq!((hangs.heard().len(), good.heard().len()), (1, 0));
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_replaced_once_when_it_went_stale() {
    let fake = Fake::new().await;
    fake.get("/version", json!(1));
    let api = client(&fake);
    for _ in 0..3 {
        get(&api, "/version").await.unwrap();
    }
    assert_eq!((fake.connections(), fake.heard().len()), (1, 3));

    // Closed unannounced, right after an answer or instead of the next.
    fake.on("GET /api2/json/leaves", Says::Leaves(r#"{"data":2}"#.to_owned()));
    fake.on("GET /api2/json/dies", Says::Bytes(Vec::new())).get("/dies", json!(3));
    for (path, expected) in [("/leaves", 2), ("/leaves", 2), ("/version", 1), ("/dies", 3)] {
        assert_eq!(get(&api, path).await.unwrap(), json!(expected), "{path}");
    }
    // Once only: a fresh connection that breaks is an error.
    fake.on("GET /api2/json/broken", Says::Bytes(Vec::new()));
    let before = fake.count("GET /api2/json/broken");
    assert!(get(&api, "/broken").await.is_err());
    assert!(fake.count("GET /api2/json/broken") - before <= 2);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let fake = Fake::new().await;
    let elsewhere = Fake::new().await;
    let location = format!("Location: https://127.0.0.1:{}/api2/json/version\r\n", elsewhere.port);
    fake.on(
        "GET",
        Says::Answer {
            status: 302,
            reason: "Found".to_owned(),
            headers: location,
            body: String::new(),
        },
    );
    let error = get(&client(&fake), "/version").await.unwrap_err();
    assert_eq!(error.row().code, "cluster-api-redirected");
    assert_eq!((fake.heard().len(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn a_write_is_sent_once_and_its_fate_is_told() {
    let start = || call(Verb::Create, "/nodes/pve1/qemu/101/status/start", &[]);
    for (says, fate) in [
        (Says::Bytes(Vec::new()), "lost"),
        (Says::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec()), "lost"),
        (Says::Bytes(b"\0\0\0".to_vec()), "lost"),
        (Says::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()), "lost"),
        (Says::error(596, "Broken pipe"), "lost"),
        (Says::error(504, "Gateway Timeout"), "lost"),
        (Says::error(595, "No route to host"), "refused"),
        (Says::error(500, "VM 101 is locked"), "refused"),
        (Says::error(400, "Parameter verification failed."), "refused"),
        (Says::error(401, "invalid token value!"), "unsent"),
        (Says::error(403, "Permission check failed (/vms/101, VM.PowerMgmt)"), "unsent"),
        (Says::data(&json!(null)), "taken"),
    ] {
        let fake = Fake::new().await;
        fake.on("POST", says.clone());
        let api = client(&fake);
        let sent = api.send(&api.write(&start()).unwrap()).await;
        assert_eq!(told(&sent), fate, "{says:?}: {sent:?}");
        assert_eq!(fake.heard().len(), 1, "{says:?} is not sent twice");
    }
    // Over a connection of its own, so that a stale one is no doubt.
    let fake = Fake::new().await;
    fake.get("/version", json!(1)).on("POST", Says::data(&json!(null)));
    let api = client(&fake);
    get(&api, "/version").await.unwrap();
    api.send(&api.write(&start()).unwrap()).await.unwrap();
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_write_without_an_answer_in_time_is_lost_and_one_without_a_server_unsent() {
    let fake = Fake::new().await;
    fake.on("POST", Says::Hangs(Vec::new()));
    let clock = manual();
    let one = api(fake.settings(), clock.clone());
    let request = one.write(&call(Verb::Create, "/nodes/a/status", &[])).unwrap();
    let time_passes = async {
        fake.asked(1).await;
        clock.advance(Duration::from_secs(60));
    };
    let (sent, ()) = tokio::join!(one.send(&request), time_passes);
    assert_eq!(told(&sent), "lost", "{sent:?}");

    let (_held, dead) = nobody();
    let endpoints = vec![endpoint(dead.port())];
    let none = api(ApiSettings { endpoints, ..fake.settings() }, manual());
    let sent = none.send(&request).await;
    assert_eq!(told(&sent), "unsent", "{sent:?}");
    let heard: Vec<Heard> = fake.heard();
    assert_eq!(heard.len(), 1);
}

fn told(sent: &Result<Option<Upid>, Untaken>) -> &'static str {
    match sent {
        Ok(_) => "taken",
        Err(Untaken::Unsent(_)) => "unsent",
        Err(Untaken::Refused(_)) => "refused",
        Err(Untaken::Lost(_)) => "lost",
    }
}

#[tokio::test]
async fn a_node_is_not_asked_for_too_much_at_once() {
    let fake = Fake::new().await;
    fake.on("GET", Says::Hangs(Vec::new()));
    let clock = manual();
    let api = api(fake.settings(), clock.clone());
    let path = "/nodes/pve1/qemu/101/status/current";
    let time_passes = async {
        fake.asked(3).await;
        assert_eq!(fake.heard().len(), 3, "the fourth waits for a place");
        // Their time is over, and that of waiting for a place is not.
        clock.advance(Duration::from_secs(20));
        fake.asked(4).await;
        clock.advance(Duration::from_secs(30));
    };
    let read = || get(&api, path);
    let (one, two, three, four, ()) = tokio::join!(read(), read(), read(), read(), time_passes);
    for read in [one, two, three, four] {
        assert_eq!(read.unwrap_err().row().code, "cluster-api-timeout");
    }
}
