//! Keys: who may make which, what they may, and how they end.

use std::sync::Arc;

use super::ends::Gone;
use super::*;

fn wanted(name: &str, role: Role) -> NewKey {
    NewKey { name: name.to_owned(), role, may_confirm: false, valid_for_days: None }
}

#[tokio::test]
async fn a_key_is_good_over_a_restart_until_it_is_revoked() {
    let mut scene = Scene::new().await;
    let alice = scene.sign_in("alice@pam").await.person.caller;
    let made = scene.gate.make_key(wanted("nas", Role::Viewer), &alice).await.unwrap();
    let secret = made.secret.reveal();
    assert!(
        secret.starts_with(&format!("jvk_{}_", made.key.id)) && secret.len() == 4 + 12 + 1 + 64
    );
    scene.restart(roles()).await;
    let person = scene.gate.who(secret).unwrap();
    assert_eq!(
        (person.caller.principal.0.as_str(), person.caller.role),
        ("key:nas", Some(Role::Viewer))
    );
    assert_eq!(person.shown, Shown::Key { id: made.key.id.clone(), may_confirm: false });
    assert!(!person.is_person() && person.expires.is_none());
    assert_eq!(scene.gate.keys(), std::slice::from_ref(&made.key));
    let fault = scene.gate.sign_out(&person).await.unwrap_err();
    assert_eq!(code(&fault), ("auth-not-signed-in", 400));
    let bob = scene.sign_in("bob@pve").await.person.caller;
    let fault = scene.gate.revoke_key(&made.key.id, &bob).await.unwrap_err();
    assert_eq!(code(&fault), ("auth-not-yours", 403));
    let ticket = scene.gate.ticket(&person);
    scene.gate.revoke_key(&made.key.id, &alice).await.unwrap();
    assert!(person.life.is_over() && scene.gate.redeem(ticket.reveal()).is_err());
    scene.restart(roles()).await;
    assert_eq!(scene.gate.who(secret).unwrap_err().code, "auth-token-refused");
    let fault = scene.gate.revoke_key(&made.key.id, &alice).await.unwrap_err();
    assert_eq!(code(&fault), ("auth-no-key", 404));
    let lines = scene.log.lines();
    assert!(lines.contains(&format!("user:alice@pam: made the key nas ({}), viewer", made.key.id)));
    assert!(lines.contains(&format!("user:alice@pam: revoked the key nas ({})", made.key.id)));
}

#[tokio::test]
async fn other_keys_are_refused_alike() {
    let scene = Scene::new().await;
    let made = scene.gate.make_key(wanted("nas", Role::Admin), &root_at_socket()).await.unwrap();
    let good = made.secret.reveal();
    assert!(scene.gate.who(good).is_ok());
    let (head, secret) = good.rsplit_once('_').unwrap();
    let mut other = secret.to_owned();
    other.replace_range(63.., if secret.ends_with('0') { "1" } else { "0" });
    for bad in [
        "jvk_",
        "jvk__",
        head,
        &format!("{head}_"),
        &format!("{head}_{other}"),
        &format!("jvk_000000000000_{secret}"),
        &format!("{good}0"),
        &format!("{good}_0"),
        &good[..good.len() - 1],
        &good.to_uppercase(),
        &format!("{head}_{}", "é".repeat(32)),
    ] {
        let fault = scene.gate.who(bad).unwrap_err();
        assert_eq!(code(&fault), ("auth-token-refused", 401), "{bad}");
    }
}

