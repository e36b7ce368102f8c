use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::{Clock, Door};
use jarvis_policy::{Form, GrantSet, Lowering};
use serde_json::json;
use tempfile::TempDir;

use super::beside::LARGE;
use super::*;
use crate::testing::stage::{Stage, caller};
use crate::testing::{FakeDecisions, Rogue, built_skills, rogue};

/// A host with an empty catalog, and a folder of skills beside it.
struct Shop {
    stage: Stage,
    folder: TempDir,
    shelf: Shelf,
    decisions: Arc<FakeDecisions>,
}

const REQUESTS: &str = "requests:\n  - {capability: kv, reason: Remembers.}\n";

impl Shop {
    async fn new() -> Self {
        Self::with(TempDir::new().unwrap(), Allowances::none()).await
    }

    async fn with(folder: TempDir, allowances: Allowances) -> Self {
        Self::deciding(folder, allowances, Arc::default()).await
    }

    async fn deciding(
        folder: TempDir,
        allowances: Allowances,
        decisions: Arc<FakeDecisions>,
    ) -> Self {
        fs::create_dir_all(folder.path().join("skills")).unwrap();
        let stage = Stage::with(Catalog::default(), Lowering::default()).await;
        let shelf = Shelf::new(ShelfParts {
            host: Arc::clone(&stage.host),
            folder: folder.path().join("skills"),
            allowances,
            decisions: decisions.clone(),
            last_good: Some(folder.path().join("last-good")),
            clock: Arc::clone(&stage.fakes.clock) as Arc<dyn Clock>,
        });
        Self { stage, folder, shelf, decisions }
    }

    /// The same folders, in a host that was started again.
    async fn again(self) -> Self {
        let allowances = self.shelf.settings.clone();
        Self::deciding(self.folder, allowances, self.decisions).await
    }

    fn skill(&self, id: &str) -> PathBuf {
        self.folder.path().join("skills").join(id)
    }

    /// Writes a skill of this version that asks for `requests`.
    fn write(&self, id: &str, version: &str, requests: &str) {
        let folder = self.skill(id);
        fs::create_dir_all(&folder).unwrap();
        let manifest = format!(
            "id: {id}\nversion: {version}\ncontract: \"0.1\"\nsummary: Answers.\ncommands:\n  \
             run:\n    summary: Answers.\n    risk: read\n{requests}"
        );
        fs::write(folder.join("skill.yaml"), manifest).unwrap();
        fs::write(folder.join("it.wasm"), rogue(Rogue::default())).unwrap();
    }

    async fn look(&self) -> Looked {
        self.shelf.look().await.unwrap()
    }

    /// What serves, as `id version`.
    fn serving(&self) -> Vec<String> {
        let named = |skill: &Arc<Skill>| format!("{} {}", skill.id(), skill.manifest.version);
        self.stage.host.catalog().skills().map(named).collect()
    }

    /// What does not, as `folder code`.
    fn broken(&self) -> Vec<String> {
        let named = |broken: &Broken| {
            let name = broken.path.file_name().unwrap().to_string_lossy().into_owned();
            format!("{name} {}", broken.reason.code)
        };
        self.stage.host.catalog().broken().iter().map(named).collect()
    }
}

fn allowing(yaml: &str) -> Allowances {
    let grants = GrantSet::parse(yaml, Form::Allowance).unwrap();
    let grants = std::iter::once(("one".parse().unwrap(), grants));
    Allowances::of(grants.collect())
}

#[tokio::test]
async fn skills_come_change_and_go() {
    let shop = Shop::new().await;
    assert_eq!(shop.look().await, Looked { changed: false, again: None });
    shop.write("one", "1.0.0", "");
    assert!(shop.look().await.changed);
    assert_eq!(shop.serving(), ["one 1.0.0"]);
    shop.write("one", "1.1.0", "");
    shop.write("two", "2.0.0", "");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0", "two 2.0.0"]);

    fs::remove_dir_all(shop.skill("one")).unwrap();
    assert_eq!(shop.look().await, Looked { changed: false, again: Some(GRACE) });
    shop.stage.fakes.clock.advance(GRACE);
    assert_eq!(shop.look().await, Looked { changed: true, again: None });
    assert_eq!(shop.serving(), ["two 2.0.0"]);
}

