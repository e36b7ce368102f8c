use jarvis_domain::identity::{Checked, Secret};
use serde_json::json;

use super::*;
use crate::api::testing::{Fake, SECRETS, Says};
use crate::testing::{Act, Bench, NOW};

const LOGIN: &str = "POST /api2/json/access/ticket";

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn groups(groups: &[&str]) -> std::collections::BTreeSet<String> {
    groups.iter().map(|group| (*group).to_owned()).collect()
}

#[test]
fn an_account_is_enabled_when_nothing_speaks_against_it() {
    let (now, soon) = (NOW.0 / 1000, NOW.0 / 1000 + 1);
    for (data, enabled) in [
        (json!({"enable": 1}), true),
        (json!({"enable": "1", "expire": 0}), true),
        (json!({"enable": true, "expire": soon}), true),
        (json!({"enable": 1, "expire": soon.to_string()}), true),
        (json!({"enable": 1, "expire": now}), false),
        (json!({"enable": 1, "expire": "never"}), false),
        (json!({"enable": 0}), false),
        (json!({"expire": 0}), false),
        (json!(null), false),
    ] {
        assert_eq!(entry(&data, NOW).enabled, enabled, "{data}");
    }
    for (listed, expected) in [
        (json!(["ops", "admins"]), &["ops", "admins"][..]),
        (json!("ops,admins"), &["ops", "admins"]),
        (json!(null), &[]),
        (json!([1, "", "ops"]), &["ops"]),
    ] {
        let data = json!({"enable": 1, "groups": listed});
        assert_eq!(entry(&data, NOW).groups, groups(expected), "{data}");
    }
}

