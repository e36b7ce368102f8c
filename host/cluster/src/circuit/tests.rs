use super::*;
use crate::testing::NOW;
use jarvis_domain::{ManualClock, Row};

fn node() -> NodeName {
    "pve3".parse().unwrap()
}

fn silence() -> ClusterError {
    ClusterError::NodeUnreachable { what: "get /x".to_owned(), message: "no route".to_owned() }
}

fn bench() -> (Arc<ManualClock>, Circuits) {
    let clock = Arc::new(ManualClock::at(NOW));
    (Arc::clone(&clock), Circuits::new(clock))
}

/// Asks `node`, which does not answer.
fn fail(circuits: &Circuits) {
    let pass = circuits.enter(&node(), String::new).unwrap();
    circuits.note(&node(), Some(&silence()));
    drop(pass);
}

/// Until when it rests; none when it may be asked.
fn rests(circuits: &Circuits) -> Option<(Timestamp, Timestamp)> {
    match circuits.enter(&node(), || "get /x".to_owned()) {
        Ok(_) => None,
        Err(ClusterError::NodeResting { since, until, .. }) => Some((since, until)),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_node_that_does_not_answer_rests_longer_and_longer() {
    let (clock, circuits) = bench();
    fail(&circuits);
    clock.advance(Duration::from_secs(1));
    fail(&circuits);
    assert_eq!(rests(&circuits), None, "two failures may be a restart");
    fail(&circuits);
    for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
        let until = clock.now().plus(Duration::from_secs(seconds));
        assert_eq!(rests(&circuits), Some((NOW, until)));
        clock.advance(Duration::from_secs(seconds - 1));
        assert_eq!(rests(&circuits), Some((NOW, until)));
        clock.advance(Duration::from_secs(1));
        fail(&circuits);
    }
    clock.advance(Duration::from_secs(300));
    let pass = circuits.enter(&node(), String::new).unwrap();
    circuits.note(&node(), None);
    drop(pass);
    assert_eq!(rests(&circuits), None, "the first answer ends it");
    fail(&circuits);
    assert_eq!(rests(&circuits), None, "and what was before counts no more");
}

#[test]
fn one_tries_at_a_time_and_one_that_gave_up_is_replaced() {
    let (clock, circuits) = bench();
    (0..3).for_each(|_| fail(&circuits));
    clock.advance(SHORTEST);
    let first = circuits.enter(&node(), String::new).unwrap();
    assert_eq!(rests(&circuits), Some((NOW, clock.now())));
    drop(first);
    assert_eq!(rests(&circuits), None);
}

#[test]
fn what_was_on_its_way_before_does_not_prolong_the_rest() {
    let (clock, circuits) = bench();
    (0..3).for_each(|_| fail(&circuits));
    let until = clock.now().plus(SHORTEST);
    clock.advance(Duration::from_secs(2));
    circuits.note(&node(), Some(&silence()));
    assert_eq!(rests(&circuits), Some((NOW, until)));
}

#[test]
fn only_silence_counts_and_only_an_answer_ends_it() {
    let what = || "get /x".to_owned();
    let after = Duration::from_secs(1);
    for (error, rests_after) in [
        (silence(), true),
        (ClusterError::TimedOut { what: what(), after }, true),
        (ApiError::TimedOut { what: what(), after }.into(), true),
        (ApiError::NodeSilent { what: what(), status: 596, message: what() }.into(), true),
        (ApiError::Unreachable { tried: what() }.into(), false),
        (ClusterError::NotFound { what: what(), message: what() }, false),
        (ClusterError::Busy { what: what(), after }, false),
        (ClusterError::Garbled { what: what(), why: what() }, false),
    ] {
        let (_, circuits) = bench();
        (0..4).for_each(|_| circuits.note(&node(), Some(&error)));
        assert_eq!(rests(&circuits).is_some(), rests_after, "{error}");
    }
    let (_, circuits) = bench();
    (0..3).for_each(|_| fail(&circuits));
    circuits.note(&node(), Some(&ClusterError::Busy { what: what(), after }));
    assert!(rests(&circuits).is_some(), "an error of this side is no answer");
    circuits.note(&node(), None);
    assert_eq!(rests(&circuits), None);
}

#[test]
fn the_cluster_may_say_that_it_is_back() {
    let (_, circuits) = bench();
    (0..3).for_each(|_| fail(&circuits));
    circuits.close(&node());
    assert_eq!(rests(&circuits), None);
}

#[test]
fn names_that_do_not_exist_are_forgotten() {
    let (_, circuits) = bench();
    for number in 0..1000 {
        circuits.note(&format!("n{number}").parse().unwrap(), Some(&silence()));
    }
    assert!(circuits.failing().len() <= KNOWN);
}

#[test]
fn a_person_is_told_since_when_and_until_when() {
    use jarvis_domain::Explain;
    let (_, circuits) = bench();
    (0..3).for_each(|_| fail(&circuits));
    let error = circuits.enter(&node(), || "get /nodes/pve3/status".to_owned()).unwrap_err();
    let row: &Row = error.row();
    assert_eq!((row.code, row.status), ("cluster-node-resting", 503));
    let sentence = error.to_string();
    for part in ["get /nodes/pve3/status", "pve3", "2026-11-23T21:19:35Z", "2026-11-23T21:19:40Z"] {
        assert!(sentence.contains(part), "{sentence}");
    }
}