#[tokio::test]
async fn the_same_content_is_not_loaded_again() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let before = shop.stage.host.catalog();
    shop.write("one", "1.0.0", "");
    assert!(!shop.look().await.changed);
    assert!(Arc::ptr_eq(&before, &shop.stage.host.catalog()));
}

#[tokio::test]
async fn a_folder_that_is_gone_for_a_moment_serves_on() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    fs::rename(shop.skill("one"), shop.folder.path().join("aside")).unwrap();
    shop.look().await;
    shop.stage.fakes.clock.advance(GRACE / 2);
    assert_eq!(shop.look().await.again, Some(GRACE / 2));
    fs::rename(shop.folder.path().join("aside"), shop.skill("one")).unwrap();
    assert_eq!(shop.look().await, Looked { changed: false, again: None });
    // Its absence is not held against it later.
    shop.stage.fakes.clock.advance(GRACE);
    fs::remove_dir_all(shop.skill("one")).unwrap();
    assert_eq!(shop.look().await.again, Some(GRACE));
    assert_eq!(shop.serving(), ["one 1.0.0"]);
}

#[tokio::test]
async fn whatever_is_wrong_with_an_update_leaves_the_old_revision() {
    type Break = fn(&Path);
    let breaks: [(&str, Break); 6] = [
        ("skill-not-a-component", |folder| fs::write(folder.join("it.wasm"), "text").unwrap()),
        ("skill-not-a-component", |folder| {
            let whole = rogue(Rogue { pages: 2, ..Rogue::default() });
            fs::write(folder.join("it.wasm"), &whole[..whole.len() / 2]).unwrap();
        }),
        ("skill-contract", |folder| {
            let newer = rogue(Rogue { contract: "0.9.0", ..Rogue::default() });
            fs::write(folder.join("it.wasm"), newer).unwrap();
        }),
        ("skill-manifest", |folder| fs::write(folder.join("skill.yaml"), "id: [").unwrap()),
        ("skill-folder", |folder| fs::remove_file(folder.join("it.wasm")).unwrap()),
        ("skill-folder", |folder| fs::remove_file(folder.join("skill.yaml")).unwrap()),
    ];
    for (code, break_it) in breaks {
        let shop = Shop::new().await;
        shop.write("one", "1.0.0", "");
        shop.write("two", "1.0.0", "");
        shop.look().await;
        break_it(&shop.skill("one"));
        shop.look().await;
        assert_eq!(shop.serving(), ["one 1.0.0", "two 1.0.0"], "{code}");
        assert_eq!(shop.broken(), [format!("one {code}")]);
        assert!(shop.stage.invoke("one.run", json!({})).await.is_ok());
        // A restart serves the last good files, and says what is wrong.
        let shop = shop.again().await;
        shop.look().await;
        assert_eq!(shop.serving(), ["one 1.0.0", "two 1.0.0"], "{code}");
        assert_eq!(shop.broken(), [format!("one {code}")]);
        shop.write("one", "1.0.1", "");
        shop.look().await;
        assert_eq!(shop.serving(), ["one 1.0.1", "two 1.0.0"]);
        assert!(shop.broken().is_empty());
    }
}

