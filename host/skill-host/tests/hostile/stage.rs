//! One host with all guests in it, and what comes of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jarvis_domain::invocation::Answer;
use jarvis_skill_host::folder::SkillFolder;
use jarvis_skill_host::testing::Fakes;
use jarvis_skill_host::{Allowances, SkillEngine, SkillHost, testing};

use crate::folders;
use crate::table::{ROWS, Row};

/// How often the folder that changes is read.
const READS: usize = 200;

/// The host, and where its skills lie.
pub(crate) struct Stage {
    pub(crate) host: Arc<SkillHost>,
    engine: SkillEngine,
    root: tempfile::TempDir,
    allowances: Allowances,
    #[allow(dead_code, reason = "the bench does not look into it")]
    pub(crate) fakes: Fakes,
}

impl Stage {
    /// With every guest of the table, and `others` besides, which are allowed
    /// all that they ask for.
    pub(crate) async fn new(others: &[PathBuf]) -> Self {
        let components = folders::build();
        let root = tempfile::tempdir().unwrap();
        for row in ROWS {
            folders::lay_out(row, &components, root.path());
        }
        let mut scan = testing::scan(root.path()).unwrap();
        scan.extend(others.iter().map(|path| (path.clone(), SkillFolder::read(path))));
        let refused = |id: &str| ROWS.iter().any(|row| row.guest == id && !row.allowed);
        let sound = scan.iter().filter_map(|(_, read)| read.as_ref().ok());
        let grants = sound
            .filter(|skill| !refused(skill.manifest.id.as_str()))
            .map(|skill| (skill.manifest.id.clone(), skill.manifest.requests.clone()));
        let allowances = Allowances::of(grants.collect());
        let engine = SkillEngine::new().unwrap();
        let catalog = testing::load(scan, &allowances, &engine).await;
        let fakes = Fakes::new();
        // No task ends: who waits for one waits until the time is up.
        fakes.cluster.ends(None);
        let host = fakes.unrecorded(engine.clone(), catalog);
        Self { host: Arc::new(host), engine, root, allowances, fakes }
    }

    /// Loads the guest again, and calls it if it is in service: the error's
    /// code, else the reply's outcome.
    pub(crate) async fn attack(&self, row: &Row) -> String {
        let path = self.root.path().join(row.guest);
        if let Some(in_place) = match row.guest {
            "replaced-mid-read" => Some(false),
            "written-mid-read" => Some(true),
            _ => None,
        } {
            return self.read_while_written(&path, in_place).await;
        }
        let id = row.guest.parse().unwrap();
        if self.host.catalog().skill(&id).is_some() {
            return self.invoke(&format!("{}.run", row.guest)).await;
        }
        let scan = vec![(path.clone(), SkillFolder::read(&path))];
        let catalog = testing::load(scan, &self.allowances, &self.engine).await;
        match catalog.broken() {
            [broken] => broken.reason.code.clone(),
            _ => "loaded".to_owned(),
        }
    }

    /// Reads a folder whose component somebody writes again and again, now one,
    /// now another. A read of a file that was put in the other's place is one
    /// of the two. Of one that is written in place a part can be all that
    /// there is for the moment: that is not a component, and does not load.
    async fn read_while_written(&self, path: &Path, in_place: bool) -> String {
        let file = path.join("guest.wasm");
        let beside = path.join(".guest.wasm");
        let versions = [folders::assemble("well-behaved"), folders::assemble("start-loop")];
        let over = Arc::new(AtomicBool::new(false));
        let (writing, written) = (Arc::clone(&over), versions.clone());
        let writer = std::thread::spawn(move || {
            for version in written.iter().cycle() {
                if writing.load(Ordering::Relaxed) {
                    break;
                }
                if in_place {
                    std::fs::write(&file, version).unwrap();
                } else {
                    std::fs::write(&beside, version).unwrap();
                    std::fs::rename(&beside, &file).unwrap();
                }
            }
        });
        let mut seen = "whole".to_owned();
        for _ in 0..READS {
            match SkillFolder::read(path) {
                Ok(read) if versions.contains(&read.component) => {}
                Ok(part) if in_place => {
                    let scan = vec![(path.to_owned(), Ok(part))];
                    let catalog = testing::load(scan, &self.allowances, &self.engine).await;
                    if catalog.skills().next().is_some() {
                        seen = "half".to_owned();
                    }
                }
                Ok(_) => seen = "half".to_owned(),
                Err(error) if error.to_string().contains("being written") => {}
                Err(error) => seen = error.to_string(),
            }
        }
        over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        seen
    }

    /// Runs one command.
    pub(crate) async fn invoke(&self, command: &str) -> String {
        match testing::ask(&self.host, command).await.unwrap() {
            Ok(Answer::Reply(reply)) => {
                serde_json::to_value(reply.outcome).unwrap().as_str().unwrap().to_owned()
            }
            Ok(other) => format!("{other:?}"),
            Err(fault) => fault.code,
        }
    }
}
