//! A whole skill host on the fakes, with built skills or rogues.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::caller::{Door, Principal};
use jarvis_domain::invocation::{Answer, InvokeResult, Question, Watcher};
use jarvis_domain::{Caller, Fault, Invocation, Origin, Reply, RequestId, Role};
use jarvis_policy::Lowering;
use jarvis_sentences::Aliases;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::cluster::cluster_id;
use super::scan;
use super::{Fakes, Rogue, Seen, built_skills, rogue};
use crate::catalog::{Allowances, Catalog};
use crate::engine::SkillEngine;
use crate::invoke::{HostParts, Site, SkillHost};

/// A host, its fakes and one caller.
pub(crate) struct Stage {
    pub(crate) fakes: Fakes,
    pub(crate) host: Arc<SkillHost>,
    pub(crate) watcher: Arc<Seen>,
    pub(crate) caller: Caller,
}

/// One engine for all tests, and the built skills compiled once.
static ENGINE: OnceCell<SkillEngine> = OnceCell::const_new();
static SHIPPED: OnceCell<Catalog> = OnceCell::const_new();

pub(crate) async fn engine() -> SkillEngine {
    ENGINE.get_or_init(|| async { SkillEngine::new().unwrap() }).await.clone()
}

/// All that `folder` requests, allowed.
pub(crate) fn allow_all(folder: &Path) -> Allowances {
    let found = scan(folder).unwrap();
    let sound = found.iter().filter_map(|(_, skill)| skill.as_ref().ok());
    let grants = sound.map(|skill| (skill.manifest.id.clone(), skill.manifest.requests.clone()));
    Allowances::of(grants.collect())
}

/// Loads `folder`.
pub(crate) async fn load(folder: &Path, allowances: &Allowances) -> Catalog {
    super::load(scan(folder).unwrap(), allowances, &engine().await).await
}

impl Stage {
    /// With the built skills, everything they request allowed.
    pub(crate) async fn shipped() -> Self {
        let shipped = SHIPPED.get_or_init(|| async {
            let folder = built_skills();
            load(&folder, &allow_all(&folder)).await
        });
        let catalog = shipped.await.clone();
        assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
        Self::with(catalog, Lowering::default()).await
    }

    /// With one rogue, `rogue.run`, that declares `change`.
    pub(crate) async fn rogue(what: Rogue) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_rogue(folder.path(), what);
        let catalog = load(folder.path(), &Allowances::none()).await;
        Self::with(catalog, Lowering::default()).await
    }

    pub(crate) async fn with(catalog: Catalog, lowered: Lowering) -> Self {
        Self::on(engine().await, catalog, lowered)
    }

    /// On an engine of its own, whose places no other test takes.
    pub(crate) fn on(engine: SkillEngine, catalog: Catalog, lowered: Lowering) -> Self {
        let fakes = Fakes::new();
        let parts = HostParts {
            engine,
            catalog,
            main: Site {
                cluster: cluster_id(),
                names: Vec::new(),
                aliases: Aliases::new(),
                ports: fakes.ports(),
            },
            others: Vec::new(),
            skill_config: BTreeMap::new(),
            pin: "4271".parse().ok(),
            lowered,
            timers: None,
        };
        let host = Arc::new(SkillHost::new(parts));
        Self { fakes, host, watcher: Arc::default(), caller: caller("uid:1000", Door::Cli) }
    }

    pub(crate) fn watcher(&self) -> Arc<dyn Watcher> {
        self.watcher.clone()
    }

    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> InvokeResult {
        self.invoke_as(&self.caller, invocation(command, arguments)).await
    }

    pub(crate) async fn invoke_as(&self, caller: &Caller, invocation: Invocation) -> InvokeResult {
        self.host.invoke(invocation, caller, self.watcher()).await
    }

    pub(crate) async fn reply(&self, command: &str, arguments: Value) -> Reply {
        reply(self.invoke(command, arguments).await)
    }

    pub(crate) async fn fault(&self, command: &str, arguments: Value) -> Fault {
        *self.invoke(command, arguments).await.unwrap_err()
    }

    /// The question about a destructive command.
    pub(crate) async fn question(&self, command: &str, arguments: Value) -> Question {
        match self.invoke(command, arguments).await.unwrap() {
            Answer::Question(question) => question,
            other => panic!("no question: {other:?}"),
        }
    }

    pub(crate) async fn confirm(
        &self,
        question: &Question,
        by: &Caller,
        words: &str,
    ) -> InvokeResult {
        self.host.confirm(question.id, by, words, self.watcher()).await
    }

    /// Runs `command` while time passes, a second for each turn of the others.
    pub(crate) async fn invoke_while_time_passes(
        &self,
        command: &str,
        arguments: Value,
    ) -> InvokeResult {
        let running = self.invoke(command, arguments);
        tokio::pin!(running);
        loop {
            tokio::select! {
                biased;
                ended = &mut running => return ended,
                () = tokio::task::yield_now() => self.fakes.clock.advance(Duration::from_secs(1)),
            }
        }
    }
}

impl Allowances {
    /// Nothing allowed, the usual ceilings.
    pub(crate) fn none() -> Self {
        Self::of(BTreeMap::new())
    }
}

pub(crate) fn caller(principal: &str, door: Door) -> Caller {
    Caller { principal: Principal(principal.to_owned()), door, role: Some(Role::Operator) }
}

pub(crate) fn invocation(command: &str, arguments: Value) -> Invocation {
    let Value::Object(arguments) = arguments else { panic!("{arguments} is no object") };
    Invocation {
        request: RequestId::new(),
        cluster: cluster_id(),
        command: command.parse().unwrap(),
        arguments,
        origin: Origin::Template,
        locale: "en".to_owned(),
        words: None,
        confirmed: false,
        chosen: None,
    }
}

pub(crate) fn reply(answered: InvokeResult) -> Reply {
    match answered.unwrap() {
        Answer::Reply(reply) => reply,
        other => panic!("no reply: {other:?}"),
    }
}

/// Lays a rogue out as a skill's folder.
pub(crate) fn write_rogue(skills: &Path, what: Rogue) {
    let folder = skills.join("rogue");
    std::fs::create_dir(&folder).unwrap();
    let manifest = "id: rogue\nversion: 0.1.0\ncontract: \"0.1\"\nsummary: Misbehaves.\n\
        commands:\n  run:\n    summary: Misbehaves.\n    risk: change\n\
        limits: {memory: 8MiB, time: 200ms}\n";
    std::fs::write(folder.join("skill.yaml"), manifest).unwrap();
    std::fs::write(folder.join("rogue.wasm"), rogue(what)).unwrap();
}
