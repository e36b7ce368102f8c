use jarvis_domain::run::{RecordedCall, RunEnd};
use jarvis_domain::{
    Caller, Door, Fault, Invocation, Origin, Principal, RequestId, Role, Timestamp,
};

use super::*;
use crate::tables::{MAX_RECORD, set_up};

pub(super) fn record(words: &str) -> RunRecord {
    RunRecord {
        id: RunId::new(),
        at: Timestamp(1),
        invocation: Invocation {
            request: RequestId::new(),
            cluster: "home".parse().unwrap(),
            command: "vm-lifecycle.start".parse().unwrap(),
            arguments: serde_json::Map::new(),
            origin: Origin::Typed,
            locale: "en".to_owned(),
            words: Some(words.to_owned()),
            confirmed: false,
            chosen: None,
        },
        caller: Caller {
            principal: Principal("uid:0".to_owned()),
            door: Door::Cli,
            role: Some(Role::Admin),
        },
        revision: None,
        calls: Vec::new(),
        end: None,
        took_us: 0,
        heard: Vec::new(),
        turn: None,
    }
}

fn open(root: &std::path::Path, kept: u64) -> RunStore {
    let lock = Arc::new(crate::folder::lock(root).unwrap());
    let store = Store::open(&root.join("db"), lock, set_up).unwrap();
    RunStore::new(Arc::new(store), kept)
}

#[tokio::test]
async fn a_record_is_replaced_and_outlives_the_store() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 10);
    let mut run = record("start the web server");
    runs.put(&run).await.unwrap();
    assert_eq!(runs.get(run.id).await.unwrap().as_ref(), Some(&run));
    run.end = Some(RunEnd::Failed(Fault::new(&crate::error::LOCKED, "why")));
    runs.put(&run).await.unwrap();
    drop(runs);
    let runs = open(root.path(), 10);
    assert_eq!(runs.get(run.id).await.unwrap(), Some(run));
    assert_eq!(runs.get(RunId::new()).await.unwrap(), None);
}

#[tokio::test]
async fn the_oldest_go_when_there_are_too_many() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 3);
    for number in 1..=5 {
        runs.put(&record(&number.to_string())).await.unwrap();
    }
    let check = async |limit: usize, expected: &[&str]| {
        let recent = runs.recent(limit).await.unwrap();
        let words: Vec<_> =
            recent.iter().filter_map(|run| run.invocation.words.as_deref()).collect();
        assert_eq!(words, expected);
    };
    check(0, &[]).await;
    check(2, &["5", "4"]).await;
    check(99, &["5", "4", "3"]).await;
}

#[tokio::test]
async fn a_part_ends_where_its_bytes_do() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 10);
    let records: Vec<RunRecord> = (0..5).map(|_| record(&"x".repeat(2000))).collect();
    for run in &records {
        runs.put(run).await.unwrap();
    }
    let part = async |before: Option<usize>, limit, bytes| {
        let before = before.map(|place| records[place].id);
        let found = runs.part(Part { before, limit, bytes }).await.unwrap();
        let place = |run: &RunRecord| records.iter().position(|one| one.id == run.id).unwrap();
        found.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(part(None, 10, usize::MAX).await, [4, 3, 2, 1, 0]);
    assert_eq!(part(None, 2, usize::MAX).await, [4, 3]);
    assert_eq!(part(Some(3), 10, 6000).await, [2, 1]);
    assert_eq!(part(Some(3), 10, 1).await, [2], "one comes however long it is");
    assert_eq!(part(Some(0), 10, 1).await, [] as [usize; 0]);
}

