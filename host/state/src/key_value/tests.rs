use std::collections::BTreeMap;

use jarvis_domain::{ManualClock, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::tables::set_up;

struct Bench {
    root: tempfile::TempDir,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000)));
        Self { root: tempfile::tempdir().unwrap(), clock }
    }

    fn open(&self) -> KeyValueStore {
        let lock = Arc::new(crate::folder::lock(self.root.path()).unwrap());
        let store = Store::open(&self.root.path().join("db"), lock, set_up).unwrap();
        KeyValueStore::new(Arc::new(store), self.clock.clone())
    }

    fn after(&self, seconds: u64) -> Option<Timestamp> {
        Some(self.clock.now().plus(Duration::from_secs(seconds)))
    }
}

fn skill(id: &str) -> SkillId {
    id.parse().unwrap()
}

fn write(value: &str) -> Write {
    Write { value: value.into(), expires: None, expected: None, at_most: None }
}

async fn value(kv: &KeyValueStore, id: &str, key: &str) -> Option<(String, u64)> {
    let entry = kv.get(&skill(id), key).await.unwrap()?;
    Some((String::from_utf8(entry.value).unwrap(), entry.version))
}

#[tokio::test]
async fn each_skill_has_its_own_keys_and_they_outlive_the_store() {
    let bench = Bench::new();
    let kv = bench.open();
    for (id, key, text) in [("a", "k", "1"), ("ab", "k", "2"), ("a", "", "3"), ("b", "k", "4")] {
        assert_eq!(kv.set(&skill(id), key, write(text)).await.unwrap(), Written::Version(1));
    }
    drop(kv);
    let kv = bench.open();
    assert_eq!(value(&kv, "a", "k").await, Some(("1".to_owned(), 1)));
    assert_eq!(value(&kv, "ab", "k").await, Some(("2".to_owned(), 1)));
    assert_eq!(value(&kv, "a", "").await, Some(("3".to_owned(), 1)));
    assert_eq!(value(&kv, "c", "k").await, None);
    assert!(kv.delete(&skill("a"), "k").await.unwrap());
    assert_eq!(value(&kv, "b", "k").await, Some(("4".to_owned(), 1)));
    assert_eq!(kv.scan(&skill("a"), "", None, 9).await.unwrap(), [""]);
}

#[tokio::test]
async fn a_key_is_only_written_in_the_version_that_was_expected() {
    let bench = Bench::new();
    let kv = bench.open();
    let check = async |expected: Option<u64>, written: Written| {
        let write = Write { expected, ..write("x") };
        assert_eq!(kv.set(&skill("a"), "k", write).await.unwrap(), written, "{expected:?}");
    };
    check(Some(1), Written::Conflict(0)).await;
    check(Some(0), Written::Version(1)).await;
    check(Some(0), Written::Conflict(1)).await;
    check(Some(1), Written::Version(2)).await;
    check(Some(1), Written::Conflict(2)).await;
    check(Some(u64::MAX), Written::Conflict(2)).await;
    check(None, Written::Version(3)).await;
}

#[tokio::test]
async fn a_version_is_not_given_again_after_the_key_was_gone() {
    let bench = Bench::new();
    let kv = bench.open();
    let a = skill("a");
    let new = || Write { expected: Some(0), ..write("new") };
    for version in [1, 2] {
        assert_eq!(kv.set(&a, "deleted", write("x")).await.unwrap(), Written::Version(version));
    }
    assert!(kv.delete(&a, "deleted").await.unwrap());
    assert!(!kv.delete(&a, "deleted").await.unwrap());
    assert_eq!(kv.set(&a, "deleted", new()).await.unwrap(), Written::Version(3));

    let brief = Write { expires: bench.after(10), ..write("brief") };
    assert_eq!(kv.set(&a, "ran-out", brief).await.unwrap(), Written::Version(1));
    bench.clock.advance(Duration::from_secs(10));
    assert_eq!(kv.set(&a, "ran-out", new()).await.unwrap(), Written::Version(2));
    // Another key is not affected, until the memory is gone.
    assert_eq!(kv.set(&a, "other", new()).await.unwrap(), Written::Version(1));

    kv.delete(&a, "deleted").await.unwrap();
    bench.clock.advance(REMEMBERED + Duration::from_secs(1));
    assert_eq!(kv.set(&a, "deleted", new()).await.unwrap(), Written::Version(4));
    assert_eq!(kv.set(&a, "newer", new()).await.unwrap(), Written::Version(4));
    assert_eq!(kv.set(&skill("b"), "new", new()).await.unwrap(), Written::Version(1));
}

