use jarvis_domain::{ApiCall, Call, Fields, ManualClock, OperationEnd, RunId, Verb, Verified};

use super::*;
use crate::tables::set_up;

fn operation(at: Timestamp) -> OperationRecord {
    OperationRecord {
        id: OperationId::new(),
        run: RunId::new(),
        cluster: "home".parse().unwrap(),
        call: Call::Api(ApiCall {
            verb: Verb::Create,
            path: "/nodes/home/qemu/101/status/start".parse().unwrap(),
            fields: Fields::none(),
        }),
        at,
        upid: None,
        state: OperationState::Journaled,
    }
}

fn end(record: &mut OperationRecord, at: Timestamp) {
    let end = OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes };
    record.state = OperationState::Ended { at, end };
}

struct Bench {
    root: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000)));
        Self { root: tempfile::tempdir().unwrap(), clock }
    }

    fn open(&self, kept: u64) -> JournalStore {
        let lock = Arc::new(crate::folder::lock(self.root.path()).unwrap());
        let store = Store::open(&self.root.path().join("db"), lock, set_up).unwrap();
        JournalStore::new(Arc::new(store), self.clock.clone(), kept)
    }
}

#[tokio::test]
async fn what_has_not_ended_is_found_again_oldest_first() {
    let bench = Bench::new();
    let journal = bench.open(100);
    let mut records: Vec<_> = (1..=4).map(|at| operation(Timestamp(10 - at))).collect();
    for record in &records {
        journal.put(record).await.unwrap();
    }
    records[1].state = OperationState::Running { pid: 7, pid_start: 8 };
    records[1].upid = "UPID:home:000076A4:000258FF:6B04ADE7:qmstart:101:root@pam:".parse().ok();
    end(&mut records[2], Timestamp(20));
    for record in &records {
        journal.put(record).await.unwrap();
    }
    drop(journal);
    let journal = bench.open(100);
    let unfinished = journal.unfinished().await.unwrap();
    assert_eq!(unfinished, [records[3].clone(), records[1].clone(), records[0].clone()]);
    for record in records {
        assert_eq!(journal.get(record.id).await.unwrap(), Some(record));
    }
    assert_eq!(journal.get(OperationId::new()).await.unwrap(), None);
}

#[tokio::test]
async fn every_end_reads_back() {
    let bench = Bench::new();
    let journal = bench.open(100);
    let verified = |why: &str| Verified::No { why: why.to_owned() };
    for end in [
        OperationEnd::Succeeded { warnings: 0, verified: Verified::Yes },
        OperationEnd::Succeeded { warnings: 2, verified: verified("it never ran") },
        OperationEnd::Failed { message: "start failed: \"exit code 1\"\n".to_owned() },
        OperationEnd::Unknown { why: "the node is gone".to_owned() },
    ] {
        let mut record = operation(Timestamp(1));
        record.state = OperationState::Ended { at: Timestamp(2), end };
        journal.put(&record).await.unwrap();
        assert_eq!(journal.get(record.id).await.unwrap(), Some(record));
    }
    assert!(journal.unfinished().await.unwrap().is_empty());
}

#[tokio::test]
async fn ended_operations_go_after_their_time_and_unfinished_ones_never() {
    let bench = Bench::new();
    let journal = bench.open(100);
    let unfinished = operation(bench.clock.now());
    let mut ended = operation(bench.clock.now());
    end(&mut ended, bench.clock.now());
    journal.put(&unfinished).await.unwrap();
    journal.put(&ended).await.unwrap();
    bench.clock.advance(KEPT_FOR);
    journal.put(&operation(bench.clock.now())).await.unwrap();
    assert!(journal.get(ended.id).await.unwrap().is_some());
    bench.clock.advance(Duration::from_secs(1));
    journal.put(&operation(bench.clock.now())).await.unwrap();
    assert_eq!(journal.get(ended.id).await.unwrap(), None);
    assert_eq!(journal.get(unfinished.id).await.unwrap(), Some(unfinished));
    assert_eq!(journal.unfinished().await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_oldest_ended_operations_go_when_there_are_too_many() {
    let bench = Bench::new();
    let journal = bench.open(3);
    let mut records: Vec<_> = (0..5).map(|_| operation(Timestamp(1))).collect();
    for record in &mut records[1..] {
        end(record, Timestamp(2));
    }
    for record in &records {
        journal.put(record).await.unwrap();
    }
    let mut there = Vec::new();
    for record in &records {
        there.push(journal.get(record.id).await.unwrap().is_some());
    }
    assert_eq!(there, [true, false, false, true, true]);
}

#[tokio::test]
async fn what_ended_before_is_not_recent() {
    let bench = Bench::new();
    let journal = bench.open(100);
    let mut all = Vec::new();
    for ended in [Some(100), Some(200), None] {
        let mut record = operation(Timestamp(1));
        if let Some(at) = ended {
            end(&mut record, Timestamp(at));
        }
        journal.put(&record).await.unwrap();
        all.push(record);
    }
    for (since, expected) in [(0, &all[..]), (200, &all[1..]), (201, &all[2..])] {
        assert_eq!(journal.recent(Timestamp(since)).await.unwrap(), expected);
    }
}
