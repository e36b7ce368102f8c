use super::*;
use crate::inventory::tests::{Still, settle};
use crate::testing::Act;

const RESOURCES: &str = "get /cluster/resources";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How many looks there were by the end of each of these waits, with the cycle
/// under way.
async fn looks(still: &Still, waits: &[u64]) -> Vec<usize> {
    let Still { bench, contents, clock } = still;
    let pass = async {
        let mut looks = Vec::new();
        settle().await;
        for wait in waits {
            for _ in 0..*wait {
                clock.advance(seconds(1));
                settle().await;
            }
            looks.push(bench.script.count(RESOURCES));
        }
        looks
    };
    tokio::select! {
        biased;
        () = contents.watch() => panic!("it never ends"),
        looks = pass => looks,
    }
}

#[test]
fn looks_are_as_quick_as_there_is_something_to_see_and_they_are_cheap() {
    for (lively, took_ms, expected_ms) in [
        (true, 0, 2_000),
        (true, 40, 1_960),
        (true, 1_000, 4_000),
        (true, 2_000, 8_000),
        (false, 40, 9_960),
        (false, 1_000, 9_000),
        (false, 2_000, 18_000),
        (false, 9_000, 51_000),
        (true, 100_000, 0),
    ] {
        let now = Timestamp(1_000_000);
        let mut pulse = Pulse::default();
        pulse.asked(None, now, Duration::from_millis(took_ms));
        let due = pulse.due(now, false, lively);
        assert_eq!(due, Duration::from_millis(expected_ms), "{lively} {took_ms}");
        assert_eq!(pulse.due(now, true, lively), Duration::ZERO, "what is stale is due");
    }
}

#[test]
fn a_cluster_that_fails_is_asked_more_and_more_seldom() {
    let now = Timestamp(1_000_000);
    let mut pulse = Pulse::default();
    assert_eq!(pulse.due(now, true, false), Duration::ZERO, "the first look is due");
    for expected in [2, 4, 8, 16, 32, 60, 60] {
        pulse.asked(Some(()), now, seconds(10));
        assert_eq!(pulse.due(now, true, true), seconds(expected));
    }
    assert_eq!(pulse.due(now.plus(seconds(59)), true, true), seconds(1));
    pulse.asked(None, now, Duration::ZERO);
    assert_eq!(pulse.due(now, false, true), seconds(2));
}

#[tokio::test]
async fn all_quiet_is_ten_seconds_and_a_reader_makes_it_two() {
    let still = Still::new();
    assert_eq!(looks(&still, &[1, 8, 1, 10, 10]).await, [1, 1, 2, 3, 4]);
    still.contents.snapshot(seconds(60)).await.unwrap();
    assert_eq!(looks(&still, &[2, 2, 26, 20]).await, [5, 6, 18, 20]);
}

#[tokio::test]
async fn an_operation_is_kept_up_with_and_looked_at_when_it_ends() {
    let still = Still::new();
    assert_eq!(looks(&still, &[5]).await, [1]);
    let work = still.contents.work();
    assert_eq!(looks(&still, &[1, 60]).await, [2, 32]);
    still.contents.invalidate();
    drop(work);
    assert_eq!(looks(&still, &[0, 9, 1]).await, [33, 33, 34]);
}

#[tokio::test]
async fn what_was_done_is_watched_until_the_cluster_can_have_told_it() {
    let still = Still::new();
    assert_eq!(looks(&still, &[1]).await, [1]);
    still.contents.invalidate();
    still.contents.note_change();
    assert_eq!(looks(&still, &[0, 10, 20, 20]).await, [2, 7, 16, 18]);
}

#[tokio::test]
async fn a_change_is_watched_more_closely() {
    let still = Still::new();
    assert_eq!(looks(&still, &[11]).await, [2]);
    let stopped = r#"[{"type":"node","node":"pve1","status":"online"}]"#;
    still.bench.script.replace(RESOURCES, Act::prints(stopped));
    assert_eq!(looks(&still, &[10, 4]).await, [3, 5]);
    assert_eq!(still.bench.events.subjects(), ["home/guest/101"]);
}

#[tokio::test]
async fn failures_space_the_looks_out() {
    let still = Still::new();
    still.bench.script.replace(RESOURCES, Act::fails(255, "ipcc_send_rec[1] failed: x\n"));
    assert_eq!(looks(&still, &[1, 2, 4, 8]).await, [1, 2, 3, 4]);
    assert!(still.contents.snapshot(seconds(60)).await.is_err(), "who asks gets an answer");
    assert_eq!(still.bench.script.count(RESOURCES), 5);
}

#[tokio::test]
async fn nothing_is_looked_at_by_itself_where_nobody_watches() {
    let Still { bench, contents, clock } = Still::new();
    contents.snapshot(seconds(1)).await.unwrap();
    contents.invalidate();
    clock.advance(seconds(3600));
    settle().await;
    assert_eq!(bench.script.count(RESOURCES), 1);
}