#[tokio::test]
async fn what_has_run_out_is_gone_and_is_swept_away() {
    let bench = Bench::new();
    let kv = bench.open();
    let a = skill("a");
    let brief = Write { expires: bench.after(60), ..write("brief") };
    kv.set(&a, "brief", brief).await.unwrap();
    // Written again without an end, it stays.
    kv.set(&a, "stays", Write { expires: bench.after(60), ..write("x") }).await.unwrap();
    kv.set(&a, "stays", write("x")).await.unwrap();
    bench.clock.advance(Duration::from_millis(59_999));
    assert!(value(&kv, "a", "brief").await.is_some());
    bench.clock.advance(Duration::from_millis(1));
    assert_eq!(value(&kv, "a", "brief").await, None);
    assert_eq!(kv.scan(&a, "", None, 9).await.unwrap(), ["stays"]);
    assert!(!kv.delete(&a, "brief").await.unwrap());
    kv.set(&a, "other", write("x")).await.unwrap();
    let left = kv
        .store
        .read("looking", |transaction| {
            let table = transaction.open_table(ENTRIES)?;
            Ok(redb::ReadableTableMetadata::len(&table)?)
        })
        .await
        .unwrap();
    assert_eq!(left, 2);
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    let bench = Bench::new();
    let kv = bench.open();
    for key in ["b/2", "b", "b/1", "a", "c", "b/3", "ä"] {
        kv.set(&skill("s"), key, write("x")).await.unwrap();
    }
    kv.set(&skill("t"), "b/9", write("x")).await.unwrap();
    let check = async |prefix: &str, after: Option<&str>, limit: usize, expected: &[&str]| {
        let keys = kv.scan(&skill("s"), prefix, after, limit).await.unwrap();
        assert_eq!(keys, expected, "{prefix:?} {after:?} {limit}");
    };
    check("", None, 99, &["a", "b", "b/1", "b/2", "b/3", "c", "ä"]).await;
    check("b/", None, 2, &["b/1", "b/2"]).await;
    check("b/", Some("b/2"), 2, &["b/3"]).await;
    check("b/", Some("a"), 9, &["b/1", "b/2", "b/3"]).await;
    check("b/", Some("z"), 9, &[]).await;
    check("b/", Some("b/15"), 9, &["b/2", "b/3"]).await;
    check("x", None, 9, &[]).await;
    check("", None, 0, &[]).await;
}

