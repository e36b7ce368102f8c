//! Tickets: got once, used by all, renewed in time, and never for half a
//! login.

use std::time::Duration;

use jarvis_domain::Explain;

use super::*;

const LOGIN: &str = "POST /api2/json/access/ticket";

fn ticket(number: u32) -> Says {
    Says::data(&json!({
        "username": "jarvis@pve",
        "ticket": format!("PVE:jarvis@pve:{number}::c2lnbmF0dXJl+/="),
        "CSRFPreventionToken": format!("csrf-{number}"),
    }))
}

fn cookies(fake: &Fake) -> Vec<String> {
    let all = fake.heard();
    all.iter().filter_map(|heard| heard.headers.get("cookie").cloned()).collect()
}

#[tokio::test]
async fn one_login_serves_all_until_it_is_old() {
    let fake = Fake::new().await;
    fake.on(LOGIN, ticket(1)).on(LOGIN, ticket(2)).get("/version", json!(1));
    let clock = Arc::new(ManualClock::at(NOW));
    let api = api(fake.with_password(), clock.clone());
    let (one, two) = tokio::join!(get(&api, "/version"), get(&api, "/version"));
    assert!(one.is_ok() && two.is_ok());
    clock.advance(Duration::from_secs(99 * 60));
    get(&api, "/version").await.unwrap();
    assert_eq!(fake.count(LOGIN), 1);
    clock.advance(Duration::from_secs(60));
    get(&api, "/version").await.unwrap();
    assert_eq!(fake.count(LOGIN), 2, "renewed before two hours");
    let one = "PVEAuthCookie=PVE:jarvis@pve:1::c2lnbmF0dXJl+/=".to_owned();
    let two = one.replace(":1:", ":2:");
    assert_eq!(cookies(&fake), [one.clone(), one.clone(), one, two]);
    let login = &fake.heard()[0];
    assert_eq!(login.body, "username=jarvis%40pve&password=password-3");
}

#[tokio::test]
async fn a_ticket_that_is_refused_is_renewed_once() {
    let fake = Fake::new().await;
    fake.on(LOGIN, ticket(1)).on(LOGIN, ticket(2)).on(LOGIN, ticket(3));
    fake.on("GET", Says::error(401, "permission denied - invalid PVE ticket"))
        .on("GET", Says::data(&json!(1)));
    fake.on("PUT", Says::error(401, "permission denied - invalid PVE ticket"));
    fake.on("PUT", Says::data(&json!(null)));
    let one = api(fake.with_password(), Arc::new(ManualClock::at(NOW)));
    assert_eq!(get(&one, "/version").await.unwrap(), json!(1));
    assert_eq!((fake.count(LOGIN), fake.count("GET")), (2, 2));
    let request = one.write(&call(Verb::Set, "/nodes/a/config", &[])).unwrap();
    one.send(&request).await.unwrap();
    assert_eq!(fake.count("PUT"), 2);
    let written = fake.heard().into_iter().rfind(|heard| heard.line.starts_with("PUT")).unwrap();
    assert!(written.headers["csrfpreventiontoken"].starts_with("csrf-"));

    let fake = Fake::new().await;
    fake.on(LOGIN, ticket(1)).on("GET", Says::error(401, "No ticket"));
    let error = get(&api(fake.with_password(), Arc::new(ManualClock::at(NOW))), "/version").await;
    assert_eq!(error.unwrap_err().row().code, "cluster-api-login-refused");
    assert_eq!((fake.count(LOGIN), fake.count("GET")), (2, 2), "once, not for ever");
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_tried_again() {
    let fake = Fake::new().await;
    fake.on("GET", Says::error(401, "invalid token value!"));
    let error = get(&client(&fake), "/version").await.unwrap_err();
    assert_eq!((error.row().code, fake.heard().len()), ("cluster-api-token-refused", 1));
}

#[tokio::test]
async fn half_a_login_is_none() {
    let half = json!({
        "username": "jarvis@pve",
        "ticket": "PVE:!tfa!%7B%22totp%22%3A1%7D:6B04ADE7::c2ln",
        "CSRFPreventionToken": "x",
        "NeedTFA": 1,
    });
    let unsaid = json!({"ticket": "PVE:!tfa!x", "CSRFPreventionToken": "x"});
    for (says, code) in [
        (Says::data(&half), "cluster-api-needs-tfa"),
        (Says::data(&unsaid), "cluster-api-needs-tfa"),
        (Says::error(401, "authentication failure"), "cluster-api-login-refused"),
        (Says::data(&json!({"ticket": "PVE:x"})), "cluster-garbled"),
        (Says::data(&json!({"ticket": "", "CSRFPreventionToken": "x"})), "cluster-garbled"),
        (Says::data(&json!({"ticket": "a\nb", "CSRFPreventionToken": "x"})), "cluster-api-secret"),
        (Says::data(&json!(null)), "cluster-garbled"),
    ] {
        let fake = Fake::new().await;
        fake.on(LOGIN, says).get("", json!(1));
        let api = api(fake.with_password(), Arc::new(ManualClock::at(NOW)));
        let error = get(&api, "/version").await.unwrap_err();
        assert_eq!(error.row().code, code, "{error}");
        let request = api.write(&call(Verb::Create, "/nodes/a/wakeonlan", &[])).unwrap();
        assert!(matches!(api.send(&request).await, Err(Untaken::Unsent(_))));
        assert!(fake.heard().iter().all(|heard| heard.line == LOGIN), "nothing but the login");
    }
    let needs_tfa = ApiError::NeedsTfa { who: "jarvis@pve".to_owned() };
    assert!(needs_tfa.fault().hint.contains("pveum user token add jarvis@pve"));
}

#[tokio::test]
async fn a_secret_that_no_header_carries_is_said_before_anything_is_sent() {
    let fake = Fake::new().await;
    let secret = SecretText::new("two\nlines".to_owned());
    let read = Credential::Token { id: "a@pve!b".parse().unwrap(), secret };
    let api = api(ApiSettings { read, ..fake.settings() }, Arc::new(ManualClock::at(NOW)));
    let error = get(&api, "/version").await.unwrap_err();
    assert_eq!((error.row().code, fake.connections()), ("cluster-api-secret", 0));
    assert!(!error.to_string().contains("lines"));
}
