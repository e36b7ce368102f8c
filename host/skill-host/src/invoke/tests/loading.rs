//! What is in service, and why the rest is not.

use crate::catalog::Allowances;
use crate::testing::stage::{allow_all, load, write_rogue};
use crate::testing::{Rogue, TAKE, built_skills};

#[tokio::test]
async fn a_skill_that_nobody_allowed_anything_says_what_to_paste() {
    let catalog = load(&built_skills(), &Allowances::none()).await;
    let broken = catalog
        .broken()
        .iter()
        .find(|broken| broken.id.as_ref().is_some_and(|id| id.as_str() == "temperatures"));
    let reason = &broken.unwrap().reason;
    assert_eq!((reason.code.as_str(), reason.exit), ("skill-not-allowed", 5), "{reason}");
    assert!(
        reason.hint.contains("skills:\n  allowed:\n    temperatures:\n      grants:\n"),
        "{}",
        reason.hint
    );
    assert_eq!(catalog.skills().count(), 0);
}

#[tokio::test]
async fn one_broken_skill_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write_rogue(folder.path(), Rogue::default());
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let text = folder.path().join("text");
    std::fs::create_dir(&text).unwrap();
    let manifest = std::fs::read_to_string(folder.path().join("rogue/skill.yaml")).unwrap();
    std::fs::write(text.join("skill.yaml"), manifest.replace("id: rogue", "id: text")).unwrap();
    std::fs::write(text.join("text.wasm"), "not wasm").unwrap();

    let catalog = load(folder.path(), &allow_all(folder.path())).await;
    let serving: Vec<&str> = catalog.skills().map(|skill| skill.id().as_str()).collect();
    assert_eq!(serving, ["rogue"]);
    let mut codes: Vec<&str> =
        catalog.broken().iter().map(|broken| broken.reason.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["skill-folder", "skill-not-a-component"]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_at_load_in_plain_words() {
    for (rogue, code, words) in [
        (
            Rogue { contract: "0.2.0", ..Rogue::default() },
            "skill-contract",
            "built for jarvis:skill 0.2.0, this host speaks 0.1",
        ),
        (
            Rogue { pages: 500, ..Rogue::default() },
            "skill-too-big",
            "it begins with 32000 KiB of memory, and may have 8192 KiB",
        ),
        (
            Rogue { on_event: Some(TAKE), ..Rogue::default() },
            "skill-no-topics",
            "its component takes events, and skill.yaml does not say which",
        ),
        (
            Rogue { pages: 2000, ..Rogue::default() },
            "skill-too-big",
            "the component is larger than what the engine can hold",
        ),
        (
            Rogue { more: "(table 20001 funcref)", ..Rogue::default() },
            "skill-too-big",
            "the component is larger than what the engine can hold",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_rogue(folder.path(), rogue);
        let catalog = load(folder.path(), &Allowances::none()).await;
        let [broken] = catalog.broken() else { panic!("{catalog:?}") };
        assert_eq!(broken.reason.code, code);
        assert_eq!(broken.reason.sentence, words);
    }
}

#[tokio::test]
async fn a_patch_of_the_contract_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    write_rogue(folder.path(), Rogue { contract: "0.1.9", ..Rogue::default() });
    let catalog = load(folder.path(), &Allowances::none()).await;
    assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
}

#[test]
fn every_row_has_its_own_code() {
    let mut codes: Vec<&str> = crate::rows().iter().map(|row| row.code).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
}
