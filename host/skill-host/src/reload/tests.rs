use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jarvis_domain::audit::AuditEvent;
use jarvis_domain::{Clock, Door};
use jarvis_policy::{Form, GrantSet, Lowering};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::catalog::{Broken, Catalog};
use crate::testing::stage::{Stage, caller};
use crate::testing::{FakeDecisions, Rogue, built_skills, rogue};

mod decisions;
mod large;

/// A host with an empty catalog, and a folder of skills beside it.
struct Shop {
    stage: Stage,
    folder: TempDir,
    reloader: Reloader,
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
        let reloader = Reloader::new(ReloaderParts {
            host: Arc::clone(&stage.host),
            folder: folder.path().join("skills"),
            allowances,
            decisions: decisions.clone(),
            last_good: Some(folder.path().join("last-good")),
            clock: Arc::clone(&stage.fakes.clock) as Arc<dyn Clock>,
        });
        Self { stage, folder, reloader, decisions }
    }

    /// The same folders, in a host that was started again.
    async fn again(self) -> Self {
        let allowances = self.reloader.settings.clone();
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
        self.reloader.look().await.unwrap()
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
    assert_eq!(shop.look().await, Looked { changed: false, again: None, compiling: false });
    shop.write("one", "1.0.0", "");
    assert!(shop.look().await.changed);
    assert_eq!(shop.serving(), ["one 1.0.0"]);
    shop.write("one", "1.1.0", "");
    shop.write("two", "2.0.0", "");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0", "two 2.0.0"]);

    fs::remove_dir_all(shop.skill("one")).unwrap();
    assert_eq!(shop.look().await, Looked { changed: false, again: Some(GRACE), compiling: false });
    shop.stage.fakes.clock.advance(GRACE);
    assert_eq!(shop.look().await, Looked { changed: true, again: None, compiling: false });
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
    assert_eq!(shop.look().await, Looked { changed: false, again: None, compiling: false });
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
async fn revisions_share_the_places_of_their_skill() {
    let shop = Shop::new().await;
    let places = || {
        let catalog = shop.stage.host.catalog();
        Arc::clone(&catalog.skill(&"one".parse().unwrap()).unwrap().linked.places)
    };
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let (first, all) = (places(), places().available_permits());
    let held = first.acquire_many(3).await.unwrap();
    shop.write("one", "1.1.0", "");
    shop.look().await;
    assert_eq!(places().available_permits(), all - 3);
    shop.write("one", "1.2.0", "limits: {concurrent: 2}\n");
    shop.look().await;
    assert_eq!(places().available_permits(), 0, "three calls run, and two may");
    drop(held);
    tokio::task::yield_now().await;
    assert_eq!(places().available_permits(), 2);
    shop.write("one", "1.3.0", "");
    shop.look().await;
    assert_eq!(places().available_permits(), all);
}

#[tokio::test]
async fn a_revision_that_was_ended_does_not_come_back() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    // As when it is disabled and enabled again while a look is under way.
    let id: SkillId = "one".parse().unwrap();
    shop.stage.host.catalog().skill(&id).unwrap().life.end();
    shop.reloader.seen.lock().await.stamps.remove("one");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.0.0"]);
    assert!(!shop.stage.host.catalog().skill(&id).unwrap().life.is_over());
    assert!(shop.stage.invoke("one.run", json!({})).await.is_ok());
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
async fn what_is_removed_while_nothing_of_it_serves_is_forgotten_too() {
    let shop = Shop::new().await;
    let admin = caller("uid:0", Door::Cli);
    for id in ["disabled", "broken", "back"] {
        shop.write(id, "1.0.0", "");
    }
    shop.look().await;
    for id in ["disabled", "back"] {
        shop.reloader.enable(&id.parse().unwrap(), false, &admin).await.unwrap();
    }
    let shop = shop.again().await;
    // Neither its own files nor the last good ones can be loaded.
    fs::write(shop.skill("broken").join("it.wasm"), "text").unwrap();
    let kept = |id: &str| shop.folder.path().join("last-good").join(id);
    fs::write(kept("broken").join("it.wasm"), "text").unwrap();
    shop.look().await;
    assert_eq!((shop.serving().len(), shop.broken().len()), (0, 3));

    for id in ["disabled", "broken", "back"] {
        fs::rename(shop.skill(id), shop.folder.path().join(id)).unwrap();
    }
    assert_eq!(shop.look().await.again, Some(GRACE));
    assert_eq!(shop.broken(), [""; 0]);
    fs::rename(shop.folder.path().join("back"), shop.skill("back")).unwrap();
    shop.stage.fakes.clock.advance(GRACE);
    assert_eq!(shop.look().await.again, None);
    let still = ["disabled", "broken", "back"].map(|id| kept(id).exists());
    assert_eq!(still, [false, false, true]);
}

#[tokio::test]
async fn a_folder_of_skills_that_cannot_be_read_changes_nothing() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let skills = shop.folder.path().join("skills");
    fs::rename(&skills, shop.folder.path().join("away")).unwrap();
    shop.reloader.look().await.unwrap_err();
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

#[tokio::test]
async fn a_call_that_has_not_begun_yet_is_ended_with_its_revision_too() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    let old = Arc::clone(shop.stage.host.catalog().skills().next().unwrap());
    shop.stage.fakes.cluster.names_hang(true);
    let (host, seen) = (Arc::clone(&shop.stage.host), shop.stage.watcher());
    let call = crate::testing::stage::invocation("one.run", json!({}));
    let by = caller("uid:0", Door::Cli);
    let running = tokio::spawn(async move { host.invoke(call, &by, seen).await });
    shop.stage.fakes.cluster.hanging.notified().await;
    assert_eq!(old.life.calls(), 1);
    shop.write("one", "1.1.0", "");
    shop.look().await;
    shop.stage.fakes.clock.advance(DRAIN);
    old.life.hold().ended().await;
    shop.stage.fakes.cluster.names_hang(false);
    let fault = running.await.unwrap().unwrap_err();
    assert_eq!(fault.code, "skill-replaced", "{fault}");
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
