//! Who is let in, and what those are told who are not.

use jarvis_domain::identity::retry_after;

use super::*;

#[tokio::test]
async fn who_has_a_role_is_let_in_with_it() {
    let scene = Scene::new().await;
    for (account, role) in
        [("root@pam", Role::Admin), ("alice@pam", Role::Operator), ("bob@pve", Role::Operator)]
    {
        let signed_in = scene.sign_in(account).await;
        let person = scene.gate.who(signed_in.token.reveal()).unwrap();
        assert_eq!(person.caller, signed_in.person.caller);
        assert_eq!(person.caller.principal.0, format!("user:{account}"));
        assert_eq!((person.caller.door, person.caller.role), (Door::Api, Some(role)));
        assert_eq!(person.expires, Some(NOW.plus(8 * HOUR)));
        assert!(person.is_person() && !person.life.is_over());
    }
    let found = scene.gate.sign_ins();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|one| one.since == NOW && one.address.to_string() == "192.0.2.7"));
    let bob = found.iter().find(|one| one.account.as_str() == "bob@pve").unwrap();
    assert_eq!(bob.groups.len(), 2);
    assert_eq!(scene.log.lines()[0], "user:root@pam: signed in from 192.0.2.7, as admin");
    let tfa = jarvis_domain::identity::Attempt {
        code: Some(Secret::new("123456")),
        ..attempt("tfa@pam", PASSWORD)
    };
    assert!(scene.gate.sign_in(tfa).await.is_ok());
}

#[tokio::test]
async fn unknown_wrong_and_disabled_are_told_the_same() {
    let scene = Scene::new().await;
    let mut told = Vec::new();
    for (account, password) in [
        ("ghost@pam", "wrong"),
        ("ghost@pam", PASSWORD),
        ("root@pam", "wrong"),
        ("root@pam", ""),
        ("retired@pam", PASSWORD),
        ("tfa@pam", "wrong"),
        ("root@pam", "x".repeat(2000).as_str()),
    ] {
        told.push(scene.refused(attempt(account, password)).await);
    }
    let wrong_code = jarvis_domain::identity::Attempt {
        code: Some(Secret::new("000000")),
        ..attempt("tfa@pam", PASSWORD)
    };
    told.push(scene.refused(wrong_code).await);
    assert!(told.iter().all(|fault| *fault == told[0]), "{told:?}");
    assert_eq!(code(&told[0]), ("auth-refused", 401));
    let lines = scene.log.lines();
    assert_eq!(lines.len(), told.len());
    assert_eq!(
        lines[4],
        "nobody: refused retired@pam from 192.0.2.7: the cluster's account is disabled or has expired"
    );
    assert!(scene.gate.sign_ins().is_empty());
}

#[tokio::test]
async fn other_refusals_say_what_to_do() {
    let scene = Scene::new().await;
    for (account, expected) in [
        ("nobody@pam", ("auth-no-role", 403)),
        ("tfa@pam", ("auth-code-needed", 401)),
        ("broken@pam", ("auth-unavailable", 503)),
        ("lost@pam", ("auth-unavailable", 503)),
    ] {
        // None of them is a wrong password, so none makes the next one wait.
        for _ in 0..15 {
            let fault = scene.refused(attempt(account, PASSWORD)).await;
            assert_eq!(code(&fault), expected, "{fault}");
        }
    }
    assert_eq!(scene.log.lines().len(), 30, "nothing slows them, and they fill no log");
    scene.clock.advance(Duration::from_secs(60));
    let fault = scene.refused(attempt("nobody@pam", PASSWORD)).await;
    let last = scene.log.lines().pop().unwrap();
    assert!(last.ends_with("it has no role; 30 others before it are not written down"), "{last}");
    assert!(fault.hint.contains("server: roles:"), "{}", fault.hint);
    let fault = scene.refused(attempt("lost@pam", PASSWORD)).await;
    assert!(fault.causes.is_empty() && !fault.to_string().contains("node"), "{fault}");
    let last = scene.log.lines().pop().unwrap();
    assert!(last.contains("the node is silent"), "{last}");
}

