//! What administrators decide, and what updates ask for beyond it.

use super::*;

#[tokio::test]
async fn an_update_that_asks_for_more_waits() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0"]);
    assert_eq!(shop.broken(), ["one skill-asks-more"]);
    let hint = shop.stage.host.catalog().broken()[0].reason.hint.clone();
    assert!(hint.contains("capability: kv") && hint.contains("Remembers."), "{hint}");
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0"], "after a restart too");
}

#[tokio::test]
async fn an_approval_counts_for_what_was_looked_at_and_is_audited() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let before = shop.reloader.grants(&one).await.unwrap();
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    let stale = shop.reloader.approve(&one, before.revision, &admin).await;
    assert!(matches!(stale, Err(ReloadError::Changed { .. })), "{stale:?}");

    let now = shop.reloader.grants(&one).await.unwrap();
    assert!(now.allowed.is_empty() && !now.requested.is_empty());
    shop.reloader.approve(&one, now.revision, &admin).await.unwrap();
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.1.0".to_owned()], Vec::new()));
    let decided = |event: &AuditEvent| matches!(event, AuditEvent::Decided { what, .. } if what.contains("capability: kv"));
    assert!(shop.stage.fakes.store.events().iter().any(decided));
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0"], "after a restart too");
}

#[tokio::test]
async fn a_trusted_folder_gets_what_it_asks_for_until_somebody_decides() {
    let trusting = Allowances { trusting: true, ..Allowances::none() };
    let shop = Shop::with(TempDir::new().unwrap(), trusting).await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    let granted = |shop: &Shop| {
        let catalog = shop.stage.host.catalog();
        catalog.skill(&one).map(|skill| !skill.allowed().is_empty())
    };
    shop.write("one", "1.0.0", "");
    shop.look().await;
    assert_eq!(granted(&shop), Some(false));
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    assert_eq!((granted(&shop), shop.broken()), (Some(true), Vec::new()));
    shop.write("one", "1.2.0", "");
    fs::write(shop.skill("one").join("it.wasm"), "text").unwrap();
    shop.look().await;
    assert_eq!(granted(&shop), Some(true), "what is wrong with an update leaves the old one");
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    shop.reloader.enable(&one, false, &admin).await.unwrap();
    assert_eq!(granted(&shop), None);
    shop.reloader.enable(&one, true, &admin).await.unwrap();
    assert_eq!(granted(&shop), Some(true));
    shop.reloader.revoke(&one, false, &admin).await.unwrap();
    assert_eq!(granted(&shop), Some(false));
    assert!(shop.reloader.grants(&one).await.unwrap().allowed.is_empty());
    shop.reloader.revoke(&one, true, &admin).await.unwrap();
    assert_eq!(granted(&shop), Some(true));
}

#[tokio::test]
async fn what_was_revoked_stays_revoked_until_the_settings_count_again() {
    let folder = TempDir::new().unwrap();
    let shop = Shop::with(folder, allowing("[{capability: kv}]")).await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    let allowed = |shop: &Shop| {
        let catalog = shop.stage.host.catalog();
        catalog.skills().next().is_some_and(|skill| !skill.allowed().is_empty())
    };
    shop.write("one", "1.0.0", REQUESTS);
    shop.look().await;
    assert!(allowed(&shop));
    shop.reloader.revoke(&one, false, &admin).await.unwrap();
    assert!(!allowed(&shop));
    let shop = shop.again().await;
    shop.look().await;
    assert!(!allowed(&shop));
    shop.reloader.revoke(&one, true, &admin).await.unwrap();
    assert!(allowed(&shop));
}

