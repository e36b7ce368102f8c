//! Whom the client trusts, and that it says nothing to anybody else.

use std::path::PathBuf;

use tokio::net::TcpListener;

use super::*;

/// What became of a read of `fake` by a client that trusts `trust` and calls
/// it `host`.
async fn read(fake: &Fake, host: &str, trust: Trust) -> Result<Value, ClusterError> {
    fake.get("/version", json!("9.2"));
    let endpoints = vec![Endpoint { host: host.to_owned(), port: fake.port }];
    let settings = ApiSettings { endpoints, trust, ..fake.settings() };
    get(&api(settings, Arc::new(ManualClock::at(NOW))), "/version").await
}

fn authority(folder: &tempfile::TempDir, pem: &str) -> Trust {
    let path: PathBuf = folder.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    Trust::Authority(path)
}

#[tokio::test]
async fn each_way_to_trust_takes_its_own_and_nothing_else() {
    let names = ["localhost", "127.0.0.1"];
    let good = Identity::of(&names);
    let other = Identity::of(&names);
    let of_old = |params: &mut rcgen::CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    };
    let expired = Identity::signed(&names, of_old);
    let misnamed = Identity::of(&["pve9.lan"]);
    let thief = good.without_its_key();
    let pin = |identity: &Identity| Trust::Pinned(vec![identity.fingerprint()]);
    let both = Trust::Pinned(vec![other.fingerprint(), good.fingerprint()]);
    let folder = || tempfile::tempdir().unwrap();
    let (one, two, three, four, five) = (folder(), folder(), folder(), folder(), folder());
    let changed = Err("cluster-api-fingerprint-changed");
    let untrusted = Err("cluster-api-untrusted");
    for (case, shown, trust, host, expected) in [
        ("pinned", &good, pin(&good), "127.0.0.1", Ok(())),
        ("one of two pinned", &good, both, "127.0.0.1", Ok(())),
        ("pinned by another name", &misnamed, pin(&misnamed), "localhost", Ok(())),
        ("pinned and old", &expired, pin(&expired), "127.0.0.1", Ok(())),
        ("another than pinned", &other, pin(&good), "127.0.0.1", changed),
        ("pinned without its key", &thief, pin(&good), "127.0.0.1", untrusted),
        ("signed", &good, authority(&one, &good.authority_pem), "localhost", Ok(())),
        ("signed, by address", &good, authority(&one, &good.authority_pem), "127.0.0.1", Ok(())),
        ("another authority", &good, authority(&two, &other.authority_pem), "localhost", untrusted),
        (
            "signed and old",
            &expired,
            authority(&three, &expired.authority_pem),
            "localhost",
            untrusted,
        ),
        (
            "another name",
            &misnamed,
            authority(&four, &misnamed.authority_pem),
            "localhost",
            untrusted,
        ),
        (
            "signed without its key",
            &thief,
            authority(&five, &good.authority_pem),
            "localhost",
            untrusted,
        ),
    ] {
        let fake = Fake::with(shown.clone()).await;
        let got = read(&fake, host, trust).await;
        let code = got.as_ref().map(|_| ()).map_err(|error| error.row().code);
        assert_eq!(code, expected, "{case}: {got:?}");
        assert_eq!(fake.heard().is_empty(), expected.is_err(), "{case}: nothing is sent");
    }
}

#[tokio::test]
async fn a_changed_fingerprint_shows_both() {
    let (was, now) = (Identity::of(&["localhost"]), Identity::of(&["localhost"]));
    let fake = Fake::with(now.clone()).await;
    let error = read(&fake, "localhost", Trust::Pinned(vec![was.fingerprint()])).await.unwrap_err();
    let (shown, fault) = (error.to_string(), error.fault());
    assert!(shown.contains(&was.fingerprint().to_string()), "{shown}");
    assert!(shown.contains(&now.fingerprint().to_string()), "{shown}");
    assert!(shown.contains(&format!("localhost:{}", fake.port)), "{shown}");
    assert!(fault.hint.contains("pvenode cert info"), "{}", fault.hint);
}

#[tokio::test]
async fn this_machines_authorities_do_not_know_a_cluster_of_its_own() {
    let fake = Fake::new().await;
    let endpoint = Endpoint { host: "localhost".to_owned(), port: fake.port };
    let settings =
        ApiSettings { endpoints: vec![endpoint], trust: Trust::System, ..fake.settings() };
    let made = Api::new(
        settings,
        Arc::new(Slots::new(crate::slots::API)),
        Arc::new(SystemClock),
        Timeouts::standard(),
    );
    let error: ClusterError = match made {
        Ok(api) => get(&api, "/version").await.unwrap_err(),
        // A machine without any authority, like a bare container.
        Err(error) => error.into(),
    };
    let code = error.row().code;
    assert!(["cluster-api-untrusted", "cluster-api-no-authority"].contains(&code), "{error}");
    assert!(fake.heard().is_empty());
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_is_said_at_once() {
    let fake = Fake::new().await;
    let folder = tempfile::tempdir().unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let trusts = [
        Trust::Authority("/nowhere/ca.pem".into()),
        authority(&folder, "nothing in here\n"),
        authority(&tempfile::tempdir().unwrap(), ""),
    ];
    let other = tempfile::tempdir().unwrap();
    for trust in trusts.into_iter().chain([authority(&other, broken)]) {
        let settings = ApiSettings { trust, ..fake.settings() };
        let (slots, clock) = (Arc::new(Slots::new(crate::slots::API)), Arc::new(SystemClock));
        let error = Api::new(settings, slots, clock, Timeouts::standard()).unwrap_err();
        assert_eq!(error.row().code, "cluster-api-no-authority", "{error}");
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_said_to() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        // Until the client has had enough of it.
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    });
    let fake = Fake::new().await;
    let endpoints = vec![Endpoint { host: "127.0.0.1".to_owned(), port }];
    let settings = ApiSettings { endpoints, ..fake.settings() };
    let error = get(&api(settings, Arc::new(ManualClock::at(NOW))), "/version").await.unwrap_err();
    assert_eq!(error.row().code, "cluster-api-tls", "{error}");
    plain.await.unwrap();
}