#[tokio::test]
async fn a_run_is_found_by_the_beginning_of_its_id() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 10);
    let (first, second) = (record("1"), record("2"));
    runs.put(&first).await.unwrap();
    runs.put(&second).await.unwrap();
    let id = first.id.to_string();
    let both = vec![second.id, first.id];
    for (prefix, expected) in [
        (id.as_str(), vec![first.id]),
        (&id.to_uppercase(), vec![first.id]),
        (&id.replace('-', ""), vec![first.id]),
        (&format!(" {id}\n"), vec![first.id]),
        (&id[..6], both.clone()),
        ("", both),
        ("ffff", vec![]),
        ("not an id", vec![]),
        ("~", vec![]),
        (&format!("{id}0"), vec![]),
    ] {
        assert_eq!(runs.find(prefix, 10).await.unwrap(), expected, "{prefix:?}");
    }
    assert_eq!(runs.find("", 1).await.unwrap(), [second.id]);
}

#[tokio::test]
async fn an_absurdly_large_record_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 10);
    let mut run = record("x");
    let result = "x".repeat(MAX_RECORD);
    run.calls.push(RecordedCall {
        at: Timestamp(1),
        call: "get /cluster/resources".to_owned(),
        risk: None,
        dry: false,
        operation: None,
        result,
        took_us: 1,
    });
    let error = runs.put(&run).await.unwrap_err();
    assert!(error.source.to_string().starts_with("a run record has 8389"), "{error:?}");
    assert!(runs.recent(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn runs_of_a_host_that_died_are_said_to_be_cut_off() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 3);
    let (dropped, died) = (record("too old"), record("died"));
    let mut whole = record("ended");
    whole.end = Some(RunEnd::Failed(Fault::new(&crate::error::LOCKED, "why")));
    for run in [&dropped, &died, &whole, &record("asked")] {
        runs.put(run).await.unwrap();
    }
    // Asked a question, which is an end for now, and went on after the answer.
    let asked = runs.recent(1).await.unwrap().remove(0);
    runs.put(&RunRecord { end: whole.end.clone(), ..asked.clone() }).await.unwrap();
    runs.put(&asked).await.unwrap();
    drop(runs);
    let runs = open(root.path(), 3);
    assert_eq!(runs.end_all().await.unwrap(), 2);
    assert_eq!(runs.end_all().await.unwrap(), 0, "once");
    for id in [died.id, asked.id] {
        let Some(RunEnd::Failed(fault)) = runs.get(id).await.unwrap().unwrap().end else {
            panic!("{id} was cut off")
        };
        assert_eq!(fault.code, "state-run-cut-off");
        assert!(fault.hint.contains(&id.to_string()));
    }
    assert_eq!(runs.get(whole.id).await.unwrap(), Some(whole));
    assert_eq!(runs.get(dropped.id).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_heard_stays_with_its_run_whoever_writes_that_anew() {
    let root = tempfile::tempdir().unwrap();
    let runs = open(root.path(), 2);
    let moment =
        |what: &str| Moment { at: Timestamp(5), after_us: 7, what: what.to_owned(), text: None };
    let run = record("stop web");
    assert!(!runs.add_heard(run.id, vec![moment("woke")]).await.unwrap());
    runs.put(&run).await.unwrap();
    assert!(runs.add_heard(run.id, vec![moment("woke")]).await.unwrap());
    runs.put(&RunRecord { took_us: 3, ..run.clone() }).await.unwrap();
    assert!(runs.add_heard(run.id, vec![moment("played")]).await.unwrap());
    let read = runs.get(run.id).await.unwrap().unwrap();
    assert_eq!((read.took_us, &read.heard), (3, &vec![moment("woke"), moment("played")]));
    assert_eq!(runs.recent(1).await.unwrap(), [read]);
    // It ends, and goes with its run.
    assert!(runs.add_heard(run.id, vec![moment("sentence"); MOMENTS]).await.unwrap());
    assert_eq!(runs.get(run.id).await.unwrap().unwrap().heard.len(), MOMENTS);
    for _ in 0..2 {
        runs.put(&record("x")).await.unwrap();
    }
    drop(runs);
    let runs = open(root.path(), 3);
    runs.put(&run).await.unwrap();
    assert_eq!(runs.get(run.id).await.unwrap().unwrap().heard, []);
}