#[tokio::test]
async fn nobody_waits_for_a_large_component_to_be_compiled() {
    /// A custom section (0) with a name of one byte and nothing but zeros: no
    /// engine looks at it.
    fn large(mut component: Vec<u8>) -> Vec<u8> {
        let size = 2 + u32::try_from(LARGE).unwrap();
        let leb = (0..5).map(|at| (size >> (7 * at)) as u8 & 0x7f | u8::from(at < 4) << 7);
        component.push(0);
        component.extend(leb);
        component.extend([1, b'n']);
        component.resize(component.len() + LARGE, 0);
        component
    }
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.write("two", "1.0.0", "");
    let component = shop.skill("two").join("it.wasm");
    fs::write(&component, large(rogue(Rogue::default()))).unwrap();
    shop.write("one", "1.1.0", "");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0"]);
    assert_eq!(shop.broken(), ["two skill-compiling"]);
    shop.shelf.beside.told.notified().await;
    shop.look().await;
    assert_eq!((shop.serving().len(), shop.broken()), (2, Vec::new()));
    // What is wrong with it is told as of any other.
    fs::write(&component, large(b"text".to_vec())).unwrap();
    shop.look().await;
    assert_eq!(shop.broken(), ["two skill-compiling"]);
    shop.shelf.beside.told.notified().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0", "two 1.0.0"]);
    assert_eq!(shop.broken(), ["two skill-not-a-component"]);
}

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
    let before = shop.shelf.grants(&one).await.unwrap();
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    let stale = shop.shelf.approve(&one, before.revision, &admin).await;
    assert!(matches!(stale, Err(ShelfError::Changed { .. })), "{stale:?}");

    let now = shop.shelf.grants(&one).await.unwrap();
    assert!(now.allowed.is_empty() && !now.requested.is_empty());
    shop.shelf.approve(&one, now.revision, &admin).await.unwrap();
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
    shop.shelf.enable(&one, false, &admin).await.unwrap();
    assert_eq!(granted(&shop), None);
    shop.shelf.enable(&one, true, &admin).await.unwrap();
    assert_eq!(granted(&shop), Some(true));
    shop.shelf.revoke(&one, false, &admin).await.unwrap();
    assert_eq!(granted(&shop), Some(false));
    assert!(shop.shelf.grants(&one).await.unwrap().allowed.is_empty());
    shop.shelf.revoke(&one, true, &admin).await.unwrap();
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
    shop.shelf.revoke(&one, false, &admin).await.unwrap();
    assert!(!allowed(&shop));
    let shop = shop.again().await;
    shop.look().await;
    assert!(!allowed(&shop));
    shop.shelf.revoke(&one, true, &admin).await.unwrap();
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
    shop.shelf.revoke(&id, false, &admin).await.unwrap();
    assert_eq!(shop.serving().len(), 0);
    assert_eq!(shop.broken(), ["temperatures skill-not-allowed"]);
    // Nor does what runs: it ends at once.
    old.life.ended().await;
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
    shop.shelf.enable(&one, false, &admin).await.unwrap_err();
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
    let mut call = Box::pin(old.life.ended());
    tokio::select! {
        biased;
        () = &mut call => panic!("it has ended"),
        () = std::future::ready(()) => {}
    }
    shop.write("one", "1.1.0", REQUESTS);
    shop.look().await;
    assert_eq!((shop.serving(), old.life.calls()), (vec!["one 1.1.0".to_owned()], 1));
    shop.shelf.revoke(&one, false, &admin).await.unwrap();
    call.await;
}

#[tokio::test]
async fn what_was_removed_while_the_host_was_down_stays_removed() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.write("two", "1.0.0", "");
    shop.look().await;
    fs::remove_dir_all(shop.skill("one")).unwrap();
    let shop = shop.again().await;
    shop.look().await;
    fs::create_dir(shop.skill("one")).unwrap();
    shop.look().await;
    assert_eq!(
        (shop.serving(), shop.broken()),
        (vec!["two 1.0.0".to_owned()], vec!["one skill-folder".to_owned()])
    );
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
    shop.shelf.enable(&one, false, &admin).await.unwrap();
    assert_eq!((shop.serving().len(), shop.broken()), (0, vec!["one skill-disabled".to_owned()]));
    shop.write("one", "1.1.0", "");
    shop.look().await;
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!((shop.serving().len(), shop.broken()), (0, vec!["one skill-disabled".to_owned()]));
    shop.shelf.enable(&one, true, &admin).await.unwrap();
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.1.0".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_decision_that_cannot_be_audited_does_not_count() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.stage.fakes.store.audit_fails(true);
    shop.shelf.enable(&one, false, &admin).await.unwrap_err();
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
async fn a_folder_of_skills_that_cannot_be_read_changes_nothing() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let skills = shop.folder.path().join("skills");
    fs::rename(&skills, shop.folder.path().join("away")).unwrap();
    shop.shelf.look().await.unwrap_err();
    assert_eq!(shop.serving(), ["one 1.0.0"]);
}

