//! The limits that end a call, or keep a skill from being loaded, whatever it
//! does: each with its code. Those of the host's interfaces are tried by the
//! guests of `tests/hostile`.

use jarvis_domain::SkillId;
use jarvis_policy::Lowering;
use serde_json::json;

use crate::catalog::Allowances;
use crate::engine::{CONCURRENT_CALLS, SkillEngine};
use crate::manifest::Limits;
use crate::testing::stage::{Stage, load, write_rogue};
use crate::testing::{self, Rogue, scan};

const RUN: &str = "rogue.run";

#[tokio::test]
async fn a_skill_that_runs_as_often_as_it_may_lets_others_wait() {
    let stage = Stage::rogue(Rogue::default()).await;
    let id: SkillId = "rogue".parse().unwrap();
    let skill = std::sync::Arc::clone(stage.host.catalog().skill(&id).unwrap());
    let places = &skill.linked.places;
    assert_eq!(places.available_permits(), Limits::DEFAULT.concurrent as usize);

    let held = places.acquire_many(Limits::DEFAULT.concurrent).await.unwrap();
    let fault = stage.invoke_while_time_passes(RUN, json!({})).await.unwrap_err();
    assert_eq!(fault.code, "skill-crowded", "{fault}");
    assert!(fault.sentence.contains("runs 4 times already"), "{fault}");

    drop(held);
    assert!(stage.invoke(RUN, json!({})).await.is_ok());
}

#[tokio::test]
async fn a_host_without_a_place_lets_calls_wait() {
    let folder = tempfile::tempdir().unwrap();
    write_rogue(folder.path(), Rogue::default());
    let engine = SkillEngine::new().unwrap();
    let catalog = testing::load(scan(folder.path()).unwrap(), &Allowances::none(), &engine).await;
    let id: SkillId = "rogue".parse().unwrap();
    let share = catalog.skill(&id).unwrap().linked.share;
    let stage = Stage::on(engine.clone(), catalog, Lowering::default());
    let mut held = Vec::new();
    for _ in 0..CONCURRENT_CALLS {
        held.push(engine.admit(share).await);
    }
    let fault = stage.invoke_while_time_passes(RUN, json!({})).await.unwrap_err();
    assert_eq!(fault.code, "skill-host-full", "{fault}");

    drop(held);
    assert!(stage.invoke(RUN, json!({})).await.is_ok());
}

#[tokio::test]
async fn what_is_made_of_too_much_is_refused_at_load() {
    let memories = "(memory 1) (memory 1) (memory 1) (memory 1)";
    let tables = "(table 1 funcref)".repeat(17);
    for (more, words) in [
        (memories, "it has 5 memories, and may have 4"),
        (&tables, "it has 17 tables, and may have 16"),
        ("(table 20000 funcref)", "ok"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let more: &'static str = more.to_owned().leak();
        write_rogue(folder.path(), Rogue { more, ..Rogue::default() });
        let catalog = load(folder.path(), &Allowances::none()).await;
        let found = catalog.broken().first().map_or("ok", |broken| &broken.reason.sentence);
        assert_eq!(found, words, "{more}");
        let code = catalog.broken().first().map(|broken| broken.reason.code.as_str());
        assert!(code.is_none_or(|code| code == "skill-too-big"), "{code:?}");
    }
}

#[tokio::test]
async fn the_administrators_ceiling_counts_at_load() {
    let folder = tempfile::tempdir().unwrap();
    write_rogue(folder.path(), Rogue { more: "(table 1 funcref)", ..Rogue::default() });
    let ceiling = Limits { memory: 64 << 10, ..Limits::CEILING };
    let allowances = Allowances { ceiling, ..Allowances::none() };
    let catalog = load(folder.path(), &allowances).await;
    let id = "rogue".parse().unwrap();
    assert_eq!(catalog.skill(&id).unwrap().limits.memory, 64 << 10);
    // The page of its memory fills all of it: the table has no room.
    let stage = Stage::with(catalog, Lowering::default()).await;
    assert_eq!(stage.fault(RUN, json!({})).await.code, "skill-memory");
}