#[tokio::test]
async fn absurd_sizes_are_refused() {
    let bench = Bench::new();
    let kv = bench.open();
    let large = Write { value: vec![0; MAX_VALUE + 1], ..write("") };
    kv.set(&skill("a"), "k", large).await.unwrap_err();
    kv.set(&skill("a"), &"k".repeat(MAX_KEY + 1), write("x")).await.unwrap_err();
    assert!(kv.scan(&skill("a"), "", None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_writers_that_race_one_wins_each_version() {
    let bench = Bench::new();
    let kv = Arc::new(bench.open());
    kv.set(&skill("a"), "count", write("0")).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let kv = Arc::clone(&kv);
        writers.spawn(async move {
            let mut done = 0;
            while done < 10 {
                let entry = kv.get(&skill("a"), "count").await.unwrap().unwrap();
                let count: u32 = String::from_utf8(entry.value).unwrap().parse().unwrap();
                let expected = Some(entry.version);
                let next = Write { expected, ..write(&(count + 1).to_string()) };
                let written = kv.set(&skill("a"), "count", next).await.unwrap();
                done += u32::from(matches!(written, Written::Version(_)));
            }
        });
    }
    writers.join_all().await;
    assert_eq!(value(&kv, "a", "count").await, Some(("80".to_owned(), 81)));
}

#[tokio::test]
async fn the_last_room_is_given_once() {
    let bench = Bench::new();
    let kv = Arc::new(bench.open());
    let most = Amount { keys: 3, bytes: 100 };
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let kv = Arc::clone(&kv);
        writers.spawn(async move {
            let write = Write { at_most: Some(most), ..write("x") };
            kv.set(&skill("a"), &format!("k{n}"), write).await.unwrap()
        });
    }
    let written = writers.join_all().await;
    let took = written.iter().filter(|written| **written == Written::Version(1)).count();
    let full = written.iter().filter(|written| **written == Written::Full).count();
    assert_eq!((took, full), (3, 5));
    assert_eq!(kv.amount(&skill("a")).await.unwrap(), Amount { keys: 3, bytes: 9 });
}

#[tokio::test]
async fn a_store_takes_what_fits_and_always_what_makes_it_smaller() {
    let bench = Bench::new();
    let kv = bench.open();
    let check = async |key: &str, value: &str, most: (u64, u64), written: Written| {
        let at_most = Some(Amount { keys: most.0, bytes: most.1 });
        let write = Write { at_most, ..write(value) };
        assert_eq!(kv.set(&skill("a"), key, write).await.unwrap(), written, "{key} {value}");
    };
    // Another skill's data does not count.
    kv.set(&skill("b"), "k", write("a long value of another skill")).await.unwrap();
    check("k1", "12345678", (2, 20), Written::Version(1)).await;
    check("k2", "12345678", (2, 20), Written::Version(1)).await;
    check("k2", "123456789", (2, 20), Written::Full).await;
    check("k3", "", (2, 30), Written::Full).await;
    check("k2", "1234567", (2, 20), Written::Version(2)).await;
    // A quota that was lowered below what is there lets it shrink.
    check("k1", "123456", (1, 5), Written::Version(2)).await;
    check("k1", "1234567", (1, 5), Written::Full).await;
    kv.delete(&skill("a"), "k1").await.unwrap();
    check("k3", "12", (2, 20), Written::Version(1)).await;
}

#[tokio::test]
async fn what_has_run_out_takes_no_room_also_after_a_restart() {
    let bench = Bench::new();
    let kv = bench.open();
    let most = Some(Amount { keys: 200, bytes: 10_000 });
    for n in 0..200 {
        let brief = Write { expires: bench.after(60), at_most: most, ..write("brief") };
        kv.set(&skill("a"), &format!("k{n}"), brief).await.unwrap();
    }
    let one_more = Write { at_most: most, ..write("stays") };
    assert_eq!(kv.set(&skill("a"), "more", one_more.clone()).await.unwrap(), Written::Full);
    drop(kv);
    bench.clock.advance(Duration::from_secs(60));
    let kv = bench.open();
    assert_eq!(value(&kv, "a", "k7").await, None);
    assert_eq!(kv.amount(&skill("a")).await.unwrap(), Amount::default());
    // More have run out than one change sweeps away.
    assert_eq!(kv.set(&skill("a"), "more", one_more).await.unwrap(), Written::Version(1));
    assert_eq!(kv.amount(&skill("a")).await.unwrap(), Amount { keys: 1, bytes: 9 });
    // Nor is a version given twice over a restart.
    assert_eq!(kv.set(&skill("a"), "k7", write("new")).await.unwrap(), Written::Version(2));
}

/// What can happen to one of a few keys.
#[derive(Debug, Clone)]
enum Step {
    Set(u8, Option<u64>, Option<u64>),
    Delete(u8),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4_u8, proptest::option::of(0..20_u64), proptest::option::of(0..4_u64))
            .prop_map(|(key, lives, expected)| Step::Set(key, lives, expected)),
        (0..4_u8).prop_map(Step::Delete),
        (0..30_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The store does what a map with versions does that forgets none.
    #[test]
    fn behaves_like_a_map_that_never_gives_a_version_twice(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bench = Bench::new();
        let kv = bench.open();
        let a = skill("a");
        let mut last: BTreeMap<u8, u64> = BTreeMap::new();
        let mut live: BTreeMap<u8, Option<Timestamp>> = BTreeMap::new();
        runtime.block_on(async {
            for step in steps {
                let now = bench.clock.now();
                live.retain(|_, expires| expires.is_none_or(|expires| now < expires));
                match step {
                    Step::Set(key, lives, expected) => {
                        let version = last.get(&key).copied().unwrap_or(0);
                        let there = if live.contains_key(&key) { version } else { 0 };
                        let expires = lives.and_then(|seconds| bench.after(seconds));
                        let write = Write { value: vec![key], expires, expected, at_most: None };
                        let written = kv.set(&a, &key.to_string(), write).await.unwrap();
                        if expected.is_some_and(|expected| expected != there) {
                            prop_assert_eq!(written, Written::Conflict(there));
                        } else {
                            prop_assert_eq!(written, Written::Version(version + 1));
                            last.insert(key, version + 1);
                            live.insert(key, expires);
                        }
                    }
                    Step::Delete(key) => {
                        let there = kv.delete(&a, &key.to_string()).await.unwrap();
                        prop_assert_eq!(there, live.remove(&key).is_some());
                    }
                    Step::Wait(seconds) => bench.clock.advance(Duration::from_secs(seconds)),
                }
            }
            let now = bench.clock.now();
            live.retain(|_, expires| expires.is_none_or(|expires| now < expires));
            let keys: Vec<String> = live.keys().map(ToString::to_string).collect();
            prop_assert_eq!(kv.scan(&a, "", None, 99).await.unwrap(), keys);
            Ok(())
        })?;
    }
}
