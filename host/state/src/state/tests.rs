use std::collections::BTreeSet;
use std::fs;

use jarvis_domain::verification::{BreakKind, HeadCheck};
use jarvis_domain::{Explain, Fault};

use super::*;
use crate::ROWS;
use crate::audit::tests::{clock, host};

fn open(folder: &Path) -> Result<State, StateError> {
    State::open(folder, clock())
}

#[tokio::test]
async fn a_second_host_is_told_who_has_the_folder() {
    let root = tempfile::tempdir().unwrap();
    let state = open(root.path()).unwrap();
    let error = open(root.path()).unwrap_err();
    let fault = Fault::from(&error);
    assert_eq!(fault.code, "state-locked");
    assert!(fault.sentence.contains(&format!("another jarvis (pid {})", std::process::id())));
    assert!(fault.hint.contains("control socket"));
    // A port that was taken holds the lock on its own.
    let kv = state.kv();
    drop(state);
    assert!(matches!(open(root.path()), Err(StateError::Locked { .. })));
    drop(kv);
    open(root.path()).unwrap();
}

#[test]
fn a_damaged_database_is_refused_and_named() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(DATABASE_FILE), b"this is no database, and long enough").unwrap();
    fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let error = open(root.path()).unwrap_err();
    let fault = Fault::from(&error);
    assert_eq!(fault.code, "state-database");
    assert!(fault.sentence.contains("state.redb"), "{fault}");
    assert!(!fault.causes.is_empty());
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    const META: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("meta");
    let root = tempfile::tempdir().unwrap();
    drop(open(root.path()).unwrap());
    let database = redb::Database::open(root.path().join(DATABASE_FILE)).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(META).unwrap().insert("format", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = open(root.path()).unwrap_err();
    assert!(matches!(error, StateError::Newer { found: 2, known: 1, .. }), "{error}");
    assert_eq!(error.row().code, "state-newer");
}

#[tokio::test]
async fn lines_removed_from_the_end_are_seen() {
    let root = tempfile::tempdir().unwrap();
    let state = open(root.path()).unwrap();
    for _ in 0..3 {
        state.audit().record(host("x")).await.unwrap();
    }
    assert_eq!(state.verify_audit().await.unwrap().breaks, 0);
    let running = crate::verify(root.path()).unwrap();
    assert!(matches!(running.kept, HeadCheck::Unread { .. }), "{running:?}");
    drop(state);
    let file = root.path().join("audit/000001.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(&file, format!("{first}\n")).unwrap();
    let found = crate::verify(root.path()).unwrap();
    assert_eq!(found.kept, HeadCheck::Differs);
    assert_eq!(found.broken.unwrap().kind, BreakKind::Shortened { kept: 3 });

    let state = open(root.path()).unwrap();
    assert_eq!(state.audit().record(host("x")).await.unwrap(), 5);
    let found = state.verify_audit().await.unwrap();
    let error = crate::check(&found).unwrap_err();
    assert_eq!(error.row().code, "state-audit-broken");
    assert_eq!(found.broken.unwrap().kind, BreakKind::Missing { from: 2, to: 3 });
}

#[test]
fn codes_are_unique_and_named_after_the_room() {
    let codes: BTreeSet<_> = ROWS.iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), ROWS.len());
    for row in ROWS {
        assert!(row.code.starts_with("state-"), "{}", row.code);
        assert!(row.meaning.ends_with('.') && row.hint.ends_with('.'), "{}", row.code);
        assert!((1..=5).contains(&row.exit) && (400..600).contains(&row.status));
    }
}