#[tokio::test]
async fn calls_end_on_the_revision_they_began_on_or_after_a_time() {
    for patient in [true, false] {
        let folder = TempDir::new().unwrap();
        let id = "vm-lifecycle";
        copy(&built_skills().join(id), &folder.path().join("skills").join(id));
        let requests = SkillFolder::read(&built_skills().join(id)).unwrap().manifest.requests;
        let grants = std::iter::once((id.parse().unwrap(), requests)).collect();
        let shop = Shop::with(folder, Allowances::of(grants)).await;
        shop.look().await;
        shop.stage.fakes.cluster.hangs(true);
        let began = shop.stage.host.catalog().skills().next().unwrap().revision();
        let (host, seen) = (Arc::clone(&shop.stage.host), shop.stage.watcher());
        let call = crate::testing::stage::invocation("vm-lifecycle.start", json!({"guest": 102}));
        let by = caller("uid:0", Door::Cli);
        let running = tokio::spawn(async move { host.invoke(call, &by, seen).await });
        let old = Arc::clone(shop.stage.host.catalog().skills().next().unwrap());
        while old.life.calls() == 0 {
            assert!(!running.is_finished());
            tokio::task::yield_now().await;
        }

        let manifest = shop.skill(id).join("skill.yaml");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, format!("{text}\n# newer\n")).unwrap();
        assert!(shop.look().await.changed, "{:?}", shop.broken());
        assert_ne!(shop.stage.host.catalog().skills().next().unwrap().revision(), began);
        assert_eq!(old.life.calls(), 1, "it goes on");
        if patient {
            shop.stage.fakes.cluster.hangs(false);
            let reply = crate::testing::stage::reply(running.await.unwrap());
            assert_eq!(reply.outcome, jarvis_domain::Outcome::Done, "{reply:?}");
            old.life.idle().await;
        } else {
            shop.stage.fakes.clock.advance(DRAIN);
            let fault = running.await.unwrap().unwrap_err();
            assert_eq!(fault.code, "skill-replaced", "{fault}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
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
    let first = shop.shelf.grants(&one).await.unwrap().revision;
    shop.shelf.approve(&one, first, &admin).await.unwrap();
    assert_eq!((shop.serving(), shop.broken()), (vec!["one 1.0.0".to_owned()], Vec::new()));

    for requests in ["", REQUESTS] {
        shop.write("one", "1.1.0", requests);
        shop.look().await;
        assert_eq!(shop.serving(), ["one 1.0.0"], "it asks for no more, and has no approval");
        assert_eq!(shop.broken(), ["one skill-not-approved"]);
    }
    let stale = shop.shelf.approve(&one, first, &admin).await;
    assert!(matches!(stale, Err(ShelfError::Changed { .. })), "{stale:?}");
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0"], "after a restart too");

    let second = shop.shelf.grants(&one).await.unwrap().revision;
    shop.shelf.approve(&one, second, &admin).await.unwrap();
    assert_eq!(shop.serving(), ["one 1.1.0"]);
    shop.shelf.revoke(&one, true, &admin).await.unwrap();
    assert_eq!(shop.serving(), [""; 0], "the settings alone do not approve it");
    let shop = shop.again().await;
    shop.look().await;
    assert_eq!(shop.serving(), [""; 0], "nor after a restart");
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