#[tokio::test]
async fn what_no_key_may_be() {
    let scene = Scene::new().await;
    let alice = scene.sign_in("alice@pam").await.person.caller;
    let made = scene.gate.make_key(wanted("nas", Role::Viewer), &alice).await.unwrap();
    let key = scene.gate.who(made.secret.reveal()).unwrap().caller;
    let lowered = Caller { role: Some(Role::Viewer), ..alice.clone() };
    let nobody = Caller { role: None, ..alice.clone() };
    let days = |days| NewKey { valid_for_days: Some(days), ..wanted("x", Role::Viewer) };
    let long = "a".repeat(41);
    for (wanted, by, expected) in [
        (wanted("x", Role::Admin), &alice, "auth-key-role"),
        (wanted("x", Role::Operator), &lowered, "auth-key-role"),
        (wanted("x", Role::Viewer), &nobody, "auth-key-role"),
        (wanted("x", Role::Viewer), &key, "auth-key-by-key"),
        (wanted("nas", Role::Viewer), &alice, "auth-key-taken"),
        (wanted("", Role::Viewer), &alice, "auth-key-name"),
        (wanted("-x", Role::Viewer), &alice, "auth-key-name"),
        (wanted("NAS", Role::Viewer), &alice, "auth-key-name"),
        (wanted("a b", Role::Viewer), &alice, "auth-key-name"),
        (wanted(&long, Role::Viewer), &alice, "auth-key-name"),
        (days(0), &alice, "auth-key-days"),
        (days(3651), &alice, "auth-key-days"),
    ] {
        let fault = scene.gate.make_key(wanted.clone(), by).await.unwrap_err();
        assert_eq!(fault.code, expected, "{wanted:?}");
    }
    for number in 1..256 {
        let wanted = wanted(&format!("key-{number}"), Role::Viewer);
        scene.gate.make_key(wanted, &root_at_socket()).await.unwrap();
    }
    let fault = scene.gate.make_key(wanted("x", Role::Viewer), &alice).await.unwrap_err();
    assert_eq!(code(&fault), ("auth-keys-full", 409));
}

#[tokio::test]
async fn a_key_may_never_more_than_its_maker() {
    let mut scene = Scene::new().await;
    let alice = scene.sign_in("alice@pam").await.person.caller;
    let bob = scene.sign_in("bob@pve").await.person.caller;
    let of_alice = scene.gate.make_key(wanted("one", Role::Operator), &alice).await.unwrap();
    let of_bob = scene.gate.make_key(wanted("two", Role::Operator), &bob).await.unwrap();
    let of_root =
        scene.gate.make_key(wanted("three", Role::Admin), &root_at_socket()).await.unwrap();
    let before = scene.gate.who(of_alice.secret.reveal()).unwrap();
    let mut fewer = roles();
    fewer.users.insert("alice@pam".parse().unwrap(), Role::Viewer);
    fewer.groups.clear();
    scene.gate.set_roles(fewer.clone()).await.unwrap();
    let role = |scene: &Scene, key: &jarvis_domain::identity::MadeKey| {
        scene.gate.who(key.secret.reveal()).ok().and_then(|person| person.caller.role)
    };
    assert_eq!(role(&scene, &of_alice), Some(Role::Viewer), "lowered with its maker");
    assert!(before.life.is_over(), "what was open with more is closed");
    assert_eq!(role(&scene, &of_bob), None, "ended with its maker's last role");
    assert_eq!(role(&scene, &of_root), Some(Role::Admin));
    // Raised again, the lowered one is what it was; the ended one is not.
    scene.gate.set_roles(roles()).await.unwrap();
    assert_eq!(role(&scene, &of_alice), Some(Role::Operator));
    scene.restart(roles()).await;
    assert_eq!(role(&scene, &of_bob), None);
    assert_eq!(role(&scene, &of_alice), Some(Role::Operator));
    fewer.users.clear();
    scene.restart(fewer.clone()).await;
    scene.gate.tell_departures(Arc::new(Gone::default())).await.unwrap();
    assert_eq!((role(&scene, &of_alice), scene.memory.count(Kind::ApiKey)), (None, 1));
    fewer.uids.clear();
    scene.gate.set_roles(fewer).await.unwrap();
    assert_eq!(role(&scene, &of_root), None, "users of this machine lose theirs too");
}

#[tokio::test]
async fn a_key_runs_out() {
    let scene = Scene::new().await;
    let wanted =
        NewKey { may_confirm: true, valid_for_days: Some(1), ..wanted("nas", Role::Viewer) };
    let made = scene.gate.make_key(wanted.clone(), &root_at_socket()).await.unwrap();
    let person = scene.gate.who(made.secret.reveal()).unwrap();
    assert_eq!(person.expires, Some(NOW.plus(HOUR * 24)));
    assert!(matches!(person.shown, Shown::Key { may_confirm: true, .. }));
    scene.clock.advance(HOUR * 24);
    assert!(scene.gate.who(made.secret.reveal()).is_err() && scene.gate.keys().is_empty());
    let again = NewKey { valid_for_days: None, ..wanted };
    let again = scene.gate.make_key(again, &root_at_socket()).await.unwrap();
    assert!(person.life.is_over(), "its name is another's now");
    assert!(scene.gate.who(again.secret.reveal()).is_ok());
}
