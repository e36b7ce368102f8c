use std::path::Path;

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::records::{Part, Records};
use jarvis_domain::verification::HeadCheck;
use jarvis_domain::{Caller, Digest, Door, ManualClock, Principal, Role, Timestamp};

use super::*;
use crate::State;

#[tokio::test]
async fn lines_are_read_in_parts() {
    let root = tempfile::tempdir().unwrap();
    let state = State::open(root.path(), clock()).unwrap();
    for _ in 0..5 {
        state.audit().record(host(&"x".repeat(1000))).await.unwrap();
    }
    let part = async |before, limit, bytes| {
        let lines = Records::audit(&state, None, Part { before, limit, bytes }).await.unwrap();
        lines.iter().map(|line| line.seq).collect::<Vec<_>>()
    };
    assert_eq!(part(None, 3, usize::MAX).await, [3, 4, 5]);
    assert_eq!(part(Some(3), 3, usize::MAX).await, [1, 2]);
    assert_eq!(part(Some(5), 9, 3000).await, [3, 4]);
    assert_eq!(part(Some(5), 9, 1).await, [4], "one comes however long it is");
    assert_eq!(part(Some(1), 9, 1).await, [] as [u64; 0]);
}

/// A host's own entry.
pub(crate) fn host(what: &str) -> AuditEntry {
    AuditEntry {
        run: None,
        cluster: "home".parse().unwrap(),
        caller: None,
        skill: None,
        event: AuditEvent::Host { what: what.to_owned() },
    }
}

/// Text of a host's own line.
pub(crate) fn what(line: &AuditLine) -> &str {
    match &line.entry.event {
        AuditEvent::Host { what } => what,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(1_000)))
}

fn of(run: RunId, skill: &str) -> AuditEntry {
    AuditEntry {
        run: Some(run),
        caller: Some(Caller {
            principal: Principal("uid:1000".to_owned()),
            door: Door::Cli,
            role: Some(Role::Operator),
        }),
        skill: Some((skill.parse().unwrap(), Digest::of(b"revision"))),
        ..host("x")
    }
}

fn lines(folder: &Path, filter: &Filter) -> Vec<u64> {
    let page = read(folder, filter).unwrap();
    assert_eq!(page.unreadable, 0);
    page.lines.iter().map(|line| line.seq).collect()
}

#[tokio::test]
async fn numbers_go_on_after_a_restart() {
    let root = tempfile::tempdir().unwrap();
    for start in 0..3 {
        let state = State::open(root.path(), clock()).unwrap();
        let audit = state.audit();
        assert_eq!(audit.record(host("one")).await.unwrap(), start * 2 + 1);
        assert_eq!(audit.record(host("two")).await.unwrap(), start * 2 + 2);
    }
    let found = verify(root.path()).unwrap();
    assert_eq!((found.lines, found.breaks), (6, 0));
    assert_eq!(found.kept, HeadCheck::Agrees { seq: 6 });
}

#[tokio::test]
async fn entries_that_wait_together_all_get_their_own_number() {
    let root = tempfile::tempdir().unwrap();
    let state = State::open(root.path(), clock()).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let audit = state.audit();
        tasks.spawn(async move { (number, audit.record(host(&number.to_string())).await) });
    }
    let recent = {
        let mut answers = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let (number, seq) = done.unwrap();
            answers.push((seq.unwrap(), number.to_string()));
        }
        answers.sort();
        answers
    };
    let written = state.audit().recent(None, 1_000).await.unwrap();
    let written: Vec<_> = written.iter().map(|line| (line.seq, what(line).to_owned())).collect();
    assert_eq!(written, recent);
    assert!(super::check(&state.verify_audit().await.unwrap()).is_ok());
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_its_entry_along() {
    let root = tempfile::tempdir().unwrap();
    let state = State::open(root.path(), clock()).unwrap();
    let audit = state.audit();
    let mut waiting = Box::pin(audit.record(host("dropped")));
    // It hands the entry in. Whether that is written by now is the disk's choice.
    std::future::poll_fn(|context| {
        let _ = waiting.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
    drop(waiting);
    audit.record(host("kept")).await.unwrap();
    let lines = audit.recent(None, 10).await.unwrap();
    assert_eq!(lines.iter().map(what).collect::<Vec<_>>(), ["dropped", "kept"]);
}

#[tokio::test]
async fn lines_are_found_by_run_skill_and_time() {
    let root = tempfile::tempdir().unwrap();
    let clock = clock();
    let state = State::open(root.path(), clock.clone()).unwrap();
    let audit = state.audit();
    let (first, second) = (RunId::new(), RunId::new());
    for entry in [of(first, "updates"), of(second, "updates"), of(first, "updates")] {
        audit.record(entry).await.unwrap();
    }
    clock.advance(std::time::Duration::from_secs(1));
    audit.record(of(first, "vm-lifecycle")).await.unwrap();
    audit.record(host(&first.to_string())).await.unwrap();

    let all = Filter::newest(100);
    let check = |filter: Filter, expected: &[u64]| {
        assert_eq!(lines(root.path(), &filter), expected, "{filter:?}");
    };
    check(all.clone(), &[1, 2, 3, 4, 5]);
    check(Filter::newest(2), &[4, 5]);
    check(Filter::newest(0), &[]);
    check(Filter { run: Some(first), ..all.clone() }, &[1, 3, 4]);
    check(Filter { run: Some(first), ..Filter::newest(1) }, &[4]);
    check(Filter { run: Some(RunId::new()), ..all.clone() }, &[]);
    check(Filter { skill: Some("vm-lifecycle".parse().unwrap()), ..all.clone() }, &[4]);
    check(Filter { since: Some(Timestamp(2_000)), ..all.clone() }, &[4, 5]);
    check(Filter { until: Some(Timestamp(2_000)), ..all.clone() }, &[1, 2, 3]);
    let recent = audit.recent(Some(second), 10).await.unwrap();
    assert_eq!(recent.iter().map(|line| line.seq).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_folder_without_a_log_has_no_lines_and_no_break() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(read(root.path(), &Filter::newest(10)).unwrap(), Page::default());
    let found = verify(root.path()).unwrap();
    assert_eq!((found.files, found.lines, found.kept.clone()), (0, 0, HeadCheck::Absent));
    assert!(super::check(&found).is_ok());
}

#[test]
fn damaged_lines_are_counted_not_hidden() {
    let root = tempfile::tempdir().unwrap();
    let folder = folder(root.path());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(files::path(&folder, 1), b"rubbish\n\xff\xfe\n{\"seq\":").unwrap();
    for filter in [Filter::newest(10), Filter { run: None, ..Filter::newest(3) }] {
        let page = read(root.path(), &filter).unwrap();
        assert_eq!((page.lines.len(), page.unreadable), (0, 2));
    }
}