#[tokio::test]
async fn what_needs_a_grant_does_not_serve_without_it() {
    let folder = TempDir::new().unwrap();
    let (id, admin) = ("temperatures".parse::<SkillId>().unwrap(), caller("uid:0", Door::Cli));
    copy(&built_skills().join(id.as_str()), &folder.path().join("skills").join(id.as_str()));
    let allowances = crate::testing::stage::allow_all(&folder.path().join("skills"));
    let shop = Shop::with(folder, allowances).await;
    shop.look().await;
    let old = Arc::clone(shop.stage.host.catalog().skills().next().unwrap());
    shop.reloader.revoke(&id, false, &admin).await.unwrap();
    assert_eq!(shop.serving().len(), 0);
    assert_eq!(shop.broken(), ["temperatures skill-not-allowed"]);
    // Nor does what runs: it ends at once.
    old.life.hold().ended().await;
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving().len(), 0);
}

#[tokio::test]
async fn a_decision_counts_though_the_folder_cannot_be_read() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", "");
    shop.write("two", "1.0.0", "");
    shop.look().await;
    let skills = shop.folder.path().join("skills");
    fs::rename(&skills, shop.folder.path().join("away")).unwrap();
    shop.reloader.enable(&one, false, &admin).await.unwrap_err();
    assert_eq!(shop.serving(), ["two 1.0.0"]);
}

#[tokio::test]
async fn a_replaced_revision_loses_its_grant_too() {
    let folder = TempDir::new().unwrap();
    let shop = Shop::with(folder, allowing("[{capability: kv}]")).await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", REQUESTS);
    shop.look().await;
    let old = Arc::clone(shop.stage.host.catalog().skills().next().unwrap());
    let mut held = old.life.hold();
    let mut call = Box::pin(held.ended());
    tokio::select! {
        biased;
        () = &mut call => panic!("it has ended"),
        () = std::future::ready(()) => {}
    }
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    assert_eq!((shop.serving(), old.life.calls()), (vec!["one 1.1.0".to_owned()], 1));
    shop.reloader.revoke(&one, false, &admin).await.unwrap();
    call.await;
}

#[tokio::test]
async fn grants_that_cannot_be_read_grant_nothing_and_stop_nobody() {
    let folder = TempDir::new().unwrap();
    let shop = Shop::with(folder, allowing("[{capability: kv}]")).await;
    let one: SkillId = "one".parse().unwrap();
    let decision = Decision {
        skill: one.clone(),
        grants: Some("[{capability: tomorrow}]".to_owned()),
        revision: None,
        enabled: true,
        by: caller("uid:0", Door::Cli),
        at: Timestamp(0),
    };
    shop.decisions.put(&decision).await.unwrap();
    shop.write("one", "1.0.0", REQUESTS);
    shop.write("two", "1.0.0", "");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0", "two 1.0.0"]);
    assert!(shop.stage.host.catalog().skill(&one).unwrap().allowed().is_empty());
}

#[tokio::test]
async fn a_disabled_skill_does_not_serve_whatever_its_files_say() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.reloader.enable(&one, false, &admin).await.unwrap();
    assert_eq!((shop.serving().len(), shop.broken()), (0, vec!["one skill-disabled".to_owned()]));
    shop.write("one", "1.1.0", "");
    shop.look().await;
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!((shop.serving().len(), shop.broken()), (0, vec!["one skill-disabled".to_owned()]));
    shop.reloader.enable(&one, true, &admin).await.unwrap();
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.1.0".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_decision_that_cannot_be_audited_does_not_count() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.stage.fakes.store.audit_fails(true);
    shop.reloader.enable(&one, false, &admin).await.unwrap_err();
    assert_eq!(shop.serving(), ["one 1.0.0"]);
}