#[tokio::test]
async fn each_refusal_ends_with_a_quantum() {
    let scene = Scene::with(Duration::from_millis(500)).await;
    for (account, password) in [
        ("ghost@pam", "wrong"),
        ("root@pam", "wrong"),
        ("retired@pam", PASSWORD),
        ("nobody@pam", PASSWORD),
        ("tfa@pam", PASSWORD),
    ] {
        let refused = scene.gate.sign_in(attempt(account, password));
        tokio::pin!(refused);
        assert!(futures_poll(&mut refused).await.is_none(), "{account} is told at once");
        scene.clock.advance(Duration::from_millis(499));
        assert!(futures_poll(&mut refused).await.is_none(), "{account} is told early");
        scene.clock.advance(Duration::from_millis(1));
        assert!(futures_poll(&mut refused).await.is_some(), "{account} is told late");
    }
    // Who is let in does not wait.
    assert!(
        futures_poll(&mut Box::pin(scene.gate.sign_in(attempt("root@pam", PASSWORD))))
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_disabled_account_is_not_told_by_the_time_of_its_look_up() {
    let scene = Scene::with(Duration::from_millis(500)).await;
    scene.accounts.slow(&scene.clock, Duration::from_millis(700));
    // The first look passes by itself, the others are waited for.
    for (account, password, wait) in
        [("retired@pam", PASSWORD, 300), ("root@pam", "wrong", 1000), ("ghost@pam", "wrong", 1000)]
    {
        let refused = scene.gate.sign_in(attempt(account, password));
        tokio::pin!(refused);
        let mut waited = 0;
        while futures_poll(&mut refused).await.is_none() {
            scene.clock.advance(Duration::from_millis(1));
            waited += 1;
        }
        assert_eq!(waited, wait, "{account}");
    }
}

/// What `future` has come to by now, without waiting.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}

#[tokio::test]
async fn ten_thousand_wrong_passwords_leave_a_dozen_lines() {
    let scene = Scene::new().await;
    scene.sign_in("root@pam").await;
    let (lines, mut refused, mut slowed) = (scene.log.lines().len(), 0, 0);
    for _ in 0..10_000 {
        let fault = scene.refused(attempt("alice@pam", "wrong")).await;
        match code(&fault) {
            ("auth-refused", 401) => refused += 1,
            ("auth-throttled", 429) => {
                slowed += 1;
                assert_eq!(retry_after(&fault), Some(Duration::from_secs(1)));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((refused, slowed), (4, 9996));
    let lines = scene.log.lines().split_off(lines);
    assert_eq!(lines.len(), 4 + 4, "{lines:?}");
    assert!(lines[7].ends_with("1000 such in a row"), "{}", lines[7]);
    // The right password waits like the wrong ones, and not for ever.
    assert_eq!(code(&*scene.refused(attempt("alice@pam", PASSWORD)).await).1, 429);
    scene.clock.advance(Duration::from_secs(1));
    scene.sign_in("alice@pam").await;
    scene.sign_in("root@pam").await;
}

#[tokio::test]
async fn nobody_is_let_in_whose_sign_in_cannot_be_written_down() {
    let scene = Scene::new().await;
    scene.memory.break_down();
    let fault = scene.refused(attempt("root@pam", PASSWORD)).await;
    assert_eq!(code(&fault), ("state-unusable", 503));
    assert!(scene.gate.sign_ins().is_empty());
}

#[tokio::test]
async fn no_secret_is_on_disk_or_in_the_log() {
    let scene = Scene::new().await;
    let token = scene.sign_in("root@pam").await.token;
    scene.refused(attempt("alice@pam", "hunter2")).await;
    let wanted = NewKey {
        name: "nas".to_owned(),
        role: Role::Viewer,
        may_confirm: false,
        valid_for_days: None,
    };
    let key = scene.gate.make_key(wanted, &root_at_socket()).await.unwrap().secret;
    let all = format!("{}{}{:?}", scene.memory.text(), scene.log.lines().join("\n"), scene.gate);
    let secret_of_key = key.reveal().rsplit('_').next().unwrap();
    for secret in [token.reveal(), "hunter2", SECRET, secret_of_key] {
        assert!(!all.contains(secret), "{secret}");
    }
}