#[tokio::test]
async fn pvesh_tells_of_accounts_and_never_sees_a_password() {
    let bench = Bench::new();
    let words = |id: &str| format!("get /access/users/{id}");
    bench
        .script
        .on(&words("alice@pam"), Act::prints(r#"{"enable":1,"groups":["ops"],"expire":0}"#))
        .on(&words("ghost@pam"), Act::fails(255, "no such user ('ghost@pam')\n"))
        .on(&words("x@pam"), Act::fails(2, "ipcc_send_rec[1] failed: Connection refused\n"));
    let look_up = async |id: &str| bench.cluster.look_up(&account(id)).await;
    let alice = AccountEntry { enabled: true, groups: groups(&["ops"]) };
    assert_eq!(look_up("alice@pam").await, Ok(Some(alice)));
    assert_eq!(look_up("ghost@pam").await, Ok(None));
    assert!(look_up("x@pam").await.is_err(), "not known is not unknown");
    let asked = bench.script.started().len();
    assert_eq!(look_up("a$b;c@pam").await, Ok(None));
    assert_eq!(bench.script.started().len(), asked, "no such name is asked for");
    assert!(bench.cluster.passwords().is_none());
}

async fn check(fake: &Fake, password: &str, code: Option<&str>) -> Result<Checked, String> {
    let bench = Bench::over(crate::Access::Api(fake.settings()));
    let passwords = bench.cluster.passwords().unwrap();
    let code = code.map(Secret::new);
    let (alice, password) = (account("alice@pam"), Secret::new(password));
    let checked = passwords.check(&alice, &password, code.as_ref());
    checked.await.map_err(|fault| fault.code)
}

fn half() -> Says {
    Says::data(&json!({"username": "alice@pam", "ticket": "PVE:!tfa!x+/=", "NeedTFA": 1}))
}

fn whole_of(username: &str) -> Says {
    Says::data(&json!({"username": username, "ticket": "PVE:x", "cap": {}}))
}

#[tokio::test]
async fn a_ticket_with_its_rights_is_a_sign_in_and_nothing_else_is() {
    let refused = || Says::error(401, "authentication failure");
    let without_cap = Says::data(&json!({"username": "alice@pam", "ticket": "PVE:x"}));
    let without_ticket = Says::data(&json!({"username": "alice@pam", "cap": {}}));
    let unsaid = Says::data(&json!({"username": "alice@pam", "ticket": "PVE:!tfa!x", "cap": {}}));
    let garbled = || Err("cluster-garbled".to_owned());
    for (says, code, expected) in [
        (vec![whole_of("alice@pam")], None, Ok(Checked::Right)),
        (vec![whole_of("alice@pam")], Some("123456"), Ok(Checked::Right)),
        (vec![refused()], None, Ok(Checked::Wrong)),
        (vec![refused()], Some("123456"), Ok(Checked::Wrong)),
        (vec![half()], None, Ok(Checked::NeedsCode)),
        (vec![unsaid], None, Ok(Checked::NeedsCode)),
        (vec![half(), whole_of("alice@pam")], Some("123456"), Ok(Checked::Right)),
        (vec![half(), whole_of("alice@pam")], Some("12af-0000-beef-ffff"), Ok(Checked::Right)),
        (vec![half(), refused()], Some("000000"), Ok(Checked::Wrong)),
        (vec![half(), half()], Some("123456"), Ok(Checked::Wrong)),
        (vec![whole_of("root@pam")], None, garbled()),
        (vec![half(), whole_of("root@pam")], Some("123456"), garbled()),
        (vec![without_cap], None, garbled()),
        (vec![without_ticket], None, garbled()),
        (vec![Says::data(&json!(null))], None, garbled()),
        (vec![Says::error(595, "no route")], None, Err("cluster-node-unreachable".to_owned())),
    ] {
        let fake = Fake::new().await;
        for one in &says {
            fake.on(LOGIN, one.clone());
        }
        assert_eq!(check(&fake, "p&w =1", code).await, expected, "{says:?}");
        let heard = fake.heard();
        assert_eq!(heard.len(), says.len(), "each step once");
        assert_eq!(heard[0].body, "username=alice%40pam&password=p%26w%20%3D1");
        if let Some(second) = heard.get(1) {
            let code = code.unwrap();
            let kind = if code.contains('-') { "recovery" } else { "totp" };
            let body = format!(
                "username=alice%40pam&password={kind}%3A{code}&tfa-challenge=PVE%3A%21tfa%21x%2B%2F%3D"
            );
            assert_eq!(second.body, body);
        }
        for one in heard {
            // Neither with jarvis's own credentials nor in a URL.
            assert!(one.line == LOGIN && !one.headers.contains_key("authorization"));
            assert!(!one.body.contains(SECRETS[0]));
        }
    }
}

#[tokio::test]
async fn a_ticket_is_no_password() {
    let fake = Fake::new().await;
    fake.on(LOGIN, whole_of("alice@pam"));
    let ticket = "PVE:alice@pam:68A1B2C3::c2lnbmF0dXJl+/=";
    assert_eq!(check(&fake, ticket, None).await, Ok(Checked::Wrong));
    assert!(fake.heard().is_empty(), "Proxmox would take it");
    // What only looks a little like one may be somebody's password.
    assert_eq!(check(&fake, "PVE:is::nice", None).await, Ok(Checked::Right));
}

#[tokio::test]
async fn the_api_tells_of_accounts_as_pvesh_does() {
    let fake = Fake::new().await;
    fake.get("/access/users/alice@pam", json!({"enable": 1, "groups": ["ops"]}));
    fake.on("GET /api2/json/access/users/ghost", Says::error(500, "no such user ('ghost@pam')"));
    fake.on(
        "GET /api2/json/access/users/x@pam",
        Says::error(403, "Permission check failed (/access/groups, Sys.Audit)"),
    );
    let bench = Bench::over(crate::Access::Api(fake.settings()));
    let alice = bench.cluster.look_up(&account("alice@pam")).await.unwrap().unwrap();
    assert_eq!((alice.enabled, alice.groups), (true, groups(&["ops"])));
    assert_eq!(bench.cluster.look_up(&account("ghost@pam")).await, Ok(None));
    let error = bench.cluster.look_up(&account("x@pam")).await.unwrap_err();
    assert_eq!(error.fault.code, "cluster-api-forbidden");
}