#[tokio::test]
async fn what_is_allowed_already_may_be_asked_for_later() {
    let folder = TempDir::new().unwrap();
    let shop = Shop::with(folder, allowing("[{capability: kv}]")).await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.1.0".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_pinned_skill_serves_only_as_it_was_approved() {
    let folder = TempDir::new().unwrap();
    let one: SkillId = "one".parse().unwrap();
    let mut allowances = allowing("[{capability: kv}]");
    allowances.pinned.insert(one.clone());
    let shop = Shop::with(folder, allowances).await;
    let admin = caller("uid:0", Door::Cli);
    shop.write("one", "1.0.0", REQUESTS);
    shop.look().await;
    assert_eq!(shop.broken(), ["one skill-not-approved"]);
    let first = shop.reloader.grants(&one).await.unwrap().revision;
    shop.reloader.approve(&one, first, &admin).await.unwrap();
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.0.0".to_owned()], Vec::new()));

    for requests in ["", REQUESTS] {
        shop.write("one", "1.1.0", requests);
        shop.look().await;
        assert_eq!(shop.serving(), ["one 1.0.0"], "it asks for no more, and has no approval");
        assert_eq!(shop.broken(), ["one skill-not-approved"]);
    }
    let stale = shop.reloader.approve(&one, first, &admin).await;
    assert!(matches!(stale, Err(ReloadError::Changed { .. })), "{stale:?}");
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0"], "after a restart too");

    let second = shop.reloader.grants(&one).await.unwrap().revision;
    shop.reloader.approve(&one, second, &admin).await.unwrap();
    assert_eq!(shop.serving(), ["one 1.1.0"]);
    shop.reloader.revoke(&one, true, &admin).await.unwrap();
    assert_eq!(shop.serving(), [""; 0], "the settings alone do not approve it");
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), [""; 0], "nor after a restart");
}

#[tokio::test]
async fn approving_what_cannot_be_loaded_leaves_the_old_revision() {
    let broken = [
        ("skill-compiling", large::large(b"text".to_vec())),
        ("skill-not-a-component", b"text".to_vec()),
    ];
    for (code, component) in broken {
        let mut allowances = Allowances::none();
        let one: SkillId = "one".parse().unwrap();
        allowances.pinned.insert(one.clone());
        let shop = Shop::with(TempDir::new().unwrap(), allowances).await;
        let admin = caller("uid:0", Door::Cli);
        let approve = async || {
            shop.look().await;
            let looked_at = shop.reloader.grants(&one).await.unwrap().revision;
            shop.reloader.approve(&one, looked_at, &admin).await.unwrap();
        };
        shop.write("one", "1.0.0", "");
        approve().await;
        let old = Arc::clone(shop.stage.host.catalog().skill(&one).unwrap());
        shop.write("one", "1.1.0", REQUESTS);
        fs::write(shop.skill("one").join("it.wasm"), component).unwrap();
        approve().await;
        assert_eq!(shop.serving(), ["one 1.0.0"], "{code}");
        assert_eq!(shop.broken(), [format!("one {code}")]);
        assert!(!old.life.is_over(), "nor do its calls end: {code}");
        assert!(shop.stage.invoke("one.run", json!({})).await.is_ok());
    }
}

#[tokio::test]
async fn more_grants_for_the_same_revision_count_at_once() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", REQUESTS);
    shop.look().await;
    let allowed = || shop.stage.host.catalog().skill(&one).unwrap().allowed().clone();
    assert!(allowed().is_empty());
    let first = shop.reloader.grants(&one).await.unwrap().revision;
    shop.reloader.approve(&one, first, &admin).await.unwrap();
    assert!(!allowed().is_empty());
}

#[tokio::test]
async fn grants_are_not_inherited_where_others_may_write() {
    let folder = TempDir::new().unwrap();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(folder.path(), 0o755);
    let shop = Shop::with(folder, allowing("[{capability: kv}]")).await;
    shop.write("one", "1.0.0", REQUESTS);
    shop.write("two", "1.0.0", "");
    open(&shop.skill("one"), 0o777);
    open(&shop.skill("two"), 0o777);
    shop.look().await;
    assert_eq!(shop.serving(), ["two 1.0.0"], "what asks for nothing inherits nothing");
    assert_eq!(shop.broken(), ["one skill-not-approved"]);
    let hint = shop.stage.host.catalog().broken()[0].reason.to_string();
    assert!(hint.contains("others may write"), "{hint}");
    for file in fs::read_dir(shop.skill("one")).unwrap() {
        open(&file.unwrap().path(), 0o644);
    }
    open(&shop.skill("one"), 0o755);
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0", "two 1.0.0"]);
}
